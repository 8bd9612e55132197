"""Several real processes at once: one account's connections, and one progress file that changes hands."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from pathlib import Path

import geopandas as gpd
import pytest
from e2e.helpers import md5sum_says, names_in, some_scenes, transfers

import s2dl.downloads.plan
from s2dl.demo import DataSpace
from s2dl.files import md5_of
from s2dl.sync import submit
from s2dl.verbs.download import download

KERNEL = """
import sys
import s2dl
download = s2dl.download
print("ready", flush=True)
directory, concurrent, *names = sys.stdin.readline().split()
def tell(event):
    if reason := getattr(event, "reason", ""):
        print(reason, flush=True)
sys.exit(0 if download(names, directory, concurrent=int(concurrent), on_event=tell, progress=False).ok else 1)
"""

COMMAND_LINE = """
import sys
import s2dl
s2dl.download  # the start of a process is not what is tested
from s2dl.cli import main
print("ready", flush=True)
directory, concurrent, *names = sys.stdin.readline().split()
main(["download", "--directory", directory, "--concurrent", concurrent, *names])
"""

LONG = 60.0
"""Seconds after which a test gives up what should have happened long ago."""


@contextmanager
def ready(script: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has all loaded and waits for the word."""
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def start(process: subprocess.Popen[str], directory: Path, names: Iterable[str], concurrent: int = 2) -> None:
    assert process.stdin
    process.stdin.write(f"{directory} {concurrent} {' '.join(names)}\n")
    process.stdin.flush()


def until(happens: Callable[[], object]) -> None:
    end = time.monotonic() + LONG
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.02)


def finished_in(directory: Path) -> set[str]:
    return {path.name.removesuffix(".zip") for path in directory.glob("*.zip")}


def test_three_processes_share_the_two_connections_of_an_account(
    open_space: Callable[..., DataSpace], tmp_path: Path
) -> None:
    space = open_space(sessions=2, rate=100_000, process=True)
    scenes = some_scenes(12)
    with ExitStack() as stack:
        processes = [stack.enter_context(ready(script)) for script in (KERNEL, KERNEL, COMMAND_LINE)]
        for number, process in enumerate(processes):
            start(process, tmp_path / f"{number}", scenes["name"][number::3])
        ends = [process.communicate(timeout=LONG) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], ends
    assert space.max_sessions_seen == 2
    assert not [request for request in space.requests if request.status == 429]
    for number in range(3):
        assert finished_in(tmp_path / f"{number}") == set(scenes["name"][number::3])
        assert set(md5sum_says(tmp_path / f"{number}" / "s2dl.progress").values()) == {"OK"}


def test_a_killed_process_frees_its_connection_at_once(space: DataSpace, tmp_path: Path) -> None:
    held, wanted = some_scenes(2)["name"]
    space.inject("stall", held, 99)
    with ready(KERNEL) as holder, ready(KERNEL) as waiter:
        start(holder, tmp_path / "held", [held], concurrent=1)
        until(lambda: transfers(space) == 1)
        start(waiter, tmp_path / "wanted", [wanted], concurrent=1)
        assert waiter.stdout
        assert "waiting for a free connection" in waiter.stdout.readline()
        assert finished_in(tmp_path / "wanted") == set()
        holder.kill()
        waiter.communicate(timeout=LONG)
    assert waiter.returncode == 0
    assert finished_in(tmp_path / "wanted") == {wanted}


@pytest.mark.parametrize("ranges", [False, True])
def test_a_download_yields_to_one_that_takes_over(
    open_space: Callable[..., DataSpace], tmp_path: Path, ranges: bool
) -> None:
    space = open_space(rate=40_000, ranges=ranges)
    scenes = some_scenes(4)
    with ready(COMMAND_LINE) as first:
        start(first, tmp_path, scenes["name"], concurrent=1)
        until(lambda: finished_in(tmp_path) and list(tmp_path.glob("*.part")))
        second = s2dl.download(scenes, tmp_path, take_over=True)
        told, _ = first.communicate(timeout=LONG)
    assert first.returncode == 1
    by_first = {line.split()[1] for line in told.splitlines() if line.startswith("downloaded")}
    cancelled = {line.split()[1]: line for line in told.splitlines() if line.startswith("cancelled")}
    assert by_first | set(cancelled) == set(scenes["name"])
    assert by_first
    assert all("another download took over" in line for line in cancelled.values())
    assert second.ok
    assert {result.name for result in second if result.status == "skipped"} == by_first
    assert {result.name for result in second if result.status == "downloaded"} == set(cancelled)
    # One product was on its way when the first yielded; nothing that had arrived was asked for again.
    assert len(by_first) + len(cancelled) <= transfers(space) <= len(scenes) + 1
    assert md5sum_says(tmp_path / "s2dl.progress") == {f"{name}.zip": "OK" for name in scenes["name"]}
    assert names_in(tmp_path) == {f"{name}.zip" for name in scenes["name"]} | {"s2dl.progress"}


