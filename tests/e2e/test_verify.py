"""Verify tells what is as it was, and repairs what is not."""

from __future__ import annotations

import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e.helpers import md5sum_says, names_in, some_scenes, transfers

import s2dl
from s2dl.access.lockfile import LockFile
from s2dl.demo import DataSpace
from s2dl.downloads.progress_file import Entry, ProgressFile
from s2dl.report import DownloadReport
from s2dl.sync import submit
from s2dl.verbs.verify import verify


@pytest.fixture
def listing(space: DataSpace, tmp_path: Path) -> Path:
    """Four downloaded products; the second damaged, the third gone."""
    paths = [result.path for result in s2dl.download(some_scenes(4), tmp_path) if result.path is not None]
    damage(paths[1])
    paths[2].unlink()
    return tmp_path / "s2dl.progress"


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(1_000)
        file.write(b"\0\0\0\0")


def by_name(report: DownloadReport) -> list[str]:
    found = {result.name: result.status for result in report}
    return [found[name] for name in some_scenes(4)["name"]]


def test_each_file_is_told_of_with_its_reason(listing: Path) -> None:
    report = s2dl.verify(listing)
    assert by_name(report) == ["intact", "corrupt", "missing", "intact"]
    assert not report.ok
    assert [result.name for result in report] == [entry.name for entry in ProgressFile(listing).entries]
    reasons = {result.status: result.reason for result in report}
    assert "its MD5 should be" in reasons["corrupt"]
    assert "is not there" in reasons["missing"]


def test_nothing_is_touched_and_nobody_is_asked(space: DataSpace, listing: Path) -> None:
    before = {path.name: path.read_bytes() for path in listing.parent.iterdir() if path.is_file()}
    asked = len(space.requests)
    s2dl.verify(listing)
    assert {path.name: path.read_bytes() for path in listing.parent.iterdir() if path.is_file()} == before
    assert len(space.requests) == asked


def test_events_say_how_many_bytes_are_done(listing: Path) -> None:
    heard: list[s2dl.events.Event] = []
    report = s2dl.verify(listing, on_event=heard.append)
    told = [event for event in heard if isinstance(event, s2dl.events.Verifying)]
    assert told[-1].hashed == sum(result.size for result in report if result.status != "missing")
    assert told[-1].size == sum(entry.size for entry in ProgressFile(listing).entries)
    assert (told[-1].done, told[-1].count) == (4, 4)
    ended = {event.name: event.status for event in heard if isinstance(event, s2dl.events.SceneFinished)}
    assert ended == {result.name: result.status for result in report}


def test_a_repair_fetches_only_what_is_not_intact(space: DataSpace, listing: Path) -> None:
    before = transfers(space)
    report = s2dl.verify(listing, repair=True)
    assert by_name(report) == ["intact", "downloaded", "downloaded", "intact"]
    assert report.ok
    assert transfers(space) == before + 2
    assert set(md5sum_says(listing).values()) == {"OK"}
    assert len(md5sum_says(listing)) == 4
    assert by_name(s2dl.verify(listing, repair=True)) == ["intact"] * 4
    assert transfers(space) == before + 2


def test_a_damaged_file_stays_until_a_good_one_is_there(space: DataSpace, listing: Path) -> None:
    name = some_scenes(4)["name"][1]
    path = listing.parent / f"{name}.zip"
    damaged = path.read_bytes()
    space.inject("wrong-bytes", name, 99)
    report = s2dl.verify(listing, repair=True)
    assert by_name(report) == ["intact", "failed", "downloaded", "intact"]
    assert path.read_bytes() == damaged
    assert md5sum_says(listing)[path.name] == "FAILED"


def test_what_can_no_longer_be_fetched_is_told(space: DataSpace, listing: Path) -> None:
    names = list(some_scenes(4)["name"])
    space.inject("vanished", names[1])
    space.inject("offline", names[2], 999)
    found = {result.name: result for result in s2dl.verify(listing, repair=True)}
    assert [found[name].status for name in names] == ["intact", "failed", "offline", "intact"]
    assert "The service deleted it" in found[names[1]].reason
    assert "keeps it offline" in found[names[2]].reason


