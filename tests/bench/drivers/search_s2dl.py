"""Times s2dl's search to a table with footprints and coverage."""

from __future__ import annotations

import json
import sys
import time

import s2dl

task = json.load(sys.stdin)
settings = s2dl.Settings(**{name: url for name, url in task["urls"].items() if name.endswith("_url")})
s2dl.search(task["wkt"], start=task["first"], end=task["first"], settings=settings, progress=False)
began = time.perf_counter()
scenes = s2dl.search(task["wkt"], start=task["first"], end=task["last"], settings=settings, progress=False)
seconds = time.perf_counter() - began
assert scenes["coverage"].notna().all()
sys.stdout.write(json.dumps({"seconds": seconds, "found": len(scenes)}))
