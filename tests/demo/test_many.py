"""A hundred thousand products, listed from one service: each once, and the service stays small."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import psutil
import pytest

from s2dl.demo import DataSpace

AREA = "OData.CSC.Intersects(area=geography'SRID=4326;POLYGON((0 40, 16 40, 16 54, 0 54, 0 40))')"
MEGABYTE = 2**20


def listed(client: httpx.Client, space: DataSpace, start: datetime, end: datetime, most: int) -> list[str]:
    """The names of all products of a time window, page by page."""
    window = f"ContentDate/Start ge {start:%Y-%m-%dT%H:%M:%SZ} and ContentDate/Start lt {end:%Y-%m-%dT%H:%M:%SZ}"
    params = {
        "$filter": f"{window} and {AREA}",
        "$top": "1000",
        "$expand": "Attributes",
        "$orderby": "ContentDate/Start",
    }
    address: str | httpx.URL | None = httpx.URL(f"{space.urls['base_url']}/Products", params=params)
    names: list[str] = []
    while address is not None and len(names) < most:
        page = client.get(address, timeout=60).json()
        names += [product["Name"] for product in page["value"]]
        address = page.get("@odata.nextLink")
    return names


@pytest.mark.full
def test_a_hundred_thousand_products(client: httpx.Client) -> None:
    with DataSpace(process=True) as space:
        process = psutil.Process(space._running._child.pid)
        names: list[str] = []
        largest, start = 0, datetime(2023, 1, 1, tzinfo=UTC)
        while len(names) < 100_000:
            end = start + timedelta(days=14)
            names += listed(client, space, start, end, 100_000)
            largest = max(largest, process.memory_info().rss)
            start = end
        assert len(set(names)) == len(names)
        assert largest < 500 * MEGABYTE
