"""The matrix: each bad day of the service, six products each, fresh and gone on with, once and always.

Whatever happens, a product is there with the right bytes and an entry, or its failure is reported and nothing stands
under its final name. The test prints what came of each.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
from e2e.helpers import md5sum_says

import s2dl
from s2dl.access import http
from s2dl.demo import DataSpace, Fault
from s2dl.demo.service.faults import KINDS
from s2dl.downloads import patience
from s2dl.downloads.parts import Part
from s2dl.product import Product
from s2dl.report import SceneResult

SIX = 6
FAULTS = sorted(KINDS)
FATAL = {"vanished", "offline"}
"""That the catalogue's product is not to be had is nothing that a client can mend."""
HARMLESS = {"no-length", "no-checksum"}
ONCE, ALWAYS = 1, 10_000


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(patience, "_LONGEST_BUSY", 1.0)
    monkeypatch.setenv("S2DL_DOWNLOAD_TIMEOUT", "0.5")
    monkeypatch.setenv("S2DL_DOWNLOAD_SPEED", "2000")


@pytest.mark.parametrize("times", [ONCE, ALWAYS], ids=["once", "always"])
@pytest.mark.parametrize(
    ("begun", "ranges"),
    [
        pytest.param(False, False, id="fresh"),
        pytest.param(True, False, id="resumed-without-ranges", marks=pytest.mark.full),
        pytest.param(True, True, id="resumed-with-ranges", marks=pytest.mark.full),
    ],
)
def test_every_fault_ends_in_right_bytes_or_a_report(
    open_space: Callable[..., DataSpace],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
    *,
    begun: bool,
    ranges: bool,
    times: int,
) -> None:
    with DataSpace(seed=1) as elsewhere:
        space = open_space(ranges=ranges, product_size=20_000)
        scenes = s2dl.search((9.0, 45.0, 12.5, 47.8), start="2024-06", product_type="L2A", limit=SIX * len(FAULTS))
        fault_of = {name: FAULTS[number // SIX] for number, name in enumerate(scenes["name"])}
        if begun:
            _half_of_each(scenes, space, tmp_path)
        for name, fault in fault_of.items():
            space.inject(Fault(fault, name, times, to=elsewhere.urls["download"]))
        report = s2dl.download(_without_some_checksums(scenes, fault_of), tmp_path, concurrent=4)
        assert not any(each.has_bearer for each in elsewhere.requests)
    listed = md5sum_says(tmp_path / "s2dl.progress")
    truth = dict(zip(scenes["name"], scenes["md5"], strict=True))
    cells: Counter[tuple[str, str]] = Counter()
    for result in report:
        cells[fault_of[result.name], _outcome(result, tmp_path, truth[result.name], listed)] += 1
    _show(cells, request.node.callspec.id, capsys)
    assert sum(cells.values()) == len(scenes) == SIX * len(FAULTS)
    assert {outcome for _, outcome in cells} <= {"right", "reported"}
    mended = HARMLESS if times == ALWAYS else set(FAULTS) - FATAL
    assert {fault for fault in mended if cells[fault, "right"] != SIX} == set()


def _half_of_each(scenes: gpd.GeoDataFrame, space: DataSpace, directory: Path) -> None:
    """Part files as an earlier run leaves them."""
    for row in scenes.itertuples():
        scene = space.world.by_id(row.id)
        assert scene is not None
        content = b"".join(bytes(chunk) for chunk in space.world.body(scene))
        product = Product(row.id, row.name, md5=row.md5, size=int(row.size))
        with Part(directory, product, space.urls["data_url"]).open(0) as file:
            file.write(content[: len(content) // 2])


def _without_some_checksums(scenes: gpd.GeoDataFrame, fault_of: dict[str, str]) -> gpd.GeoDataFrame:
    """The table as if it had been asked for after the catalogue lost them."""
    lost = scenes["name"].map(fault_of) == "no-checksum"
    return scenes.assign(md5=scenes["md5"].mask(lost))


def _outcome(result: SceneResult, directory: Path, md5: str, listed: dict[str, str]) -> str:
    path = directory / f"{result.name}.zip"
    if result.status == "downloaded":
        right = path.is_file() and hashlib.md5(path.read_bytes()).hexdigest() == md5 and listed.get(path.name) == "OK"
        return "right" if right else "WRONG BYTES"
    clean = not path.exists() and path.name not in listed
    return "reported" if result.status in {"failed", "offline"} and result.reason and clean else "SILENT"


def _show(cells: Counter[tuple[str, str]], title: str, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{title}")  # noqa: T201 - the table is what this test is read for
        for fault in FAULTS:
            said = ", ".join(f"{number} {outcome}" for (each, outcome), number in cells.items() if each == fault)
            print(f"  {fault:<18}{said}")  # noqa: T201
