"""Lets pystac-client search the STAC catalogue, page by page."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path

from pystac_client import Client

COLLECTIONS = {"S2MSI1C": "sentinel-2-l1c", "S2MSI2A": "sentinel-2-l2a"}

task = json.load(sys.stdin)
question = task["question"]
wanted = question["product_type"]
end = date.fromisoformat(question["last"]) + timedelta(days=1)
found = Client.open(task["urls"]["stac_url"]).search(
    collections=[COLLECTIONS[wanted]] if wanted else list(COLLECTIONS.values()),
    intersects={"type": "Polygon", "coordinates": [question["ring"]]},
    datetime=f"{question['first']}T00:00:00Z/{end}T00:00:00Z",
    query={"eo:cloud_cover": {"lte": question["cloud_cover"]}},
    limit=question["page"],
)
names = [f"{item.id.removesuffix('.SAFE')}.SAFE" for item in found.items()]
Path(task["answer"]).write_text(json.dumps({"names": names, "file": None}))
