"""Scattered places on Earth → their hull, drawn on a plane that touches the Earth amid them.

On that plane there is no antimeridian and no pole, and straight lines are close to the shortest ones on the Earth.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.exceptions import ProjError

from s2dl.errors import BadRegion
from s2dl.regions.layer import Layer
from s2dl.regions.projection import earthly

__all__ = ["hull", "points_to_degrees"]

Floats = npt.NDArray[np.float64]


def points_to_degrees(places: Floats, crs: Any, what: str) -> Floats:
    """Bring places to longitude and latitude; those without a CRS must be degrees.

    Parameters
    ----------
    places : (n, 2) array
        x, y in units of `crs`.
    crs
        Whatever `pyproj.CRS.from_user_input` takes, or None.
    what
        The source, as messages name it.

    Raises
    ------
    BadRegion
        If the CRS cannot be used, or the result is not on Earth.
    """
    degrees = places
    if crs is not None:
        try:
            transform = pyproj.Transformer.from_crs(earthly(crs, what), 4326, always_xy=True)
        except ProjError as error:
            raise BadRegion(f"The places in {what} cannot be brought to degrees ({error}); geocode it.") from error
        degrees = np.column_stack(transform.transform(*places.T))
    if not np.isfinite(degrees).all() or np.abs(degrees[:, 1]).max() > 90 or np.abs(degrees[:, 0]).max() > 360:
        reason = "names no CRS for them" if crs is None else "names a CRS that they are not in"
        raise BadRegion(f"The ground control points of {what} are not degrees, and it {reason}; geocode it.")
    return degrees


def hull(degrees: Floats, what: str, *, pixels: Floats | None = None, corners: Floats | None = None) -> Layer:
    """Draw the convex hull of places.

    Parameters
    ----------
    degrees : (n, 2) array
        Longitude, latitude.
    what
        The source, as messages name it.
    pixels : (n, 2) array, optional
        Column and row of each place.
    corners : (m, 2) array, optional
        Columns and rows that the hull must reach as well; their places follow from a linear fit.

    Raises
    ------
    BadRegion
        If the places lie on one line.
    """
    plane = _plane_amid(degrees)
    flat = np.column_stack(pyproj.Transformer.from_crs(4326, plane, always_xy=True).transform(*degrees.T))
    if corners is not None and pixels is not None:
        fit = np.linalg.lstsq(_with_one(pixels), flat, rcond=None)[0]
        flat = np.vstack([flat, _with_one(corners) @ fit])
    outline = shapely.convex_hull(shapely.MultiPoint(flat))
    if outline.geom_type != "Polygon" or not np.isfinite(outline.area):
        raise BadRegion(f"The places that {what} names lie on one line, which has no area; geocode it.")
    return Layer(what, [outline], plane)


def _with_one(pixels: Floats) -> Floats:
    return np.column_stack([pixels, np.ones(len(pixels))])


def _plane_amid(degrees: Floats) -> str:
    lon, lat = np.radians(degrees).T
    x, y, z = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]).mean(axis=0)
    lon_0, lat_0 = np.degrees([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))])
    return f"+proj=aeqd +lat_0={lat_0:.6f} +lon_0={lon_0:.6f} +datum=WGS84 +units=m +type=crs"
