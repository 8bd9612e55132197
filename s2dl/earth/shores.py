"""Where land and lakes are: those around a place in full detail, or those of the whole Earth in coarse."""

from __future__ import annotations

import math
import zipfile
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from s2dl.earth.rings import decoded

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "ASSET",
    "CELL",
    "FINE",
    "MARGIN",
    "ROUGH",
    "Shores",
    "around",
    "cell_corner",
    "cell_name",
    "turned",
    "whole",
]

ASSET = Path(__file__).with_name("natural_earth.zip")
"""A file ``land/<column>/<row>`` and ``lakes/…`` for each cell that has some, and one ``land``, ``lakes`` in coarse."""
CELL = 5
"""Width and height of a cell, degrees."""
MARGIN = 0.05
"""How far a cell's polygons reach over its edges, degrees: so that no crack opens between cells in any projection."""
FINE = 1e-4
"""Pitch of the lattice within a cell, degrees: some 11 m."""
ROUGH = 0.01
"""Pitch of the lattice of the whole Earth, degrees."""

_KINDS = ("land", "lakes")


class Shores(NamedTuple):
    """Polygons in longitude and latitude, degrees; lakes lie on land, and their holes are islands."""

    land: NDArray[np.object_]
    lakes: NDArray[np.object_]


def around(west: float, south: float, east: float, north: float) -> Shores:
    """Return land and lakes around a box, in full detail (1:10 million).

    Parameters
    ----------
    west, south, east, north : float
        Degrees. Longitudes may lie beyond ±180; the polygons come with the same longitudes.

    Returns
    -------
    Shores
        Those of all cells of five degrees that the box meets, cut at the cells. Polygons of neighbouring cells
        overlap a little, and fit without a crack when they are filled one after the other.
    """
    columns = range(math.floor(west / CELL), math.floor(east / CELL) + 1)
    rows = range(max(math.floor(south / CELL), -90 // CELL), min(math.floor(north / CELL), 90 // CELL - 1) + 1)
    cells = [_moved(column, row) for column in columns for row in rows]
    return Shores(*(np.concatenate([np.empty(0, object), *(cell[kind] for cell in cells)]) for kind in (0, 1)))


@cache
def whole() -> Shores:
    """Return land and larger lakes of the whole Earth, in coarse (to about two kilometres), memoised."""
    return Shores(*(_read(kind, (-180.0, -90.0), ROUGH) for kind in _KINDS))


def turned(polygons: NDArray[np.object_], degrees: float) -> NDArray[np.object_]:
    """Return polygons moved eastwards."""
    result: NDArray[np.object_] = shapely.transform(polygons, lambda xy: xy + np.array([degrees, 0.0]))
    return result


def cell_name(kind: str, column: int, row: int) -> str:
    """Return how the asset calls the land or the lakes of a cell."""
    return f"{kind}/{column}/{row}"


def cell_corner(column: int, row: int) -> tuple[float, float]:
    """Return the south-western corner of a cell's lattice, degrees."""
    return column * CELL - 2 * MARGIN, row * CELL - 2 * MARGIN


def _moved(column: int, row: int) -> Shores:
    """Return a cell whose column counts on beyond the antimeridian."""
    columns = 360 // CELL
    turns = (column + columns // 2) // columns
    cell = _cell(column - turns * columns, row)
    if not turns:
        return cell
    return Shores(*(turned(polygons, turns * 360.0) for polygons in cell))


@lru_cache(maxsize=256)
def _cell(column: int, row: int) -> Shores:
    return Shores(*(_read(cell_name(kind, column, row), cell_corner(column, row), FINE) for kind in _KINDS))


def _read(name: str, corner: tuple[float, float], pitch: float) -> NDArray[np.object_]:
    try:
        data = _asset().read(name)
    except KeyError:  # a cell without any
        return np.empty(0, object)
    return decoded(data, corner, pitch)


@cache
def _asset() -> zipfile.ZipFile:
    """Return the asset, in memory: threads may read at once, and a forked process shares no place in a file."""
    return zipfile.ZipFile(BytesIO(ASSET.read_bytes()))
