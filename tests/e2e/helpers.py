"""What the tests of the main job share: a question with a few dozen answers, and looks at disk and server log."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import geopandas as gpd

import s2dl
from s2dl.demo import DataSpace

BOX = (11.2, 46.4, 11.5, 46.6)
SUMMER: dict[str, Any] = {"start": "2024-06", "end": "2024-08", "product_type": "L2A"}


def some_scenes(number: int) -> gpd.GeoDataFrame:
    return s2dl.search(BOX, **SUMMER, progress=False).head(number)


def transfers(space: DataSpace) -> int:
    """Bodies of products that the service has begun to send."""
    return sum(
        request.origin == "download" and "Products(" in request.path and request.path.endswith("/$value")
        for request in space.requests
        if request.status == 200
    )


def md5sum_says(progress_file: Path) -> dict[str, str]:
    """What the real md5sum makes of a progress file: file name → OK or FAILED."""
    program = shutil.which("md5sum")
    assert program
    run = subprocess.run(
        [program, "-c", progress_file.name], cwd=progress_file.parent, capture_output=True, text=True, check=False
    )
    return dict(line.rsplit(": ", 1) for line in run.stdout.splitlines())


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir() if not path.name.startswith(".")}
