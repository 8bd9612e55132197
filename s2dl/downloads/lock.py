"""One progress file, one download at a time, and how a second one asks the first to yield.

Three hidden files beside the progress file: ``.lock`` is locked by the holder; ``.holder`` says in JSON who that is,
only for the sentence that others are shown, so a stale one is harmless; ``.yield`` is locked by whoever asks the
holder to yield, for as long as it asks. Both locks go with their processes, so a crash leaves nothing to clean up.

The holder's engine looks at `Held.yield_asked` and stops as its user would stop it: part files stay, and its report
calls what is unfinished cancelled. No process is ever killed to get at a progress file: a holder that does not yield
in time keeps it, and the other one gets `InUse`.

On a network file system the locks hold among the processes of one machine; among machines only as far as that file
system passes on ``flock`` (NFS with its lock service does, many SMB and FUSE mounts do not).
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from s2dl.access.lockfile import LockFile
from s2dl.errors import InUse
from s2dl.files import disk_errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

__all__ = ["Held", "hold"]

_PATIENCE = 15.0
"""Seconds; the engine of the holder stops within 10."""
_LOOK = 0.1
_ENDS = ("lock", "yield", "holder")


class Held:
    """A progress file that is held for one download.

    Parameters
    ----------
    request : Path
        The file that whoever wants it next holds locked.
    """

    def __init__(self, request: Path) -> None:
        self._request = request

    def yield_asked(self) -> bool:
        """Say whether another download asks for the progress file now; quick, and never waits."""
        if not self._request.is_file():
            return False
        request = LockFile(self._request)
        asked = not request.take()
        request.free()
        return asked


@asynccontextmanager
async def hold(progress_file: Path, *, take_over: bool = False) -> AsyncIterator[Held]:
    """Hold a progress file for one download; the lock goes when the process does.

    Parameters
    ----------
    progress_file : Path
        In a directory that is there.
    take_over : bool
        Ask a download that holds it to yield, and wait for that as long as 15 s.

    Raises
    ------
    InUse
        Another download holds it and does not yield; the sentence names process, host and start.
    DiskError
        The directory cannot be written.
    """
    lock, request, holder = (progress_file.with_name(f".{progress_file.name}.{end}") for end in _ENDS)
    held = LockFile(lock)
    with disk_errors(lock):
        if not held.take() and not (take_over and await _yielded(held, LockFile(request))):
            raise InUse(_refusal(progress_file, holder, asked=take_over))
    try:
        with disk_errors(holder):
            holder.write_text(_me())
        yield Held(request)
    finally:
        with suppress(OSError):  # one that stays is harmless, and no reason to lose a report
            holder.unlink()
        held.free()


async def _yielded(lock: LockFile, request: LockFile) -> bool:
    """Ask for `lock` until it is given or patience ends; of several that ask, one is heard at a time."""
    until = time.monotonic() + _PATIENCE
    try:
        while time.monotonic() < until:
            request.take()
            if lock.take():
                return True
            await asyncio.sleep(_LOOK)
        return False
    finally:
        request.free()


def _refusal(progress_file: Path, holder: Path, *, asked: bool) -> str:
    what = (
        f"was asked to yield and did not within {_PATIENCE:g} s. Wait until it ends or stop it"
        if asked
        else "works with this progress file. Wait until it ends, stop it, take over (take_over=True, or --take-over)"
    )
    return f"{progress_file}: another download ({_who(holder)}) {what}, or give this one a progress file of its own."


def _me() -> str:
    started = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "start": started})


def _who(holder: Path) -> str:
    try:
        about = json.loads(holder.read_text())
        return f"process {about['pid']} on {about['host']}, since {about['start']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "it does not say which"
