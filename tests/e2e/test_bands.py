"""Some bands of products: fetched alone, verified, listed, and taken up again after whatever happens."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
from e2e.helpers import md5sum_says, names_in, some_scenes, transfers

import s2dl
from s2dl import events
from s2dl.access import http
from s2dl.cli import main
from s2dl.demo import DataSpace, Fault
from s2dl.demo.service.faults import KINDS
from s2dl.downloads import patience
from s2dl.downloads.control import Control
from s2dl.downloads.progress_file import ProgressFile
from s2dl.errors import BadInput, DiskError, LoginMissing, LoginRefused

RGB = ("B04", "B03", "B02")
FILES = 6
"""Of each product: three images, two metadata files, the manifest."""
LONG = 60.0
ALWAYS = 10_000


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(http, "_FIRST_FIREWALL_WAIT", 0.01)
    monkeypatch.setattr(patience, "_LONGEST_BUSY", 1.0)


def folder_of(directory: Path, name: str) -> Path:
    return directory / f"{name}.bands"


def content_of(space: DataSpace, id_: str) -> dict[str, bytes]:
    """All files of a product, as they are in truth."""
    scene = space.world.by_id(id_)
    assert scene is not None
    files = space.world.files(scene)
    return {path: b"".join(bytes(piece) for piece in space.world.file_body(scene, path)) for path, _ in files}


def see_that_all_is_right(
    space: DataSpace, scenes: gpd.GeoDataFrame, directory: Path, *, manifests: bool = True
) -> int:
    """Every file under a final name has the right bytes and is listed; gives their number."""
    listed = md5sum_says(directory / "s2dl.progress")
    assert set(listed.values()) <= {"OK"}
    count = 0
    for id_, name in zip(scenes["id"], scenes["name"], strict=True):
        truth, folder = content_of(space, id_), folder_of(directory, name)
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix not in {".part", ".version", ".mismatch"}:
                if manifests or path.name != "manifest.safe":
                    assert path.read_bytes() == truth[path.relative_to(folder).as_posix()], path
                assert listed[path.relative_to(directory).as_posix()] == "OK"
                count += 1
    return count


def asked_for(space: DataSpace) -> Counter[str]:
    """How often the service sent each file of a product, or a whole one."""
    return Counter(
        each.path.removesuffix("/$value").rpartition("/")[2]
        for each in space.requests
        if each.origin == "download" and each.path.endswith("/$value") and each.status == 200
    )


def test_only_the_bands_come_and_they_are_right(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(3)
    report = s2dl.download(scenes, tmp_path, bands=RGB)
    assert [result.status for result in report] == ["downloaded"] * 3
    assert [result.path for result in report] == [folder_of(tmp_path, name) for name in scenes["name"]]
    assert [result.md5 for result in report] == [None] * 3
    assert see_that_all_is_right(space, scenes, tmp_path) == 3 * FILES
    for result in report:
        assert result.path is not None
        files = [path for path in result.path.rglob("*") if path.is_file()]
        assert sum(path.stat().st_size for path in files) == result.size < int(scenes["size"].min()) / 2
        ends = sorted(path.name.rpartition("_1")[0][-3:] for path in files if path.suffix == ".jp2")
        assert ends == sorted(RGB)
    for entry in ProgressFile(tmp_path / "s2dl.progress").entries:
        assert (entry.kind, entry.verified_by) == ("files", "manifest")
    assert names_in(tmp_path) == {"s2dl.progress", *(f"{name}.bands" for name in scenes["name"])}
    assert {path.name for path in tmp_path.rglob(".*")} <= {".s2dl.progress.lock"}
    assert space.logins == 1


def test_again_transfers_nothing_and_another_band_only_that(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(3)
    assert s2dl.download(scenes, tmp_path, bands=RGB).ok
    before = transfers(space)
    again = s2dl.download(scenes, tmp_path, bands=RGB)
    assert [(each.status, each.reason) for each in again] == [("skipped", "already here")] * 3
    assert transfers(space) == before
    more = s2dl.download(scenes, tmp_path, bands=(*RGB, "SCL_60m"))
    assert [each.status for each in more] == ["downloaded"] * 3
    assert transfers(space) == before + 3
    assert see_that_all_is_right(space, scenes, tmp_path) == 3 * (FILES + 1)


def test_bands_and_whole_products_live_side_by_side(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(2)
    assert s2dl.download(scenes, tmp_path, bands="B04").ok
    whole = s2dl.download(scenes, tmp_path, unzip=True)
    assert [each.status for each in whole] == ["downloaded"] * 2
    for id_, name in zip(scenes["id"], scenes["name"], strict=True):
        there = {path.relative_to(tmp_path / name).as_posix() for path in (tmp_path / name).rglob("*")}
        assert set(content_of(space, id_)) <= there
    again = [s2dl.download(scenes, tmp_path), s2dl.download(scenes, tmp_path, bands="B04")]
    assert [[each.status for each in report] for report in again] == [["skipped"] * 2] * 2
    assert [each.status for each in s2dl.verify(tmp_path / "s2dl.progress")] == ["intact"] * 4


def test_a_product_without_the_band_fails_alone(space: DataSpace, tmp_path: Path) -> None:
    scenes = s2dl.search(tile="32TPS", start="2024-06-01", end="2024-06-15")
    assert set(scenes["product_type"]) == {"S2MSI1C", "S2MSI2A"}
    report = s2dl.download(scenes, tmp_path, bands=["B02", "SCL"])
    for result, level in zip(report, scenes["product_type"], strict=True):
        assert result.status == ("failed" if level == "S2MSI1C" else "downloaded")
        assert ("it has no SCL; its bands are B01, B02" in result.reason) == (level == "S2MSI1C")
    assert not any("MSIL1C" in name for name in names_in(tmp_path))


def test_bands_that_do_not_exist_are_refused_before_anything_is_asked(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(1)
    before = len(space.requests)
    for arguments in ({"bands": "B99"}, {"bands": ()}, {"bands": RGB, "unzip": True}):
        with pytest.raises(BadInput):
            s2dl.download(scenes, tmp_path / "new", **arguments)
    assert len(space.requests) == before
    assert not (tmp_path / "new").exists()


def test_right_files_that_are_not_listed_are_adopted_and_wrong_ones_set_aside(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(2)
    assert s2dl.download(scenes, tmp_path, bands=RGB).ok
    (tmp_path / "s2dl.progress").unlink()
    image = next(folder_of(tmp_path, scenes["name"][0]).rglob("*_B03_10m.jp2"))
    image.write_bytes(b"mine")
    before = asked_for(space)
    report = s2dl.download(scenes, tmp_path, bands=RGB)
    assert [each.status for each in report] == ["downloaded", "adopted"]
    came = asked_for(space) - before
    assert set(came) == {"Nodes(manifest.safe)", f"Nodes({image.name})"}
    assert image.with_name(f"{image.name}.mismatch").read_bytes() == b"mine"
    assert see_that_all_is_right(space, scenes, tmp_path) == 2 * FILES


def test_a_listed_file_that_was_moved_away_is_skipped_or_fetched_as_told(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(1)
    s2dl.download(scenes, tmp_path, bands=RGB)
    image = next(tmp_path.rglob("*_B02_10m.jp2"))
    image.rename(tmp_path / "elsewhere.jp2")
    (skipped,) = s2dl.download(scenes, tmp_path, bands=RGB)
    assert (skipped.status, skipped.reason) == ("skipped", "already here, listed, not here")
    assert not image.exists()
    before = transfers(space)
    assert [each.status for each in s2dl.download(scenes, tmp_path, bands=RGB, overwrite="missing")] == ["downloaded"]
    assert (image.exists(), transfers(space)) == (True, before + 1)
    (anew,) = s2dl.download(scenes, tmp_path, bands=RGB, overwrite=True)
    assert anew.status == "downloaded"
    assert asked_for(space)[f"Nodes({image.name})"] == 3
    assert see_that_all_is_right(space, scenes, tmp_path) == FILES


def test_a_dry_run_needs_no_account_and_touches_nothing(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(2)
    before = len(space.requests)
    (planned, _) = s2dl.download(scenes, tmp_path / "new", bands="B04", dry_run=True)
    assert planned.status == "planned"
    assert "estimate" in planned.reason
    assert 0 < planned.size < int(scenes["size"][0])
    assert (len(space.requests), (tmp_path / "new").exists()) == (before, False)
    s2dl.download(scenes.head(1), tmp_path, bands="B04")
    known = s2dl.download(scenes, tmp_path, bands=["B04", "B08"], dry_run=True)
    assert [each.reason for each in known] == ["to fetch", "to fetch; its size is an estimate"]
    s2dl.download(scenes.head(1), tmp_path, bands=["B08"])
    size = next(tmp_path.rglob("*_B08_10m.jp2")).stat().st_size
    assert next(iter(known)).size == size


def test_verify_tells_and_mends_single_files(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(3)
    s2dl.download(scenes, tmp_path, bands=RGB)
    corrupt, missing, _ = (folder_of(tmp_path, name) for name in scenes["name"])
    spoilt = next(corrupt.rglob("*_B04_10m.jp2"))
    spoilt.write_bytes(b"spoilt")
    (corrupt / "manifest.safe").write_bytes(b"spoilt")
    next(missing.rglob("*_B02_10m.jp2")).unlink()
    listing = tmp_path / "s2dl.progress"
    told = {each.name: each for each in s2dl.verify(listing)}
    assert [told[name].status for name in scenes["name"]] == ["corrupt", "missing", "intact"]
    assert told[scenes["name"][0]].reason.startswith("2 of 6 files are not intact")
    assert told[scenes["name"][0]].path == corrupt
    before = asked_for(space)
    mended = {each.name: each.status for each in s2dl.verify(listing, repair=True)}
    assert [mended[name] for name in scenes["name"]] == ["downloaded", "downloaded", "intact"]
    assert (asked_for(space) - before).keys() == {
        "Nodes(manifest.safe)", f"Nodes({spoilt.name})", *(f"Nodes({path.name})" for path in missing.rglob("*_B02_*"))
    }  # fmt: skip
    assert see_that_all_is_right(space, scenes, tmp_path) == 3 * FILES
    assert {each.status for each in s2dl.verify(listing)} == {"intact"}


FAULTS = sorted(set(KINDS) - {"no-checksum"})
FATAL = {"vanished", "offline"}
"""That the catalogue's product is not to be had is nothing that a client can mend."""


