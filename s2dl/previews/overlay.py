"""Overlays: a picture of a tile as a map shows it, in Web Mercator and transparent where nothing was seen."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from PIL import Image
from pyproj import Transformer
from rasterio.features import geometry_mask, shapes
from rasterio.transform import Affine

from s2dl.errors import BadInput
from s2dl.files import disk_errors, write_durably
from s2dl.previews.placement import place
from s2dl.previews.quicklook import open_picture
from s2dl.previews.warp import Bounds, as_geotiff, to_web_mercator

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from s2dl.previews.placement import Placement

    Pixels = NDArray[np.uint8]

__all__ = ["Overlay", "black_at_the_edge", "make_overlay", "overlay", "overlay_of_tile"]

_BLACK = 16
"""The brightest that black becomes in a quicklook's JPEG."""
_DARK = 48
"""The same at the edge of the swath, where a block of the JPEG is half bright."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A picture to lay over a map; a notebook shows it as the result of a cell.

    Attributes
    ----------
    png : bytes
        RGBA in Web Mercator (EPSG:3857), transparent where nothing was seen.
    bounds : ((south, west), (north, east))
        Outer edges, degrees, in the order that Leaflet wants; east is beyond 180 across the antimeridian.
    """

    png: bytes
    bounds: Bounds

    def __repr__(self) -> str:
        (south, west), (north, east) = self.bounds
        return f"Overlay({west:.3f}, {south:.3f}, {east:.3f}, {north:.3f}; {len(self.png):,} bytes of PNG)"

    def _repr_png_(self) -> bytes:
        return self.png

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as a GeoTIFF in EPSG:3857; a file that is there is replaced.

        Returns
        -------
        Path
            The absolute path.

        Raises
        ------
        BadInput
            The path does not end in ``.tif``.
        DiskError
            It cannot be written.
        """
        target = Path(path).expanduser().absolute()
        if target.suffix.lower() not in {".tif", ".tiff"}:
            raise BadInput(f"{target.name!r}: overlays are saved as GeoTIFF; give a name that ends in .tif.")
        picture = np.asarray(Image.open(io.BytesIO(self.png))).transpose(2, 0, 1)
        with disk_errors(target):
            write_durably(target, as_geotiff(picture, self.bounds))
        return target


def overlay(image: bytes, placement: Placement, footprint: BaseGeometry | None = None) -> Overlay:
    """Warp a quicklook to the map.

    Parameters
    ----------
    image : bytes
        PNG or JPEG, in the geometry of its tile.
    placement : Placement
        Where it lies, see `s2dl.previews.placement.place`; of the image's own shape.
    footprint : shapely geometry, optional
        EPSG:4326. What is dark outside of it becomes transparent; without one, black that touches the image's edge.

    Returns
    -------
    Overlay

    Raises
    ------
    BadAnswer
        The image cannot be read, or is far too large.
    BadInput
        It has not the placement's shape.
    """
    return _warped(_read(image), placement, footprint)


def overlay_of_tile(image: bytes, tile: str, footprint: BaseGeometry | None = None) -> Overlay:
    """Warp a quicklook of a whole tile to the map; as `overlay`, placed by `s2dl.previews.placement.place`."""
    picture = _read(image)
    rows, columns = picture.shape[1:]
    return _warped(picture, place(tile, columns, rows), footprint)


def make_overlay(
    picture: Pixels, seen: NDArray[np.bool_], epsg: int, transform: tuple[float, float, float, float, float, float]
) -> Overlay:
    """Warp pixels to the map.

    Parameters
    ----------
    picture : ndarray of uint8, shape (3, rows, columns)
        Red, green, blue.
    seen : ndarray of bool, shape (rows, columns)
        What is not transparent.
    epsg, transform
        As in `s2dl.previews.warp.to_web_mercator`.
    """
    opacity = np.where(seen, 255, 0).astype(np.uint8)
    warped, bounds = to_web_mercator(np.concatenate([picture, opacity[None]]), epsg, transform)
    png = io.BytesIO()
    Image.fromarray(warped.transpose(1, 2, 0)).save(png, "PNG")
    return Overlay(png.getvalue(), bounds)


def black_at_the_edge(picture: Pixels, brightest: int) -> NDArray[np.bool_]:
    """Find what is black and connected to the edge: dark lakes within the swath are not.

    Parameters
    ----------
    picture : ndarray of uint8, shape (3, rows, columns)
    brightest : int
        That still is black.

    Returns
    -------
    ndarray of bool, shape (rows, columns)
    """
    dark = np.pad(picture.max(axis=0) <= brightest, 1, constant_values=True)
    # The rim that was added makes one shape of all that touches the edge.
    every = (shape for shape, _ in shapes(dark.astype(np.uint8), mask=dark, connectivity=4))
    touching = [shape for shape in every if (0, 0) in shape["coordinates"][0]]
    return np.asarray(geometry_mask(touching, dark.shape, Affine.identity(), invert=True))[1:-1, 1:-1]


def _read(image: bytes) -> Pixels:
    return np.asarray(open_picture("overlay", image)).transpose(2, 0, 1)


def _warped(picture: Pixels, placement: Placement, footprint: BaseGeometry | None) -> Overlay:
    rows, columns = picture.shape[1:]
    if (columns, rows) != (placement.width, placement.height):
        raise BadInput(
            f"The picture has {columns} x {rows} pixels, its placement {placement.width} x {placement.height}; "
            "place it with its own shape."
        )
    if footprint is None or footprint.is_empty:
        unseen = black_at_the_edge(picture, _BLACK)
    else:
        unseen = (picture.max(axis=0) <= _DARK) & _outside(footprint, placement)
    return make_overlay(picture, ~unseen, placement.epsg, placement.transform)


def _outside(footprint: BaseGeometry, placement: Placement) -> NDArray[np.bool_]:
    to_utm = Transformer.from_crs(4326, placement.epsg, always_xy=True)
    shape = shapely.transform(footprint, lambda corners: np.column_stack(to_utm.transform(*corners.T)))
    mask: NDArray[np.bool_] = geometry_mask(
        [shape], (placement.height, placement.width), Affine(*placement.transform), all_touched=True
    )
    return mask
