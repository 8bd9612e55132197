"""Times phidown's search to a table with coverage."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from datetime import date, timedelta

import pandas as pd
from phidown import CopernicusDataSearcher

task = json.load(sys.stdin)


def search(last: str) -> pd.DataFrame:
    searcher = CopernicusDataSearcher()
    searcher.query_by_filter(
        base_url=f"{task['urls']['base_url']}/Products",
        collection_name="SENTINEL-2",
        aoi_wkt=task["wkt"],
        start_date=f"{task['first']}T00:00:00",
        end_date=f"{date.fromisoformat(last) + timedelta(days=1)}T00:00:00",
        top=1000,
        count=True,
    )
    return searcher.execute_query()


with contextlib.redirect_stdout(io.StringIO()):
    search(task["first"])
    began = time.perf_counter()
    found = search(task["last"])
    seconds = time.perf_counter() - began
assert found["coverage"].notna().all()
sys.stdout.write(json.dumps({"seconds": seconds, "found": len(found)}))
