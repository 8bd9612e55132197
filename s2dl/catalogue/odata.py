"""The OData catalogue of the Copernicus Data Space: its pages and its products.

https://documentation.dataspace.copernicus.eu/APIs/OData.html
"""

from __future__ import annotations

import contextlib
import functools
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from s2dl.catalogue.odata_entry import Answer, Entry
from s2dl.catalogue.odata_filter import filter_of, quoted
from s2dl.catalogue.odata_pages import PAGE, Page, walk
from s2dl.catalogue.partial import Failures
from s2dl.catalogue.seasons import MISSION_START, Window, windows_of
from s2dl.catalogue.sift import needs_sifting, sift, widened
from s2dl.catalogue.values import direction_of, number_of, orbit_of, size_of, time_of
from s2dl.errors import BadAnswer
from s2dl.product import NameParts, Product, parse_name

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from s2dl.access.http import Http
    from s2dl.query import Query
    from s2dl.settings import Settings

__all__ = ["ODataCatalogue", "product_of"]

_NAMES_A_REQUEST = 40
_EXPAND = [("$expand", "Attributes"), ("$expand", "Assets")]


class ODataCatalogue:
    """Asks the OData catalogue.

    Parameters
    ----------
    http : Http
    settings : Settings
        Names the root and the collection of products.
    """

    def __init__(self, http: Http, settings: Settings) -> None:
        self._http = http
        self._url = f"{settings.base_url}/{settings.search_url}"

    async def pages(self, query: Query) -> AsyncGenerator[list[Product], None]:
        """Give all products that match, each once, page by page; the newest first where `limit` is set.

        Raises
        ------
        PartialListing
            Some pages could not be had; the others were given before.
        ServiceError
            Nothing could be had.
        """
        newest_first = query.limit is not None
        size = PAGE if query.limit is None or needs_sifting(query) else min(PAGE, query.limit)
        failures = Failures()
        seen: set[str] = set()
        wanted = query.limit
        entries = walk(
            functools.partial(self._page, widened(query), size),
            windows_of(query, newest_first=newest_first),
            _sensing_start,
            newest_first=newest_first,
            long=_surely_long(query),
            failures=failures,
        )
        async with contextlib.aclosing(entries):
            async for page in entries:
                fresh = [product for product in map(product_of, page) if product.id not in seen]
                seen.update(product.id for product in fresh)
                found = sift(fresh, query)[:wanted]
                yield found
                if wanted is not None:
                    wanted -= len(found)
                    if wanted == 0:
                        return
        failures.raise_if_any(found=len(seen))

    async def count(self, query: Query) -> int:
        """Count the products that match, by the service where it can tell, else by listing them."""
        if needs_sifting(query) or query.months:
            return sum([len(page) async for page in self.pages(query)])
        params = [("$filter", filter_of(query)), ("$top", "1"), ("$count", "True")]
        total = (await self._http.get_shaped("The count", self._url, Answer, params)).count
        if total is None:
            raise BadAnswer("The count: the service gave no number; try again later.")
        return total if query.limit is None else min(total, query.limit)

    async def by_names(self, names: Sequence[str]) -> list[Product]:
        """Look products up by their exact names (with ``.SAFE``); unknown ones are left out."""
        found: list[Product] = []
        for first in range(0, len(names), _NAMES_A_REQUEST):
            some = names[first : first + _NAMES_A_REQUEST]
            clause = " or ".join(f"Name eq {quoted(name)}" for name in some)
            params = [("$filter", f"Collection/Name eq 'SENTINEL-2' and ({clause})"), ("$top", str(PAGE)), *_EXPAND]
            found += map(product_of, (await self._http.get_shaped("The search", self._url, Answer, params)).entries)
        return found

    async def _page(self, query: Query, size: int, window: Window, skip: int) -> Page:
        params = [
            ("$filter", filter_of(query, start=window.start, end=window.end)),
            ("$orderby", f"ContentDate/Start {'asc' if query.limit is None else 'desc'}"),
            ("$top", str(size)),
            ("$skip", str(skip)),
            *_EXPAND,
        ]
        answer = await self._http.get_shaped("The search", self._url, Answer, params)
        full = len(answer.entries) >= size or answer.next_link is not None
        return Page(answer.entries, more=full and bool(answer.entries))


