"""A product's files and the stored zip around them, laid out without being held in memory.

Products whose images have the same sizes differ in little: what they share is written once, with `blanks`.
"""

from __future__ import annotations

import hashlib
import zlib
from functools import cache, cached_property, lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from blake3 import blake3
from PIL import Image

from s2dl.demo.world import safe, stored
from s2dl.demo.world.blanks import NAME, Filling
from s2dl.demo.world.filler import SMALL, STARTS, Filler, filler
from s2dl.demo.world.stock import is_true_colour, stock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2dl.demo.world.scene import Scene

__all__ = ["Digests", "Package"]

_OVERHEAD = stored.HEADERS + 265  # of a file besides its names: zip headers, place in the manifest
_QUICKLOOK = f"{NAME}-ql.jpg"
_ASIDE = 2562  # bytes for the quicklook; what it leaves of them the other pictures take
_SMALLEST = 16  # bytes of an image
_LARGER = 1.08  # than it should be, a product may become by its true-colour images
Part = bytes | Filler


class Digests(NamedTuple):
    """MD5 and BLAKE3 of a zip, lower-case hex."""

    md5: str
    blake3: str


class Package:
    """The files of one product and their zip.

    Parameters
    ----------
    scene : Scene
        The product.
    size : int
        Bytes that the zip should have, within some per cent; never less than its metadata need. Its true-colour images
        open as soon as they fit in, all other images are filler.

    Attributes
    ----------
    size : int
        Bytes of the zip.
    """

    def __init__(self, scene: Scene, size: int) -> None:
        self._filling = Filling.of(scene)
        self._texts = safe.texts(scene)
        variant = zlib.crc32(scene.name.encode()) % STARTS
        self._form = _form(scene.product_type, variant, *_sizes(scene, size, self._texts))
        listed = [_entry(number, *text) for number, text in enumerate(self._texts.items(), 1)]
        listed.append(self._filling.text(self._form.manifest))
        self._texts = {"manifest.safe": safe.manifest(scene, listed)} | self._texts
        self._parts = self._zip(scene)
        self.size = sum(_length(part) for part in self._parts)

    @cached_property
    def files(self) -> tuple[tuple[str, int], ...]:
        """Paths relative to the product's top folder, and sizes in bytes."""
        return tuple((path, _length(content)) for path, content in self._contents.items())

    def body(self, start: int = 0) -> Iterator[memoryview]:
        """Yield the zip from byte `start` on, in pieces of up to about 1 MiB."""
        return _from(self._parts, start)

    def file_body(self, path: str, start: int = 0) -> Iterator[memoryview]:
        """Yield one file from byte `start` on; KeyError where there is none."""
        return _from([self._contents[path]], start)

    def file_sha3(self, path: str) -> tuple[int, str]:
        """Return size in bytes and SHA3-256 (lower-case hex) of one file; KeyError where there is none."""
        content = self._contents[path]
        return _length(content), _digests(content)[0].lower()

    def digests(self) -> Digests:
        """Return the checksums of the zip."""
        md5, other = hashlib.md5(usedforsecurity=False), blake3()
        for chunk in self.body():
            md5.update(chunk)
            other.update(chunk)
        return Digests(md5.hexdigest(), other.hexdigest())

    @cached_property
    def _contents(self) -> dict[str, Part]:
        return {**self._texts, **{self._filling.text(path): content for path, content in self._form.files}}

    def _zip(self, scene: Scene) -> list[Part]:
        """Return the zip in few pieces: the texts, what the form holds, the directory."""
        parts: list[Part] = []
        directory, place = bytearray(), 0
        for path, content in self._texts.items():
            entry = stored.Entry(f"{scene.name}/{path}".encode(), len(content), zlib.crc32(content))
            parts += (entry.local(), content)
            directory += entry.central(place)
            place += entry.length
        directory += stored.placed(self._filling.data(self._form.directory), self._form.places, place)
        parts += (self._filling.data(part) if isinstance(part, bytes) else part for part in self._form.parts)
        place += self._form.length
        files = len(self._texts) + len(self._form.files)
        when = scene.processed
        body = [stored.dated(part, when) if isinstance(part, bytes) else part for part in _joined(parts)]
        return [*body, stored.dated_directory(bytes(directory), when) + stored.end(files, len(directory), place)]


class _Form(NamedTuple):
    """Images and quicklook, for all products whose images have the same content; the rest are blanks.

    `manifest` lists the images, `parts` and `directory` are what the zip holds of them and of the quicklook, `places`
    where they lie, counted from the first image; `length` is of all parts.
    """

    files: tuple[tuple[str, Part], ...]
    manifest: str
    parts: tuple[Part, ...]
    directory: bytes
    places: stored.Places
    length: int


