"""Shapefiles and GeoPackages, read by GDAL through pyogrio."""

from __future__ import annotations

import logging
import sqlite3
import struct
import tempfile
import warnings
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pyogrio
import pyogrio.raw
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from s2dl.errors import BadRegion
from s2dl.regions.guard import shown
from s2dl.regions.layer import Layer

__all__ = ["SIDECARS", "from_geopackage", "from_shapefile", "sidecars"]

logger = logging.getLogger(__name__)

SIDECARS = (".shx", ".dbf", ".prj", ".qpj", ".cpg")
"""What may lie beside a .shp; .dbf tells which shapes are deleted."""
_MOST_LAYERS = 1_000


def sidecars(path: Path) -> dict[str, Path]:
    """Find the files beside a .shp, in whatever case their names are."""
    return {
        each.suffix.lower(): each
        for each in sorted(path.parent.iterdir())
        if each.stem.lower() == path.stem.lower() and each.suffix.lower() in SIDECARS
    }


def from_shapefile(parts: Mapping[str, bytes], what: str) -> list[Layer]:
    """Read a shapefile, whatever of its parts is there.

    It is read in a private folder: a missing index is rebuilt there and not beside the user's file.

    Parameters
    ----------
    parts
        Extension (``.shp``, ``.shx``, …) to content.
    what
        The shapefile, as messages name it.

    Raises
    ------
    BadRegion
        If it is truncated, damaged or empty.
    """
    shp = parts[".shp"]
    if len(shp) < 100 or struct.unpack(">i", shp[24:28])[0] * 2 > len(shp):
        raise BadRegion(f"{what} is truncated: its header announces more than is there; copy it again.")
    with tempfile.TemporaryDirectory(prefix="s2dl-") as folder:
        for suffix, content in parts.items():
            Path(folder, f"region{suffix}").write_bytes(content)
        if ".prj" not in parts and ".qpj" in parts:
            Path(folder, "region.prj").write_bytes(parts[".qpj"])
        if ".shx" in parts:
            return [_layer(Path(folder, "region.shp"), None, what)]
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
        try:
            return [_layer(Path(folder, "region.shp"), None, what)]
        finally:
            pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})


def from_geopackage(path: Path, what: str) -> list[Layer]:
    """Read every layer of a GeoPackage.

    Parameters
    ----------
    path
        The file.
    what
        The file, as messages name it.

    Raises
    ------
    BadRegion
        If it is damaged, or has no layer with shapes.
    """
    views = _views(path, what)
    _refuse_views({view for view in views if view.startswith("gpkg_")}, what)
    try:
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
            listed = pyogrio.list_layers(path)
    except (DataSourceError, DataLayerError) as error:
        raise _damaged(what, error) from error
    names = [name for name, kind in listed if kind is not None]
    if not names:
        raise BadRegion(f"There is no geometry in {what}; give a GeoPackage with a layer of polygons.")
    if len(names) > _MOST_LAYERS:
        raise BadRegion(f"{what} has more than {_MOST_LAYERS:,} layers; give one with the region alone.")
    _refuse_views(views.intersection(map(str.lower, names)), what)
    return [_layer(path, name, what) for name in names]


def _views(path: Path, what: str) -> set[str]:
    """Name the views: reading one runs the query that it holds, which need not come to an end."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            found = database.execute("SELECT lower(name) FROM sqlite_master WHERE type = 'view'")
            return {str(name) for (name,) in found}
    except sqlite3.Error as error:
        raise _damaged(what, error) from error


def _refuse_views(views: set[str], what: str) -> None:
    if views:
        raise BadRegion(f"{shown(min(views))} of {what} is a view, not a table; export it as a table.")


def _layer(path: Path, name: str | None, what: str) -> Layer:
    try:
        with warnings.catch_warnings(record=True, action="always", category=RuntimeWarning) as said:
            meta, _, shapes, _ = pyogrio.raw.read(path, layer=name, columns=[], force_2d=True)
        for each in said:
            logger.info("%s: %s", what, each.message)
        geometries: list[Any] = [] if shapes is None else [_shape(each) for each in shapes]
    except (DataSourceError, DataLayerError, shapely.errors.ShapelyError, ValueError, NotImplementedError) as error:
        raise _damaged(what, error) from error
    return Layer(what, geometries, meta["crs"])


def _shape(wkb: bytes | None) -> Any:
    """Read a shape; rings that are left open are closed, and what cannot be read at all raises."""
    return None if wkb is None else shapely.from_wkb(wkb, on_invalid="fix") or shapely.from_wkb(wkb)


def _damaged(what: str, error: Exception) -> BadRegion:
    return BadRegion(f"{what} cannot be read ({str(error)[:200]}); export it again.")
