"""Zip archives without compression: the headers around the files.

Headers are made without time, which is written into many of them at once.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

__all__ = ["HEADERS", "Entry", "Places", "dated", "dated_directory", "end", "placed", "places"]

_LOCAL_HEAD = struct.pack("<4s3H", b"PK\3\4", 20, 0, 0)
_CENTRAL_HEAD = struct.pack("<4s4H", b"PK\1\2", 3 << 8 | 20, 20, 0, 0)  # made on Unix
_TIMELESS = bytes(4)
_LOCAL = struct.Struct("<3I2H")
_CENTRAL = struct.Struct("<3I5H2I")
_END = struct.Struct("<4s4H2IH")
_MODE = 0o100644 << 16

_LOCAL_SIZE = len(_LOCAL_HEAD) + len(_TIMELESS) + _LOCAL.size
_CENTRAL_SIZE = len(_CENTRAL_HEAD) + len(_TIMELESS) + _CENTRAL.size
HEADERS = _LOCAL_SIZE + _CENTRAL_SIZE
"""Bytes that a file takes besides its content and twice its name."""


class Entry(NamedTuple):
    """A file of the archive, with its size in bytes and its CRC-32."""

    name: bytes
    size: int
    crc: int

    def local(self) -> bytes:
        """Return the header in front of the content."""
        return _LOCAL_HEAD + _TIMELESS + _LOCAL.pack(self.crc, self.size, self.size, len(self.name), 0) + self.name

    def central(self, offset: int) -> bytes:
        """Return the file's part of the directory; `offset` is where its header lies."""
        fields = (self.crc, self.size, self.size, len(self.name), 0, 0, 0, 0, _MODE, offset)
        return _CENTRAL_HEAD + _TIMELESS + _CENTRAL.pack(*fields) + self.name

    @property
    def length(self) -> int:
        """Bytes of header and content."""
        return _LOCAL_SIZE + len(self.name) + self.size


class Places(NamedTuple):
    """Where in a directory the places of its files are written, byte by byte, and what these are."""

    fields: NDArray[np.int64]
    offsets: NDArray[np.uint32]


def places(files: Sequence[tuple[int, int]]) -> Places:
    """Return the places of files: where each one's part of the directory begins, and where its header lies."""
    entries, offsets = np.array(files).T
    fields = entries[:, None] + np.arange(_CENTRAL_SIZE - 4, _CENTRAL_SIZE)
    return Places(fields.ravel(), offsets.astype("<u4"))


def placed(directory: bytes, where: Places, start: int) -> bytes:
    """Return part of a directory with the places of its files written into it, counted from `start`."""
    array = np.frombuffer(directory, np.uint8).copy()
    array[where.fields] = (where.offsets + np.uint32(start)).view(np.uint8)
    return array.tobytes()


def dated(body: bytes, moment: datetime) -> bytes:
    """Return files with their headers, the time of last modification written into these."""
    return body.replace(_LOCAL_HEAD + _TIMELESS, _LOCAL_HEAD + _dos(moment))


def dated_directory(directory: bytes, moment: datetime) -> bytes:
    """Return a directory, the time of last modification written into it."""
    return directory.replace(_CENTRAL_HEAD + _TIMELESS, _CENTRAL_HEAD + _dos(moment))


def end(files: int, size: int, offset: int) -> bytes:
    """Return what closes an archive: how many files, and the directory's size and place."""
    return _END.pack(b"PK\5\6", 0, 0, files, files, size, offset, 0)


def _dos(moment: datetime) -> bytes:
    date = (moment.year - 1980) << 9 | moment.month << 5 | moment.day
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    return struct.pack("<2H", time, date)
