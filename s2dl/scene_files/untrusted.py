"""What a table of scenes from anywhere may hold, before it becomes one of ours."""

from __future__ import annotations

import json
import logging
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from s2dl.errors import BadInput
from s2dl.query import Query
from s2dl.scenes import COLUMNS, make_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["LONGEST_TEXT", "MOST_ROWS", "checked_table", "reason"]

_log = logging.getLogger(__name__)

MOST_ROWS = 5_000_000
"""A tenth of what the archive holds; a file that says more is not one of ours."""

_LARGEST_SIZE = 10**12
"""Bytes; a product has a thousandth of it."""
LONGEST_TEXT = 2_000
"""Characters or bytes."""
_LONGEST_QUESTION = 8 * 2**20
_PATTERNS = {
    # These become file names and parts of addresses; the others are only shown.
    "id": r"[A-Za-z0-9_\-]{0,200}",
    "name": r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,200}",
    "quicklook_url": r"https?://[^\s\x00-\x1f\\]+",
    "s3_path": r"[A-Za-z0-9_.\-/:+]*",
}
_PATHS = {"name", "s3_path"}
_SHOWN = r"[^\x00-\x1f\x7f]*"
_DEFAULTS: dict[str, Any] = {"size": 0, "online": True}
_ARGUMENTS = {*(field.name for field in fields(Query)), "catalogue"}
_NUMBERS = {"relative_orbit": (1, 143), "size": (0, _LARGEST_SIZE)}


def checked_table(
    columns: Mapping[str, Any] | pd.DataFrame, footprints: NDArray[np.object_], question: object, what: str
) -> gpd.GeoDataFrame:
    """Make a table of scenes of columns that may hold anything.

    Parameters
    ----------
    columns : mapping of str to sequence, or DataFrame, each of length n
        Those of `s2dl.scenes.COLUMNS` are taken; all but ``name`` may be absent.
    footprints : ndarray of shapely geometries or None, shape (n,)
    question : object
        Goes into ``attrs["query"]`` if it can be one.
    what : str
        Whose they are, for messages.

    Raises
    ------
    BadInput
        A value cannot be a scene's.
    """
    rows = len(footprints)
    if "name" not in columns:
        raise BadInput(f"There is no column 'name' in {what}, so it is no table of scenes; write one by write_scenes.")
    if rows > MOST_ROWS:
        raise BadInput(f"{what} has {rows} rows, more than a table of scenes can have ({MOST_ROWS}); it is refused.")
    taken = {name: columns[name] if name in columns else [_DEFAULTS.get(name)] * rows for name in COLUMNS}
    try:
        table = make_table(taken, footprints, _question(question, what))
    except (ValueError, TypeError, OverflowError) as error:
        raise BadInput(f"A value in {what} is not of its column's kind ({reason(error)}); it is refused.") from error
    for name, dtype in COLUMNS.items():
        if isinstance(dtype, pd.StringDtype):
            _check_text(table[name], what)
    for name, (least, most) in _NUMBERS.items():
        _refuse(table[name], ~table[name].fillna(least).between(least, most), what)
    for name in ("cloud_cover", "coverage"):
        _refuse(table[name], np.isinf(table[name]), what)
    _check_footprints(footprints, what)
    return table


def reason(error: Exception) -> str:
    """What an error of a library says, in one short line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"


def _check_text(values: pd.Series[Any], what: str) -> None:
    if values.name == "name":
        _refuse(values, values.isna(), what)
    present = values.dropna()
    pattern = _PATTERNS.get(str(values.name), _SHOWN)
    _refuse(present, (present.str.len() > LONGEST_TEXT) | ~present.str.fullmatch(pattern), what)
    if values.name in _PATHS:
        _refuse(present, present.str.contains("..", regex=False), what)


def _refuse(values: pd.Series[Any], wrong: pd.Series[Any], what: str) -> None:
    bad = np.flatnonzero(wrong.to_numpy(dtype=bool))
    if len(bad):
        value = values.iloc[bad[0]]
        raise BadInput(
            f"Row {values.index[bad[0]] + 1} of {what} has a {values.name} that no scene has "
            f"({str(value)[:80]!r}); the table is refused."
        )


def _check_footprints(footprints: NDArray[np.object_], what: str) -> None:
    some = footprints[~shapely.is_missing(footprints)]
    kinds = set(np.unique(shapely.get_type_id(some)))
    if kinds - {shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON}:
        raise BadInput(f"A footprint in {what} is not a polygon; the table is refused.")
    places = shapely.get_coordinates(some)
    if not (np.abs(places) <= (360, 90)).all():
        raise BadInput(f"A footprint in {what} lies off the Earth; a table of scenes is in EPSG:4326.")


def _question(question: object, what: str) -> dict[str, Any] | None:
    """A question as `s2dl.search` takes it: its own arguments only, and nothing that would open a file."""
    if question is None:
        return None
    if not isinstance(question, dict) or not _is_harmless(question):
        _log.warning("The question in %s cannot be one and was left out.", what)
        return None
    return question


def _is_harmless(question: dict[str, Any]) -> bool:
    if not question.keys() <= _ARGUMENTS:
        return False
    try:
        if len(json.dumps(question)) > _LONGEST_QUESTION:
            return False
        region = question.get("region")
        return region is None or not shapely.from_wkt(region).is_empty
    except (TypeError, ValueError, shapely.errors.ShapelyError):
        return False
