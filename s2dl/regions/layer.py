"""What every reader hands on: shapes of one source, and the coordinate reference system that it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry

__all__ = ["Layer"]


@dataclass(frozen=True)
class Layer:
    """Shapes of one source.

    Parameters
    ----------
    what
        The source as a message names it: ``'field.shp'``, ``the GeoDataFrame``.
    geometries
        x, y in units of `crs`; None and empty ones are passed over.
    crs
        Whatever `pyproj.CRS.from_user_input` takes; None where the source names none.
    """

    what: str
    geometries: Sequence[BaseGeometry | None]
    crs: Any = None
