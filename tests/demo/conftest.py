"""One Data Space for all tests that leave it as it was, and a client on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from s2dl.demo import DataSpace

Search = Callable[..., dict[str, Any]]

WEEK = "ContentDate/Start ge 2024-06-01 and ContentDate/Start lt 2024-06-08"
TYROL = "OData.CSC.Intersects(area=geography'SRID=4326;POLYGON((11 46, 12 46, 12 47, 11 47, 11 46))')"
SOME = f"Collection/Name eq 'SENTINEL-2' and {WEEK} and {TYROL}"


@pytest.fixture(scope="session")
def space() -> Iterator[DataSpace]:
    with DataSpace() as running:
        yield running


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as running:
        yield running


@pytest.fixture
def search(space: DataSpace, client: httpx.Client) -> Search:
    """Ask the shared Data Space for products; keyword arguments are the query options."""

    def ask(filter: str = SOME, path: str = "Products", **options: object) -> dict[str, Any]:  # noqa: A002
        return products(client, space, filter, path, **options)

    return ask


def products(
    client: httpx.Client,
    space: DataSpace,
    filter: str = SOME,  # noqa: A002
    path: str = "Products",
    **options: object,
) -> dict[str, Any]:
    given = {"$filter": filter} | {f"${name}": str(value) for name, value in options.items()}
    answer = client.get(f"{space.urls['base_url']}/{path}", params=given)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def grant(client: httpx.Client, space: DataSpace, **form: str) -> httpx.Response:
    login = {"grant_type": "password", "client_id": "cdse-public", "username": "demo", "password": "demo"}
    return client.post(space.urls["token_url"], data=login | form)


def bearer(client: httpx.Client, space: DataSpace) -> dict[str, str]:
    return {"Authorization": f"Bearer {grant(client, space).json()['access_token']}"}
