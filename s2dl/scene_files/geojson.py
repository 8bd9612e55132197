"""GeoJSON (RFC 7946): a feature a scene, the question as a foreign member."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from s2dl.errors import BadInput
from s2dl.scene_files.untrusted import reason
from s2dl.scenes import COLUMNS

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["LARGEST_FILE", "dump", "load"]

LARGEST_FILE = 256 * 2**20
"""Bytes; read, it takes some twenty times as much memory."""


def dump(scenes: gpd.GeoDataFrame) -> bytes:
    """Write a table of scenes as GeoJSON."""
    columns = {name: _plain(scenes[name]) for name in COLUMNS}
    properties = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    # Shapely's own text is set in as it is: reading it only to write it again would take as long as all the rest.
    shapes = (shape or "null" for shape in shapely.to_geojson(scenes.geometry.to_numpy()))
    features = ",\n".join(
        f'{{"type": "Feature", "properties": {json.dumps(each)}, "geometry": {shape}}}'
        for each, shape in zip(properties, shapes, strict=True)
    )
    question = json.dumps(scenes.attrs.get("query"))
    return f'{{"type": "FeatureCollection", "query": {question}, "features": [\n{features}\n]}}\n'.encode()


def _plain(values: pd.Series[Any]) -> list[Any]:
    """Values as JSON has them: missing ones None, times as ISO text."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    plain: list[Any] = values.astype(object).where(values.notna(), None).tolist()
    return plain


def load(content: bytes, what: str) -> tuple[dict[str, list[Any]], NDArray[np.object_], object]:
    """Read GeoJSON as columns, footprints and question, as they stand there.

    Raises
    ------
    BadInput
        It is not GeoJSON of features.
    """
    try:
        collection = json.loads(content)
        features = collection["features"]
        rows = [dict(feature["properties"]) for feature in features]
        shapes = [feature["geometry"] and json.dumps(feature["geometry"]) for feature in features]
        footprints = np.asarray(shapely.from_geojson(np.array(shapes, dtype=object)), dtype=object)
        present = set().union(*rows) if rows else set(COLUMNS)
        columns = {
            name: _read([row.get(name) for row in rows], dtype) for name, dtype in COLUMNS.items() if name in present
        }
        return columns, footprints, collection.get("query")
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError, shapely.errors.ShapelyError) as error:
        raise BadInput(
            f"{what} cannot be read as GeoJSON of scenes ({reason(error)}); write it again with write_scenes."
        ) from error


def _read(values: list[Any], dtype: Any) -> Any:
    """What JSON has no kind for: times; and a kind that would be taken from any other."""
    if isinstance(dtype, pd.DatetimeTZDtype):
        return pd.to_datetime(pd.Series(values, dtype=object), utc=True, format="ISO8601").dt.as_unit("us")
    if dtype == np.bool_ and not all(isinstance(value, bool) for value in values):
        raise TypeError("true or false was due")
    return values
