"""Products as a table, and the table's dtypes: the GeoDataFrame that `search` gives."""

from __future__ import annotations

from dataclasses import asdict, fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from s2dl.equal_area import coverage
from s2dl.errors import BadAnswer, BadInput
from s2dl.product import Product
from s2dl.region import RegionLike, read_region

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

    from s2dl.query import Query

__all__ = ["COLUMNS", "asked_region", "coverage", "joined", "make_table", "products_of", "scenes_of"]

TEXT = pd.StringDtype(na_value=np.nan)
TIME = pd.DatetimeTZDtype("us", "UTC")

COLUMNS: dict[str, Any] = {
    "id": TEXT,
    "name": TEXT,
    "product_type": TEXT,
    "platform": TEXT,
    "tile": TEXT,
    "sensing_start": TIME,
    "relative_orbit": pd.Int16Dtype(),
    "orbit_direction": TEXT,
    "cloud_cover": np.dtype("float64"),
    "coverage": np.dtype("float64"),
    "size": np.dtype("int64"),
    "online": np.dtype("bool"),
    "baseline": TEXT,
    "published": TIME,
    "md5": TEXT,
    "blake3": TEXT,
    "quicklook_url": TEXT,
    "s3_path": TEXT,
}
"""Column → dtype, in the table's order; `geometry` follows."""


def scenes_of(products: Iterable[Product], query: Query) -> gpd.GeoDataFrame:
    """Make the table of scenes: one row a product, by sensing time.

    Parameters
    ----------
    products : iterable of Product
    query : Query
        Goes into ``attrs["query"]``; its region, if any, gives the coverage.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, with the columns and dtypes of `COLUMNS` and ``geometry``, also when there is no row.
    """
    listed = sorted(products, key=_sensing_order)
    columns: dict[str, Any] = {name: [getattr(each, name) for each in listed] for name in COLUMNS if name != "coverage"}
    # L1C and L2A of a granule have one footprint: each is read, and its coverage computed, once.
    numbers: dict[str | None, int] = {}
    which = [numbers.setdefault(each.footprint, len(numbers)) for each in listed]
    footprints = _geometries(list(numbers))
    columns["coverage"] = coverage(footprints, query.region)[which]
    return make_table(columns, footprints[which], query.to_dict())


def joined(pieces: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Join tables of one question, at least one, into one by sensing time."""
    if len(pieces) == 1:
        return pieces[0]
    times = [piece["sensing_start"] for piece in pieces]
    whole = pd.concat(pieces, ignore_index=True)
    if not all(before.iloc[-1] < after.iloc[0] for before, after in pairwise(times)):
        whole = whole.sort_values(["sensing_start", "name"], ignore_index=True)
    whole.attrs["query"] = pieces[0].attrs["query"]
    return whole


def make_table(
    columns: Mapping[str, Any], footprints: np.ndarray[Any, Any], question: dict[str, Any] | None
) -> gpd.GeoDataFrame:
    """Give columns the dtypes of the table.

    Parameters
    ----------
    columns : mapping of str to sequence, each of length n
        All of `COLUMNS`; None is missing.
    footprints : ndarray of shapely geometries or None, shape (n,)
        EPSG:4326.
    question : dict, optional
        For ``attrs["query"]``.
    """
    frame = gpd.GeoDataFrame(
        pd.DataFrame(
            {name: pd.array(columns[name], dtype=dtype) for name, dtype in COLUMNS.items()},
            index=pd.RangeIndex(len(footprints)),
        ),
        geometry=gpd.GeoSeries(footprints, crs=4326),
        crs=4326,
    )
    if question is not None:
        frame.attrs["query"] = question
    return frame


def _geometries(footprints: list[str | None]) -> np.ndarray[Any, Any]:
    try:
        return np.asarray(shapely.from_wkt(np.array(footprints, dtype=object)))
    except shapely.errors.ShapelyError as error:
        raise BadAnswer(f"A footprint of the answer cannot be read ({error}); try again later.") from error


def _sensing_order(product: Product) -> tuple[bool, float, str]:
    start = product.sensing_start
    return start is None, 0.0 if start is None else start.timestamp(), product.name


def asked_region(scenes: gpd.GeoDataFrame, region: RegionLike = None) -> BaseGeometry | None:
    """The region that is meant: the one given, else that of the table's own question, else None.

    Raises
    ------
    BadRegion
        It cannot be read.
    """
    meant = scenes.attrs.get("query", {}).get("region") if region is None else region
    return None if meant is None else read_region(meant)


def products_of(scenes: gpd.GeoDataFrame | pd.DataFrame | pd.Series[Any]) -> list[Product]:
    """Read rows of the table back as products.

    Parameters
    ----------
    scenes : GeoDataFrame, DataFrame or Series
        Any subset of rows, or one row.

    Raises
    ------
    BadInput
        It has no column ``name``.
    """
    frame = scenes.to_frame().T if isinstance(scenes, pd.Series) else scenes
    if "name" not in frame.columns:
        raise BadInput("This table has no column 'name'; give rows of what s2dl.search returned, or product names.")
    known = [field.name for field in fields(Product) if field.name in frame.columns]
    columns = {name: frame[name] for name in known}
    if "geometry" in frame.columns:
        columns["footprint"] = [shape.wkt if shapely.is_geometry(shape) else None for shape in frame["geometry"]]
    return [_product_of_row(dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True)]


def _product_of_row(row: dict[str, Any]) -> Product:
    given = {name: _plain(value) for name, value in row.items() if not pd.isna(value)}
    for name in ("sensing_start", "published"):
        if name in given:
            given[name] = pd.Timestamp(given[name]).to_pydatetime()
    for name in ("md5", "blake3"):  # other tables have them in capitals
        if name in given:
            given[name] = str(given[name]).lower()
    defaults = {name: value for name, value in asdict(Product(id="", name="")).items() if name not in given}
    return Product(**defaults, **given)


def _plain(value: Any) -> Any:
    """A numpy number as Python's own, which can be written as JSON."""
    return value.item() if isinstance(value, np.generic) else value
