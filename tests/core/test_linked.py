"""Listings that are walked by the service's links: every page, once, and only where they may lead."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from s2dl.access.http import Http
from s2dl.catalogue import open_catalogue
from s2dl.errors import BadAnswer, BadInput, PartialListing, ServiceError
from s2dl.query import Query
from s2dl.settings import Settings

QUERY = Query.build((11, 46, 12, 47), start="2024-06-01", end="2024-06-30")
Answer = Callable[[str, dict[str, Any] | None], Any]
"""What a service answers to path and body: an object, or a status with a text."""


def item(number: int) -> dict[str, Any]:
    name = f"S2B_MSIL2A_20240630T101031_N0510_R022_T32TPS_20240630T{number:06}"
    return {
        "id": name,
        "geometry": {"type": "Point", "coordinates": [11.5, 46.5]},
        "properties": {"datetime": "2024-06-30T10:10:31.024Z", "title": name, "startDate": "2024-06-30T10:10:31Z"},
    }


@contextmanager
def service(answer: Answer) -> Iterator[tuple[Settings, list[tuple[str, dict[str, Any] | None]]]]:
    """Serve what `answer` says; gives settings that point at it, and the requests."""
    requests: list[tuple[str, dict[str, Any] | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            requests.append((self.path, body))
            content = answer(self.path, body)
            status, text = content if isinstance(content, tuple) else (200, json.dumps(content))
            self.send_response(status)
            if status in {301, 308}:
                self.send_header("Location", text)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    root = f"http://127.0.0.1:{server.server_port}"
    try:
        yield Settings(stac_url=f"{root}/v1", resto_url=f"{root}/resto"), requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s2dl.access.http.backoff", lambda *_: 0)


def listed(settings: Settings, catalogue: str, query: Query = QUERY) -> list[str]:
    async def collect() -> list[str]:
        async with Http(settings) as http:
            chosen = open_catalogue(http, settings.model_copy(update={"catalogue": catalogue}))
            return [product.name async for page in chosen.pages(query) for product in page]

    return asyncio.run(collect())


def counted(settings: Settings, catalogue: str, query: Query = QUERY) -> int:
    async def count() -> int:
        async with Http(settings) as http:
            return await open_catalogue(http, settings.model_copy(update={"catalogue": catalogue})).count(query)

    return asyncio.run(count())


def names(*numbers: int) -> list[str]:
    return [f"{item(number)['id']}.SAFE" for number in numbers]


def stac_page(numbers: range, link: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": [item(each) for each in numbers], "links": [link] if link else []}


@pytest.mark.parametrize("merge", [True, False])
def test_posted_pages_are_followed_with_their_body(merge: bool) -> None:
    def answer(_: str, body: dict[str, Any] | None) -> Any:
        assert body is not None
        if "token" in body:
            return stac_page(range(2, 4))
        following = {"token": "next:2"} if merge else {**body, "token": "next:2"}
        return stac_page(
            range(2), {"rel": "next", "method": "POST", "href": "/v1/search", "body": following, "merge": merge}
        )

    with service(answer) as (settings, requests):
        assert listed(settings, "stac") == names(0, 1, 2, 3)
    (_, first), (_, second) = requests
    assert first is not None
    assert second == {**first, "token": "next:2"}


def test_linked_pages_are_followed_as_they_are_written() -> None:
    token = "/v1/search?limit=2&token=next:sentinel-2-l2a:S2A%5F1&sortby=%2Bproperties.datetime"

    def answer(path: str, _: dict[str, Any] | None) -> Any:
        return stac_page(range(2, 4)) if path == token else stac_page(range(2), {"rel": "next", "href": token})

    with service(answer) as (settings, requests):
        assert listed(settings, "stac") == names(0, 1, 2, 3)
    assert requests[1] == (token, None)


def test_an_empty_page_is_not_the_end_while_it_links_on() -> None:
    def answer(path: str, _: dict[str, Any] | None) -> Any:
        return stac_page(range(2)) if "token" in path else stac_page(range(0), {"rel": "next", "href": "?token=1"})

    with service(answer) as (settings, _):
        assert listed(settings, "stac") == names(0, 1)


def test_products_that_come_twice_are_given_once() -> None:
    def answer(path: str, _: dict[str, Any] | None) -> Any:
        return stac_page(range(1, 4)) if "token" in path else stac_page(range(2), {"rel": "next", "href": "?token=1"})

    with service(answer) as (settings, _):
        assert listed(settings, "stac") == names(0, 1, 2, 3)


@pytest.mark.parametrize(
    "href",
    ["http://elsewhere.example/v1/search?token=1", "http://127.0.0.1:1/v1/search", "//x", "http://[", "file:///"],
)
def test_a_link_that_leads_away_is_not_followed(href: str) -> None:
    with (
        service(lambda *_: stac_page(range(2), {"rel": "next", "href": href})) as (settings, requests),
        pytest.raises(BadAnswer, match="was not followed"),
    ):
        listed(settings, "stac")
    assert len(requests) == 1


def test_links_in_circles_end_with_an_error() -> None:
    with (
        service(lambda *_: stac_page(range(2), {"rel": "next", "href": "/v1/search?token=1"})) as (settings, requests),
        pytest.raises(PartialListing, match="page after page"),
    ):
        listed(settings, "stac")
    assert len(requests) == 2
    with (
        service(lambda *_: stac_page(range(0), {"rel": "next", "href": "/v1/search?token=1"})) as (settings, _),
        pytest.raises(BadAnswer, match="in circles"),
    ):
        listed(settings, "stac")


def test_what_fails_after_a_page_was_had_is_told_as_partial() -> None:
    def answer(path: str, _: dict[str, Any] | None) -> Any:
        return (500, "") if "token" in path else stac_page(range(2), {"rel": "next", "href": "?token=1"})

    with (
        service(answer) as (settings, _),
        pytest.raises(PartialListing, match=r"not complete.*products 3 and on.*HTTP 500") as raised,
    ):
        listed(settings, "stac")
    assert len(raised.value.missing) == 1


def test_a_question_that_is_sent_elsewhere_is_not_asked_without_its_body() -> None:
    def answer(path: str, _: dict[str, Any] | None) -> Any:
        return stac_page(range(2)) if path == "/v2/search" else (308, "/v2/search")

    with service(answer) as (settings, _), pytest.raises(BadAnswer, match=r"has moved to .*/v2/search"):
        listed(settings, "stac")


def test_a_stac_question_is_closed_small_and_complete() -> None:
    query = Query.build(
        (11, 46, 12, 47), product_type="L2A", cloud_cover=(5, 20), relative_orbit=[22, 65], platform="S2B", tile="04QFJ"
    )
    with service(lambda *_: stac_page(range(0))) as (settings, requests):
        assert listed(settings, "stac", query) == []
    path, body = requests[0]
    assert path == "/v1/search"
    assert body is not None
    assert body["collections"] == ["sentinel-2-l2a"]
    assert body["sortby"] == [{"field": "properties.datetime", "direction": "asc"}]
    assert body["intersects"]["type"] == "Polygon"
    assert len(body["datetime"].split("/")) == 2
    assert body["datetime"].startswith("2015-06-23T00:00:00")
    assert "assets.Product" in body["fields"]["include"]
    assert body["filter"] == {
        "op": "and",
        "args": [
            {
                "op": "or",
                "args": [
                    {"op": "=", "args": [{"property": "sat:relative_orbit"}, 22]},
                    {"op": "=", "args": [{"property": "sat:relative_orbit"}, 65]},
                ],
            },
            {"op": "=", "args": [{"property": "platform"}, "sentinel-2b"]},
            {
                "op": "or",
                "args": [
                    {"op": "=", "args": [{"property": "grid:code"}, "MGRS-04QFJ"]},
                    {"op": "=", "args": [{"property": "grid:code"}, "MGRS-4QFJ"]},
                ],
            },
            {"op": "<=", "args": [{"property": "eo:cloud_cover"}, 20.0]},
            {"op": ">=", "args": [{"property": "eo:cloud_cover"}, 5.0]},
        ],
    }


@pytest.mark.parametrize("catalogue", ["stac", "resto"])
def test_a_service_that_does_not_filter_is_sifted(catalogue: str) -> None:
    page = {**stac_page(range(2)), "properties": {"links": []}}
    with service(lambda *_: page) as (settings, _):
        for wanted in ({"tile": "33TVN"}, {"platform": "S2A"}, {"relative_orbit": 1}, {"cloud_cover": 50}):
            assert listed(settings, catalogue, Query.build((11, 46, 12, 47), **wanted)) == []
        assert listed(settings, catalogue, Query.build(name="S2?_MSIL2A_*_T32TPS_*")) == names(0, 1)


def test_a_pattern_tells_a_service_without_patterns_where_to_look() -> None:
    with service(lambda *_: stac_page(range(0))) as (settings, requests):
        listed(settings, "stac", Query.build(name="S2[AB]_MSIL2A_20240630T*_R022_T32TPS_*"))
    body = requests[0][1]
    assert body is not None
    assert body["collections"] == ["sentinel-2-l2a"]
    assert body["datetime"].startswith("2024-06-29T")
    assert [each["args"][0]["property"] for each in body["filter"]["args"]] == ["sat:relative_orbit", "grid:code"]


def test_seasons_are_asked_one_by_one() -> None:
    query = Query.build((11, 46, 12, 47), start="2022", end="2023", months=(6, 7))
    with service(lambda *_: stac_page(range(0))) as (settings, requests):
        listed(settings, "stac", query)
    assert [body["datetime"][:7] for _, body in requests if body] == ["2022-06", "2023-06"]


def test_a_time_in_which_nothing_can_be_is_not_asked_for() -> None:
    with service(lambda *_: stac_page(range(1))) as (settings, requests):
        assert listed(settings, "stac", Query.build((11, 46, 12, 47), end="2013")) == []
        assert listed(settings, "stac", Query.build((11, 46, 12, 47), start="2999")) == []
    assert requests == []


def resto_page(numbers: range, **properties: Any) -> dict[str, Any]:
    return {"features": [item(each) for each in numbers], "properties": properties}


def test_resto_pages_are_followed_by_links() -> None:
    following = "/resto/Sentinel2/search.json?maxRecords=2&page=2"

    def answer(path: str, _: dict[str, Any] | None) -> Any:
        if path == following:
            return resto_page(range(2, 3), links=[{"rel": "first", "href": "?page=1"}])
        return resto_page(range(2), totalResults=3, exactCount=1, links=[{"rel": "next", "href": following}])

    with service(answer) as (settings, requests):
        assert listed(settings, "resto") == names(0, 1, 2)
    assert requests[0][0].startswith("/resto/Sentinel2/search.json?startDate=2024-06-01T00%3A00%3A00.000000Z&")
    assert len(requests) == 2


def test_resto_pages_without_links_are_counted_on() -> None:
    def answer(path: str, _: dict[str, Any] | None) -> Any:
        page = int(path.rpartition("page=")[2]) if "page=" in path else 1
        return resto_page(range(2 * page - 2, min(2 * page, 5)))

    with service(answer) as (settings, _):
        assert listed(settings, "resto") == names(0, 1, 2, 3, 4)


def test_a_resto_page_past_the_end_counts_all_and_is_the_end() -> None:
    beyond = resto_page(range(0), totalResults=2020, exactCount=1, links=[{"rel": "next", "href": "?page=3"}])
    with service(lambda *_: beyond) as (settings, requests), pytest.raises(BadAnswer, match="counts 2,020 products"):
        listed(settings, "resto")
    assert len(requests) == 1


def test_a_resto_listing_that_falls_short_of_its_count_is_partial() -> None:
    page = resto_page(range(2), totalResults=3, exactCount=1, links=[])
    with (
        service(lambda *_: page) as (settings, _),
        pytest.raises(PartialListing, match="counts 3 products and listed 2"),
    ):
        listed(settings, "resto")


def test_resto_counts_where_it_can_and_lists_where_it_cannot() -> None:
    whole = resto_page(range(2), totalResults=2020, exactCount=1, links=[{"rel": "next", "href": "?page=2"}])
    with service(lambda *_: whole) as (settings, requests):
        assert counted(settings, "resto") == 2020
        assert "maxRecords=1&" in requests[0][0]
        assert "startDate=2024-06-01" in requests[0][0]
    unknown = resto_page(range(2), totalResults=None, exactCount=0, links=[])
    with service(lambda *_: unknown) as (settings, _):
        assert counted(settings, "resto") == 2


@pytest.mark.parametrize(
    "content",
    [(404, '{"detail": "Not Found"}'), (410, ""), (404, "<html></html>"), (200, "<html>moved</html>")],
    ids=str,
)
def test_a_service_without_resto_says_what_became_of_it(content: tuple[int, str]) -> None:
    with (
        service(lambda *_: content) as (settings, _),
        pytest.raises(ServiceError, match=r'switched it off on 2 March 2026; use catalogue="odata"'),
    ):
        listed(settings, "resto")


def test_the_data_space_is_not_asked_for_what_it_no_longer_has() -> None:
    with pytest.raises(ServiceError, match=r'switched it off on 2 March 2026; use catalogue="odata"'):
        listed(Settings(), "resto")


@pytest.mark.parametrize("catalogue", ["stac", "resto"])
@pytest.mark.parametrize(
    "content", [{}, {"features": 5, "properties": {}}, {"features": [1], "properties": {}}], ids=str
)
def test_an_answer_without_products_is_named(catalogue: str, content: dict[str, Any]) -> None:
    with service(lambda *_: content) as (settings, _), pytest.raises(BadAnswer, match="gave no list of products"):
        listed(settings, catalogue)


def test_there_are_three_catalogues() -> None:
    with pytest.raises(BadInput, match="'odata', 'stac' and 'resto'"):
        listed(Settings(), "xml")
