"""A catalogue whose listing is walked by its own links: one page says where the next one is."""

from __future__ import annotations

import contextlib
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urljoin

from s2dl.access.bearer import origin
from s2dl.catalogue.partial import Failures
from s2dl.catalogue.recheck import narrowed, recheck
from s2dl.catalogue.seasons import MISSION_START, Window, windows_of
from s2dl.catalogue.sift import needs_sifting
from s2dl.errors import BadAnswer, ServiceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from s2dl.access.http import Http
    from s2dl.product import Product
    from s2dl.query import Query

__all__ = ["Ask", "LinkedCatalogue", "Page", "closed_windows"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: a GET, or with a JSON body a POST."""

    url: str
    params: tuple[tuple[str, str], ...] = ()
    body: str | None = None

    def following(self, link: dict[str, Any]) -> Ask:
        """The request that a link of the answer names; what it says is taken as it is.

        The body of a POST link stands for itself, or with ``merge`` adds to the one that was sent, see the STAC API's
        https://github.com/radiantearth/stac-api-spec/blob/main/item-search/README.md#pagination.

        Raises
        ------
        BadAnswer
            It leads to another origin than the one that was asked.
        """
        href, body = str(link.get("href", "")), link.get("body") or {}
        try:
            url = urljoin(self.url, href)
            stays = origin(url) == origin(self.url)
        except ValueError:
            stays = False
        if not stays or not isinstance(body, dict):
            raise BadAnswer(
                f"The search: the service's link to the next page, {href[:200]!r}, leads away from it or nowhere and "
                "was not followed; check the address in the settings, or report it to the service."
            )
        if str(link.get("method", "GET")).upper() != "POST":
            return Ask(url)
        sent = json.loads(self.body) if self.body and link.get("merge") else {}
        return Ask(url, body=json.dumps(sent | body))


@dataclass(frozen=True, slots=True)
class Page:
    """Raw products of one answer, the request for the next ones if there are any, and how many there are in all."""

    entries: list[dict[str, Any]]
    following: Ask | None = None
    total: int | None = None

    @classmethod
    def of(cls, answer: dict[str, Any], ask: Ask, links: Any, total: int | None = None) -> Page:
        """Read a GeoJSON feature collection whose `links` name the next page.

        Raises
        ------
        BadAnswer
            It is none.
        """
        entries = _objects(answer.get("features"))
        following = [link for link in _objects(links or []) if link.get("rel") == "next"]
        return cls(entries, ask.following(following[0]) if following else None, total)


def _objects(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise BadAnswer("The search: the service gave no list of products; try again later.")
    return value


class LinkedCatalogue(ABC):
    """What catalogues have in common whose pages are linked.

    Parameters
    ----------
    http : Http
    """

    page_size: ClassVar[int]
    """How many products are asked for at a time."""

    def __init__(self, http: Http) -> None:
        self._http = http

    @abstractmethod
    def _question(self, query: Query, window: Window, size: int) -> Ask:
        """The request for the first page; both ends of the window are closed."""

    @abstractmethod
    async def _page(self, ask: Ask) -> Page:
        """Fetch a page."""

    @abstractmethod
    def _product(self, entry: dict[str, Any]) -> Product:
        """Read one raw product."""

    async def pages(self, query: Query) -> AsyncGenerator[list[Product], None]:
        """Give all products that match, each once, page by page; the newest first where `limit` is set.

        Raises
        ------
        PartialListing
            Some pages could not be had; the others were given before.
        ServiceError
            Nothing could be had.
        """
        query = narrowed(query)
        failures = Failures()
        seen: set[str] = set()
        wanted = query.limit
        size = self.page_size if wanted is None or self._asks_wider(query) else min(self.page_size, wanted)
        for window in closed_windows(query):
            listed = 0
            try:
                async with contextlib.aclosing(self._listing(self._question(query, window, size))) as listing:
                    async for entries in listing:
                        listed += len(entries)
                        fresh = [each for each in map(self._product, entries) if each.name not in seen]
                        seen.update(each.name for each in fresh)
                        found = recheck(fresh, query)[:wanted]
                        yield found
                        if wanted is not None:
                            wanted -= len(found)
                            if wanted == 0:
                                return
            except ServiceError as error:
                if not seen:
                    raise
                failures.add(f"products {listed + 1:,} and on of those sensed {window}", error)
        failures.raise_if_any(found=len(seen))

    def _asks_wider(self, query: Query) -> bool:
        """Say whether the service's answer can hold products that `query` does not want."""
        return needs_sifting(query)

    async def count(self, query: Query) -> int:
        """Count the products that match, by listing them."""
        return sum([len(page) async for page in self.pages(query)])

    async def _listing(self, ask: Ask) -> AsyncGenerator[list[dict[str, Any]], None]:
        """Give the entries of all pages from `ask` on.

        Raises
        ------
        BadAnswer
            The links lead in circles, or the listing ended with less than the service has counted.
        """
        asked: set[Ask] = set()
        listed: set[str] = set()
        total: int | None = None
        following: Ask | None = ask
        while following is not None:
            if following in asked:
                raise BadAnswer("The search: the service's links to the next page lead in circles; try again later.")
            asked.add(following)
            page = await self._page(following)
            known = len(listed)
            listed.update(str(entry.get("id")) for entry in page.entries)
            if page.entries and len(listed) == known:
                raise BadAnswer("The search: the service gives the same products page after page; try again later.")
            total = page.total if total is None else total
            yield page.entries
            following = page.following
        if total is not None and len(listed) < total:
            raise BadAnswer(f"The search: the service counts {total:,} products and listed {len(listed):,}; try again.")


def closed_windows(query: Query) -> list[Window]:
    """The windows of a question with both ends closed, without those that lie before the mission or in the future."""
    latest = datetime.now(UTC) + timedelta(days=1)  # the clock here may be slow
    windows = windows_of(query, newest_first=query.limit is not None)
    ends = [(each.start or MISSION_START, each.end or latest) for each in windows]
    return [Window(start, end) for start, end in ends if start <= end]