def test_a_repair_with_nothing_to_do_needs_neither_service_nor_account(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s2dl.download(some_scenes(1), tmp_path)
    asked = len(space.requests)
    monkeypatch.delenv("S2DL_PASSWORD")
    assert s2dl.verify(tmp_path / "s2dl.progress", repair=True).ok
    assert len(space.requests) == asked


def test_a_repair_does_not_disturb_a_download(listing: Path) -> None:
    other = LockFile(listing.with_name(f".{listing.name}.lock"))
    assert other.take()
    with pytest.raises(s2dl.errors.InUse, match="another download"):
        s2dl.verify(listing, repair=True)
    assert by_name(s2dl.verify(listing)) == ["intact", "corrupt", "missing", "intact"]
    other.free()


def test_a_damaged_file_of_another_clients_name_is_set_aside(space: DataSpace, tmp_path: Path) -> None:
    name = some_scenes(1)["name"][0]
    path = s2dl.download(some_scenes(1), tmp_path / "first").results[0].path
    assert path is not None
    other = tmp_path / f"{name.removesuffix('.SAFE')}.zip"
    shutil.move(path, other)
    assert s2dl.download(some_scenes(1), tmp_path).results[0].status == "adopted"
    damage(other)
    result = s2dl.verify(tmp_path / "s2dl.progress", repair=True).results[0]
    assert result.status == "downloaded"
    assert f"{other.name}.mismatch" in result.reason
    assert names_in(tmp_path) == {"first", "s2dl.progress", f"{name}.zip", f"{other.name}.mismatch"}
    assert md5sum_says(tmp_path / "s2dl.progress") == {f"{name}.zip": "OK"}


def test_a_folder_whose_archive_was_removed_is_looked_for(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(2)
    s2dl.download(scenes, tmp_path, unzip=True, keep_archive=False)
    listing = tmp_path / "s2dl.progress"
    report = s2dl.verify(listing)
    assert [result.status for result in report] == ["intact", "intact"]
    assert all("the folder is what its manifest says" in result.reason for result in report)
    folder = tmp_path / scenes["name"][0]
    shutil.rmtree(folder)
    gone = {result.name: result for result in s2dl.verify(listing)}[folder.name]
    assert gone.status == "missing"
    assert f"{folder} is not there" in gone.reason
    mended = {result.name: result.status for result in s2dl.verify(listing, repair=True)}
    assert mended[folder.name] == "downloaded"
    assert md5sum_says(listing) == {f"{folder.name}.zip": "OK"}


@pytest.mark.parametrize(
    ("victim", "how", "said"),
    [
        ("*_TCI_*.jp2", Path.unlink, "1 of "),
        ("MTD_*.xml", lambda path: path.write_bytes(path.read_bytes()[:-1] + b" "), "1 of "),
        ("manifest.safe", Path.unlink, "manifest.safe is missing"),
        ("manifest.safe", lambda path: path.write_text("<html/>"), "its manifest is none"),
    ],
)
def test_a_damaged_folder_whose_archive_was_removed_is_found_and_repaired(
    space: DataSpace, tmp_path: Path, victim: str, how: Callable[[Path], object], said: str
) -> None:
    scenes = some_scenes(2)
    s2dl.download(scenes, tmp_path, unzip=True, keep_archive=False)
    folder = tmp_path / scenes["name"][0]
    how(next(folder.rglob(victim)))
    found = {result.name: result for result in s2dl.verify(tmp_path / "s2dl.progress")}[folder.name]
    assert found.status == "corrupt"
    assert said in found.reason
    mended = {result.name: result for result in s2dl.verify(tmp_path / "s2dl.progress", repair=True)}
    assert sorted(result.status for result in mended.values()) == ["downloaded", "intact"]
    assert f"{folder.name}.mismatch" in mended[folder.name].reason
    s2dl.download(scenes, tmp_path, unzip=True, keep_archive=False)
    assert s2dl.verify(tmp_path / "s2dl.progress").ok
    assert folder.is_dir()


def test_files_of_a_product_and_such_without_checksum_are_verified_by_their_lines(tmp_path: Path) -> None:
    listing = ProgressFile(tmp_path / "s2dl.progress")
    md5 = "9e107d9d372bb6826bd81d3542a419d6"
    for number in range(3):
        (tmp_path / f"{number}.jp2").write_bytes(b"The quick brown fox jumps over the lazy dog")
        listing.add(Entry(f"{number}.jp2", md5, f"{number}.SAFE", kind="files", verified_by="manifest", size=43))
    (tmp_path / "1.jp2").write_bytes(b"The quick brown fox jumps over the lazy cat")
    assert [result.status for result in s2dl.verify(listing.path)] == ["intact", "corrupt", "intact"]


def test_a_file_that_cannot_be_read_fails_alone(listing: Path) -> None:
    path = listing.parent / f"{some_scenes(4)['name'][0]}.zip"
    path.unlink()
    path.symlink_to("/proc/self/mem")  # opens, and gives an input/output error
    assert by_name(s2dl.verify(listing)) == ["failed", "corrupt", "missing", "intact"]
    path.unlink()
    os.mkfifo(path)
    assert by_name(s2dl.verify(listing)) == ["missing", "corrupt", "missing", "intact"]


def test_it_can_be_stopped(tmp_path: Path) -> None:
    listing = ProgressFile(tmp_path / "s2dl.progress")
    for number in range(4):
        with (tmp_path / f"{number}.zip").open("wb") as file:
            file.truncate(10**12)  # a hole: hours of hashing, and no room on the disk
        listing.add(Entry(f"{number}.zip", "0" * 32, f"{number}.SAFE", size=10**12))
    hashing = threading.Event()

    def heard(event: s2dl.events.Event) -> None:
        if isinstance(event, s2dl.events.Verifying) and event.hashed:
            hashing.set()

    work = submit(verify(listing.path, on_event=heard))
    assert hashing.wait(20)
    work.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        work.result(20)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("s2dl-verify")]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "There is no progress file"),
        (lambda path: path.mkdir(), "is a directory; name a file"),
        (lambda path: path.write_bytes(bytes(range(256))), "is not a progress file of s2dl"),
        (lambda path: path.write_text("# s2dl progress file, version 9\n"), "later version of s2dl"),
        (os.mkfifo, "is no plain file"),
        (lambda path: path.symlink_to("/dev/zero"), "is no plain file"),
    ],
)
def test_what_is_no_progress_file_is_bad_input(tmp_path: Path, make: object, said: str) -> None:
    path = tmp_path / "s2dl.progress"
    make(path)  # type: ignore[operator]  # one of the functions above
    for repair in (False, True):
        with pytest.raises(s2dl.errors.BadInput, match=said):
            s2dl.verify(path, repair=repair)


