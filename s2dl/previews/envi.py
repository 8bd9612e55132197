"""ENVI: a picture as a flat file of bytes, and the header that says where it lies.

The header's fields are those of NV5's documentation, "ENVI Header Files"; GDAL reads them, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyproj

if TYPE_CHECKING:
    from PIL import Image

    from s2dl.previews.placement import Placement

__all__ = ["data", "header"]


def data(picture: Image.Image) -> bytes:
    """The pixels of an RGB picture: red, green and blue one after the other, each from the top, a byte a pixel."""
    return b"".join(band.tobytes() for band in picture.split())


def header(name: str, placement: Placement) -> bytes:
    """The header of three bands of bytes that lie as `placement` says.

    Parameters
    ----------
    name : str
        The product's, without ``.SAFE``.
    placement : Placement
    """
    hemisphere = "North" if placement.epsg < 32700 else "South"
    # Pixel (1, 1) is where the first one begins, so this ties the picture's outer corner.
    tie = f"1, 1, {placement.left!r}, {placement.top!r}, {placement.pixel_x!r}, {placement.pixel_y!r}"
    lines = (
        "ENVI",
        f"description = {{{name}, quicklook}}",
        f"samples = {placement.width}",
        f"lines = {placement.height}",
        "bands = 3",
        "header offset = 0",
        "file type = ENVI Standard",
        "data type = 1",
        "interleave = bsq",
        "byte order = 0",
        "band names = {Red, Green, Blue}",
        "default bands = {1, 2, 3}",
        f"map info = {{UTM, {tie}, {placement.epsg % 100}, {hemisphere}, WGS-84, units=Meters}}",
        f"coordinate system string = {{{pyproj.CRS.from_epsg(placement.epsg).to_wkt('WKT1_ESRI')}}}",
        "",
    )
    return "\n".join(lines).encode("ascii")