def _surely_long(query: Query) -> bool:
    """Say whether a question has at least some pages of answers, going by area and time alone.

    Two satellites pass each place at least every five days, and a tile shows 110 km x 110 km; overlaps, reprocessed
    products and a third satellite make it more.
    """
    narrow = query.limit or query.tile or query.name or query.relative_orbit or query.platform or query.months
    if narrow or query.region is None:
        return False
    days = ((query.end or datetime.now(UTC)) - (query.start or MISSION_START)).days
    clear = 1.0 if query.cloud_cover is None else (query.cloud_cover[1] - query.cloud_cover[0]) / 100
    square_kilometres = query.region.area * 111.2**2 * math.cos(math.radians(query.region.centroid.y))
    expected = square_kilometres / 12_100 * days / 5 * (len(query.product_type) or 2) * clear
    return expected >= PAGE


_SILENT = NameParts("", "", datetime.min.replace(tzinfo=UTC), "", 0, "", "")
"""What a name says that does not follow the convention."""


def product_of(entry: Entry) -> Product:
    """Read one product of an OData answer.

    Where the catalogue carries no attribute, as for baseline and orbit of reprocessed products, the name says it.

    Raises
    ------
    BadAnswer
        A value of it cannot be what it should.
    """
    try:
        attributes = {each.name: each.value for each in entry.attributes or ()}
        checksums = {each.algorithm: each.value for each in entry.checksums or () if each is not None}
        quicklooks = [each.link for each in entry.assets or () if each.kind == "QUICKLOOK"]
        said = parse_name(entry.name) or _SILENT
        return Product(
            id=entry.id,
            name=entry.name,
            product_type=attributes.get("productType") or said.product_type or None,
            platform=_platform(attributes) or said.platform or None,
            tile=attributes.get("tileId") or said.tile or None,
            orbit_direction=direction_of(attributes.get("orbitDirection")),
            baseline=said.baseline or _baseline(attributes),
            md5=_digest(checksums.get("MD5")),
            blake3=_digest(checksums.get("BLAKE3")),
            quicklook_url=quicklooks[0] if quicklooks else None,
            s3_path=entry.s3_path or None,
            sensing_start=_sensing_start(entry),
            published=time_of(entry.published),
            relative_orbit=orbit_of(attributes.get("relativeOrbitNumber")) or said.relative_orbit or None,
            cloud_cover=number_of(attributes.get("cloudCover")),
            size=size_of(entry.size),
            online=bool(entry.online),
            footprint=_footprint(entry.footprint),
        )
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadAnswer(
            f"The search: {entry.name[:80]!r} of the answer cannot be read ({type(error).__name__}: {error})."
        ) from error


def _platform(attributes: dict[str, Any]) -> str | None:
    serial = attributes.get("platformSerialIdentifier")
    return f"S2{serial}" if serial else None


def _digest(value: str | None) -> str | None:
    return value.lower() if value else None


def _baseline(attributes: dict[str, Any]) -> str | None:
    """`05.10`; the catalogue also writes it as 5.10."""
    said = attributes.get("processingBaseline") or attributes.get("processorVersion")
    return str(said).zfill(5) if said else None


def _sensing_start(entry: Entry) -> datetime | None:
    return time_of(entry.sensed.start if entry.sensed else None)


def _footprint(value: str | None) -> str | None:
    """The WKT within ``geography'SRID=4326;POLYGON ((…))'``."""
    if not value:
        return None
    return value.partition(";")[2].rstrip("'") or None
