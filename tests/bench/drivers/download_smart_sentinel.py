"""Times smart-sentinel-downloader's download with its verification; its addresses come from the environment."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

from racing import timed

task = json.load(sys.stdin)
urls = task["urls"]
os.environ.update(
    CDSE_CATALOGUE_URL=urls["base_url"],
    CDSE_ZIPPER_URL=urls["data_url"],
    CDSE_DOWNLOAD_URL=urls["data_url"],
    CDSE_IDENTITY_URL=urls["token_url"],
    CDSE_STAC_URL=f"{urls['catalogue']}/nothing-here",
    SENTINEL_USER="demo",
    SENTINEL_PASS="demo",
)
from smart_sentinel import CDSEClient, Downloader  # noqa: E402 - reads the environment when imported

downloader = Downloader(CDSEClient(), download_dir=Path(task["directory"]), workers=4)
with timed(), contextlib.redirect_stdout(sys.stderr):
    results = downloader.download_batch(task["names"], download_type="full", verify_checksum=True)
assert all(result.status == "SUCCESS" for result in results), results
