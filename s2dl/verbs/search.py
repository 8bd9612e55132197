"""Search and count."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from s2dl import events
from s2dl.access.http import Http
from s2dl.bars import listening
from s2dl.catalogue import open_catalogue
from s2dl.errors import PartialListing
from s2dl.query import Query, TimeLike
from s2dl.region import RegionLike
from s2dl.verbs.common import switched_on, with_catalogue
from s2dl.verbs.table import GrowingTable

if TYPE_CHECKING:
    import geopandas as gpd

    from s2dl.settings import Settings

__all__ = ["count", "search"]

_log = logging.getLogger(__name__)


async def search(
    region: RegionLike = None,
    *,
    start: TimeLike | None = None,
    end: TimeLike | None = None,
    months: int | Iterable[int] | None = None,
    product_type: str | Iterable[str] | None = None,
    cloud_cover: float | tuple[float, float] | None = None,
    relative_orbit: int | Iterable[int] | None = None,
    orbit_direction: str | None = None,
    tile: str | Iterable[str] | None = None,
    platform: str | Iterable[str] | None = None,
    name: str | None = None,
    online: bool | None = None,
    limit: int | None = None,
    latest_baseline: bool = False,
    min_coverage: float | None = None,
    catalogue: str | None = None,
    settings: Settings | None = None,
    progress: bool | None = None,
    on_event: events.Listener | None = None,
) -> gpd.GeoDataFrame:
    """List the Sentinel-2 products that match.

    Parameters
    ----------
    region : optional
        Whatever `read_region` takes: a box ``(west, south, east, north)`` in degrees, WKT, GeoJSON (mapping or
        path), a shapely geometry, a GeoDataFrame.
    start, end : str, date or datetime, optional
        UTC. A year, month or day as `end` means its last instant. ISO text, or ``30-JUN-2024``.
    months : int or several, optional
        1 to 12: a season, in each year between `start` and `end`.
    product_type : str or several, optional
        ``"L1C"``, ``"L2A"``, ``"L2Ap"`` or ``"S2MSI1C"``, ``"S2MSI2A"``, ``"S2MSI2Ap"``.
    cloud_cover : float or (float, float), optional
        Percent: a maximum, or lower and upper limit. A limit leaves out products without a value.
    relative_orbit : int or several, optional
        1 to 143.
    orbit_direction : {"ascending", "descending"}, optional
        Products that do not say theirs are kept.
    tile : str or several, optional
        ``"32TPS"`` or ``"T32TPS"``.
    platform : str or several, optional
        ``"S2A"``, ``"S2B"``, ``"S2C"``.
    name : str, optional
        A product's name, or a pattern with ``*`` and ``?``.
    online : bool, optional
    limit : int, optional
        The newest so many.
    latest_baseline : bool
        Of products that were processed more than once, only the best; see `scenes.s2dl.latest_baseline`.
    min_coverage : float, optional
        0 to 1: only overpasses that cover so much of the region; all their scenes are kept.
    catalogue : {"odata", "stac", "resto"}, optional
        By default the settings'.
    settings : Settings, optional
    progress : bool, optional
        Draw bars; by default in notebooks and terminals.
    on_event : callable, optional
        Gets the events of `s2dl.events`, on the engine's thread.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, one row a product by sensing time; see the README for its columns. ``attrs["query"]`` asks again:
        ``s2dl.search(**scenes.attrs["query"])``.

    Raises
    ------
    BadInput
        An argument cannot be used.
    PartialListing
        Some pages could not be had; the error says which, and carries what was found as its ``scenes``.
    ServiceError
        The catalogue did not answer as it should.
    """
    settings = with_catalogue(switched_on(settings), catalogue)
    query = await asyncio.to_thread(
        Query.build, region, start=start, end=end, product_type=product_type, cloud_cover=cloud_cover,
        relative_orbit=relative_orbit, orbit_direction=orbit_direction, tile=tile, platform=platform, name=name,
        online=online, limit=limit, months=months, min_coverage=min_coverage, latest_baseline=latest_baseline,
    )  # fmt: skip
    asked = _without_later_sifting(query)
    with listening(progress, on_event) as emit, GrowingTable(query) as table:
        async with Http(settings) as http, aclosing(open_catalogue(http, settings).pages(asked)) as pages:
            try:
                async for page in pages:
                    table.add(page)
                    emit(events.PageReceived(table.found))
            except PartialListing as error:
                error.scenes = _asked_of(catalogue, await table.whole())
                raise
        if query.cloud_cover is not None:
            _log.info("products without a cloud cover were left out, since a limit was given")
        return _asked_of(catalogue, await table.whole())


def _asked_of(catalogue: str | None, scenes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Note the catalogue that was named, so that the question asks the same one again."""
    if catalogue is not None:
        scenes.attrs["query"] = {**scenes.attrs["query"], "catalogue": catalogue}
    return scenes


def _without_later_sifting(query: Query) -> Query:
    """What the catalogue is asked: it must not stop at a limit that counts only after the table is sifted."""
    return replace(query, limit=None) if query.latest_baseline or query.min_coverage is not None else query


async def count(
    region: RegionLike = None,
    *,
    start: TimeLike | None = None,
    end: TimeLike | None = None,
    months: int | Iterable[int] | None = None,
    product_type: str | Iterable[str] | None = None,
    cloud_cover: float | tuple[float, float] | None = None,
    relative_orbit: int | Iterable[int] | None = None,
    orbit_direction: str | None = None,
    tile: str | Iterable[str] | None = None,
    platform: str | Iterable[str] | None = None,
    name: str | None = None,
    online: bool | None = None,
    limit: int | None = None,
    latest_baseline: bool = False,
    min_coverage: float | None = None,
    catalogue: str | None = None,
    settings: Settings | None = None,
) -> int:
    """Count the products that match; the parameters are those of `search`.

    Raises
    ------
    BadInput
        An argument cannot be used.
    ServiceError
        The catalogue did not answer as it should.
    """
    settings = with_catalogue(switched_on(settings), catalogue)
    query = await asyncio.to_thread(
        Query.build, region, start=start, end=end, product_type=product_type, cloud_cover=cloud_cover,
        relative_orbit=relative_orbit, orbit_direction=orbit_direction, tile=tile, platform=platform, name=name,
        online=online, limit=limit, months=months, min_coverage=min_coverage, latest_baseline=latest_baseline,
    )  # fmt: skip
    if query.latest_baseline or query.min_coverage is not None:
        return len(await search(**query.to_dict(), settings=settings, progress=False))
    async with Http(settings) as http:
        return await open_catalogue(http, settings).count(query)
