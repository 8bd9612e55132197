"""Times s2dl's download, verified, listed and durable."""

from __future__ import annotations

import json
import sys

from racing import timed

import s2dl

task = json.load(sys.stdin)
settings = s2dl.Settings(**{name: url for name, url in task["urls"].items() if name.endswith("_url")})
scenes = s2dl.search(tile=task["tile"], start=task["first"], end=task["last"], product_type="L2A", settings=settings)
scenes = scenes[scenes["name"].isin(task["names"])]
with timed():
    report = s2dl.download(scenes, task["directory"], concurrent=4, settings=settings, progress=False)
assert report.ok, report
