"""Runs another client of the Data Space: its driver, with the Python of its own environment, on loopback alone.

A driver reads a task as JSON from stdin: `question` (as of `Question`, with the region as `wkt`, `bounds` and `ring`),
`download` (a product's name), `directory`, `urls`, `username`, `password`, and `answer`: the file to which it writes,
as JSON too, the `names` that it found and the path of the `file` that it fetched.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely import Polygon

import s2dl
from s2dl.demo import DataSpace

HERE = Path(__file__).parent
PEERS = HERE.parents[1] / ".peers"
PATIENCE = 120
"""Seconds after which a client hangs."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a client and s2dl are both asked.

    Parameters
    ----------
    region : Polygon
        In EPSG:4326.
    first, last : date
        The days, both wholly included.
    cloud_cover : float
        The most, in percent.
    product_type : str, optional
        ``S2MSI1C`` or ``S2MSI2A``; None for both.
    page : int
        How many products a client shall ask for at a time.
    """

    region: Polygon
    first: date
    last: date
    cloud_cover: float
    product_type: str | None = None
    page: int = 1000

    def scenes(self, space: DataSpace) -> gpd.GeoDataFrame:
        """What s2dl finds, some of it on the first day and on the last, so that a client that leaves one out shows."""
        scenes = s2dl.search(
            self.region,
            start=self.first,
            end=self.last,
            cloud_cover=self.cloud_cover,
            product_type=self.product_type,
            settings=space.settings,
        )
        days = scenes["sensing_start"].dt.date
        assert (days.min(), days.max()) == (self.first, self.last), "nothing on the first or last day"
        return scenes

    def as_task(self) -> dict[str, Any]:
        return {
            "wkt": self.region.wkt,
            "bounds": self.region.bounds,
            "ring": list(self.region.exterior.coords),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "cloud_cover": self.cloud_cover,
            "product_type": self.product_type,
            "page": self.page,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client found, and the file that it fetched."""

    names: list[str]
    file: Path | None

    @property
    def md5(self) -> str:
        assert self.file is not None
        return hashlib.md5(self.file.read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Client:
    """A client in its own environment.

    Parameters
    ----------
    name : str
        Of its environment below ``.peers``; its driver is ``drivers/ask_<name>.py``.
    """

    name: str

    def ask(
        self,
        question: Question,
        space: DataSpace,
        directory: Path,
        *,
        download: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Answer:
        """Let the client search, and fetch the product of that name into the directory.

        `environment` is what the client reads its addresses from, where it does.
        """
        task = {
            "question": question.as_task(),
            "download": download,
            "directory": str(directory),
            "urls": space.urls,
            "username": space.env["S2DL_USERNAME"],
            "password": space.env["S2DL_PASSWORD"],
            "answer": str(directory / "answer.json"),
        }
        driver = HERE / "drivers" / f"ask_{self.name.replace('-', '_')}.py"
        run = subprocess.run(
            [self._python, "-I", HERE / "loopback_only.py", driver],
            input=json.dumps(task),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            cwd=directory,
            env={name: os.environ[name] for name in ("HOME", "PATH")} | dict(environment or {}),
        )
        assert run.returncode == 0, f"{self.name} failed:\n{run.stdout}\n{run.stderr}"
        answer = json.loads((directory / "answer.json").read_text())
        return Answer(answer["names"], Path(answer["file"]) if answer["file"] else None)

    @property
    def _python(self) -> Path:
        python = PEERS / self.name / "bin" / "python"
        if not (PEERS / self.name / "installed").is_file():
            missing = f"{self.name} is not installed: run tests/clients/install (--all for the clients of long tests)"
            if os.environ.get("CI"):
                pytest.fail(missing)
            pytest.skip(missing)
        return python
