"""A product's files and the stored zip around them, laid out without being held in memory.

Images are filler taken from one shared pool of random bytes, so that a product costs little however big it is.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from functools import cache, lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from blake3 import blake3
from PIL import Image

from s2dl.demo.world import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2dl.demo.world.scene import Scene

__all__ = ["Digests", "Package"]

_POOL = 8 * 2**20
_CHUNK = 2**20
_SMALL = 2**16  # images below this size differ from product to product, larger ones are the same filler
_STARTS = 64  # places in the pool where a small image may start

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_OVERHEAD = _LOCAL.size + _CENTRAL.size + 265  # of a file besides its names: zip headers, place in the manifest
_VERSION, _UNIX = 20, 3
_MODE = 0o100644 << 16


class Digests(NamedTuple):
    """MD5 and BLAKE3 of a zip, lower-case hex."""

    md5: str
    blake3: str


class _Filler(NamedTuple):
    """Bytes of the pool, which repeats itself without end."""

    offset: int
    size: int


class _Member(NamedTuple):
    """A file; `sha3` is SHA3-256 in upper-case hex."""

    path: str
    size: int
    sha3: str
    crc: int
    content: bytes | _Filler


class Package:
    """The files of one product and their zip.

    Parameters
    ----------
    scene : Scene
        The product.
    size : int
        Bytes that the zip should have, within some per cent; never less than its metadata need.

    Attributes
    ----------
    files : tuple of (str, int)
        Paths relative to the product's top folder, and sizes in bytes.
    size : int
        Bytes of the zip.
    """

    def __init__(self, scene: Scene, size: int) -> None:
        self._members = _members(scene, size)
        self.files = tuple((member.path, member.size) for member in self._members)
        self._parts = _joined(_zip(scene, self._members))
        self.size = sum(_length(part) for part in self._parts)

    def body(self, start: int = 0) -> Iterator[memoryview]:
        """Yield the zip from byte `start` on, in pieces of up to about 1 MiB."""
        return _from(self._parts, start)

    def file_body(self, path: str, start: int = 0) -> Iterator[memoryview]:
        """Yield one file from byte `start` on; KeyError where there is none."""
        member = next((m for m in self._members if m.path == path), None)
        if member is None:
            raise KeyError(path)
        return _from([member.content], start)

    def digests(self) -> Digests:
        """Return the checksums of the zip."""
        md5, other = hashlib.md5(usedforsecurity=False), blake3()
        for chunk in self.body():
            md5.update(chunk)
            other.update(chunk)
        return Digests(md5.hexdigest(), other.hexdigest())


def _members(scene: Scene, size: int) -> list[_Member]:
    """Return the files of a product in the order of the zip."""
    images = safe.images(scene)
    texts = {
        f"MTD_MSIL{scene.product_type[-2:]}.xml": safe.product_metadata(scene, [path for path, _ in images]),
        "INSPIRE.xml": safe.inspire(scene),
        f"DATASTRIP/{scene.datastrip}/MTD_DS.xml": safe.datastrip_metadata(scene),
        f"GRANULE/{scene.granule}/MTD_TL.xml": safe.tile_metadata(scene),
    }
    quicklook = f"{scene.name.removesuffix('.SAFE')}-ql.jpg"
    members = [_text(path, content) for path, content in texts.items()]
    paths = [*texts, *(path for path, _ in images), quicklook]
    spent = sum(map(len, texts.values())) + len(_placeholder())
    spent += len(paths) * (_OVERHEAD + 2 * len(scene.name)) + 3 * sum(map(len, paths))
    weights = [100.0 / metres**2 for _, metres in images]
    share = max(size - spent, 0) / sum(weights)
    product = zlib.crc32(scene.name.encode())
    for number, ((path, _), weight) in enumerate(zip(images, weights, strict=True)):
        filler = _filler(product, number, share * weight)
        members.append(_Member(path, filler.size, *_filler_digests(filler), filler))
    return [
        _text("manifest.safe", safe.manifest(scene, ((m.path, m.size, m.sha3) for m in members))),
        *members,
        _text(quicklook, _placeholder()),
    ]


def _text(path: str, content: bytes) -> _Member:
    sha3 = hashlib.sha3_256(content).hexdigest().upper()
    return _Member(path, len(content), sha3, zlib.crc32(content), content)


def _filler(product: int, number: int, size: float) -> _Filler:
    """Return an image's content, of a round size so that its digests are soon known."""
    if size < _SMALL:
        return _Filler((product + number * 7) % _STARTS * (_POOL // _STARTS), max(16, int(size) // 256 * 256))
    return _Filler(number * (_POOL // _STARTS), int(size) // 4096 * 4096)


@lru_cache(maxsize=20_000)
def _filler_digests(filler: _Filler) -> tuple[str, int]:
    """Return SHA3-256 (upper-case hex) and CRC-32."""
    crc, sha3 = 0, hashlib.sha3_256()
    for view in _views(filler, 0):
        crc = zlib.crc32(view, crc)
        sha3.update(view)
    return sha3.hexdigest().upper(), crc


@cache
def _pool() -> memoryview:
    return memoryview(hashlib.shake_128(b"Sentinel-2").digest(_POOL))


@cache
def _placeholder() -> bytes:
    """Return the quicklook inside the zip: a small grey picture, so that listing a product draws nothing."""
    buffer = BytesIO()
    Image.new("RGB", (343, 343), (70, 80, 70)).save(buffer, "JPEG", quality=30)
    return buffer.getvalue()


def _zip(scene: Scene, members: list[_Member]) -> Iterator[bytes | _Filler]:
    """Yield a stored zip: headers as bytes, contents as they are."""
    moment = scene.processed
    date = (moment.year - 1980) << 9 | moment.month << 5 | moment.day
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    directory = bytearray()
    offset = 0
    for member in members:
        name = f"{scene.name}/{member.path}".encode("ascii")
        sizes = (member.crc, member.size, member.size, len(name), 0)
        directory += _CENTRAL.pack(
            b"PK\1\2", _UNIX << 8 | _VERSION, _VERSION, 0, 0, time, date, *sizes, 0, 0, 0, _MODE, offset
        )
        directory += name
        yield _LOCAL.pack(b"PK\3\4", _VERSION, 0, 0, time, date, *sizes) + name
        yield member.content
        offset += _LOCAL.size + len(name) + member.size
    yield bytes(directory)
    yield _END.pack(b"PK\5\6", 0, 0, len(members), len(members), len(directory), offset, 0)


def _length(part: bytes | _Filler) -> int:
    return part.size if isinstance(part, _Filler) else len(part)


def _joined(parts: Iterator[bytes | _Filler]) -> list[bytes | _Filler]:
    """Return parts with runs of small ones made one, so that a body has few pieces."""
    joined: list[bytes | _Filler] = []
    run, pool = bytearray(), _pool()
    for part in parts:
        if isinstance(part, bytes):
            run += part
        elif part.size < _SMALL:
            run += pool[part.offset : part.offset + part.size]
        else:
            joined += (bytes(run), part)
            run.clear()
    joined.append(bytes(run))
    return joined


def _from(parts: list[bytes | _Filler], start: int) -> Iterator[memoryview]:
    """Yield parts from byte `start` on, as views."""
    for part in parts:
        skipped = min(start, _length(part))
        start -= skipped
        if isinstance(part, _Filler):
            yield from _views(part, skipped)
        elif skipped < len(part):
            yield memoryview(part)[skipped:]


def _views(filler: _Filler, start: int) -> Iterator[memoryview]:
    """Yield filler from byte `start` on, as views of the pool."""
    pool = _pool()
    position, left = (filler.offset + start) % _POOL, filler.size - start
    while left > 0:
        view = pool[position : position + min(_CHUNK, left)]
        yield view
        left -= len(view)
        position = (position + len(view)) % _POOL
