"""Scenes as people give them, read as products: a table, a row, names, or a saved table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from s2dl.errors import BadInput
from s2dl.product import Product
from s2dl.scene_files import is_scene_file, read_scenes
from s2dl.scenes import products_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["ScenesLike", "is_table", "products_given"]

ScenesLike: TypeAlias = "gpd.GeoDataFrame | pd.DataFrame | pd.Series[Any] | str | os.PathLike[str] | Sequence[str]"
"""A table of scenes, any subset of its rows, one row, product names, or the path of a table of `write_scenes`."""


def is_table(scenes: ScenesLike) -> bool:
    """Say whether the names come from a search, not from somebody's keyboard."""
    if isinstance(scenes, str | os.PathLike):
        return is_scene_file(scenes)
    return hasattr(scenes, "index") and hasattr(scenes, "loc")


def products_given(scenes: ScenesLike) -> list[Product]:
    """Read scenes as products, of which no more is known than was given.

    Raises
    ------
    BadInput
        A table has no column ``name``, a file cannot be read, or it is nothing of the kind.
    """
    if isinstance(scenes, str | os.PathLike):
        # A saved table may be old, or from anywhere: only its names are taken, and all else is asked anew.
        scenes = list(read_scenes(scenes)["name"]) if is_scene_file(scenes) else [os.fspath(scenes)]
    if is_table(scenes):
        return products_of(cast("gpd.GeoDataFrame", scenes))
    if not isinstance(scenes, Iterable):
        raise BadInput(f"{scenes!r}: give rows of what s2dl.search returned, product names, or a saved table.")
    names = [str(name) for name in cast("Iterable[str]", scenes)]
    return [Product(id="", name=name if name.endswith(".SAFE") else f"{name}.SAFE") for name in names]
