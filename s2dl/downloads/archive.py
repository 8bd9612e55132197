"""Unzip a product: whole under its final name, or not at all."""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from s2dl.access.lockfile import LockFile
from s2dl.downloads.members import DAMAGED, checked_top
from s2dl.downloads.space import see_room
from s2dl.errors import InUse, TransferError
from s2dl.files import disk_errors, sync_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["is_whole", "unzip"]

_PIECE = 2**20


def unzip(archive: Path, directory: Path, keep_going: Callable[[], bool] = lambda: True) -> tuple[Path, bool]:
    """Unzip a product's archive into `directory`, CRC-checked.

    The members go to a hidden folder first, which is renamed when all are there and on the disk: a folder under its
    final name is complete. One that is already there is left as it is. What a killed run left of the hidden folder is
    cleared away.

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
        The archive is damaged, or holds what does not belong in a product.
    InUse
        Another run unzips the same product to the same place.
    DiskError
        The disk refused, or is too small.
    """
    with disk_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
    with _opened(archive) as zipped:
        top = checked_top(archive, zipped)
        folder = directory / top
        with _alone(folder):
            if folder.exists():
                return folder, False
            part = directory / f".{top}.part"
            with disk_errors(part):
                if part.exists():
                    shutil.rmtree(part)
            see_room(directory, sum(member.file_size for member in zipped.infolist()), f"to be unzipped of {top}")
            with disk_errors(part):
                _extract_all(zipped, part, keep_going)
                (part / top).replace(folder)
                part.rmdir()
                sync_directory(directory)
        return folder, True


def is_whole(archive: Path, folder: Path) -> bool:
    """Say whether `folder` holds every member of `archive`, to the byte (by CRC).

    Raises
    ------
    TransferError, DiskError
        The archive or the folder cannot be read.
    """
    with _opened(archive) as zipped:
        checked_top(archive, zipped)
        with disk_errors(folder):
            return all(_is_here(member, folder.parent) for member in zipped.infolist() if not member.is_dir())


def _is_here(member: zipfile.ZipInfo, directory: Path) -> bool:
    path = directory / member.filename
    if not path.is_file() or path.stat().st_size != member.file_size:
        return False
    crc = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            crc = zlib.crc32(piece, crc)
    return crc == member.CRC


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    """The archive; what is wrong with it, then or later, becomes one sentence."""
    try:
        with disk_errors(archive):
            zipped = zipfile.ZipFile(archive)
        with zipped:
            yield zipped
    except DAMAGED as error:
        raise TransferError(
            f"{archive.name}: the archive is damaged ({error}); remove it and fetch it again."
        ) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other runs from unzipping to the same folder: they would clear each other's half-done files away."""
    path = folder.with_name(f".{folder.name}.lock")
    lock = LockFile(path)
    with disk_errors(path):
        taken = lock.take()
    if not taken:
        raise InUse(f"{folder}: another run unzips it at this moment; run it again when that one is done.")
    try:
        yield
    finally:
        # Unlinked while held, so that no such file stays; whoever locks the old file then finds the folder complete.
        with suppress(PermissionError):  # Windows unlinks it itself, when it is freed
            path.unlink(missing_ok=True)
        lock.free()


def _extract_all(zipped: zipfile.ZipFile, part: Path, keep_going: Callable[[], bool]) -> None:
    try:
        for member in zipped.infolist():
            _extract(zipped, member, part, keep_going)
        for folder, _, __ in os.walk(part):
            sync_directory(part / folder)
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
        file.flush()
        os.fsync(file.fileno())
