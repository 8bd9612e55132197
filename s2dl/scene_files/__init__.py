"""Tables of scenes as files: GeoParquet and GeoJSON."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from s2dl.errors import BadInput
from s2dl.files import disk_errors, write_durably
from s2dl.scene_files import geojson, geoparquet
from s2dl.scene_files.untrusted import checked_table

if TYPE_CHECKING:
    from types import ModuleType

    import geopandas as gpd

__all__ = ["is_scene_file", "read_scenes", "write_scenes"]

_FORMATS: dict[str, ModuleType] = {
    ".parquet": geoparquet,
    ".geoparquet": geoparquet,
    ".geojson": geojson,
    ".json": geojson,
}


def is_scene_file(path: str | os.PathLike[str]) -> bool:
    """Say whether a path ends like a file of `write_scenes`."""
    return Path(path).suffix.lower() in _FORMATS


def write_scenes(scenes: gpd.GeoDataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a table of scenes to a file, whole or not at all.

    Parameters
    ----------
    scenes : GeoDataFrame
        What `s2dl.search` gave, or any subset of its rows. Columns of your own are not written.
    path : path
        ``.parquet`` or ``.geoparquet`` for GeoParquet, ``.geojson`` or ``.json`` for GeoJSON (RFC 7946). A file that
        is there is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    BadInput
        The path ends otherwise, or this is no table of scenes.
    DiskError
        The file cannot be written.

    Notes
    -----
    The question of the table, ``attrs["query"]``, goes along: in GeoParquet as pandas writes attributes, in GeoJSON as
    the foreign member ``query``. Both keep every value as it is; times have microseconds.
    """
    target = Path(path).expanduser()
    form = _format_of(target)
    lacking = {"name", "geometry"}.difference(scenes.columns)
    if lacking:
        raise BadInput(f"This is no table of scenes, it has no column {min(lacking)!r}; give rows of a search.")
    table = checked_table(scenes, scenes.geometry.to_numpy(), scenes.attrs.get("query"), "the table")
    content: bytes = form.dump(table)
    with disk_errors(target):
        write_durably(target, content)
    return target


def read_scenes(path: str | os.PathLike[str]) -> gpd.GeoDataFrame:
    """Read a table of scenes from a file of `write_scenes`.

    Parameters
    ----------
    path : path
        ``.parquet``, ``.geoparquet``, ``.geojson`` or ``.json``.

    Returns
    -------
    GeoDataFrame
        With the columns and dtypes of a search; columns that the file lacks are missing values, columns that a search
        does not give are left out. ``attrs["query"]`` asks again, where the file has the question.

    Raises
    ------
    BadInput
        There is no such file, it is not of its kind, too large, or holds what cannot be scenes. A file may come from
        anywhere: names that could lead out of a directory, addresses other than http(s), and impossible sizes are
        refused.
    """
    source = Path(path).expanduser()
    form = _format_of(source)
    try:
        if source.stat().st_size > form.LARGEST_FILE:
            raise BadInput(
                f"{str(source)!r} is larger than {form.LARGEST_FILE >> 20} MiB; divide the table into several files."
            )
        content = source.read_bytes()
    except OSError as error:
        raise BadInput(f"{str(source)!r} cannot be read ({error.strerror}); check the path.") from error
    columns, footprints, question = form.load(content, repr(source.name))
    return checked_table(columns, footprints, question, repr(source.name))


def _format_of(path: Path) -> ModuleType:
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        raise BadInput(f"{str(path)!r} does not say its format; end it in {', '.join(_FORMATS)}.")
    return form
