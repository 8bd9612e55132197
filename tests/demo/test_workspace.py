"""The workspace over real sockets: who may order, what, and how many at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from s2dl.demo import DataSpace
from tests.demo.conftest import Search, bearer

FIELDS = (
    "name", "productId", "cloudCover", "platformShortName", "platformSerialIdentifier", "startDate", "online", "size",
    "productType",
)  # fmt: skip


@pytest.fixture
def space() -> Iterator[DataSpace]:
    """One of its own for each test: orders stay."""
    with DataSpace() as running:
        yield running


def item(name: str) -> dict[str, Any]:
    return {**dict.fromkeys(FIELDS), "name": name}


def test_orders_are_written_down(space: DataSpace, client: httpx.Client) -> None:
    answer = client.post(space.urls["order_url"], json=[item("a"), item("b")], headers=bearer(client, space))
    assert answer.status_code == 201
    assert space.orders == ["a", "b"]


def test_an_order_brings_an_offline_product_nearer(space: DataSpace, client: httpx.Client, search: Search) -> None:
    name = search()["value"][0]["Name"]
    space.inject("offline", name, 1)
    assert not search()["value"][0]["Online"]
    client.post(space.urls["order_url"], json=[item(name)], headers=bearer(client, space))
    assert search()["value"][0]["Online"]


def test_without_a_token_nothing_is_ordered(space: DataSpace, client: httpx.Client) -> None:
    for headers in ({}, {"Authorization": "Bearer x.y.z"}):
        answer = client.post(space.urls["order_url"], json=[item("a")], headers=headers)
        assert answer.status_code == 401
        assert answer.json()["detail"]["message"]
    assert space.orders == []


@pytest.mark.parametrize("body", [[], {}, 7, [{"name": "a"}], ["a"], [item("a")] * 51, [item("a"), {"name": "b"}]])
def test_what_is_no_order_is_refused(space: DataSpace, client: httpx.Client, body: Any) -> None:
    answer = client.post(space.urls["order_url"], json=body, headers=bearer(client, space))
    assert answer.status_code == 400
    assert answer.json()["detail"]["message"]
    assert space.orders == []


def test_a_data_space_in_a_process_of_its_own_tells_its_orders_too() -> None:
    with DataSpace(process=True) as space, httpx.Client() as client:
        client.post(space.urls["order_url"], json=[item("a")], headers=bearer(client, space))
        assert space.orders == ["a"]