@pytest.mark.parametrize("where", ["*", "*manifest.safe*", "*.jp2*"], ids=["first", "manifest", "images"])
@pytest.mark.parametrize("times", [1, ALWAYS], ids=["once", "always"])
def test_every_fault_ends_in_right_bytes_or_a_report(
    open_space: Callable[..., DataSpace], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str, times: int
) -> None:
    for name, value in {"DOWNLOAD_TIMEOUT": "0.5", "DOWNLOAD_SPEED": "2000", "SEARCH_TIMEOUT": "1"}.items():
        monkeypatch.setenv(f"S2DL_{name}", value)
    with DataSpace(seed=1) as elsewhere:
        space = open_space(product_size=20_000)
        scenes = some_scenes(len(FAULTS))
        assert len(scenes) == len(FAULTS)
        fault_of = dict(zip(scenes["name"], FAULTS, strict=True))
        for name, fault in fault_of.items():
            of_product = where == "*" or fault in FATAL
            match = name if of_product else f"/*Nodes({name}){where}"
            space.inject(Fault(fault, match, times, to=elsewhere.urls["download"]))
        report = s2dl.download(scenes, tmp_path, bands=RGB, concurrent=4)
        assert not any(each.has_bearer for each in elsewhere.requests)
    ends = {fault_of[each.name]: each for each in report}
    # Nothing vouches for a manifest that comes wrong in the same way each time.
    see_that_all_is_right(space, scenes, tmp_path, manifests=not (times == ALWAYS and where == "*manifest.safe*"))
    for fault, result in ends.items():
        if result.status == "downloaded":
            assert result.path is not None
            assert len([path for path in result.path.rglob("*") if path.is_file()]) == FILES, fault
        else:
            assert result.status in {"failed", "offline"}
            assert result.reason
    done = {fault for fault, result in ends.items() if result.status == "downloaded"}
    assert done >= ({"no-length"} if times == ALWAYS else set(FAULTS) - FATAL)


