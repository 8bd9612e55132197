"""The STAC catalogue over a real socket: what exists, found in every way of asking, page by page."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from s2dl.demo import DataSpace
from s2dl.demo.service.stac import cql2_text
from s2dl.demo.service.stac.errors import Refused
from s2dl.demo.world import Scene

BOX = (11.0, 46.0, 12.0, 47.0)
WEEK = "2024-06-01T00:00:00Z/2024-06-08T00:00:00Z"
SOME = {"bbox": list(BOX), "datetime": WEEK}
RECORDED = Path(os.environ.get("S2DL_SHARED", "../shared")) / "recorded" / "stac"

Json = dict[str, Any]


@pytest.fixture(scope="module")
def stac() -> Iterator[DataSpace]:
    with DataSpace() as running:
        yield running


@pytest.fixture(scope="module")
def held(stac: DataSpace) -> list[Scene]:
    start, end = datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 6, 8, tzinfo=UTC)
    return list(stac.world.find(start=start, end=end, region=shapely.box(*BOX)))


def post(client: httpx.Client, space: DataSpace, **body: object) -> Json:
    answer = client.post(f"{space.urls['stac_url']}/search", json=body)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def get(client: httpx.Client, space: DataSpace, **params: str) -> httpx.Response:
    return client.get(f"{space.urls['stac_url']}/search", params=params)


def ids(page: Json) -> list[str]:
    return [item["id"] for item in page["features"]]


def following(page: Json) -> Json | None:
    return next((link for link in page["links"] if link["rel"] == "next"), None)


def bare(scenes: list[Scene]) -> set[str]:
    return {scene.name.removesuffix(".SAFE") for scene in scenes}


def test_documents_lead_to_each_other(stac: DataSpace, client: httpx.Client) -> None:
    landing = client.get(stac.urls["stac_url"]).json()
    for link in landing["links"]:
        if link["rel"] != "search":
            assert client.get(link["href"]).status_code == 200, link
    collections = client.get(f"{stac.urls['stac_url']}/collections").json()["collections"]
    assert [entry["id"] for entry in collections] == ["sentinel-2-l1c", "sentinel-2-l2a"]
    for link in collections[0]["links"]:
        assert client.get(link["href"]).status_code == 200, link


def test_get_pages_have_all_products_once(stac: DataSpace, client: httpx.Client, held: list[Scene]) -> None:
    answer = get(client, stac, bbox="11,46,12,47", datetime=WEEK, limit="7")
    found: list[str] = []
    while True:
        page = answer.json()
        assert page["numberReturned"] == len(page["features"])
        assert "numberMatched" not in page
        found += ids(page)
        link = following(page)
        if link is None:
            break
        assert f"token=next%3A{page['features'][-1]['collection']}%3A{found[-1]}" in link["href"]
        answer = client.get(link["href"])
    assert len(held) > 7
    assert len(found) == len(held)
    assert set(found) == bare(held)


@pytest.mark.parametrize("field", ["properties.datetime", "properties.eo:cloud_cover", "id"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_post_pages_are_in_order(
    stac: DataSpace, client: httpx.Client, held: list[Scene], field: str, direction: str
) -> None:
    page = post(client, stac, **SOME, limit=5, sortby=[{"field": field, "direction": direction}])
    items = page["features"]
    while link := following(page):
        assert (link["method"], link["body"]["limit"]) == ("POST", 5)
        page = client.post(link["href"], json=link["body"]).json()
        items += page["features"]
    assert {item["id"] for item in items} == bare(held)
    name = field.removeprefix("properties.")
    values = [item["id"] if name == "id" else item["properties"].get(name) for item in items]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=direction == "desc")


def test_without_order_the_newest_come_first(stac: DataSpace, client: httpx.Client) -> None:
    moments = [item["properties"]["datetime"] for item in post(client, stac, **SOME, limit=100)["features"]]
    assert moments == sorted(moments, reverse=True)


def test_page_can_be_asked_again(stac: DataSpace, client: httpx.Client) -> None:
    link = following(post(client, stac, **SOME, limit=3))
    assert link is not None
    first, again = (client.post(link["href"], json=link["body"]).json() for _ in range(2))
    assert ids(first) == ids(again)


CASES: dict[str, tuple[Json, Any]] = {
    "collections": ({"collections": ["sentinel-2-l1c"]}, lambda s: s.product_type == "S2MSI1C"),
    "unknown collection": ({"collections": ["landsat"]}, lambda _: False),
    "query": (
        {"query": {"eo:cloud_cover": {"lt": 30, "gte": 1}}},
        lambda s: s.cloud_cover is not None and 1 <= s.cloud_cover < 30,
    ),
    "query in": (
        {"query": {"grid:code": {"in": ["MGRS-32TPS", "MGRS-32TPT"]}}},
        lambda s: s.tile in {"32TPS", "32TPT"},
    ),
    "platform": (
        {"filter": {"op": "=", "args": [{"property": "platform"}, "sentinel-2a"]}},
        lambda s: s.platform == "A",
    ),
    "or": (
        {"filter": {"op": "or", "args": [
            {"op": "=", "args": [{"property": "sat:relative_orbit"}, 22]},
            {"op": "<>", "args": [{"property": "processing:level"}, "L1"]}]}},
        lambda s: s.relative_orbit == 22 or s.product_type == "S2MSI2A",
    ),
    "not": (
        {"filter": {"op": "not", "args": [{"op": "in", "args": [{"property": "grid:code"}, ["MGRS-32TPS"]]}]}},
        lambda s: s.tile != "32TPS",
    ),
    "between": (
        {"filter": {"op": "between", "args": [{"property": "eo:cloud_cover"}, 10, 60]}},
        lambda s: s.cloud_cover is not None and 10 <= s.cloud_cover <= 60,
    ),
    "null": ({"filter": {"op": "isNull", "args": [{"property": "eo:cloud_cover"}]}}, lambda s: s.cloud_cover is None),
    "orbit state": ({"query": {"sat:orbit_state": {"eq": "descending"}}}, lambda _: True),
    "time": (
        {"filter": {"op": "t_after", "args": [{"property": "datetime"}, {"timestamp": "2024-06-04T00:00:00Z"}]}},
        lambda s: s.sensing.day >= 4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_conditions(stac: DataSpace, client: httpx.Client, held: list[Scene], case: str) -> None:
    body, holds = CASES[case]
    found = post(client, stac, **SOME, **body, limit=500)
    assert set(ids(found)) == bare([scene for scene in held if holds(scene)])


TEXTS = {
    "eo:cloud_cover < 30 AND eo:cloud_cover >= 1": CASES["query"][1],
    "sat:relative_orbit = 22 or not processing:level = 'L1'": CASES["or"][1],
    "grid:code NOT IN ('MGRS-32TPS')": CASES["not"][1],
    "eo:cloud_cover BETWEEN 10 AND 60": CASES["between"][1],
    "eo:cloud_cover IS NULL": CASES["null"][1],
    "eo:cloud_cover is not null": lambda s: s.cloud_cover is not None,
    "datetime > TIMESTAMP('2024-06-04T00:00:00Z')": CASES["time"][1],
    "S_INTERSECTS(geometry, POLYGON((11 46, 11.2 46, 11.2 46.2, 11 46)))": lambda s: bool(
        shapely.intersects(shapely.Polygon([(11, 46), (11.2, 46), (11.2, 46.2)]), s.footprint)
    ),
}


@pytest.mark.parametrize("text", TEXTS)
def test_conditions_as_text(stac: DataSpace, client: httpx.Client, held: list[Scene], text: str) -> None:
    answer = get(client, stac, bbox="11,46,12,47", datetime=WEEK, limit="500", filter=text)
    assert answer.status_code == 200, answer.text
    assert set(ids(answer.json())) == bare([scene for scene in held if TEXTS[text](scene)])


def test_intersects_and_ids(stac: DataSpace, client: httpx.Client, held: list[Scene]) -> None:
    area = json.loads(shapely.to_geojson(shapely.box(*BOX)))
    assert set(ids(post(client, stac, intersects=area, datetime=WEEK, limit=500))) == bare(held)
    wanted = sorted(bare(held))[:4]
    assert set(ids(post(client, stac, ids=[*wanted, "S2A_nothing"]))) == set(wanted)


def test_open_intervals(stac: DataSpace, client: httpx.Client, held: list[Scene]) -> None:
    begin, end = WEEK.split("/")
    for interval in (f"{begin}/..", f"{begin}/"):
        tile = {"grid:code": {"eq": "MGRS-32TPS"}, "datetime": {"lte": end}}
        found = post(client, stac, datetime=interval, query=tile, limit=500)
        assert set(ids(found)) == bare([scene for scene in held if scene.tile == "32TPS"])


def test_box_across_the_antimeridian(stac: DataSpace, client: httpx.Client) -> None:
    found = post(client, stac, bbox=[179, -18, -179, -16], datetime="2024-06-01T00:00:00Z/2024-06-06T00:00:00Z")
    assert found["features"]
    split = [item for item in found["features"] if item["geometry"]["type"] == "MultiPolygon"]
    assert split
    west, _, east, _ = split[0]["bbox"]
    assert west > 170
    assert east < -170


def test_fields_leave_out_what_is_not_wanted(stac: DataSpace, client: httpx.Client) -> None:
    fields = {"include": ["id", "properties.datetime", "assets.Product"], "exclude": ["geometry"]}
    item = post(client, stac, **SOME, limit=1, fields=fields)["features"][0]
    assert set(item) == {"type", "id", "collection", "properties", "assets"}
    assert set(item["properties"]) == {"datetime"}
    assert set(item["assets"]) == {"Product"}
    answer = get(client, stac, bbox="11,46,12,47", datetime=WEEK, limit="1", fields="-assets,-properties.statistics")
    item = answer.json()["features"][0]
    assert "assets" not in item
    assert "eo:cloud_cover" in item["properties"]


def test_item_says_what_the_world_holds(stac: DataSpace, client: httpx.Client, held: list[Scene]) -> None:
    scene = next(s for s in held if s.product_type == "S2MSI2A" and s.quicklook_id)
    name = scene.name.removesuffix(".SAFE")
    item = client.get(f"{stac.urls['stac_url']}/collections/sentinel-2-l2a/items/{name}").json()
    properties, product = item["properties"], item["assets"]["Product"]
    assert properties["_private"] == {"product_uuid": scene.id, "product_size": stac.world.size(scene)}
    assert (properties["grid:code"], properties["eo:cloud_cover"]) == (f"MGRS-{scene.tile}", scene.cloud_cover)
    assert properties["processing:version"] == scene.baseline
    assert product["file:checksum"] == f"d50110{stac.world.md5(scene)}"
    assert product["href"] == f"{stac.urls['data_url']}/Products({scene.id})/$value"
    assert client.get(item["assets"]["thumbnail"]["href"]).headers["content-type"] == "image/jpeg"


def test_checksums_of_files_are_true(stac: DataSpace, client: httpx.Client, held: list[Scene]) -> None:
    scene = next(s for s in held if s.product_type == "S2MSI1C")
    item = post(client, stac, ids=[scene.name.removesuffix(".SAFE")])["features"][0]
    for key in ("safe_manifest", "granule_metadata", "B02", "TCI"):
        asset = item["assets"][key]
        content = b"".join(stac.world.file_body(scene, asset["file:local_path"].partition("/")[2]))
        digest = asset["file:checksum"][4:] if asset["file:checksum"].startswith("1620") else asset["file:checksum"][6:]
        assert asset["file:size"] == len(content)
        assert digest in {hashlib.md5(content).hexdigest(), hashlib.sha3_256(content).hexdigest()}


@pytest.mark.parametrize("level", ["l1c", "l2a"])
def test_items_have_the_keys_of_the_published_examples(stac: DataSpace, client: httpx.Client, level: str) -> None:
    if not RECORDED.exists():
        pytest.skip("no recorded items here")
    real = json.loads((RECORDED / f"cdse_example_item_sentinel-2-{level}.json").read_text())
    page = post(client, stac, **SOME, collections=[f"sentinel-2-{level}"], limit=100)
    item = next(i for i in page["features"] if "thumbnail" in i["assets"] and "eo:cloud_cover" in i["properties"])
    assert set(item) == set(real)
    assert set(item["properties"]) == set(real["properties"]) | {"_private"}
    assert list(item["assets"]) == list(real["assets"])
    for key, asset in real["assets"].items():
        assert set(item["assets"][key]) == set(asset), key
        assert item["assets"][key]["roles"] == asset["roles"], key
    assert item["stac_extensions"] == real["stac_extensions"]


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"}, {"limit": "x"}, {"limit": "1001"}, {"bbox": "1,2,3"}, {"bbox": "a,b,c,d"}, {"bbox": "1,9,2,8"},
        {"bbox": "nan,0,1,1"}, {"datetime": "yesterday"}, {"datetime": ".."}, {"datetime": "2024-02-01/2024-01-01"},
        {"token": "prev:x"}, {"token": "next:sentinel-2-l2a:nothing"}, {"filter": "foo"}, {"filter": "foo = 1"},
        {"filter": "eo:cloud_cover = 'much'"}, {"filter": "eo:cloud_cover <"}, {"filter": "(" * 500},
        {"filter": "{}", "filter-lang": "cql2-json"}, {"query": "{"}, {"query": '{"eo:cloud_cover": {"about": 1}}'},
        {"sortby": "properties.colour"}, {"intersects": "{}"}, {"intersects": '{"type": "Polygon"}'},
        {"bbox": "0,0,1,1", "intersects": '{"type": "Point", "coordinates": [0, 0]}'},
    ],
)  # fmt: skip
def test_bad_questions_are_refused(stac: DataSpace, client: httpx.Client, params: dict[str, str]) -> None:
    answer = get(client, stac, **params)
    assert answer.status_code == 400
    assert answer.json()["description"]


def test_bad_bodies_are_refused(stac: DataSpace, client: httpx.Client) -> None:
    for content in (
        b"",
        b"[]",
        b"{",
        b'{"collections": "x"}',
        b'{"fields": 1}',
        b'{"filter": {"op": "and", "args": 1}}',
    ):
        answer = client.post(f"{stac.urls['stac_url']}/search", content=content)
        assert answer.status_code == 400, content


@pytest.mark.parametrize("path", ["landsat", "landsat/items", "sentinel-2-l2a/items/x"])
def test_what_does_not_exist_is_not_found(stac: DataSpace, client: httpx.Client, path: str) -> None:
    answer = client.get(f"{stac.urls['stac_url']}/collections/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NotFoundError")


def test_firewall_and_vanished_products_concern_it_too(client: httpx.Client) -> None:
    with DataSpace(faults=[("waf", "/stac/v1/search"), ("vanished", "*T32TPS*")]) as space:
        assert get(client, space, bbox="11,46,12,47", datetime=WEEK).status_code == 429
        found = post(client, space, **SOME, limit=500)
        assert found["features"]
        assert not [name for name in ids(found) if "T32TPS" in name]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="abeo:cloud_ANDORNTIS<>=()',0123456789.- \"POLYGEXM", max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(Refused):
        assert set(cql2_text.read(text)) == {"op", "args"}
