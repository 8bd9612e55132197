"""JPEG 2000 images at screen resolution: through their resolution levels, never whole; truncated ones are refused."""

from __future__ import annotations

import math
import struct
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import rasterio
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from s2dl.errors import BadInput
from s2dl.files import disk_errors
from s2dl.previews.placement import place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from s2dl.previews.placement import Placement
    from s2dl.previews.true_colour_files import PlainFile

__all__ = ["Reading", "read_small"]

# ISO/IEC 15444-1, annexes A and I: the signature box, the box of the codestream, and the marker that ends that.
_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_CODESTREAM = b"jp2c"
_END = b"\xff\xd9"
_MOST_BOXES = 100
_LARGEST_SIDE = 10_980
"""Pixels of a 10-m band."""
_NEAR = 0.01
"""Metres."""
_SEALED = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_GEOREF_SOURCES": "INTERNAL",
}
"""GDAL looks at nothing but the image itself."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Pixels and where they lie.

    Attributes
    ----------
    pixels : ndarray, shape (bands, rows, columns)
    epsg : int
    transform : tuple of float
        The affine numbers a to f, metres.
    """

    pixels: NDArray[Any]
    epsg: int
    transform: tuple[float, float, float, float, float, float]


def read_small(file: PlainFile, name: str, tile: str, bands: int, size: int) -> Reading:
    """Read an image so that its longer side has at most `size` pixels.

    Parameters
    ----------
    file : PlainFile
    name : str
        As messages show it.
    tile : str
        Where it lies.
    bands : int
        That it must have.
    size : int
        Pixels.

    Raises
    ------
    BadInput
        It is empty, truncated, damaged, no JPEG 2000, larger than any image of Sentinel-2, or lies elsewhere.
    """
    with disk_errors(file.path):
        _refuse_truncated(file, name)
    with _opened(file, name) as source:
        width, height = source.width, source.height
        if max(width, height) > _LARGEST_SIDE:
            raise BadInput(f"{name} has {width} x {height} pixels, more than any image of Sentinel-2; it was not read.")
        if source.count != bands:
            raise BadInput(f"{name} has {source.count} bands instead of {bands}; fetch the product again.")
        share = min(1.0, size / max(width, height))
        columns, rows = max(1, round(width * share)), max(1, round(height * share))
        pixels = source.read(out_shape=(bands, rows, columns), resampling=Resampling.average)
        placement = _place_of(source, name, tile)
        a, b, c, d, e, f = placement.transform
        across, down = width / columns, height / rows
        return Reading(pixels, placement.epsg, (a * across, b * down, c, d * across, e * down, f))


@contextmanager
def _opened(file: PlainFile, name: str) -> Iterator[Any]:
    try:
        with (
            warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning),
            rasterio.Env(**_SEALED),
            rasterio.open(file.for_gdal, driver="JP2OpenJPEG") as source,
        ):
            yield source
    except (RasterioError, UnicodeError) as error:
        raise BadInput(f"{name} is damaged and cannot be read ({error}); fetch the product again.") from error


def _place_of(source: Any, name: str, tile: str) -> Placement:
    """The square of its tile; a geocoding of its own must be the same, to the pixel: small ones end beside the edge."""
    known = place(tile, source.width, source.height)
    if source.crs is None:
        return known
    across, skew_x, left, skew_y, down, top = tuple(source.transform)[:6]
    said = replace(known, left=left, top=top, pixel_x=across, pixel_y=-down)
    corner = math.dist((left, top), (known.left, known.top))
    end = math.dist(said.bounds[1:3], known.bounds[1:3])
    if source.crs.to_epsg() != known.epsg or skew_x or skew_y or corner > _NEAR or end > 2 * known.pixel_x:
        raise BadInput(f"{name} says that it does not lie in its tile, {tile}; fetch the product again.")
    return said


def _refuse_truncated(file: PlainFile, name: str) -> None:
    """Refuse what ends too early: the decoder fills with black what is not there, and says nothing."""
    if file.size < len(_SIGNATURE):
        raise BadInput(f"{name} is empty, as after a broken download; fetch the product again.")
    with file.path.open("rb") as opened:
        opened.seek(file.start)
        if opened.read(len(_SIGNATURE)) != _SIGNATURE:
            raise BadInput(f"{name} is no JPEG 2000 image by its first bytes; fetch the product again.")
        place_of_box = len(_SIGNATURE)
        for _ in range(_MOST_BOXES):
            opened.seek(file.start + place_of_box)
            head = opened.read(16)
            if place_of_box + 8 > file.size or len(head) < 16:
                break
            length, kind = struct.unpack(">I4s", head[:8])
            length = {0: file.size - place_of_box, 1: struct.unpack(">Q", head[8:])[0]}.get(length, length)
            end = place_of_box + length
            if length < 8 or end > file.size:
                break
            if kind == _CODESTREAM:
                opened.seek(file.start + end - len(_END))
                if opened.read(len(_END)) == _END:
                    return
                break
            place_of_box = end
    raise BadInput(f"{name} is truncated: its end is not there; fetch the product again.")