@lru_cache(maxsize=512)
def _form(product_type: str, variant: int, sizes: tuple[tuple[int, int], ...], stocked: bool) -> _Form:
    """Return the form; `sizes` are those of filler in bytes, by pixel size in metres; `stocked`: true colour opens."""
    by_metres = dict(sizes)
    more = _left_by_pictures(product_type, by_metres) if stocked else 0
    images: list[tuple[str, Part]] = [
        (path, stock() if stocked and is_true_colour(path) else filler(variant, number, by_metres[metres] + more))
        for number, (path, metres) in enumerate(safe.images(product_type))
    ]
    manifest: list[str] = []
    parts: list[Part] = []
    directory, places, place = bytearray(), [], 0
    for number, (path, content) in enumerate(images, safe.TEXTS + 1):
        sha3, crc = _digests(content)
        manifest.append(safe.entry(number, path, _length(content), sha3))
        entry = stored.Entry(f"{NAME}.SAFE/{path}".encode(), _length(content), crc)
        parts += (entry.local(), content)
        places.append((len(directory), place))
        directory += entry.central(0)
        place += entry.length
    picture = _placeholder()
    entry = stored.Entry(f"{NAME}.SAFE/{_QUICKLOOK}".encode(), len(picture), zlib.crc32(picture))
    parts += (entry.local(), picture)
    places.append((len(directory), place))
    directory += entry.central(0)
    place += entry.length
    return _Form(
        (*images, (_QUICKLOOK, picture)),
        "".join(manifest),
        tuple(_joined(parts)),
        bytes(directory),
        stored.places(places),
        place,
    )


def _left_by_pictures(product_type: str, by_metres: dict[int, int]) -> int:
    """Return how many bytes more each filler has, as the pictures take less than their share of the product."""
    frame = _frame(product_type)
    shares = _ASIDE + sum(by_metres[metres] for metres in frame.true_colour)
    return max(shares - len(_placeholder()) - len(frame.true_colour) * len(stock()), 0) // frame.others


def _sizes(scene: Scene, size: int, texts: dict[str, bytes]) -> tuple[tuple[tuple[int, int], ...], bool]:
    """Return an image's share in bytes by pixel size in metres, and whether there is room for the stock picture.

    Shares are round ones, so that digests of filler are soon known.
    """
    frame = _frame(scene.product_type)
    paths = frame.letters + sum(map(len, texts))
    spent = sum(map(len, texts.values())) + 3 * paths
    spent += (frame.files + len(texts)) * (_OVERHEAD + 2 * len(scene.name))
    pictures = len(_placeholder()) + len(frame.true_colour) * len(stock())
    stocked = spent + pictures + frame.others * _SMALLEST <= size * _LARGER
    share = max(size - spent - _ASIDE, 0) / frame.weight
    return tuple((metres, _round(share * _weight(metres))) for metres in frame.metres), stocked


class _Frame(NamedTuple):
    """Of a form: number of files, letters of their paths, weight of all images, their pixel sizes.

    `true_colour` are the pixel sizes of the true-colour images, `others` is the number of all others.
    """

    files: int
    letters: int
    weight: float
    metres: tuple[int, ...]
    true_colour: tuple[int, ...]
    others: int


@cache
def _frame(product_type: str) -> _Frame:
    images = safe.images(product_type)
    true_colour = tuple(metres for path, metres in images if is_true_colour(path))
    return _Frame(
        files=len(images) + 1,
        letters=sum(len(path) for path, _ in images) + len(_QUICKLOOK),
        weight=sum(_weight(metres) for _, metres in images),
        metres=tuple(sorted({metres for _, metres in images})),
        true_colour=true_colour,
        others=len(images) - len(true_colour),
    )


def _weight(metres: int) -> float:
    """Return the weight of an image, which is that of its number of pixels."""
    return 100.0 / metres**2


def _round(size: float) -> int:
    return max(_SMALLEST, int(size) // 256 * 256) if size < SMALL else int(size) // 4096 * 4096


def _entry(number: int, path: str, content: bytes) -> str:
    return safe.entry(number, path, len(content), _digests(content)[0])


@cache
def _placeholder() -> bytes:
    """Return the quicklook inside the zip: a small grey picture, so that listing a product draws nothing."""
    buffer = BytesIO()
    Image.new("RGB", (343, 343), (70, 80, 70)).save(buffer, "JPEG", quality=30, optimize=True)
    return buffer.getvalue()


def _length(part: Part) -> int:
    return part.size if isinstance(part, Filler) else len(part)


def _digests(part: Part) -> tuple[str, int]:
    """Return SHA3-256 (upper-case hex) and CRC-32."""
    if isinstance(part, Filler):
        return part.digests()
    return hashlib.sha3_256(part).hexdigest().upper(), zlib.crc32(part)


def _joined(parts: list[Part]) -> list[Part]:
    """Return parts with runs of small ones made one, so that a body has few pieces."""
    joined: list[Part] = []
    run: list[bytes | memoryview] = []
    for part in parts:
        if isinstance(part, bytes):
            run.append(part)
        elif part.size < SMALL:
            run += part.views()
        else:
            joined += (b"".join(run), part)
            run.clear()
    joined.append(b"".join(run))
    return joined


def _from(parts: list[Part], start: int) -> Iterator[memoryview]:
    """Yield parts from byte `start` on, as views."""
    for part in parts:
        skipped = min(start, _length(part))
        start -= skipped
        if isinstance(part, Filler):
            yield from part.views(skipped)
        elif skipped < len(part):
            yield memoryview(part)[skipped:]
