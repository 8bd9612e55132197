"""A hundred thousand products in one listing: flat time for each, and bounded memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from s2dl.demo import DataSpace

WANTED = 100_000
MEMORY = 400 * 2**20

PROGRAM = """
import json, resource, sys, time
import s2dl

moments = [(0, time.perf_counter())]
def listen(event):
    if isinstance(event, s2dl.events.PageReceived):
        moments.append((event.found, time.perf_counter()))
scenes = s2dl.search((-10, 36, 30, 60), start="2024-05", end="2024-08-20", progress=False, on_event=listen)
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
assert scenes["name"].is_unique
json.dump({"found": len(scenes), "moments": moments, "memory": memory}, sys.stdout)
"""


def seconds_each(moments: list[tuple[int, float]]) -> float:
    (first, began), (last, ended) = moments[0], moments[-1]
    return (ended - began) / (last - first)


@pytest.mark.full
def test_a_hundred_thousand_products_cost_the_same_each(capsys: pytest.CaptureFixture[str]) -> None:
    with DataSpace(process=True) as space:
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, **space.env},
            capture_output=True,
            text=True,
            check=False,
            timeout=1_800,
        )
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    moments = answer["moments"]
    third = len(moments) // 3
    early, late = seconds_each(moments[: third + 1]), seconds_each(moments[-third - 1 :])
    with capsys.disabled():
        sys.stdout.write(
            f"\n{answer['found']} products: {1000 * early:.2f} ms each in the first third, "
            f"{1000 * late:.2f} ms in the last; {answer['memory'] / 2**20:.0f} MB at most\n"
        )
    assert answer["found"] > WANTED
    assert answer["memory"] < MEMORY
    assert late < 1.5 * early
