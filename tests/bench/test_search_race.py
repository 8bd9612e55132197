"""The search race: 5 000 products in 5 pages, the same server for all, in turns; ratios of the medians."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from s2dl.demo import DataSpace

HERE = Path(__file__).parent
PEERS = HERE.parents[1] / ".peers"
ROUNDS = 5
QUESTION: dict[str, Any] = {
    "wkt": "POLYGON ((3 43.5, 17.1 43.5, 17.1 49, 3 49, 3 43.5))",
    "first": "2024-06-01",
    "last": "2024-07-29",
}
RACERS = ("s2dl", "phidown", "cdsetool")


def one_run(racer: str, space: DataSpace) -> dict[str, float]:
    python = Path(sys.executable) if racer == "s2dl" else PEERS / racer / "bin" / "python"
    if not python.exists():
        pytest.fail(f"{racer} is not installed: run tests/clients/install --all")
    run = subprocess.run(
        [python, HERE / "drivers" / f"search_{racer}.py"],
        input=json.dumps({**QUESTION, "urls": space.urls}),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={name: os.environ[name] for name in ("HOME", "PATH")},
    )
    assert run.returncode == 0, run.stderr
    answer: dict[str, float] = json.loads(run.stdout)
    return answer


def race(page_delay: float) -> tuple[dict[str, float], int]:
    """Median seconds of each racer, and how many products they all found."""
    with DataSpace(process=True, page_delay=page_delay) as space:
        found = {racer: int(one_run(racer, space)["found"]) for racer in RACERS}
        assert len(set(found.values())) == 1, found
        seconds: dict[str, list[float]] = {racer: [] for racer in RACERS}
        for _ in range(ROUNDS):
            for racer in RACERS:
                seconds[racer].append(one_run(racer, space)["seconds"])
    return {racer: statistics.median(each) for racer, each in seconds.items()}, found["s2dl"]


@pytest.mark.full
@pytest.mark.parametrize(
    ("page_delay", "most"), [(0.5, {"phidown": 0.8, "cdsetool": 0.8}), (0.0, {"phidown": 1.0, "cdsetool": 1.1})]
)
def test_the_search_race(page_delay: float, most: dict[str, float], capsys: pytest.CaptureFixture[str]) -> None:
    medians, found = race(page_delay)
    ratios = {racer: medians["s2dl"] / medians[racer] for racer in most}
    with capsys.disabled():
        times = ", ".join(f"{racer} {seconds:.2f} s" for racer, seconds in medians.items())
        shares = ", ".join(f"{ratio:.2f} of {racer}" for racer, ratio in ratios.items())
        sys.stdout.write(f"\n{found} products, {page_delay} s a page: {times}; s2dl takes {shares}\n")
    assert 4_000 < found <= 5_000
    assert all(ratios[racer] <= most[racer] for racer in most)
