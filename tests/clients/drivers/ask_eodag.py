"""Lets eodag search and download; the hosts are those of its provider's configuration, the account is given by it."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path

from eodag import EODataAccessGateway

COLLECTIONS = {"S2MSI1C": "S2_MSI_L1C", "S2MSI2A": "S2_MSI_L2A"}

task = json.load(sys.stdin)
question, urls = task["question"], task["urls"]
gateway = EODataAccessGateway()
gateway.update_providers_config(
    dict_conf={
        "cop_dataspace": {
            "search": {
                "api_endpoint": f"{urls['base_url']}/Products",
                "metadata_mapping": {"eodag:download_link": f"{urls['base_url']}/Products({{uid}})/$value"},
            },
            "auth": {
                "matching_url": urls["catalogue"],
                "oidc_config_url": f"{urls['identity']}/auth/realms/CDSE/.well-known/openid-configuration",
                "credentials": {"username": task["username"], "password": task["password"]},
            },
        }
    }
)
products = gateway.search_all(
    provider="cop_dataspace",
    collection=COLLECTIONS[question["product_type"]],
    geom=question["wkt"],
    start=question["first"],
    end=str(date.fromisoformat(question["last"]) + timedelta(days=1)),
    limit=question["page"],
    **{"eo:cloud_cover": question["cloud_cover"]},
)
named = {f"{product.properties['title']}.SAFE": product for product in products}
file = gateway.download(named[task["download"]], output_dir=task["directory"], extract=False)
answer = {"names": [f"{product.properties['title']}.SAFE" for product in products], "file": file}
Path(task["answer"]).write_text(json.dumps(answer))
