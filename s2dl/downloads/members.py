"""What an archive may hold: one product folder, of plain files, under names that every disk can keep apart."""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from s2dl.errors import TransferError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DAMAGED", "checked_top", "is_safe_path"]

DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError)
"""What `zipfile` raises at archives that are broken."""

_MOST_EXPANDED = 100
"""Products are stored, not compressed; what grows more than this is a bomb."""
_MOST_MEMBERS = 100_000
"""A product has a few hundred files, one in the old format of many granules some thousands."""
_DEEPEST = 20
_LONGEST = 500
_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_KINDS = {0, stat.S_IFREG, stat.S_IFDIR}
_ENCRYPTED = 1
# Microsoft, "Naming Files, Paths, and Namespaces": neither signs nor names that Windows refuses or takes for devices.
_SIGNS = re.compile(r'[\x00-\x1f<>:"|?*\\]|[. ]$')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_TOP = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,200}\.SAFE")


def checked_top(archive: Path, zipped: zipfile.ZipFile) -> str:
    """The product folder in which all members lie, after a look at every one of them.

    Raises
    ------
    TransferError
        Something in it has no place in a product: a name that leads out or that some disks cannot keep, a link, two
        names that differ in case only, an encrypted or oddly packed file, or far more than products hold.
    """
    members = zipped.infolist()
    if len(members) > _MOST_MEMBERS:
        raise TransferError(f"{archive.name}: it holds {len(members):,} files, as no product does; it was refused.")
    paths = [_checked_path(archive, member) for member in members]
    _refuse_clashes(archive, members, paths)
    _refuse_bomb(archive, members)
    tops = {path.parts[0] for path in paths}
    if len(tops) != 1:
        raise TransferError(f"{archive.name}: it does not hold one product folder but {len(tops)}; it was refused.")
    top = tops.pop()
    if not _TOP.fullmatch(top):
        raise TransferError(f"{archive.name}: its folder {top[:80]!r} has not the name of a product; it was refused.")
    return top


def _checked_path(archive: Path, member: zipfile.ZipInfo) -> PurePosixPath:
    path = PurePosixPath(member.filename)
    if not (_has_safe_name(member, path) and stat.S_IFMT(member.external_attr >> 16) in _KINDS):
        raise TransferError(
            f"{archive.name}: it holds {member.filename[:80]!r}, which does not belong in a product; it was refused."
        )
    if member.flag_bits & _ENCRYPTED or member.compress_type not in _PACKINGS:
        raise TransferError(
            f"{archive.name}: {member.filename[:80]!r} is encrypted or packed as no product is; it was refused."
        )
    return path


def _has_safe_name(member: zipfile.ZipInfo, path: PurePosixPath) -> bool:
    return is_safe_path(member.filename) and (len(path.parts) > 1 or member.is_dir())


def is_safe_path(name: str) -> bool:
    """Say whether a name with slashes leads to a place below its folder, on every disk."""
    path = PurePosixPath(name)
    return (
        0 < len(path.parts) <= _DEEPEST
        and len(name.encode("utf-8", "surrogatepass")) <= _LONGEST
        and not path.is_absolute()
        and not any(part == ".." or _SIGNS.search(part) or _DEVICES.fullmatch(part) for part in path.parts)
    )


def _refuse_clashes(archive: Path, members: list[zipfile.ZipInfo], paths: list[PurePosixPath]) -> None:
    """Refuse names that fall together on some disk: equal but for case or accents' spelling, or file and folder."""
    spelled: dict[str, PurePosixPath] = {}
    folders: set[PurePosixPath] = set()
    files: set[PurePosixPath] = set()
    for member, path in zip(members, paths, strict=True):
        for each in (path, *path.parents):
            key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(each)).casefold())
            if spelled.setdefault(key, each) != each:
                raise TransferError(
                    f"{archive.name}: {str(each)[:80]!r} and {str(spelled[key])[:80]!r} are one name to many disks; "
                    "it was refused."
                )
        folders.update(path.parents)
        if member.is_dir():
            folders.add(path)
        elif path in files:
            raise TransferError(f"{archive.name}: it holds two files of one name, {str(path)[:80]!r}; it was refused.")
        else:
            files.add(path)
    if both := files & folders:
        raise TransferError(f"{archive.name}: {str(both.pop())[:80]!r} is a file and a folder in it; it was refused.")


def _refuse_bomb(archive: Path, members: list[zipfile.ZipInfo]) -> None:
    expanded = sum(member.file_size for member in members)
    if expanded > _MOST_EXPANDED * max(archive.stat().st_size, 1):
        raise TransferError(f"{archive.name}: it would grow to {expanded:,} bytes, as no product does; it was refused.")
