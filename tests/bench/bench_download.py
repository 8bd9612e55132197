"""The download race: 24 products of 20 MB, four at a time, on tmpfs, the same server for all, in turns.

Each racer is a process of its own; what it fetched is hashed here after each run.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import s2dl
from s2dl.demo import DataSpace

HERE = Path(__file__).parent
PEERS = HERE.parents[1] / ".peers"
RACERS = ("s2dl", "curl", "smart-sentinel", "eodag", "cdsetool")
COUNT, SIZE = 24, 20_000_000
TILE, FIRST, LAST = "32TPS", "2024-04-01", "2024-09-30"


@dataclass(slots=True)
class Lap:
    """What one racer reached, run by run."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def speed(self, size: int, which: Any = statistics.median) -> float:
        """MB/s of the median run, or the best with `min`."""
        return size / 1e6 / float(which(self.seconds))

    def effort(self, size: int) -> float:
        """CPU seconds a GB of the median run."""
        return statistics.median(self.cpu) / (size / 1e9)


def installed(racer: str) -> bool:
    return racer in {"s2dl", "curl"} or (PEERS / racer / "bin" / "python").exists()


def race(directory: Path, racers: Sequence[str], rounds: int) -> tuple[dict[str, Lap], int]:
    """Let all run in turns; gives what they reached, and the bytes of one run.

    Raises
    ------
    AssertionError
        A racer failed, or its bytes are wrong.
    """
    laps = {racer: Lap() for racer in racers}
    with DataSpace(process=True, big={"*": SIZE}) as space:
        task, truth = _task(space)
        for number in range(rounds + 1):
            for racer in racers:
                seconds, cpu = _one_run(racer, task, truth, directory)
                if number:  # the first round warms up
                    laps[racer].seconds.append(seconds)
                    laps[racer].cpu.append(cpu)
    return laps, task["size"]


def _task(space: DataSpace) -> tuple[dict[str, Any], dict[str, str]]:
    scenes = s2dl.search(tile=TILE, start=FIRST, end=LAST, product_type="L2A", settings=space.settings).head(COUNT)
    assert len(scenes) == COUNT
    first, last = scenes["sensing_start"].min().date(), scenes["sensing_start"].max().date()
    task = {
        "urls": space.urls,
        "names": list(scenes["name"]),
        "ids": list(scenes["id"]),
        "md5s": list(scenes["md5"]),
        "size": int(scenes["size"].sum()),
        "tile": TILE,
        "wkt": scenes.geometry.iloc[-1].representative_point().buffer(0.01).envelope.wkt,
        "first": first.isoformat(),
        "last": LAST if last.isoformat() == LAST else str(last.replace(month=last.month + 1, day=1)),
    }
    return task, dict(zip(scenes["name"], scenes["md5"], strict=True))


def _one_run(racer: str, task: Mapping[str, Any], truth: Mapping[str, str], directory: Path) -> tuple[float, float]:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    python = Path(sys.executable) if racer in {"s2dl", "curl"} else PEERS / racer / "bin" / "python"
    run = subprocess.run(
        [python, HERE / "drivers" / f"download_{racer.replace('-', '_')}.py"],
        input=json.dumps({**task, "directory": str(directory)}),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={name: os.environ[name] for name in ("HOME", "PATH")} | {"S2DL_USERNAME": "demo", "S2DL_PASSWORD": "demo"},
    )
    assert run.returncode == 0, f"{racer} failed:\n{run.stderr[-3000:]}"
    files = {path.name.removesuffix(".zip").removesuffix(".SAFE"): path for path in directory.rglob("*.zip")}
    for name, md5 in truth.items():
        with files[name.removesuffix(".SAFE")].open("rb") as file:
            assert hashlib.file_digest(file, "md5").hexdigest() == md5, f"{racer}: wrong bytes in {name}"
    measured = json.loads(run.stdout)
    return float(measured["seconds"]), float(measured["cpu"])
