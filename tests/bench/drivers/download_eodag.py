"""Times eodag's download, which verifies nothing; the hosts are those of its provider's configuration."""

from __future__ import annotations

import contextlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor

from eodag import EODataAccessGateway, SearchResult
from racing import timed

task = json.load(sys.stdin)
urls = task["urls"]
gateway = EODataAccessGateway()
search = {
    "api_endpoint": f"{urls['base_url']}/Products",
    "metadata_mapping": {"eodag:download_link": f"{urls['data_url']}/Products({{uid}})/$value"},
}
auth = {
    "matching_url": urls["download"],
    "oidc_config_url": f"{urls['identity']}/auth/realms/CDSE/.well-known/openid-configuration",
    "credentials": {"username": "demo", "password": "demo"},
}
gateway.update_providers_config(dict_conf={"cop_dataspace": {"search": search, "auth": auth}})
products = gateway.search_all(
    provider="cop_dataspace",
    collection="S2_MSI_L2A",
    geom=task["wkt"],
    start=task["first"],
    end=task["last"],
    limit=500,
)
wanted = SearchResult([each for each in products if f"{each.properties['title']}.SAFE" in task["names"]])
assert len(wanted) == len(task["names"])
with timed(), contextlib.redirect_stdout(sys.stderr), ThreadPoolExecutor(4) as threads:
    done = gateway.download_all(wanted, executor=threads, output_dir=task["directory"], extract=False)
assert len(done) == len(task["names"]), done
