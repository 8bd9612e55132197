"""Lets CDSETool search and download; it has its hosts written into it, so they are rewritten on their way out."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import requests
from cdsetool.credentials import Credentials
from cdsetool.download import download_feature
from cdsetool.query import query_features

task = json.load(sys.stdin)
question, urls = task["question"], task["urls"]
hosts = {
    "https://catalogue.dataspace.copernicus.eu": urls["catalogue"],
    "https://download.dataspace.copernicus.eu": urls["download"],
    "https://identity.dataspace.copernicus.eu": urls["identity"],
}
ask = requests.Session.request


def ask_here(session: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
    for there, here in hosts.items():
        url = url.replace(there, here)
    return ask(session, method, url, **options)


mock.patch.object(requests.Session, "request", ask_here).start()

features = query_features(
    "SENTINEL-2",
    {
        "geometry": question["wkt"],
        "contentDateStartGe": question["first"],
        "contentDateStartLt": str(date.fromisoformat(question["last"]) + timedelta(days=1)),
        "productTypeEq": question["product_type"],
        "cloudCoverLe": question["cloud_cover"],
        "top": question["page"],
    },
)
products = list(features)
assert len(products) == len(features), "the service's count is not the number of its products"
wanted = next(product for product in products if product["Name"] == task["download"])
discovery = "https://identity.dataspace.copernicus.eu/auth/realms/CDSE/.well-known/openid-configuration"
credentials = Credentials(task["username"], task["password"], openid_configuration_endpoint=discovery)
file = download_feature(wanted, task["directory"], {"credentials": credentials, "tmpdir": task["directory"]})
answer = {"names": [product["Name"] for product in products], "file": str(Path(task["directory"], str(file)))}
Path(task["answer"]).write_text(json.dumps(answer))
