"""The resto catalogue over a real socket: switched off unless asked for, and then as it was recorded."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import shapely

from s2dl.demo import DataSpace
from s2dl.demo.world import Scene

BOX = (11.0, 46.0, 12.0, 47.0)
WEEK = {"startDate": "2024-06-01T00:00:00Z", "completionDate": "2024-06-08T00:00:00Z"}
SOME = WEEK | {"box": "11,46,12,47"}
RECORDED = Path(os.environ.get("S2DL_SHARED", "../shared")) / "data" / "catalogue" / "cdse_resto"

Json = dict[str, Any]


@pytest.fixture(scope="module")
def resto() -> Iterator[DataSpace]:
    with DataSpace(resto=True) as running:
        yield running


@pytest.fixture(scope="module")
def held(resto: DataSpace) -> list[Scene]:
    start, end = datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 6, 8, tzinfo=UTC)
    return list(resto.world.find(start=start, end=end, region=shapely.box(*BOX)))


def ask(client: httpx.Client, space: DataSpace, **params: str) -> httpx.Response:
    return client.get(f"{space.urls['resto_url']}/Sentinel2/search.json", params=params)


def page(client: httpx.Client, space: DataSpace, **params: str) -> Json:
    answer = ask(client, space, **params)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def names(found: Json) -> list[str]:
    return [feature["properties"]["title"] for feature in found["features"]]


def link(found: Json, rel: str) -> str | None:
    return next((each["href"] for each in found["properties"]["links"] if each["rel"] == rel), None)


def test_it_is_switched_off_as_the_real_one(space: DataSpace, client: httpx.Client) -> None:
    answer = ask(client, space, **SOME)
    assert answer.status_code == 404
    assert "switched off" in answer.json()["ErrorMessage"]


def test_pages_have_all_products_once(resto: DataSpace, client: httpx.Client, held: list[Scene]) -> None:
    found = page(client, resto, **SOME, maxRecords="7", sortParam="startDate", sortOrder="ascending", exactCount="1")
    assert found["properties"]["totalResults"] == len(held)
    assert found["properties"]["itemsPerPage"] == 7
    assert link(found, "previous") is None
    titles = names(found)
    starts = [found["properties"]["startIndex"]]
    while (address := link(found, "next")) is not None:
        found = client.get(address).json()
        titles += names(found)
        starts.append(found["properties"]["startIndex"])
    assert starts == list(range(1, len(held) + 1, 7))
    assert sorted(titles) == sorted(scene.name for scene in held)
    times = [scene.sensing for title in titles for scene in held if scene.name == title]
    assert times == sorted(times)
    assert link(found, "first") is not None


def test_total_is_counted_on_request_only(resto: DataSpace, client: httpx.Client) -> None:
    properties = page(client, resto, **SOME)["properties"]
    assert (properties["totalResults"], properties["exactCount"]) == (None, 0)


def test_past_the_end_there_is_an_empty_page(resto: DataSpace, client: httpx.Client, held: list[Scene]) -> None:
    found = page(client, resto, **SOME, index="10000", exactCount="1")
    assert (found["features"], found["properties"]["totalResults"]) == ([], len(held))
    assert link(found, "next") is None


def test_pages_go_deeper_than_the_odata_limit(resto: DataSpace, client: httpx.Client) -> None:
    wide = {"box": "0,44,15,50", "startDate": "2024-01-01", "sortOrder": "ascending", "maxRecords": "3"}
    deep = page(client, resto, **wide, index="11998")
    again = page(client, resto, **wide, index="11995")
    after = client.get(link(again, "next") or "").json()
    assert names(after) == names(deep)
    assert len(set(names(again) + names(deep))) == 6


CASES: dict[str, tuple[dict[str, str], Any]] = {
    "cloud": ({"cloudCover": "[1,30]"}, lambda s: s.cloud_cover is not None and 1 <= s.cloud_cover <= 30),
    "open cloud": ({"cloudCover": "30["}, lambda s: s.cloud_cover is not None and s.cloud_cover < 30),
    "type": ({"productType": "S2MSI1C"}, lambda s: s.product_type == "S2MSI1C"),
    "level": ({"processingLevel": "S2MSI2A"}, lambda s: s.product_type == "S2MSI2A"),
    "platform": ({"platform": "S2B"}, lambda s: s.platform == "B"),
    "tile": ({"tileId": "32TPS"}, lambda s: s.tile == "32TPS"),
    "orbit": ({"relativeOrbitNumber": "22"}, lambda s: s.relative_orbit == 22),
    "direction": ({"orbitDirection": "descending"}, lambda _: True),
    "status": ({"status": "ONLINE"}, lambda s: s.online),
    "all": ({"status": "ALL"}, lambda _: True),
    "published": (
        {"publishedAfter": "2024-06-05T00:00:00Z"},
        lambda s: s.published >= datetime(2024, 6, 5, tzinfo=UTC),
    ),
    "outline": (
        {"geometry": "POLYGON((11 46, 11.2 46, 11.2 46.2, 11 46))"},
        lambda s: bool(shapely.intersects(shapely.Polygon([(11, 46), (11.2, 46), (11.2, 46.2)]), s.footprint)),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_parameters(resto: DataSpace, client: httpx.Client, held: list[Scene], case: str) -> None:
    params, holds = CASES[case]
    found = page(client, resto, **SOME, **params, maxRecords="2000")
    assert set(names(found)) == {scene.name for scene in held if holds(scene)}


def test_place_by_radius(resto: DataSpace, client: httpx.Client, held: list[Scene]) -> None:
    found = page(client, resto, **WEEK, lon="11.5", lat="46.5", radius="100", maxRecords="2000")
    point = shapely.Point(11.5, 46.5)
    assert set(names(found)) == {scene.name for scene in held if shapely.intersects(point, scene.footprint)}


def test_product_by_its_name(resto: DataSpace, client: httpx.Client, held: list[Scene]) -> None:
    for pattern in (f"%{held[0].name}%", held[0].s3_path):
        assert names(page(client, resto, productIdentifier=pattern)) == [held[0].name]
    assert names(page(client, resto, identifier=held[0].id)) == [held[0].name]


def test_feature_leads_to_its_files(resto: DataSpace, client: httpx.Client, held: list[Scene]) -> None:
    scene = next(s for s in held if s.quicklook_id)
    feature = page(client, resto, identifier=scene.id)["features"][0]
    properties = feature["properties"]
    assert client.get(properties["thumbnail"]).headers["content-type"] == "image/jpeg"
    assert properties["services"]["download"]["size"] == resto.world.size(scene)
    moved = client.get(properties["services"]["download"]["url"])
    assert moved.headers["location"] == f"{resto.urls['data_url']}/Products({scene.id})/$value"
    assert client.get(properties["links"][0]["href"]).json() == feature


def test_answers_have_the_keys_of_recorded_ones(resto: DataSpace, client: httpx.Client, held: list[Scene]) -> None:
    if not RECORDED.exists():
        pytest.skip("no recorded answers here")
    real = json.loads((RECORDED / "hls_resto_10.json").read_text())
    found = page(client, resto, **SOME, maxRecords="2", exactCount="1")
    assert set(found["properties"]) == set(real["properties"])
    assert [each["rel"] for each in found["properties"]["links"]] == [
        each["rel"] for each in real["properties"]["links"]
    ]
    mine, theirs = found["features"][0], real["features"][0]
    assert set(mine) == set(theirs)
    assert set(mine["properties"]) == set(theirs["properties"])


@pytest.mark.parametrize(
    "params",
    [
        {"maxRecords": "2001"}, {"maxRecords": "0"}, {"page": "0"}, {"index": "x"}, {"cloudCover": "few"},
        {"box": "1,2,3"}, {"box": "1,9,2,8"}, {"geometry": "POLYGON(("}, {"startDate": "soon"}, {"status": "MAYBE"},
        {"sortParam": "colour"}, {"colour": "red"}, {"lon": "1"},
    ],
)  # fmt: skip
def test_bad_parameters_are_refused(resto: DataSpace, client: httpx.Client, params: dict[str, str]) -> None:
    answer = ask(client, resto, **params)
    assert (answer.status_code, answer.json()["ErrorCode"]) == (400, 400)


def test_description_names_the_parameters(resto: DataSpace, client: httpx.Client) -> None:
    document = ET.fromstring(client.get(f"{resto.urls['resto_url']}/Sentinel2/describe.xml").text)
    space = "{http://a9.com/-/spec/opensearch/extensions/parameters/1.0/}"
    named = {each.attrib["name"] for each in document.iter(f"{space}Parameter")}
    assert {"startDate", "cloudCover", "box", "productIdentifier"} <= named


def test_other_collections_are_not_found(resto: DataSpace, client: httpx.Client) -> None:
    assert client.get(f"{resto.urls['resto_url']}/Sentinel1/search.json").status_code == 404
