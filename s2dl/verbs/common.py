"""What the verbs share: settings that are on, and scenes read as products."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2dl.catalogue import open_catalogue
from s2dl.catalogue.deleted import UNKNOWN_FATE, fates
from s2dl.errors import BadInput, ServiceOff
from s2dl.product import Product
from s2dl.report import SceneResult
from s2dl.scenes_like import ScenesLike, is_table, products_given
from s2dl.settings import Settings

if TYPE_CHECKING:
    from s2dl.access.http import Http

__all__ = ["ScenesLike", "Wanted", "in_order", "look_up", "read_scenes_like", "switched_on", "with_catalogue"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Scenes as the user gave them.

    Attributes
    ----------
    names : tuple of str
        All of them, in the user's order, doubles once.
    products : tuple of Product
        Those that the catalogue lists.
    lost : tuple of SceneResult
        The others, failed, with what became of them.
    """

    names: tuple[str, ...]
    products: tuple[Product, ...]
    lost: tuple[SceneResult, ...] = ()


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


async def read_scenes_like(http: Http, settings: Settings, scenes: ScenesLike) -> Wanted:
    """Read scenes as products; those without an id or MD5, and those that were offline, are looked up by name first.

    Raises
    ------
    BadInput
        A name that was typed is one that the catalogue has never heard of.
    """
    wanted = await look_up(http, settings, await asyncio.to_thread(products_given, scenes))
    never = [result.name for result in wanted.lost if result.reason == UNKNOWN_FATE]
    if never and not is_table(scenes):
        raise BadInput(
            f"The catalogue does not list {', '.join(never[:5])}{' and others' if len(never) > 5 else ''}; "
            "check the spelling, or search again."
        )
    return wanted


async def look_up(http: Http, settings: Settings, products: Iterable[Product]) -> Wanted:
    """Complete products from the catalogue, where something is not known of them or may have changed."""
    given = {product.name: product for product in products}
    asked = [each.name for each in given.values() if each.md5 is None or not each.id or not each.online]
    # Only OData tells checksums of all products, and it is where the download host looks ids up.
    catalogue = open_catalogue(http, with_catalogue(settings, "odata"))
    found = {each.name: each for each in await catalogue.by_names(asked)} if asked else {}
    missing = [name for name in asked if name not in found]
    told = await fates(http, settings, missing) if missing else {}
    lost = tuple(SceneResult(name, "failed", reason=told.get(name, UNKNOWN_FATE)) for name in missing)
    return Wanted(
        tuple(given), tuple(found.get(name, each) for name, each in given.items() if name not in missing), lost
    )


def in_order(names: Iterable[str], results: Iterable[SceneResult]) -> Iterable[SceneResult]:
    """Results in the order in which the user named the scenes."""
    by_name = {result.name: result for result in results}
    return (by_name[name] for name in names)
