"""One progress file, one download at a time, over all processes; and asking the holder to yield."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from s2dl.access.lockfile import LockFile
from s2dl.downloads import lock
from s2dl.downloads.lock import hold
from s2dl.errors import DiskError, InUse

HOLDER = """
import asyncio, sys
from pathlib import Path
from s2dl.downloads.lock import hold

async def main(path, manners):
    async with hold(path) as held:
        print("held", flush=True)
        while manners == "stubborn" or not held.yield_asked():
            await asyncio.sleep(0.02)

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""

TRIER = """
import asyncio, sys
from pathlib import Path
from s2dl.downloads.lock import hold
from s2dl.errors import InUse

async def main(path, how):
    async with hold(path, take_over=how == "take over"):
        print("held")

try:
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
except InUse as error:
    print(error)
    raise SystemExit(error.exit_code)
"""

PARENT = """
import os, sys, time
from pathlib import Path
from s2dl.access.lockfile import LockFile
lock = LockFile(Path(sys.argv[1]))
assert lock.take()
if os.fork() == 0:
    print("forked", flush=True)
    time.sleep(600)
else:
    sys.stdin.read()
"""


@contextmanager
def another_process(path: Path, manners: str = "polite") -> Iterator[subprocess.Popen[str]]:
    """A process that holds a progress file until it is asked to yield, or killed if it is stubborn."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), manners], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()
            process.wait()


def elsewhere(path: Path, how: str = "try") -> subprocess.CompletedProcess[str]:
    """What another process gets when it wants to hold a progress file."""
    return subprocess.run([sys.executable, "-c", TRIER, str(path), how], capture_output=True, text=True, check=False)


def try_to_hold(path: Path, *, take_over: bool = False, within: Callable[[], object] = lambda: None) -> object:
    async def try_it() -> object:
        async with hold(path, take_over=take_over):
            return within()

    return asyncio.run(try_it())


async def until(happens: Callable[[], bool]) -> None:
    while not happens():  # noqa: ASYNC110 - a lock file sets no event
        await asyncio.sleep(0.01)


def test_another_process_is_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    refused = try_to_hold(path, within=lambda: elsewhere(path))
    assert isinstance(refused, subprocess.CompletedProcess)
    assert refused.returncode == 5
    assert re.search(rf"another download \(process {os.getpid()} on .+, since 20.+\) works with", refused.stdout)
    assert "take over (take_over=True, or --take-over), or give this one a progress file of" in refused.stdout
    assert elsewhere(path).stdout == "held\n"


def test_the_holders_pid_is_named_and_its_death_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    with another_process(path) as holder:
        with pytest.raises(InUse, match=rf"process {holder.pid} on "):
            try_to_hold(path)
        holder.kill()
        holder.wait()
        assert try_to_hold(path, within=lambda: elsewhere(path).returncode) == 5


def test_a_second_download_of_the_same_process_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"

    async def twice() -> None:
        async with hold(path):
            for _ in range(2):
                with pytest.raises(InUse, match=rf"process {os.getpid()}"):
                    async with hold(path):
                        pass

    asyncio.run(twice())


def test_another_progress_file_beside_it_is_free(tmp_path: Path) -> None:
    async def both() -> None:
        async with hold(tmp_path / "a.progress"), hold(tmp_path / "b.progress"):
            pass

    asyncio.run(both())


def test_an_error_within_frees_it_and_passes(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"

    def fail() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        try_to_hold(path, within=fail)
    assert not (tmp_path / ".s2dl.progress.holder").exists()
    try_to_hold(path)


@pytest.mark.parametrize("content", ["", "{}", "[1]", "\0", '{"pid": 1}'])
def test_a_holder_that_cannot_be_read_is_still_a_holder(tmp_path: Path, content: str) -> None:
    path = tmp_path / "s2dl.progress"

    async def twice() -> None:
        async with hold(path):
            (tmp_path / ".s2dl.progress.holder").write_text(content)
            with pytest.raises(InUse, match="it does not say which"):
                async with hold(path):
                    pass

    asyncio.run(twice())


def test_what_a_dead_holder_left_behind_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / ".s2dl.progress.lock").write_bytes(b"")
    (tmp_path / ".s2dl.progress.yield").write_bytes(b"")
    (tmp_path / ".s2dl.progress.holder").write_text('{"pid": 1, "host": "here", "start": "2020-01-01"}')

    async def held_in_peace() -> bool:
        async with hold(tmp_path / "s2dl.progress") as held:
            return not held.yield_asked()

    assert asyncio.run(held_in_peace())


@pytest.mark.parametrize("end", ["lock", "holder"])
def test_a_directory_in_the_place_of_its_files_is_told(tmp_path: Path, end: str) -> None:
    (tmp_path / f".s2dl.progress.{end}").mkdir()
    with pytest.raises(DiskError, match=rf"\.s2dl\.progress\.{end}: Is a directory"):
        try_to_hold(tmp_path / "s2dl.progress")


def test_what_is_no_request_asks_for_nothing(tmp_path: Path) -> None:
    (tmp_path / ".s2dl.progress.yield").mkdir()

    async def held_in_peace() -> bool:
        async with hold(tmp_path / "s2dl.progress") as held:
            return not held.yield_asked()

    assert asyncio.run(held_in_peace())


def test_a_note_that_cannot_be_removed_costs_no_report(tmp_path: Path) -> None:
    def be_in_the_way() -> str:
        (tmp_path / ".s2dl.progress.holder").unlink()
        (tmp_path / ".s2dl.progress.holder").mkdir()
        return "report"

    assert try_to_hold(tmp_path / "s2dl.progress", within=be_in_the_way) == "report"
    assert LockFile(tmp_path / ".s2dl.progress.lock").take()


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskError, match="Check free space and permissions"):
        try_to_hold(tmp_path / "file" / "s2dl.progress")


def test_a_holder_that_is_asked_yields_to_another_process(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    with another_process(path) as holder:
        try_to_hold(path, take_over=True)
        assert holder.wait() == 0


def test_a_download_takes_over_within_one_process_too(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    told: list[str] = []

    async def first() -> None:
        async with hold(path) as held:
            told.append("first holds")
            await until(held.yield_asked)
            told.append("first yields")

    async def second() -> None:
        async with hold(path, take_over=True) as held:
            told.append("second holds")
            assert not held.yield_asked()

    async def both() -> None:
        await asyncio.gather(first(), second())

    asyncio.run(both())
    assert told == ["first holds", "first yields", "second holds"]


def test_nothing_is_asked_where_nobody_holds_it(tmp_path: Path) -> None:
    try_to_hold(tmp_path / "s2dl.progress", take_over=True)
    assert not (tmp_path / ".s2dl.progress.yield").exists()


def test_a_holder_that_does_not_yield_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_PATIENCE", 0.3)
    path = tmp_path / "s2dl.progress"
    with another_process(path, "stubborn") as holder:
        with pytest.raises(InUse, match=rf"process {holder.pid} .* was asked to yield and did not within 0.3 s"):
            try_to_hold(path, take_over=True)
        assert holder.poll() is None


def test_who_gave_up_asking_asks_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_PATIENCE", 0.3)
    path = tmp_path / "s2dl.progress"

    async def ask_in_vain() -> None:
        async with hold(path) as held:
            with pytest.raises(InUse):
                async with hold(path, take_over=True):
                    pass
            assert not held.yield_asked()

    asyncio.run(ask_in_vain())


def test_of_several_that_take_over_each_has_its_turn(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    turns = 0

    async def one() -> None:
        nonlocal turns
        async with hold(path, take_over=True) as held:
            turns += 1
            await until(lambda: turns == 3 or held.yield_asked())

    async def three() -> None:
        await asyncio.gather(one(), one(), one())

    asyncio.run(three())
    assert turns == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_does_not_keep_what_its_dead_parent_held(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "lock")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        assert parent.stdout is not None
        try:
            assert parent.stdout.readline() == "forked\n"
            free = LockFile(tmp_path / "lock")
            assert not free.take()
            parent.kill()
            parent.wait()
            assert free.take()
        finally:
            os.killpg(parent.pid, signal.SIGKILL)
