"""Runners: how one is started so that it outlives all that started it, and how its death is noticed.

A runner holds the lock file of its job for as long as it lives, and the system frees that however the runner ends: so
a dead runner is told from a slow one, and a process that got its number later is not taken for it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s2dl.access.lockfile import LockFile
from s2dl.errors import DiskError, InUse
from s2dl.files import disk_errors
from s2dl.jobs.record import Ending
from s2dl.jobs.store import now

if TYPE_CHECKING:
    from s2dl.jobs.record import Record
    from s2dl.jobs.store import Store

__all__ = ["examined", "holding", "launch", "private_file"]

_SECRET = ("S2DL_PASSWORD", "S2DL_TOTP")
_TIME_TO_BEGIN = timedelta(seconds=60)
"""A runner that was started holds its lock within this time, or it will never."""
_TIME_TO_SPEAK = timedelta(minutes=3)
"""A runner on another machine, whose lock cannot be seen from here, gives signs of life more often."""
_LOOKS = 20


def launch(store: Store, job: int, secrets: dict[str, Any]) -> None:
    """Start a runner for a queued job: a process of its own session, which neither a terminal nor a kernel takes along.

    Parameters
    ----------
    store : Store
    job : int
    secrets : dict
        Account and proxy. They go through a pipe that only this runner can read, and stand neither in its arguments,
        nor in its environment, nor on disk.

    Raises
    ------
    DiskError
        It cannot be started.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _SECRET}
    log = store.log_path(job)
    private_file(log)
    try:
        with log.open("ab") as out:
            process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "s2dl.runner", str(job)],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=store.directory,
                env=environment,
                **_on_its_own(),
            )
    except OSError as error:
        store.finish(job, Ending("failed", f"Its runner could not be started: {error}", 1))
        raise DiskError(f"The job's runner could not be started ({error}); try again, or run it here.") from error
    # Whoever started it must take note of its end, or the system keeps a dead process in its list.
    threading.Thread(target=process.wait, name="s2dl-runner", daemon=True).start()
    if process.stdin is not None:
        # One that died at once reads nothing: it is found dead like any other, and its log says why.
        with suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(json.dumps(secrets).encode())


def _on_its_own() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


@contextmanager
def holding(store: Store, job: int) -> Iterator[None]:
    """Hold the job's lock, as its runner.

    Raises
    ------
    InUse
        Another runner holds it.
    """
    path = store.lock_path(job)
    private_file(path)
    lock = LockFile(path)
    for _ in range(_LOOKS):  # whoever examines the job holds it for a moment, too
        if lock.take():
            break
        time.sleep(0.1)
    else:
        raise InUse(f"Job {job} runs already; watch it, or stop it first.")
    try:
        yield
    finally:
        lock.free()


def examined(store: Store, record: Record) -> Record:
    """The record, as ``failed`` if its runner has died."""
    if not record.active or _lives(store, record):
        return record
    began = f"process {record.pid} on {record.host}" if record.pid else "it never began"
    return store.bury(record, f"Its runner died ({began}); resume it, and it goes on from where it was.")


def _lives(store: Store, record: Record) -> bool:
    silence = timedelta.max if record.heard is None else now() - record.heard
    if record.host != socket.gethostname():
        return silence < _TIME_TO_SPEAK
    if record.state == "queued" and record.pid is None and silence < _TIME_TO_BEGIN:
        return True
    path = store.lock_path(record.id)
    if not path.exists():
        return False
    lock = LockFile(path)
    with disk_errors(path):
        free = lock.take()
    lock.free()
    return not free


def private_file(path: Path) -> None:
    """Make a file that only its user can read, where it is missing."""
    with disk_errors(path):
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600))