@pytest.mark.parametrize("path", ["a\0b", "~nobody-of-this-name/x", 7, "x" * 300])
def test_what_can_be_no_path_is_told(path: str) -> None:
    with pytest.raises(s2dl.errors.S2dlError, match=r"zero byte|is not known|is no path|Choose a shorter name"):
        s2dl.verify(path)


def test_a_progress_file_cannot_lead_a_repair_outside(space: DataSpace, tmp_path: Path) -> None:
    about = {"name": "../../evil.SAFE", "id": "1", "kind": "product"}
    listing = tmp_path / "deep" / "s2dl.progress"
    listing.parent.mkdir()
    listing.write_text(f"# s2dl progress file, version 1\n# {json.dumps(about)}\n{'0' * 32}  evil.zip\n")
    report = s2dl.verify(listing, repair=True)
    assert [result.status for result in report] == ["failed"]
    assert names_in(tmp_path) == {"deep"}
    assert names_in(tmp_path / "deep") == {"s2dl.progress"}


def test_the_command_line_repairs_too(space: DataSpace, listing: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", "-m", "s2dl", "verify", str(listing), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    broken = run()
    assert (broken.returncode, broken.stdout.count("intact"), broken.stdout.count("corrupt")) == (1, 2, 1)
    mended = run("--repair")
    assert mended.returncode == 0, mended.stderr
    assert mended.stdout.count("downloaded") == 2
    assert run().returncode == 0
