"""Unzip a product: whole under its final name, or not at all."""

from __future__ import annotations

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from s2dl.downloads.files import disk_errors, sync_directory
from s2dl.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["unzip"]

_PIECE = 2**20


def unzip(archive: Path, directory: Path, keep_going: Callable[[], bool] = lambda: True) -> tuple[Path, bool]:
    """Unzip a product's archive into `directory`, CRC-checked.

    The members go to a hidden folder first, which is renamed when all are there: a folder under its final name is
    complete. One that is already there is left as it is.

    Parameters
    ----------
    archive : Path
    directory : Path
        Made where it is missing.
    keep_going : callable
        Asked between pieces; when it says no, the half-done folder is removed.

    Returns
    -------
    folder : Path
        The product's folder, ``….SAFE``.
    fresh : bool
        False where it was already there.

    Raises
    ------
    TransferError
        The archive is damaged, or has names that lead out of it.
    DiskError
        The disk refused.
    """
    with disk_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(archive) as zipped:
            top = _top_folder(archive, zipped)
            folder = directory / top
            if folder.exists():
                return folder, False
            part = directory / f".{top}.part"
            with disk_errors(part):
                _extract_all(zipped, part, keep_going)
                (part / top).replace(folder)
                part.rmdir()
                sync_directory(directory)
            return folder, True
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError) as error:
        raise TransferError(
            f"{archive.name}: the archive is damaged ({error}); remove it and fetch it again."
        ) from error


def _top_folder(archive: Path, zipped: zipfile.ZipFile) -> str:
    """The one folder that all members lie in."""
    tops: set[str] = set()
    for member in zipped.infolist():
        path = PurePosixPath(member.filename)
        unsafe = path.is_absolute() or ".." in path.parts or "\\" in member.filename or ":" in member.filename
        if unsafe or not path.parts or stat.S_ISLNK(member.external_attr >> 16):
            raise TransferError(
                f"{archive.name}: it holds {member.filename[:80]!r}, which does not belong in a product; not unzipped."
            )
        tops.add(path.parts[0])
    if len(tops) != 1:
        raise TransferError(f"{archive.name}: it does not hold one product folder but {len(tops)}; not unzipped.")
    return tops.pop()


def _extract_all(zipped: zipfile.ZipFile, part: Path, keep_going: Callable[[], bool]) -> None:
    if part.exists():
        shutil.rmtree(part)
    try:
        for member in zipped.infolist():
            _extract(zipped, member, part, keep_going)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _extract(zipped: zipfile.ZipFile, member: zipfile.ZipInfo, part: Path, keep_going: Callable[[], bool]) -> None:
    target = part / member.filename
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipped.open(member) as source, target.open("xb") as file:
        while piece := source.read(_PIECE):
            if not keep_going():
                raise InterruptedError(f"unzipping {part.name} was stopped")
            file.write(piece)
