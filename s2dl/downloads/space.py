"""Room on the disk, looked at before it is needed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from s2dl.errors import DiskError
from s2dl.files import disk_errors
from s2dl.report import readable_size

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RESERVE", "disk_of", "free_space", "see_room"]

RESERVE = 100 * 2**20
"""Bytes of the disk that are left alone."""


def free_space(directory: Path) -> int:
    """Bytes that are free where `directory` is, or will be made."""
    with disk_errors(directory):
        return shutil.disk_usage(_existing(directory)).free


def disk_of(directory: Path) -> int:
    """Which disk `directory` is on, or will be: the same number, the same disk."""
    with disk_errors(directory):
        return _existing(directory).stat().st_dev


def see_room(directory: Path, needed: int, what: str) -> None:
    """See that `needed` bytes fit into `directory`.

    Parameters
    ----------
    directory : Path
    needed : int
    what : str
        What they are needed for, the end of "1.2 GB are …".

    Raises
    ------
    DiskError
        They do not.
    """
    free = free_space(directory)
    if needed + RESERVE > free:
        raise DiskError(
            f"{directory}: {readable_size(needed)} are {what} and {readable_size(free)} are free "
            f"({readable_size(RESERVE)} of them are left alone); make room, or choose fewer scenes or another disk."
        )


def _existing(directory: Path) -> Path:
    return next((each for each in (directory, *directory.parents) if each.exists()), directory)
