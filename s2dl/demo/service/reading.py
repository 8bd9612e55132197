"""What all catalogues read alike: moments and boxes."""

from __future__ import annotations

from datetime import UTC, datetime

import shapely

__all__ = ["box", "moment"]


def moment(text: str) -> datetime:
    """Read a date or time; without an offset it is UTC, and a day is its first instant.

    Raises
    ------
    ValueError
        There is no such moment.
    """
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from error


def box(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """A box in degrees; one whose west is greater than its east lies across the antimeridian.

    Raises
    ------
    ValueError
        It is upside down, or not on the Earth.
    """
    if not -90 <= south <= north <= 90 or not -180 <= west <= 180 or not -180 <= east <= 180:
        raise ValueError("west, south, east, north in degrees are due")
    if west > east:
        return shapely.MultiPolygon([shapely.box(west, south, 180.0, north), shapely.box(-180.0, south, east, north)])
    return shapely.box(west, south, east, north)
