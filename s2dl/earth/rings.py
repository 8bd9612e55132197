"""How polygons are kept: vertices on a fine lattice, each as the step from the one before, in 16-bit numbers.

A sheet of polygons is a little-endian ``uint32`` head (number of polygons, of rings, of vertices), the rings of each
polygon (``uint16``), the vertices of each ring (``uint32``), then the low bytes and the high bytes of all steps east,
then of all steps north. Steps wrap around at 65 536, so a sheet spans less than that many lattice points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["decoded", "encoded"]

_SPAN = 2**16
_HEAD = 12


def encoded(polygons: NDArray[np.object_], corner: tuple[float, float], pitch: float) -> bytes:
    """Return polygons as bytes.

    Parameters
    ----------
    polygons : ndarray of shapely.Polygon, shape (n,)
        In degrees.
    corner : tuple of float
        South-western corner of the lattice, degrees.
    pitch : float
        Of the lattice, degrees; rings that vanish on it are left out.

    Raises
    ------
    ValueError
        The polygons do not fit the lattice.
    """
    shapes: list[list[NDArray[np.int64]]] = []
    for polygon in polygons:
        outer, *inner = (_on_lattice(ring, corner, pitch) for ring in (polygon.exterior, *polygon.interiors))
        if len(outer):
            shapes.append([outer, *(ring for ring in inner if len(ring))])
    rings = [ring for shape in shapes for ring in shape]
    points = np.concatenate([*rings, np.empty((0, 2), np.int64)])
    if points.size and (points.min() < 0 or points.max() >= _SPAN):
        raise ValueError(f"The polygons reach beyond {_SPAN} points of the lattice at {corner}.")
    head = np.array([len(shapes), len(rings), len(points)], "<u4")
    steps = np.diff(points, axis=0, prepend=0).T.astype("<u2", order="C")
    return b"".join(
        [
            head.tobytes(),
            np.array([len(shape) for shape in shapes], "<u2").tobytes(),
            np.array([len(ring) for ring in rings], "<u4").tobytes(),
            steps.view(np.uint8).reshape(2, -1, 2).transpose(0, 2, 1).tobytes(),
        ]
    )


def decoded(data: bytes, corner: tuple[float, float], pitch: float) -> NDArray[np.object_]:
    """Return the polygons (shapely, in degrees) that `encoded` wrote with the same corner and pitch."""
    polygons, rings, vertices = (int(number) for number in np.frombuffer(data, "<u4", 3))
    in_polygon = np.frombuffer(data, "<u2", polygons, _HEAD)
    in_ring = np.frombuffer(data, "<u4", rings, _HEAD + 2 * polygons)
    octets = np.frombuffer(data, np.uint8, 4 * vertices, _HEAD + 2 * polygons + 4 * rings)
    steps = np.ascontiguousarray(octets.reshape(2, 2, vertices).transpose(0, 2, 1)).view("<u2")[..., 0]
    points = np.cumsum(steps, axis=1, dtype=np.uint16).T * pitch + corner
    lines = np.asarray(shapely.linearrings(points, indices=np.repeat(np.arange(rings), in_ring)), dtype=object)
    return np.asarray(shapely.polygons(lines, indices=np.repeat(np.arange(polygons), in_polygon)), dtype=object)


def _on_lattice(ring: shapely.LinearRing, corner: tuple[float, float], pitch: float) -> NDArray[np.int64]:
    """Return a ring's vertices as lattice points, without repetitions; none where less than a triangle is left."""
    points = np.rint((shapely.get_coordinates(ring) - corner) / pitch).astype(np.int64)
    points = points[np.any(np.diff(points, axis=0, prepend=points[:1] - 1), axis=1)]
    return points if len(points) >= 4 else points[:0]
