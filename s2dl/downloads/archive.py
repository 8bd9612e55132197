"""Unzip a product: whole under its final name, or not at all."""

from __future__ import annotations

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from s2dl.errors import TransferError
from s2dl.files import disk_errors, sync_directory

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["unzip"]

_PIECE = 2**20
_MOST_EXPANDED = 100
"""Products are stored, not compressed; what grows more than this is a bomb."""
_DAMAGED = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error,
    EOFError, RuntimeError, ValueError,
)  # fmt: skip
"""What `zipfile` raises at archives that are broken, encrypted, or packed in ways it does not know."""


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
        with disk_errors(archive):
            zipped = zipfile.ZipFile(archive)
        with zipped:
            top = _top_folder(archive, zipped)
            _refuse_bomb(archive, zipped)
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
    except _DAMAGED as error:
        raise TransferError(
            f"{archive.name}: the archive is damaged ({error}); remove it and fetch it again."
        ) from error


def _top_folder(archive: Path, zipped: zipfile.ZipFile) -> str:
    """The one folder that all members lie in."""
    tops: set[str] = set()
    for member in zipped.infolist():
        path = PurePosixPath(member.filename)
        unsafe = path.is_absolute() or ".." in path.parts or "\\" in member.filename or ":" in member.filename
        loose = len(path.parts) < (1 if member.is_dir() else 2)
        if unsafe or loose or stat.S_ISLNK(member.external_attr >> 16):
            raise TransferError(
                f"{archive.name}: it holds {member.filename[:80]!r}, which does not belong in a product; not unzipped."
            )
        tops.add(path.parts[0])
    if len(set(zipped.namelist())) != len(zipped.namelist()):
        raise TransferError(f"{archive.name}: it holds two files of one name; not unzipped.")
    if len(tops) != 1:
        raise TransferError(f"{archive.name}: it does not hold one product folder but {len(tops)}; not unzipped.")
    return tops.pop()


def _refuse_bomb(archive: Path, zipped: zipfile.ZipFile) -> None:
    expanded = sum(member.file_size for member in zipped.infolist())
    if expanded > _MOST_EXPANDED * max(archive.stat().st_size, 1):
        raise TransferError(f"{archive.name}: it would grow to {expanded:,} bytes, as no product does; not unzipped.")


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
                raise TransferError(f"{part.name}: unzipping was stopped; run it again.")
            file.write(piece)
