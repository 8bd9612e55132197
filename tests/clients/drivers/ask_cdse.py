"""Lets cdse search and download; it reads its addresses from the environment."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, time
from pathlib import Path

from cdse import Client, FilterBuilder, PasswordAuth, build_orderby

task = json.load(sys.stdin)
question = task["question"]
first = datetime.fromisoformat(question["first"]).replace(tzinfo=UTC)
last = datetime.combine(datetime.fromisoformat(question["last"]), time.max, UTC)
query = (
    FilterBuilder()
    .collection("SENTINEL-2")
    .attribute("productType", "eq", question["product_type"])
    .attribute("cloudCover", "le", float(question["cloud_cover"]))
    .acquired_between(first, last)
    .intersects(question["wkt"])
)
with Client(PasswordAuth(task["username"], task["password"])) as client:
    order = build_orderby("ContentDate/Start")
    products = list(client.odata.products.search(query, order_by=order, top=question["page"], expand=["Attributes"]))
    assert client.odata.products.count(query) == len(products), "the count is not the number of products"
    wanted = next(product for product in products if product.name == task["download"])
    file = client.odata.products.download(wanted.id, Path(task["directory"], f"{wanted.name}.zip"))
answer = {"names": [product.name for product in products], "file": str(file)}
Path(task["answer"]).write_text(json.dumps(answer))
