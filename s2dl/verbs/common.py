"""What the verbs share: settings that are on, and scenes read as products."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from s2dl.catalogue import open_catalogue
from s2dl.errors import BadInput, ServiceOff
from s2dl.product import Product
from s2dl.scene_files import is_scene_file, read_scenes
from s2dl.scenes import products_of
from s2dl.settings import Settings

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from s2dl.access.http import Http

__all__ = ["ScenesLike", "read_scenes_like", "switched_on", "with_catalogue"]

ScenesLike: TypeAlias = "gpd.GeoDataFrame | pd.DataFrame | pd.Series[Any] | str | os.PathLike[str] | Sequence[str]"
"""A table of scenes, any subset of its rows, one row, product names, or the path of a table of `write_scenes`."""


def switched_on(settings: Settings | None) -> Settings:
    """The settings to use.

    Raises
    ------
    ServiceOff
        The user has switched the service off in them.
    """
    settings = Settings.given(settings)
    if settings.concurrent_downloads == 0:
        raise ServiceOff("The service is switched off in the settings (concurrent_downloads = 0); set it to 1 to 4.")
    return settings


def with_catalogue(settings: Settings, catalogue: str | None) -> Settings:
    """`settings`, with another catalogue if one is named."""
    return settings if catalogue is None else settings.model_copy(update={"catalogue": catalogue})


async def read_scenes_like(http: Http, settings: Settings, scenes: ScenesLike) -> list[Product]:
    """Read scenes as products; those without an id or MD5 are looked up by name first."""
    given = await asyncio.to_thread(_named, scenes)
    unknown = [product.name for product in given if product.md5 is None or not product.id]
    if not unknown:
        return given
    found = {each.name: each for each in await open_catalogue(http, settings).by_names(unknown)}
    products = [found.get(product.name, product) for product in given]
    if lost := [product.name for product in products if not product.id]:
        raise BadInput(
            f"The catalogue does not list {', '.join(lost[:5])}{' and others' if len(lost) > 5 else ''}; "
            "search again, a newer baseline may have replaced it."
        )
    return products


def _named(scenes: ScenesLike) -> list[Product]:
    if isinstance(scenes, str | os.PathLike):
        # A saved table may be old, or from anywhere: only its names are taken, and all else is asked anew.
        scenes = list(read_scenes(scenes)["name"]) if is_scene_file(scenes) else [os.fspath(scenes)]
    if hasattr(scenes, "index") and hasattr(scenes, "loc"):
        return products_of(cast("gpd.GeoDataFrame", scenes))
    names = [str(name) for name in cast("Iterable[str]", scenes)]
    return [Product(id="", name=name if name.endswith(".SAFE") else f"{name}.SAFE") for name in names]
