"""Zip archives: what is needed of them is read into memory, within limits; nothing is unpacked by its own name."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from s2dl.errors import BadRegion
from s2dl.regions.guard import shown

__all__ = ["Archive", "opened"]

_MOST_MEMBERS = 10_000
_LARGEST_DIRECTORY = 4 * 2**20
"""Bytes of the list of members; Python keeps it in memory, ten times larger."""
_NESTED = {".zip", ".kmz", ".7z", ".rar", ".gz", ".tgz", ".bz2", ".xz", ".tar"}
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    OverflowError,
)


class Archive:
    """A zip archive that has been checked.

    Parameters
    ----------
    file
        The archive.
    what
        The archive, as messages name it.
    """

    def __init__(self, file: zipfile.ZipFile, what: str) -> None:
        self.what = what
        self._file = file
        self._members = {each.filename: each for each in file.infolist() if not each.is_dir()}
        if len(self._members) > _MOST_MEMBERS:
            raise BadRegion(f"{what} holds more than {_MOST_MEMBERS:,} files; give one with the region alone.")
        for name in self._members:
            _refuse_traversal(name, what)

    def named(self, suffixes: Iterable[str]) -> list[PurePosixPath]:
        """List the members with one of these extensions; leftovers of macOS are passed over."""
        wanted = set(suffixes)
        paths = sorted(PurePosixPath(name) for name in self._members)
        visible = [path for path in paths if "__MACOSX" not in path.parts and not path.name.startswith("._")]
        return [path for path in visible if path.suffix.lower() in wanted]

    def nested(self) -> list[PurePosixPath]:
        """List the archives within the archive."""
        return self.named(_NESTED)

    def read(self, members: Iterable[PurePosixPath], largest: int) -> list[bytes]:
        """Read members of at most `largest` bytes together.

        Raises
        ------
        BadRegion
            If they are larger, encrypted, or damaged.
        """
        infos = [self._members[str(member)] for member in members]
        if any(info.flag_bits & 0x1 for info in infos):
            raise BadRegion(f"{self.what} is protected by a password; unpack it and give the file within.")
        total = sum(info.file_size for info in infos)
        if total > largest:
            raise BadRegion(
                f"{self.what} would unpack to {total >> 20} MiB, more than {largest >> 20}; "
                "simplify the outline and try again."
            )
        return [self._content(info) for info in infos]

    def _content(self, info: zipfile.ZipInfo) -> bytes:
        with self._file.open(info) as member:
            return member.read(info.file_size + 1)


@contextmanager
def opened(path: Path, what: str) -> Iterator[Archive]:
    """Open a zip archive.

    Parameters
    ----------
    path
        The file.
    what
        The archive, as messages name it.

    Raises
    ------
    BadRegion
        If it is damaged, holds far too much, or names a path outside of itself.
    """
    try:
        with _Sober(path) as raw, zipfile.ZipFile(raw) as file:
            yield Archive(file, what)
    except _BROKEN as error:
        if isinstance(error, BadRegion):
            raise
        raise BadRegion(f"{what} is a damaged zip archive ({error}); download or pack it again.") from error


class _Sober(io.FileIO):
    """A file that is never asked for more at once than a list of members may be long."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, unless it is far too much."""
        if size is not None and size > _LARGEST_DIRECTORY:
            raise BadRegion("The archive's list of files is longer than 4 MiB; give one with the region alone.")
        return super().read(size) or b""


def _refuse_traversal(name: str, what: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
        raise BadRegion(f"{what} holds a file that names a place outside of it ({shown(name)}); pack it again.")
