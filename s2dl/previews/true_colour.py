"""True colour of a product on disk: its TCI, or bands 4-3-2 composed as the TCI is, at screen resolution."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from s2dl.errors import BadInput
from s2dl.previews.overlay import Overlay, black_at_the_edge, make_overlay
from s2dl.previews.true_colour_files import reachable
from s2dl.previews.true_colour_jp2 import Reading, read_small

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2dl.previews.true_colour_files import BandFile, TrueColourFiles

__all__ = ["compose", "true_colour"]

_SMALLEST, _LARGEST = 64, 4096
"""Pixels of a side."""
_TILE = 109_800
_BRIGHTEST = {"MSIL1C": 0.3558, "MSIL2A": 0.2}
"""Reflectance that is 255 in the TCI (ESA, Sentinel-2 Products Specification Document)."""
_FRINGE = 3
"""Pixels."""
_DARK = 16
_QUANTIFICATION = 10_000
_FIRST_WITH_OFFSET = 400
_OFFSET = -1000
"""RADIO_ADD_OFFSET and BOA_ADD_OFFSET of all visible bands since baseline 04.00."""


def true_colour(files: TrueColourFiles, size: int) -> Overlay:
    """Read a product's true colour for the map.

    Parameters
    ----------
    files : TrueColourFiles
        What `s2dl.previews.true_colour_files.true_colour_files` found.
    size : int
        Pixels of the image's longer side, 64 to 4096; an image that has fewer is not enlarged.

    Raises
    ------
    BadInput
        The product has no image that can be read, or `size` is out of range.
    DiskError
        The disk cannot be read.
    """
    if not _SMALLEST <= size <= _LARGEST:
        raise BadInput(f"size: {size} is out of range; give {_SMALLEST} to {_LARGEST} pixels.")
    if files.tci:
        reading = _read(_fitting(files.tci, size), files, 3, size)
        picture = reading.pixels.astype(np.uint8, copy=False)
    else:
        readings = [_read(each, files, 1, size) for each in _fitting_bands(files, size)]
        reading = readings[0]
        if len({(each.pixels.shape, each.transform) for each in readings}) > 1:
            raise BadInput(f"{files.product}: its bands 4, 3 and 2 have different shapes; fetch the product again.")
        picture = compose(np.concatenate([each.pixels for each in readings]), files.product)
    return make_overlay(picture, _seen(picture), reading.epsg, reading.transform)


def compose(bands: NDArray[np.uint16], product: str) -> NDArray[np.uint8]:
    """Make true colour of bands, as bright as the product's own TCI would be.

    ``value = 255 * reflectance / brightest``, cut off at 1 and 255, where ``reflectance = (number + offset) / 10000``.
    The offset is -1000 since processing baseline 04.00, before it 0; brightest is 0.3558 for L1C and 0.2 for L2A.
    The number 0 means no data, and becomes 0.

    Parameters
    ----------
    bands : ndarray of uint16, shape (3, rows, columns)
        Bands 4, 3 and 2.
    product : str
        Its name, which says level and baseline; names before 2016-12-06 have no baseline, and no offset.

    Returns
    -------
    ndarray of uint8, shape (3, rows, columns)
    """
    baseline = re.search(r"_N(\d{4})_", product)
    offset = _OFFSET if baseline is not None and int(baseline[1]) >= _FIRST_WITH_OFFSET else 0
    brightest = _BRIGHTEST["MSIL2A" if "MSIL2A" in product else "MSIL1C"]
    reflectance = (bands.astype(np.float32) + offset) / _QUANTIFICATION
    values = np.clip(np.rint(255 / brightest * reflectance), 1, 255).astype(np.uint8)
    values[bands == 0] = 0
    return values


def _read(file: BandFile, files: TrueColourFiles, bands: int, size: int) -> Reading:
    with reachable(file) as plain:
        return read_small(plain, file.name, files.tile, bands, size)


def _seen(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """All but no data, and but the dark fringe beside it that compression and averaging make of the swath's edge.

    No data are 0, but so are the darkest waters in the TCI of many L2A; only the former reach to the image's edge.
    """
    brightest = picture.max(axis=0)
    unseen = black_at_the_edge(picture, 0)
    for _ in range(_FRINGE):
        around = np.pad(unseen, 1)
        beside = around[:-2, 1:-1] | around[2:, 1:-1] | around[1:-1, :-2] | around[1:-1, 2:]
        unseen |= beside & (brightest <= _DARK)
    return np.asarray(~unseen)


def _fitting(images: tuple[BandFile, ...], size: int) -> BandFile:
    """The coarsest that has enough pixels, else the finest."""
    return next((each for each in images if _TILE / each.metres >= size), images[-1])


def _fitting_bands(files: TrueColourFiles, size: int) -> list[BandFile]:
    wanted = ("B04", "B03", "B02")
    sets = [
        {each.band: each for each in files.bands if each.metres == metres}
        for metres in dict.fromkeys(each.metres for each in files.bands)
    ]
    whole = [each for each in sets if len(each) == len(wanted)]
    if not whole:
        raise BadInput(f"{files.product}: it has neither a true-colour image nor all of bands 4, 3 and 2.")
    reference = _fitting(tuple(each["B04"] for each in whole), size)
    chosen = next(each for each in whole if each["B04"] is reference)
    return [chosen[band] for band in wanted]
