"""The OData catalogue of the Copernicus Data Space: its pages and its products.

https://documentation.dataspace.copernicus.eu/APIs/OData.html
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from s2dl.catalogue.odata_filter import filter_of, quoted
from s2dl.catalogue.sift import needs_sifting, sift
from s2dl.errors import BadAnswer
from s2dl.product import OrbitDirection, Product, parse_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from s2dl.access.http import Http
    from s2dl.query import Query
    from s2dl.settings import Settings

__all__ = ["ODataCatalogue", "product_of"]

PAGE = 1_000
"""Largest `$top`."""
DEEPEST = 10_000
"""Largest `$skip`; deeper pages do not exist."""
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

    async def pages(self, query: Query) -> AsyncIterator[list[Product]]:
        """Give all products that match, each once, page by page; the newest first where `limit` is set.

        Raises
        ------
        ServiceError
            A page could not be had; nothing is left out silently.
        """
        seen: set[str] = set()
        wanted = query.limit
        async for answer in self._raw_pages(query):
            fresh = [product for product in map(product_of, answer) if product.id not in seen]
            seen.update(product.id for product in fresh)
            found = sift(fresh, query)[:wanted]
            yield found
            if wanted is not None:
                wanted -= len(found)
                if wanted == 0:
                    return

    async def count(self, query: Query) -> int:
        """Count the products that match, by the service where it can tell, else by listing them."""
        if needs_sifting(query):
            return sum([len(page) async for page in self.pages(query)])
        params = [("$filter", filter_of(query)), ("$top", "1"), ("$count", "True")]
        answer = await self._http.get_json("The count", self._url, params)
        total = answer.get("@odata.count")
        if not isinstance(total, int):
            raise BadAnswer("The count: the service gave no number; try again later.")
        return total if query.limit is None else min(total, query.limit)

    async def by_names(self, names: Sequence[str]) -> list[Product]:
        """Look products up by their exact names (with ``.SAFE``); unknown ones are left out."""
        found: list[Product] = []
        for first in range(0, len(names), _NAMES_A_REQUEST):
            some = names[first : first + _NAMES_A_REQUEST]
            clause = " or ".join(f"Name eq {quoted(name)}" for name in some)
            params = [("$filter", f"Collection/Name eq 'SENTINEL-2' and ({clause})"), ("$top", str(PAGE)), *_EXPAND]
            found += map(product_of, _values(await self._http.get_json("The search", self._url, params)))
        return found

    async def _raw_pages(self, query: Query) -> AsyncIterator[list[dict[str, Any]]]:
        """Give raw pages; a product may come twice where a window ends.

        The service ends a listing at its largest `$skip`. From there on the listing starts anew at the last sensing
        time that was seen, which all products of one datatake share.
        """
        newest_first = query.limit is not None
        size = PAGE if query.limit is None or needs_sifting(query) else min(PAGE, query.limit)
        start = end = None
        while True:
            last: datetime | None = None
            skip = 0
            while skip <= DEEPEST:
                answer = await self._page(query, start, end, size=size, skip=skip, newest_first=newest_first)
                yield answer
                if len(answer) < size:
                    return
                last = _sensing_start(answer[-1])
                skip += size
            if last is None or last == (end if newest_first else start):
                raise BadAnswer(
                    f"The search: more than {DEEPEST:,} products share the sensing time {last}, and the service lists "
                    "no more; narrow the question by tile or product type."
                )
            start, end = (start, last) if newest_first else (last, end)

    async def _page(
        self, query: Query, start: datetime | None, end: datetime | None, *, size: int, skip: int, newest_first: bool
    ) -> list[dict[str, Any]]:
        params = [
            ("$filter", filter_of(query, start=start, end=end)),
            ("$orderby", f"ContentDate/Start {'desc' if newest_first else 'asc'}"),
            ("$top", str(size)),
            ("$skip", str(skip)),
            *_EXPAND,
        ]
        return _values(await self._http.get_json("The search", self._url, params))


def _values(answer: dict[str, Any]) -> list[dict[str, Any]]:
    value = answer.get("value")
    if not isinstance(value, list):
        raise BadAnswer("The search: the service gave no list of products; try again later.")
    return value


def product_of(entry: dict[str, Any]) -> Product:
    """Read one product of an OData answer.

    Where the catalogue carries no attribute, as for baseline and orbit of reprocessed products, the name says it.

    Raises
    ------
    BadAnswer
        It has no id or name.
    """
    try:
        product_id, name = str(entry["Id"]), str(entry["Name"])
        attributes = {each["Name"]: each["Value"] for each in entry.get("Attributes") or ()}
        checksums = {each["Algorithm"]: each["Value"] for each in entry.get("Checksum") or () if each}
        quicklooks = [each["DownloadLink"] for each in entry.get("Assets") or () if each.get("Type") == "QUICKLOOK"]
        said = asdict(parts) if (parts := parse_name(name)) else {}
        return Product(
            id=product_id,
            name=name,
            product_type=attributes.get("productType") or said.get("product_type"),
            platform=_platform(attributes) or said.get("platform"),
            tile=attributes.get("tileId") or said.get("tile"),
            orbit_direction=_direction(attributes.get("orbitDirection")),
            baseline=said.get("baseline") or _baseline(attributes),
            md5=_digest(checksums.get("MD5")),
            blake3=_digest(checksums.get("BLAKE3")),
            quicklook_url=quicklooks[0] if quicklooks else None,
            s3_path=entry.get("S3Path") or None,
            sensing_start=_sensing_start(entry),
            published=_time(entry.get("PublicationDate")),
            relative_orbit=_whole(attributes.get("relativeOrbitNumber")) or said.get("relative_orbit"),
            cloud_cover=_number(attributes.get("cloudCover")),
            size=max(0, _whole(entry.get("ContentLength")) or 0),
            online=bool(entry.get("Online", True)),
            footprint=_footprint(entry.get("Footprint")),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadAnswer(
            f"The search: a product of the answer cannot be read ({type(error).__name__}: {error})."
        ) from error


def _platform(attributes: dict[str, Any]) -> str | None:
    serial = attributes.get("platformSerialIdentifier")
    return f"S2{serial}" if serial else None


def _direction(value: str | None) -> OrbitDirection | None:
    match (value or "").lower():
        case "ascending":
            return "ascending"
        case "descending":
            return "descending"
        case _:
            return None


def _digest(value: str | None) -> str | None:
    return value.lower() if value else None


def _baseline(attributes: dict[str, Any]) -> str | None:
    """`05.10`; the catalogue also writes it as 5.10."""
    said = attributes.get("processingBaseline") or attributes.get("processorVersion")
    return str(said).zfill(5) if said else None


def _sensing_start(entry: dict[str, Any]) -> datetime | None:
    return _time((entry.get("ContentDate") or {}).get("Start"))


def _time(value: str | None) -> datetime | None:
    """A UTC time; one that names no zone is UTC."""
    if not value:
        return None
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _footprint(value: str | None) -> str | None:
    """The WKT within ``geography'SRID=4326;POLYGON ((…))'``."""
    if not value:
        return None
    return value.partition(";")[2].rstrip("'") or None
