"""Lets smart-sentinel-downloader search and download; it reads its addresses and the account from the environment."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from smart_sentinel import CDSEClient, Downloader

task = json.load(sys.stdin)
question = task["question"]
client = CDSEClient()
products = client.search(
    collection="SENTINEL-2",
    bbox=question["bounds"],
    start_date=question["first"],
    end_date=question["last"],
    max_cloud_cover=question["cloud_cover"],
    limit=question["page"],
)
result = Downloader(client, download_dir=Path(task["directory"])).download_product_zip(task["download"])
answer = {"names": [product.name for product in products], "file": result.output_path}
Path(task["answer"]).write_text(json.dumps(answer))
