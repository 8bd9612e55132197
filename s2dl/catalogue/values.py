"""Values of a catalogue's answer as those of the table of scenes: times, numbers, orbit directions, footprints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import shapely.geometry

from s2dl.product import OrbitDirection

__all__ = ["baseline_of", "direction_of", "footprint_of", "number_of", "orbit_of", "size_of", "time_of"]

_LARGEST = 2**60
"""Bytes; no disk holds more."""
_ORBITS = range(1, 144)
"""Relative orbits of Sentinel-2."""


def time_of(value: str | None) -> datetime | None:
    """A UTC time; one that names no zone is UTC."""
    if not value:
        return None
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is UTC:
        return moment
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def number_of(value: Any) -> float | None:
    """A number; None where there is none."""
    return None if value is None else float(value)


def size_of(value: Any) -> int:
    """Bytes; 0 where they are missing, or no number of bytes that can be."""
    size = 0 if value is None else int(value)
    return size if 0 < size < _LARGEST else 0


def orbit_of(value: Any) -> int | None:
    """A relative orbit; None where it is missing, or not one."""
    orbit = int(value) if value else 0
    return orbit if orbit in _ORBITS else None


def direction_of(value: str | None) -> OrbitDirection | None:
    """An orbit direction in any letter case."""
    match (value or "").lower():
        case "ascending":
            return "ascending"
        case "descending":
            return "descending"
        case _:
            return None


def baseline_of(value: str | float | None) -> str | None:
    """`05.10`; catalogues also write it as 5.10 or as a number."""
    return f"{float(value):05.2f}" if value else None


def footprint_of(geometry: Any) -> str | None:
    """The WKT of a GeoJSON geometry; None where it is missing or empty.

    Raises
    ------
    ValueError
        It is no geometry.
    """
    if not geometry:
        return None
    try:
        shape = shapely.geometry.shape(geometry)
    except shapely.errors.ShapelyError as error:
        raise ValueError(str(error)) from error
    return None if shape.is_empty else shape.wkt
