"""The true-colour files of a product, in its zip or its folder: which there are, and how GDAL gets at their bytes.

No name from within a product ever becomes part of a path for GDAL.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from s2dl.errors import BadInput
from s2dl.files import disk_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["BandFile", "PlainFile", "TrueColourFiles", "reachable", "true_colour_files"]

# ESA, Sentinel-2 Products Specification Document: image files of compact products, of L2A before 2018, and of the long
# names before 2016-12-06, which end in tile and band.
_IMAGE = re.compile(
    r"(?:.*_)?T(?P<tile>\d{2}[A-Z]{3})_(?:\d{8}T\d{6}_)?(?P<band>TCI|B02|B03|B04)(?:_(?P<metres>10|20|60)m)?\.jp2"
)
_MOST_FILES = 100_000
_LARGEST = 512 * 2**20
"""Bytes of one image; the largest of real products have 135 MB."""
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError)


@dataclass(frozen=True, slots=True)
class PlainFile:
    """A file on the disk, or `size` bytes of one from `start` on."""

    path: Path
    start: int
    size: int

    @property
    def for_gdal(self) -> str:
        """GDAL's path of it; the file's own path is one that exists on this disk."""
        return f"/vsisubfile/{self.start}_{self.size},{self.path}"


@dataclass(frozen=True, slots=True)
class Member:
    """A file within a zip archive."""

    archive: Path
    info: zipfile.ZipInfo


@dataclass(frozen=True, slots=True)
class BandFile:
    """One image of a product.

    Attributes
    ----------
    name : str
        File name, as messages show it.
    metres : int
        Pixel size.
    at : Path or Member
    """

    name: str
    tile: str
    band: str
    metres: int
    at: Path | Member


@dataclass(frozen=True, slots=True)
class TrueColourFiles:
    """What a product has of one tile.

    Attributes
    ----------
    product : str
        Name of its folder.
    tci, bands : tuple of BandFile
        TCI of all resolutions; B04, B03 and B02 of all resolutions. The coarsest first.
    """

    product: str
    tile: str
    tci: tuple[BandFile, ...]
    bands: tuple[BandFile, ...]

    @property
    def fingerprint(self) -> str:
        """Tells these files, as they are now, from all others: by path, size and time of change.

        Raises
        ------
        DiskError
            They are gone.
        """
        paths = {each.at if isinstance(each.at, Path) else each.at.archive for each in (*self.tci, *self.bands)}
        stats = []
        for path in sorted(paths):
            with disk_errors(path):
                stats.append((str(path), path.stat().st_size, path.stat().st_mtime_ns))
        return repr((self.tile, stats))


def true_colour_files(where: Path, tile: str | None = None) -> TrueColourFiles:
    """Find the true-colour files of a product.

    Parameters
    ----------
    where : Path
        A zip, or a folder.
    tile : str, optional
        Needed of a product of several tiles, as those before 2016-12-06 are.

    Raises
    ------
    BadInput
        It is no product, has no such tile, or has several and none is named.
    """
    path = where.expanduser().absolute()
    if path.as_posix().lower().startswith("/vsi"):
        raise BadInput(f"{str(path)!r} is a virtual path of GDAL; give the path of a product on this disk.")
    if not path.exists():
        raise BadInput(f"There is no product {str(path)!r}; check the path.")
    if path.is_dir():
        product, found = path.name, _in_folder(path)
    else:
        product, found = _in_zip(path)
    tiles = sorted({each.tile for each in found})
    if not tiles:
        raise BadInput(f"{path.name}: there is no true-colour image in it, nor bands 4, 3 and 2; fetch the product.")
    if tile is None and len(tiles) > 1:
        raise BadInput(f"{path.name}: it has the tiles {', '.join(tiles)}; say which one, as tile={tiles[0]!r}.")
    wanted = tiles[0] if tile is None else tile.upper().removeprefix("T")
    if wanted not in tiles:
        raise BadInput(f"{path.name}: it has no tile {tile}; it has {', '.join(tiles)}.")
    its = sorted((each for each in found if each.tile == wanted), key=lambda each: (-each.metres, each.name))
    tci = tuple(each for each in its if each.band == "TCI")
    return TrueColourFiles(product, wanted, tci, tuple(each for each in its if each.band != "TCI"))


@contextmanager
def reachable(file: BandFile) -> Iterator[PlainFile]:
    """Give a file's bytes as a plain file: where they lie, or of a packed member unpacked for a while.

    Raises
    ------
    BadInput
        The archive is damaged, or the image is far larger than any.
    DiskError
        It cannot be read.
    """
    if isinstance(file.at, Path):
        with disk_errors(file.at):
            size = file.at.stat().st_size
        yield PlainFile(file.at, 0, size)
        return
    archive, info = file.at.archive, file.at.info
    if info.file_size > _LARGEST or info.flag_bits & 1:
        raise BadInput(f"{file.name}: it is encrypted, or larger than any image of a product; it was not opened.")
    if info.compress_type == zipfile.ZIP_STORED:
        yield PlainFile(archive, _start(archive, info), info.file_size)
        return
    with tempfile.TemporaryDirectory(prefix="s2dl-") as folder:
        unpacked = Path(folder) / "image.jp2"
        with (
            disk_errors(unpacked),
            _opened(archive) as zipped,
            zipped.open(info) as source,
            unpacked.open("wb") as target,
        ):
            shutil.copyfileobj(source, target, 2**20)
        yield PlainFile(unpacked, 0, info.file_size)


def _in_folder(folder: Path) -> list[BandFile]:
    found: list[BandFile] = []
    seen = 0
    with disk_errors(folder):
        for place, _, names in os.walk(folder):
            seen += len(names)
            if seen > _MOST_FILES:
                raise BadInput(f"{folder.name}: it holds more files than any product; give the product's own folder.")
            found += _images((name, Path(place) / name) for name in names)
    return found


def _in_zip(archive: Path) -> tuple[str, list[BandFile]]:
    with disk_errors(archive), _opened(archive) as zipped:
        members = zipped.infolist()
        if len(members) > _MOST_FILES:
            raise BadInput(f"{archive.name}: it holds more files than any product; give the product's own archive.")
        top = members[0].filename.partition("/")[0] if members else ""
        return top, _images((PurePosixPath(each.filename).name, Member(archive, each)) for each in members)


def _images(files: Iterable[tuple[str, Path | Member]]) -> list[BandFile]:
    matched = ((name, at, _IMAGE.fullmatch(name)) for name, at in files)
    return [
        BandFile(name, said["tile"], said["band"], int(said["metres"] or 10), at)
        for name, at, said in matched
        if said is not None
    ]


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(archive) as zipped:
            yield zipped
    except BadInput:
        raise
    except _DAMAGED as error:
        raise BadInput(f"{archive.name}: it is no whole zip archive ({error}); fetch it again.") from error


def _start(archive: Path, member: zipfile.ZipInfo) -> int:
    """Where a stored member's bytes begin: behind its local header (APPNOTE.TXT 4.3.7)."""
    with disk_errors(archive), archive.open("rb") as file:
        file.seek(member.header_offset)
        header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
        raise BadInput(f"{archive.name}: it is no whole zip archive; fetch it again.")
    _, name, extra = _LOCAL_HEADER.unpack(header)
    return int(member.header_offset + _LOCAL_HEADER.size + name + extra)
