"""The STAC catalogue of the Copernicus Data Space: its questions and its pages.

https://documentation.dataspace.copernicus.eu/APIs/STAC.html and https://github.com/radiantearth/stac-api-spec. The
question is POSTed: a long outline or list of tiles then meets no limit of an address's length, and CQL2 as JSON needs
no quoting.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

import shapely

from s2dl.catalogue.linked import Ask, LinkedCatalogue, Page
from s2dl.catalogue.odata_filter import timestamp
from s2dl.catalogue.stac_item import product_of
from s2dl.query import is_pattern
from s2dl.region import outline_for_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from s2dl.access.http import Http
    from s2dl.catalogue.seasons import Window
    from s2dl.product import Product
    from s2dl.query import Query
    from s2dl.settings import Settings

__all__ = ["StacCatalogue"]

_COLLECTIONS = {"S2MSI1C": "sentinel-2-l1c", "S2MSI2A": "sentinel-2-l2a", "S2MSI2Ap": "sentinel-2-l2a"}
_NAMES_A_REQUEST = 100
_FIELDS = [
    "id", "type", "collection", "geometry", "links", "assets.thumbnail", "assets.Product", "properties.datetime",
    "properties.published", "properties.platform", "properties.product:type", "properties.grid:code",
    "properties.eo:cloud_cover", "properties.sat:relative_orbit", "properties.sat:orbit_state",
    "properties.processing:version", "properties._private",
]  # fmt: skip
"""What a product is read from; a whole item is about 70 kB."""


class StacCatalogue(LinkedCatalogue):
    """Asks the STAC catalogue.

    It rounds cloud cover to two decimals, and counts nothing.

    Parameters
    ----------
    http : Http
    settings : Settings
        Names the root.
    """

    page_size: ClassVar[int] = 500

    def __init__(self, http: Http, settings: Settings) -> None:
        super().__init__(http)
        self._url = f"{settings.stac_url}/search"

    async def by_names(self, names: Sequence[str]) -> list[Product]:
        """Look products up by their exact names (with ``.SAFE``); unknown ones are left out."""
        found: list[Product] = []
        for first in range(0, len(names), _NAMES_A_REQUEST):
            ids = [_item_id(name) for name in names[first : first + _NAMES_A_REQUEST]]
            ask = self._ask({"ids": ids, "collections": sorted(set(_COLLECTIONS.values())), "limit": len(ids)})
            async for entries in self._listing(ask):
                found += map(product_of, entries)
        return found

    def _question(self, query: Query, window: Window, size: int) -> Ask:
        question: dict[str, Any] = {
            "collections": sorted({_COLLECTIONS[each] for each in query.product_type or _COLLECTIONS}),
            # The service's firewall refuses open intervals.
            "datetime": "/".join(timestamp(each) for each in (window.start, window.end) if each is not None),
            "limit": size,
            "sortby": [{"field": "properties.datetime", "direction": "asc" if query.limit is None else "desc"}],
        }
        if query.name is not None and not is_pattern(query.name):
            question["ids"] = [_item_id(query.name)]
        if query.region is not None:
            # The service fails on multipolygons whose parts overlap, as rounded ones may.
            outline = shapely.make_valid(shapely.from_wkt(outline_for_request(query.region)))
            question["intersects"] = json.loads(shapely.to_geojson(outline))
        if condition := _filter(query):
            question |= {"filter-lang": "cql2-json", "filter": condition}
        return self._ask(question)

    def _ask(self, question: dict[str, Any]) -> Ask:
        return Ask(self._url, body=json.dumps(question | {"fields": {"include": _FIELDS}}))

    async def _page(self, ask: Ask) -> Page:
        if ask.body is None:
            answer = await self._http.get_json("The search", ask.url)
        else:
            answer = await self._http.ask_json("The search", ask.url, json.loads(ask.body))
        return Page.of(answer, ask, answer.get("links"))

    def _product(self, entry: dict[str, Any]) -> Product:
        return product_of(entry)


def _item_id(name: str) -> str:
    return name.removesuffix(".SAFE")


def _filter(query: Query) -> dict[str, Any] | None:
    """The criteria as CQL2; only operators of its basic class, which is what the service has."""
    conditions = [
        _any_of("sat:relative_orbit", query.relative_orbit),
        _any_of("platform", [f"sentinel-{each[1:].lower()}" for each in query.platform]),
        _any_of("grid:code", [code for tile in query.tile for code in _grid_codes(tile)]),
    ]
    if query.cloud_cover is not None:
        low, high = query.cloud_cover
        conditions.append(_compared("<=", "eo:cloud_cover", high))
        conditions.append(_compared(">=", "eo:cloud_cover", low) if low > 0 else None)
    return _joined("and", conditions)


def _grid_codes(tile: str) -> list[str]:
    """A tile's codes of the grid extension, which writes the zones 1 to 9 with one digit; the service may with two."""
    return list(dict.fromkeys((f"MGRS-{tile}", f"MGRS-{tile.removeprefix('0')}")))


def _any_of(name: str, values: Iterable[object]) -> dict[str, Any] | None:
    return _joined("or", [_compared("=", name, value) for value in values])


def _compared(operator: str, name: str, value: object) -> dict[str, Any]:
    return {"op": operator, "args": [{"property": name}, value]}


def _joined(operator: str, conditions: Iterable[dict[str, Any] | None]) -> dict[str, Any] | None:
    each = [condition for condition in conditions if condition is not None]
    return {"op": operator, "args": each} if len(each) > 1 else each[0] if each else None
