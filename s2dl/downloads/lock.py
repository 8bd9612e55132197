"""One progress file, one download at a time."""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import filelock

from s2dl.errors import InUse
from s2dl.files import disk_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["hold"]


@contextmanager
def hold(progress_file: Path) -> Iterator[None]:
    """Hold a progress file for one download; the lock goes when the process does.

    Raises
    ------
    InUse
        Another download holds it; the sentence names process, host and start.
    """
    lock = filelock.FileLock(progress_file.with_name(f".{progress_file.name}.lock"), timeout=0, is_singleton=False)
    holder = progress_file.with_name(f".{progress_file.name}.holder")
    with disk_errors(progress_file):
        if not _acquired(lock):
            raise InUse(
                f"{progress_file}: another download works with this progress file ({_who(holder)}). "
                "Wait until it ends, stop it, or give this one a progress file of its own."
            )
    try:
        with disk_errors(holder):
            holder.write_text(_me())
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _acquired(lock: filelock.BaseFileLock) -> bool:
    try:
        lock.acquire()
    except filelock.Timeout:  # an OSError to Python, but no fault of the disk
        return False
    return True


def _me() -> str:
    started = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "start": started})


def _who(holder: Path) -> str:
    try:
        about = json.loads(holder.read_text())
        return f"process {about['pid']} on {about['host']}, since {about['start']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "it does not say which"