def test_an_interrupted_file_goes_on_where_it_was(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    space = open_space(ranges=True, product_size=4_000_000)
    scenes = some_scenes(1)
    space.inject(Fault("cut", "/*_B04_10m.jp2*", 1))
    assert s2dl.download(scenes, tmp_path, bands="B04").ok
    statuses = [each.status for each in space.requests if each.path.endswith("_B04_10m.jp2)/$value")]
    assert statuses == [200, 206]
    assert see_that_all_is_right(space, scenes, tmp_path) == 4


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_a_killed_run_is_taken_up_again(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    space = open_space(process=True, rate=60_000, product_size=400_000)
    scenes = some_scenes(2)
    script = f"import s2dl; s2dl.download({list(scenes['name'])!r}, {str(tmp_path)!r}, bands={RGB!r}, concurrent=2)"
    listing = tmp_path / "s2dl.progress"
    with subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + LONG
        while not (listing.exists() and any(tmp_path.rglob("*.jp2.part"))) and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    there = {entry.file.rpartition("/")[2] for entry in ProgressFile(listing).entries}
    assert there
    see_that_all_is_right(space, scenes, tmp_path)
    before = asked_for(space)
    assert s2dl.download(scenes, tmp_path, bands=RGB).ok
    fetched = {name.removeprefix("Nodes(").removesuffix(")") for name in asked_for(space) - before}
    assert not {name for name in there if name.endswith(".jp2")} & fetched
    assert see_that_all_is_right(space, scenes, tmp_path) == 2 * FILES
    assert not [path for path in tmp_path.rglob("*") if ".part" in path.name]


def test_it_can_be_stopped_and_gone_on_with(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    space = open_space(rate=50_000, product_size=400_000)
    scenes = some_scenes(3)
    control = Control()

    def heard(event: events.Event) -> None:
        if isinstance(event, events.SceneProgress) and event.received > 0:
            control.stop()

    report = s2dl.download(scenes, tmp_path, bands=RGB, control=control, on_event=heard)
    assert {each.status for each in report} == {"cancelled"}
    assert s2dl.download(scenes, tmp_path, bands=RGB).ok
    assert see_that_all_is_right(space, scenes, tmp_path) == 3 * FILES


def test_a_stop_is_heard_while_manifests_are_read(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(2)
    control = Control()
    space.inject(Fault("stall", "/*manifest.safe*", ALWAYS))
    stopping = threading.Timer(0.5, control.stop)
    stopping.start()
    try:
        report = s2dl.download(scenes, tmp_path, bands="B04", control=control)
    finally:
        stopping.cancel()
    assert [(each.status, each.reason) for each in report] == [("cancelled", "stopped")] * 2
    assert names_in(tmp_path) == set()


def test_no_more_transfers_at_a_time_than_allowed(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    space = open_space(sessions=2, rate=200_000)
    assert s2dl.download(some_scenes(3), tmp_path, bands=RGB, concurrent=2).ok
    assert space.max_sessions_seen <= 2
    assert not [each for each in space.requests if each.status == 429]


def test_offline_products_are_reported_or_waited_for(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("s2dl.downloads.orders._FIRST_PAUSE", 0.2)
    scenes = some_scenes(2)
    away = scenes["name"][0]
    space.inject(Fault("offline", away, ALWAYS, seconds=2))
    scenes = some_scenes(2)
    report = s2dl.download(scenes, tmp_path, bands="B04")
    assert [each.status for each in report] == ["offline", "downloaded"]
    report = s2dl.download(scenes, tmp_path, bands="B04", wait_offline=LONG)
    assert [each.status for each in report] == ["downloaded", "skipped"]
    assert see_that_all_is_right(space, scenes, tmp_path) == 2 * 4


def test_the_events_tell_bytes_of_the_bands_only(space: DataSpace, tmp_path: Path) -> None:
    heard: list[events.Event] = []
    scenes = some_scenes(2)
    report = s2dl.download(scenes, tmp_path, bands=RGB, on_event=heard.append)
    total = sum(result.size for result in report)
    (planned,) = [each for each in heard if isinstance(each, events.DownloadPlanned)]
    assert (planned.count, planned.size) == (2, total)
    assert [each.name for each in heard if isinstance(each, events.SceneStarted)] == list(scenes["name"])
    last = [each for each in heard if isinstance(each, events.Totals)][-1]
    assert (last.received, last.size, last.done, last.count) == (total, total, 2, 2)
    assert {each.name for each in heard if isinstance(each, events.SceneFinished)} == set(scenes["name"])


def test_a_disk_too_small_for_the_bands_is_seen_before(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes = some_scenes(2)
    monkeypatch.setattr("s2dl.downloads.space.RESERVE", 10**18)
    with pytest.raises(DiskError, match="make room"):
        s2dl.download(scenes, tmp_path, bands="B04")
    assert not any("jp2" in name for name in asked_for(space))


@pytest.mark.parametrize(("password", "error"), [("wrong", LoginRefused), ("", LoginMissing)])
def test_without_an_account_nothing_begins(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str, error: type[Exception]
) -> None:
    scenes = some_scenes(1)
    if password:
        monkeypatch.setenv("S2DL_PASSWORD", password)
    else:
        monkeypatch.delenv("S2DL_PASSWORD")
        monkeypatch.delenv("S2DL_USERNAME")
    with pytest.raises(error):
        s2dl.download(scenes, tmp_path, bands="B04")
    assert names_in(tmp_path) == set()


def test_a_hostile_manifest_fails_its_product_and_writes_nothing(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from s2dl.previews import account

    scenes = some_scenes(1)
    fetch = account.Account.get_bytes

    async def hostile(self: account.Account, what: str, url: str, *, largest: int) -> bytes:
        content = await fetch(self, what, url, largest=largest)
        return content.replace(b'href="./GRANULE', b'href="./../GRANULE')

    monkeypatch.setattr(account.Account, "get_bytes", hostile)
    (result,) = s2dl.download(scenes, tmp_path / "here", bands="B04")
    assert result.status == "failed"
    assert "does not belong in a product" in result.reason
    assert names_in(tmp_path) == {"here"}
    assert names_in(tmp_path / "here") == set()


def test_the_command_line_takes_bands(space: DataSpace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenes = some_scenes(1)
    for bands, code in (("b04,SCL_60m", 0), ("B04,B99", 2)):
        with pytest.raises(SystemExit) as ended:
            main(["download", scenes["name"][0], "--bands", bands, "-d", str(tmp_path)])
        assert ended.value.code == code
    assert "no band 'B99'" in capsys.readouterr().err
    assert see_that_all_is_right(space, scenes, tmp_path) == 5


@pytest.mark.skipif(os.name != "posix", reason="jobs need a process of their own")
def test_a_job_fetches_bands(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(2)
    job = s2dl.download(scenes, tmp_path, bands=("b04", "TCI"), wait=False)
    report = job.watch(progress=False)
    assert [each.status for each in report] == ["downloaded"] * 2
    assert see_that_all_is_right(space, scenes, tmp_path) == 2 * 5
    with pytest.raises(BadInput, match="no band"):
        s2dl.download(scenes, tmp_path, bands="B99", wait=False)


def test_lines_are_those_of_the_format(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(1)
    s2dl.download(scenes, tmp_path, bands="B04")
    header, *lines = (tmp_path / "s2dl.progress").read_text().splitlines()
    assert header == "# s2dl progress file, version 1"
    for about, line in zip(lines[::2], lines[1::2], strict=True):
        md5, _, place = line.partition("  ")
        told = json.loads(about.removeprefix("# "))
        assert (told["kind"], told["name"], told["id"]) == ("files", scenes["name"][0], scenes["id"][0])
        assert hashlib.md5((tmp_path / place).read_bytes()).hexdigest() == md5
        assert (tmp_path / place).stat().st_size == told["size"]
