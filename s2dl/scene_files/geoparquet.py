"""GeoParquet (1.0, WKB): the table, and the question as pandas writes a table's attributes."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from s2dl.errors import BadInput
from s2dl.scene_files.untrusted import LONGEST_TEXT, MOST_ROWS, reason
from s2dl.scenes import COLUMNS

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["LARGEST_FILE", "dump", "load"]

LARGEST_FILE = 512 * 2**20
"""Bytes; a million scenes take a quarter of it."""

_LARGEST_CONTENT = 4 * 2**30
"""Bytes that a file may say it has, unpacked."""
_LARGEST_SHAPE = 2**20
"""Bytes of WKB; a footprint has some hundred."""
_ATTRIBUTES = b"PANDAS_ATTRS"
_UNREADABLE = (
    pa.ArrowException,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
    shapely.errors.ShapelyError,
)
_DEGREES = {4326, "CRS84"}


def dump(scenes: gpd.GeoDataFrame) -> bytes:
    """Write a table of scenes as GeoParquet."""
    buffer = io.BytesIO()
    scenes.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def load(content: bytes, what: str) -> tuple[dict[str, Any], NDArray[np.object_], object]:
    """Read GeoParquet as columns, footprints and question, as they stand there.

    Of the metadata only ``geo`` and the attributes are looked at, both JSON. Texts and footprints are read as
    dictionaries, so that a small file which repeats a huge one is found out before it is laid out in memory.

    Raises
    ------
    BadInput
        It is not GeoParquet in EPSG:4326, or says that it is huge.
    """
    try:
        with pq.ParquetFile(pa.BufferReader(content)) as file:
            _check_size(file, what)
            geometry = _geometry_column(file, what)
            names = [name for name in COLUMNS if name in file.schema_arrow.names]
        texts = [name for name in names if isinstance(COLUMNS[name], pd.StringDtype)]
        with pq.ParquetFile(pa.BufferReader(content), read_dictionary=[*texts, geometry]) as file:
            table = file.read(columns=[*names, geometry])
            attributes = json.loads((file.schema_arrow.metadata or {}).get(_ATTRIBUTES, b"{}"))
        columns = {name: _column(table.column(name), COLUMNS[name], what) for name in names}
        wkb = _bounded(table.column(geometry), _LARGEST_SHAPE, what).cast(pa.large_binary()).to_numpy()
        footprints = np.asarray(shapely.from_wkb(wkb), dtype=object)
        return columns, footprints, attributes.get("query")
    except BadInput:
        raise
    except _UNREADABLE as error:
        raise BadInput(
            f"{what} cannot be read as GeoParquet of scenes ({reason(error)}); write it again with write_scenes."
        ) from error


def _geometry_column(file: pq.ParquetFile, what: str) -> str:
    geo = json.loads(file.schema_arrow.metadata[b"geo"])
    name = str(geo["primary_column"])
    column = geo["columns"][name]
    reference = column.get("crs", {"id": {"code": "CRS84"}})
    if reference is None or reference.get("id", {}).get("code") not in _DEGREES or column["encoding"] != "WKB":
        raise BadInput(f"{what} is not in EPSG:4326 as WKB, as tables of scenes are; convert it.")
    return name


def _check_size(file: pq.ParquetFile, what: str) -> None:
    groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
    unpacked = sum(group.total_byte_size for group in groups)
    if file.metadata.num_rows > MOST_ROWS or unpacked > _LARGEST_CONTENT:
        raise BadInput(
            f"{what} says it has {file.metadata.num_rows} rows and {unpacked} bytes, more than a table of scenes can; "
            "it is refused."
        )


def _column(column: pa.ChunkedArray, dtype: Any, what: str) -> Any:
    if isinstance(dtype, pd.StringDtype):
        return _bounded(column, LONGEST_TEXT, what).cast(pa.large_string()).to_pandas()
    if isinstance(dtype, pd.DatetimeTZDtype):
        return column.cast(pa.timestamp("us", "UTC"), safe=False).to_pandas()
    return column.cast(pa.from_numpy_dtype(getattr(dtype, "numpy_dtype", dtype))).to_pandas(types_mapper=_nullable)


def _nullable(kind: pa.DataType) -> Any:
    return pd.Int16Dtype() if kind == pa.int16() else None


def _bounded(column: pa.ChunkedArray, longest: int, what: str) -> pa.ChunkedArray:
    """A column of texts or bytes, none of them longer than it may be."""
    for chunk in column.chunks:
        values = chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk
        length = pc.max(pc.binary_length(values)).as_py() or 0
        if length > longest:
            raise BadInput(f"{what} has a value of {length} bytes, which no scene has; it is refused.")
    return column
