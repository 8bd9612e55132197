"""Wishes: what a download's arguments ask for, checked before anything is begun, or stored for a later run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from s2dl.downloads.unzipping import Unzip
from s2dl.errors import BadInput
from s2dl.files import given_path

if TYPE_CHECKING:
    from pathlib import Path

    from s2dl.downloads.plan import Overwrite
    from s2dl.settings import Settings

__all__ = ["check_overwrite", "concurrent_of", "unzip_of"]


def concurrent_of(concurrent: int | None, settings: Settings) -> int:
    """How many transfers at a time.

    Raises
    ------
    BadInput
        More than an account has connections, or none.
    """
    if concurrent is None:
        return settings.concurrent_downloads
    if isinstance(concurrent, bool) or not isinstance(concurrent, int) or not 1 <= concurrent <= 4:
        raise BadInput(f"concurrent: {concurrent!r} must be 1 to 4, the connections that an account has.")
    return concurrent


def check_overwrite(overwrite: Overwrite) -> None:
    """Refuse what is none of the three, with `BadInput`."""
    if not isinstance(overwrite, bool) and overwrite != "missing":
        raise BadInput(f"overwrite: {overwrite!r} is none of False, True and 'missing'.")


def unzip_of(
    unzip: bool | str | os.PathLike[str] | None,
    keep_archive: bool | None,
    directory: Path,
    settings: Settings,
    *,
    bands: bool,
) -> Unzip | None:
    """Where to unzip, if at all.

    Raises
    ------
    BadInput
        There is nothing to unzip, as single `bands` are wanted, or it cannot be a path.
    """
    if bands:
        if unzip not in {None, False}:
            raise BadInput("unzip: single bands come as plain files, there is nothing to unzip; leave it out.")
        return None
    wanted = settings.unzip if unzip is None else unzip
    if wanted is False:
        return None
    folder = given_path("unzip", (settings.unzip_directory or directory) if wanted is True else wanted)
    return Unzip(folder.absolute(), settings.keep_archive if keep_archive is None else keep_archive)
