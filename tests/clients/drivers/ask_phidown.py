"""Lets phidown search; what it downloads comes from S3, not from the download host."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path

from phidown import CopernicusDataSearcher

task = json.load(sys.stdin)
question = task["question"]
searcher = CopernicusDataSearcher()
searcher.query_by_filter(
    base_url=f"{task['urls']['base_url']}/Products",
    collection_name="SENTINEL-2",
    product_type=question["product_type"],
    cloud_cover_threshold=question["cloud_cover"],
    aoi_wkt=question["wkt"],
    start_date=f"{question['first']}T00:00:00",
    end_date=f"{date.fromisoformat(question['last']) + timedelta(days=1)}T00:00:00",
    top=question["page"],
    count=True,
)
products = searcher.execute_query()
answer = {"names": list(products["Name"]), "file": None}
Path(task["answer"]).write_text(json.dumps(answer))
