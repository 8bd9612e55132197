"""Walking long listings: over any windows, page sizes and shared sensing times nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from s2dl.catalogue import odata_pages
from s2dl.catalogue.odata_entry import Entry
from s2dl.catalogue.odata_pages import Page, walk
from s2dl.catalogue.partial import Failures
from s2dl.catalogue.seasons import Window
from s2dl.errors import BadAnswer, PartialListing, ServiceError

START = datetime(2024, 1, 1, tzinfo=UTC)


class Service:
    """A listing with the service's limits, over products that are (hour, number)."""

    def __init__(
        self, hours: list[int], size: int, *, newest_first: bool, broken: frozenset[int] = frozenset()
    ) -> None:
        self.products = sorted(((hour, number) for number, hour in enumerate(hours)), reverse=newest_first)
        self.size = size
        self.broken = broken
        self.asked = 0
        self.flying = self.most_flying = 0

    async def fetch(self, window: Window, skip: int) -> Page:
        self.asked += 1
        number = self.asked
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        await asyncio.sleep(0)
        self.flying -= 1
        if number in self.broken:
            raise ServiceError("broken", status=503)
        assert skip <= odata_pages.DEEPEST
        inside = [
            product
            for product in self.products
            if (window.start is None or self.time(product[0]) >= window.start)
            and (window.end is None or self.time(product[0]) <= window.end)
        ]
        entries = [Entry(id=str(number), name=str(hour)) for hour, number in inside[skip : skip + self.size]]
        return Page(entries, more=len(entries) == self.size)

    @staticmethod
    def time(hour: int) -> datetime:
        return START + timedelta(hours=hour)


def sensed(entry: Entry) -> datetime:
    return Service.time(int(entry.name))


async def collect(
    service: Service, *, newest_first: bool = False, long: bool = False, failures: Failures | None = None
) -> list[int]:
    pages = walk(
        service.fetch, [Window()], sensed, newest_first=newest_first, long=long, failures=failures or Failures()
    )
    return [int(entry.id) async for page in pages for entry in page]


def numbers(
    hours: list[int], size: int, depth: int, *, newest_first: bool = False, long: bool = False, **manners: Any
) -> list[int]:
    service = Service(hours, size, newest_first=newest_first, **manners)
    failures = Failures()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(odata_pages, "PAGE", size)
        patch.setattr(odata_pages, "DEEPEST", size * depth)
        found = asyncio.run(collect(service, newest_first=newest_first, long=long, failures=failures))
    assert service.most_flying <= odata_pages.IN_FLIGHT
    failures.raise_if_any(found=len(found))
    return found


@given(st.lists(st.integers(0, 40), max_size=300), st.integers(3, 20), st.integers(1, 5), st.booleans(), st.booleans())
def test_every_product_is_listed(hours: list[int], size: int, depth: int, newest_first: bool, long: bool) -> None:
    crowd = max((hours.count(hour) for hour in hours), default=0)
    assume(crowd <= size * depth)
    assert set(numbers(hours, size, depth, newest_first=newest_first, long=long)) == set(range(len(hours)))


@given(
    st.lists(st.integers(0, 40), min_size=20, max_size=200),
    st.integers(3, 10),
    st.frozensets(st.integers(2, 30)),
    st.booleans(),
)
def test_a_page_that_fails_is_never_silent(hours: list[int], size: int, broken: frozenset[int], long: bool) -> None:
    assume(max(hours.count(hour) for hour in hours) <= size * 4)
    with contextlib.suppress(PartialListing):
        assert set(numbers(hours, size, 4, long=long, broken=broken)) == set(range(len(hours)))


def test_nothing_found_is_the_services_own_error() -> None:
    with pytest.raises(ServiceError, match="broken") as raised:
        numbers([1, 2, 3], 5, 2, broken=frozenset({1}))
    assert not isinstance(raised.value, PartialListing)


def test_more_products_at_one_time_than_the_service_lists_is_said() -> None:
    with pytest.raises(BadAnswer, match="share the sensing time 2024-01-01 07:00"):
        numbers([7] * 50, 5, 4)


def test_a_short_listing_asks_once() -> None:
    service = Service([1, 2, 3], 10, newest_first=False)
    asyncio.run(collect(service))
    assert service.asked == 1


def test_a_service_with_shorter_pages_than_asked_for_is_read_whole() -> None:
    service = Service(list(range(35)), 7, newest_first=False)
    assert set(asyncio.run(collect(service, long=True))) == set(range(35))
