"""One progress file, one download at a time, over all processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from s2dl.downloads.lock import hold
from s2dl.errors import DiskError, InUse

HOLDER = """
import sys
from pathlib import Path
from s2dl.downloads.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

TRIER = """
import sys
from pathlib import Path
from s2dl.downloads.lock import hold
from s2dl.errors import InUse
try:
    with hold(Path(sys.argv[1])):
        print("held")
except InUse as error:
    print(error)
    raise SystemExit(error.exit_code)
"""


@contextmanager
def another_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until its standard input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()
            process.wait()


def try_elsewhere(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", TRIER, str(path)], capture_output=True, text=True, check=False)


def test_another_process_is_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    with hold(path):
        refused = try_elsewhere(path)
    assert refused.returncode == 5
    assert re.search(rf"another download works with .*\(process {os.getpid()} on .+, since 20", refused.stdout)
    assert "Wait until it ends, stop it, or give this one a progress file of its own." in refused.stdout
    assert try_elsewhere(path).stdout == "held\n"


def test_the_holders_pid_is_named_and_its_death_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    with another_process(path) as holder:
        with pytest.raises(InUse, match=rf"process {holder.pid} on "), hold(path):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with hold(path):
            assert try_elsewhere(path).returncode == 5


def test_a_second_download_of_the_same_process_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    with hold(path):
        with pytest.raises(InUse), hold(path):
            pass
        with pytest.raises(InUse, match=rf"process {os.getpid()}"), hold(path):
            pass


def test_another_progress_file_beside_it_is_free(tmp_path: Path) -> None:
    with hold(tmp_path / "a.progress"), hold(tmp_path / "b.progress"):
        pass


def test_an_error_within_frees_it_and_passes(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    with pytest.raises(KeyError), hold(path):
        raise KeyError
    with hold(path):
        pass
    assert not (tmp_path / ".s2dl.progress.holder").exists()


@pytest.mark.parametrize("content", ["", "{}", "[1]", "\0", '{"pid": 1}'])
def test_a_holder_that_cannot_be_read_is_still_a_holder(tmp_path: Path, content: str) -> None:
    path = tmp_path / "s2dl.progress"
    with hold(path):
        (tmp_path / ".s2dl.progress.holder").write_text(content)
        with pytest.raises(InUse, match="it does not say which"), hold(path):
            pass


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskError, match="Check free space and permissions"), hold(tmp_path / "file" / "s2dl.progress"):
        pass