def test_two_progress_files_may_share_a_directory(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    open_space(rate=40_000)
    scenes = some_scenes(1)
    first = submit(download(scenes, tmp_path, progress_file="mine"))
    first.begin()
    until(lambda: list(tmp_path.glob("*.part")))
    second = s2dl.download(scenes, tmp_path, progress_file="yours")
    assert [result.status for result in (*first.result(LONG), *second)] == ["downloaded", "downloaded"]
    for listing in ("mine", "yours"):
        assert set(md5sum_says(tmp_path / listing).values()) == {"OK"}
    assert names_in(tmp_path) == {"mine", "yours", f"{scenes['name'][0]}.zip"}


def test_a_second_download_that_does_not_take_over_is_told(
    open_space: Callable[..., DataSpace], tmp_path: Path
) -> None:
    open_space(rate=20_000)
    scenes = some_scenes(2)
    with ready(KERNEL) as first, ready(COMMAND_LINE) as second:
        start(first, tmp_path, scenes["name"])
        until(lambda: list(tmp_path.glob("*.part")))
        start(second, tmp_path, scenes["name"])
        _, said = second.communicate(timeout=LONG)
        assert second.returncode == 5
        assert f"another download (process {first.pid} on " in said
        assert "--take-over" in said
        first.communicate(timeout=LONG)
    assert first.returncode == 0


class SlowHash:
    """Stands in for the hashing of files that are there: the first one takes until it is told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go_on, self.hashed = threading.Event(), threading.Event(), list[Path]()
        monkeypatch.setattr(s2dl.downloads.plan, "md5_of", self)

    def __call__(self, path: Path) -> str:
        self.begun.set()
        assert self.go_on.wait(LONG)
        self.hashed.append(path)
        return md5_of(path)


@pytest.fixture
def unlisted(space: DataSpace, tmp_path: Path) -> gpd.GeoDataFrame:
    """Scenes that are there, while the progress file that listed them is gone."""
    scenes = some_scenes(3)
    assert s2dl.download(scenes, tmp_path).ok
    (tmp_path / "s2dl.progress").unlink()
    return scenes


def test_a_download_yields_while_it_looks_at_what_is_there(
    unlisted: gpd.GeoDataFrame, space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashing, before = SlowHash(monkeypatch), transfers(space)
    first = submit(download(unlisted, tmp_path))
    assert hashing.begun.wait(LONG)
    second = submit(download(unlisted, tmp_path, take_over=True))
    until((tmp_path / ".s2dl.progress.yield").exists)
    hashing.go_on.set()
    assert [result.status for result in first.result(LONG)] == ["adopted", "cancelled", "cancelled"]
    assert [result.status for result in second.result(LONG)] == ["skipped", "adopted", "adopted"]
    assert transfers(space) == before


def test_a_download_that_is_cancelled_lets_go_of_the_progress_file_last(
    unlisted: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashing = SlowHash(monkeypatch)
    work = submit(download(unlisted, tmp_path))
    assert hashing.begun.wait(LONG)
    work.cancel()
    with pytest.raises(s2dl.errors.InUse):
        s2dl.download(unlisted, tmp_path)
    hashing.go_on.set()
    with pytest.raises(CancelledError):
        work.result(LONG)
    assert len(hashing.hashed) == 1
    assert [result.status for result in s2dl.download(unlisted, tmp_path)] == ["skipped", "adopted", "adopted"]


def test_the_command_line_takes_over_from_a_kernel(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    open_space(rate=20_000)
    names = some_scenes(2)["name"]
    with ready(KERNEL) as first, ready(COMMAND_LINE) as second:
        start(first, tmp_path, names)
        until(lambda: list(tmp_path.glob("*.part")))
        start(second, tmp_path, ["--take-over", *names])
        told, _ = first.communicate(timeout=LONG)
        second.communicate(timeout=LONG)
    assert (first.returncode, second.returncode) == (1, 0)
    assert told.count("another download took over the progress file") == 2
    assert finished_in(tmp_path) == set(names)
