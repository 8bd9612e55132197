"""The resto (OpenSearch) catalogue: its questions and its pages.

The Copernicus Data Space switched it off on 2 March 2026; other services may still speak it. A parameter takes one
value, so where a question names several they are sifted on our side.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from s2dl.catalogue.linked import Ask, LinkedCatalogue, Page, closed_windows
from s2dl.catalogue.odata_filter import timestamp
from s2dl.catalogue.resto_feature import product_of
from s2dl.catalogue.sift import by_area
from s2dl.errors import BadAnswer, ServiceError
from s2dl.query import is_pattern
from s2dl.region import outline_for_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2dl.access.http import Http
    from s2dl.catalogue.seasons import Window
    from s2dl.product import Product
    from s2dl.query import Query
    from s2dl.settings import Settings

__all__ = ["RestoCatalogue"]

_GONE = (
    "The search: {host} does not speak resto (OpenSearch). The Copernicus Data Space switched it off on 2 March 2026; "
    'use catalogue="odata".'
)
_DATA_SPACE = ".dataspace.copernicus.eu"


class RestoCatalogue(LinkedCatalogue):
    """Asks a resto catalogue.

    It knows no checksums, and no sizes of many products.

    Parameters
    ----------
    http : Http
    settings : Settings
        Names the root of the collections.

    Raises
    ------
    ServiceError
        It is the Copernicus Data Space that is asked.
    """

    page_size: ClassVar[int] = 1_000

    def __init__(self, http: Http, settings: Settings) -> None:
        super().__init__(http)
        self._url = f"{settings.resto_url}/Sentinel2/search.json"
        self._host = urlsplit(self._url).hostname or ""
        if self._host.endswith(_DATA_SPACE):
            raise ServiceError(_GONE.format(host=self._host))

    async def count(self, query: Query) -> int:
        """Count the products that match, by the service where it can tell, else by listing them."""
        windows = closed_windows(query)
        if len(windows) != 1 or self._asks_wider(query):
            return await super().count(query)
        total = (await self._page(self._question(query, windows[0], size=1))).total
        if total is None:
            return await super().count(query)
        return total if query.limit is None else min(total, query.limit)

    async def by_names(self, names: Sequence[str]) -> list[Product]:
        """Look products up by their exact names (with ``.SAFE``); unknown ones are left out."""
        found: list[Product] = []
        for name in names:
            page = await self._page(Ask(self._url, (("maxRecords", "10"), _named(name))))
            found += [product for product in map(product_of, page.entries) if product.name == name]
        return found

    def _question(self, query: Query, window: Window, size: int) -> Ask:
        times = (("startDate", window.start), ("completionDate", window.end))
        params = [(name, timestamp(value)) for name, value in times if value is not None]
        asked = by_area(query) if len(query.tile) > 1 else query
        return Ask(self._url, (*params, *_criteria(asked), *_paging(query, size)))

    def _asks_wider(self, query: Query) -> bool:
        several = (query.product_type, query.relative_orbit, query.tile, query.platform)
        return (
            any(len(each) > 1 for each in several)
            or query.cloud_cover is not None
            or query.name is not None
            or super()._asks_wider(query)
        )

    async def _page(self, ask: Ask) -> Page:
        answer = await self._answer(ask)
        properties = answer.get("properties")
        if not isinstance(properties, dict):
            raise BadAnswer("The search: the service gave no list of products; try again later.")
        total = properties.get("totalResults") if properties.get("exactCount") else None
        page = Page.of(answer, ask, properties.get("links"), total if isinstance(total, int) else None)
        if not page.entries:  # such a page may still link on
            return replace(page, following=None)
        return page if "links" in properties else replace(page, following=_next_page(ask))

    async def _answer(self, ask: Ask) -> dict[str, Any]:
        try:
            return await self._http.get_json("The search", ask.url, list(ask.params) or None)
        except BadAnswer as error:  # a page for people
            raise ServiceError(_GONE.format(host=self._host), status=error.status) from error
        except ServiceError as error:
            if error.status in {404, 410}:
                raise ServiceError(_GONE.format(host=self._host), status=error.status) from error
            raise

    def _product(self, entry: dict[str, Any]) -> Product:
        return product_of(entry)


def _criteria(query: Query) -> list[tuple[str, str]]:
    """What of the question resto can be asked."""
    several = (
        ("productType", query.product_type),
        ("relativeOrbitNumber", query.relative_orbit),
        ("tileId", query.tile),
        ("platform", query.platform),
    )
    params = [(name, str(values[0])) for name, values in several if len(values) == 1]
    if query.cloud_cover is not None:
        low, high = query.cloud_cover
        params.append(("cloudCover", f"[{math.floor(low)},{math.ceil(high)}]"))  # its bounds are whole numbers
    if query.online is not None:
        params.append(("status", "ONLINE" if query.online else "OFFLINE"))
    if query.name is not None and not is_pattern(query.name):
        params.append(_named(query.name))
    if query.region is not None:
        params.append(("geometry", outline_for_request(query.region)))
    return params


def _paging(query: Query, size: int) -> list[tuple[str, str]]:
    """Sorted by sensing time, with the true total, by which a listing that is short of it is noticed."""
    order = "ascending" if query.limit is None else "descending"
    return [("sortParam", "startDate"), ("sortOrder", order), ("maxRecords", str(size)), ("exactCount", "1")]


def _next_page(ask: Ask) -> Ask:
    """The request for the next page where the service has no links: by its number."""
    params = dict(ask.params)
    return Ask(ask.url, tuple((params | {"page": str(int(params.get("page", "1")) + 1)}).items()))


def _named(name: str) -> tuple[str, str]:
    """A product by its name: the last part of its path, for which the identifier takes a wildcard."""
    return "productIdentifier", f"%{name}%"
