"""The catalogue over real sockets: answers, pages, limits, errors, redirects."""

from __future__ import annotations

import io
import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import shapely
from PIL import Image

from s2dl.demo import DataSpace
from tests.demo.conftest import SOME, WEEK, Search

SHARED = Path(os.environ.get("S2DL_SHARED", Path(__file__).parents[3] / "shared"))


def test_a_product_is_what_the_world_has(space: DataSpace, search: Search) -> None:
    product = search(top=1, expand="Attributes,Assets")["value"][0]
    scene = space.world.by_id(product["Id"])
    assert scene is not None
    assert product["Name"] == scene.name
    assert product["ContentLength"] == space.world.size(scene)
    assert {sum_["Algorithm"]: sum_["Value"] for sum_ in product["Checksum"]} == {
        "MD5": space.world.md5(scene),
        "BLAKE3": space.world.blake3(scene),
    }
    start = datetime.fromisoformat(product["ContentDate"]["Start"])
    assert start == scene.sensing
    assert len(product["ContentDate"]["Start"]) == len("2020-08-08T01:03:11.024000Z")
    wkt = product["Footprint"].removeprefix("geography'SRID=4326;").removesuffix("'")
    assert shapely.from_wkt(wkt).equals_exact(scene.footprint, 1e-9)
    assert shapely.from_geojson(json.dumps(product["GeoFootprint"])).equals_exact(scene.footprint, 1e-9)
    values = {entry["Name"]: entry["Value"] for entry in product["Attributes"]}
    assert values["tileId"] == scene.tile
    assert values["relativeOrbitNumber"] == scene.relative_orbit
    assert values["cloudCover"] == scene.cloud_cover


def test_shape_is_that_of_a_recorded_answer(search: Search) -> None:
    path = SHARED / "recorded/odata/eodag_cop_dataspace_search_S2MSI1C_page.json"
    if not path.exists():
        pytest.skip("no recorded answers here")
    real = json.loads(path.read_text())
    old = "contains(Name,'_T54PXA_') and contains(Name,'MSIL1C') and ContentDate/Start lt 2021-01-01"
    ours = search(old, top=1, expand="Attributes,Assets")
    assert list(ours) == ["@odata.context", "value", "@odata.nextLink"]
    assert ours["@odata.context"] == real["@odata.context"]
    assert _outline(ours["value"][0]) == _outline(real["value"][0])


def _outline(product: dict[str, Any]) -> list[object]:
    attributes = [(entry["@odata.type"], entry["Name"], entry["ValueType"]) for entry in product["Attributes"]]
    parts = [list(product), list(product["ContentDate"]), list(product["Checksum"][0]), list(product["Assets"][0])]
    return [*parts, attributes, [entry["Algorithm"] for entry in product["Checksum"]]]


def test_pages_give_every_product_once(search: Search, client: httpx.Client) -> None:
    whole = search(top=1000)["value"]
    page = search(top=7, orderby="ContentDate/Start asc", expand="Assets")
    found = page["value"]
    while link := page.get("@odata.nextLink"):
        page = client.get(link).json()
        found += page["value"]
    assert len(whole) > 20
    assert [product["Id"] for product in found] == [product["Id"] for product in whole]
    assert all("Assets" in product for product in found)


def test_next_link_is_written_as_the_service_writes_it(space: DataSpace, client: httpx.Client) -> None:
    options = [("$filter", SOME), ("$top", "2"), ("$count", "true"), ("$expand", "Attributes"), ("$expand", "Assets")]
    url = f"{space.urls['base_url']}/Products"
    page = client.get(url, params=options).json()
    link = page["@odata.nextLink"]
    assert link.startswith(f"{url}?%24filter=Collection%2FName+eq+%27SENTINEL-2%27+and+")
    assert "$" not in link
    assert parse_qsl(urlsplit(link).query) == [*options, ("$skip", "2")]


def test_last_page_has_no_next_link(search: Search) -> None:
    number = search(count="true", top=0)["@odata.count"]
    assert "@odata.nextLink" in search(top=number - 1)
    assert "@odata.nextLink" not in search(top=number)
    assert "@odata.nextLink" not in search(top=5, skip=number)


def test_paging_ends_at_ten_thousand(search: Search) -> None:
    assert "@odata.nextLink" in search(WEEK, top=10, skip=9990, select="Id")
    page = search(WEEK, top=11, skip=9990, select="Id")
    assert len(page["value"]) == 11
    assert "@odata.nextLink" not in page


def test_default_page_has_twenty(search: Search) -> None:
    assert len(search()["value"]) == 20


@pytest.mark.parametrize(
    ("option", "value", "kind"),
    [
        ("$top", "1001", "less_than_equal"),
        ("$top", "-1", "greater_than_equal"),
        ("$top", "many", "int_parsing"),
        ("$skip", "10001", "less_than_equal"),
        ("$count", "maybe", "bool_parsing"),
    ],
)
def test_values_out_of_range_are_422(
    space: DataSpace, client: httpx.Client, option: str, value: str, kind: str
) -> None:
    answer = client.get(f"{space.urls['base_url']}/Products", params={option: value})
    problem = answer.json()["detail"][0]
    assert answer.status_code == 422
    assert (problem["type"], problem["loc"], problem["input"]) == (kind, ["query", option], value)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("$filter", "Cloud lt 5"),
        ("$filter", "Name eq"),
        ("$orderby", "Name asc"),
        ("$select", "Size"),
        ("$expand", "Bands"),
    ],
)
def test_names_that_do_not_exist_are_400(space: DataSpace, client: httpx.Client, option: str, value: str) -> None:
    answer = client.get(f"{space.urls['base_url']}/Products", params={option: value})
    detail = answer.json()["detail"]
    assert answer.status_code == 400
    assert detail["message"]
    assert detail["request_id"] == answer.headers["request-id"]


def test_counts_agree(search: Search, space: DataSpace, client: httpx.Client) -> None:
    number = search(count="True", top=1)["@odata.count"]
    plain = client.get(f"{space.urls['base_url']}/Products/$count", params={"$filter": SOME})
    region = shapely.box(11, 46, 12, 47)
    week = {"start": datetime(2024, 6, 1, tzinfo=UTC), "end": datetime(2024, 6, 8, tzinfo=UTC)}
    assert number == int(plain.text) == sum(1 for _ in space.world.find(region=region, **week))
    assert "@odata.count" not in search(top=1)


@pytest.mark.parametrize("deleted", ["Products", "DeletedProducts"])
def test_another_collection_is_empty(search: Search, deleted: str) -> None:
    page = search("Collection/Name eq 'SENTINEL-3'", path=deleted, count="true")
    assert (page["value"], page["@odata.count"]) == ([], 0)


@pytest.mark.parametrize("field", ["ContentDate/Start", "ContentDate/End", "PublicationDate", "ModificationDate"])
def test_orders(search: Search, field: str) -> None:
    outer, _, inner = field.partition("/")
    rising = search(orderby=f"{field} asc", top=1000)["value"]
    moments = [(product[outer][inner] if inner else product[outer], product["Id"]) for product in rising]
    assert moments == sorted(moments)
    assert search(orderby=f"{field} desc", top=1000)["value"] == rising[::-1]
    assert search(orderby=f"{field} asc", top=3, skip=2)["value"] == rising[2:5]


def test_expand_is_repeated_or_listed(space: DataSpace, client: httpx.Client) -> None:
    url = f"{space.urls['base_url']}/Products"
    base = [("$filter", SOME), ("$top", "2")]
    listed = client.get(url, params=[*base, ("$expand", "Attributes,Assets")]).json()
    repeated = client.get(url, params=[*base, ("$expand", "Attributes"), ("$expand", "Assets")]).json()
    assert listed["value"] == repeated["value"]
    located = client.get(url, params=[*base, ("$expand", "Locations")]).json()["value"][0]
    assert located["Locations"][0]["FormatType"] == "Extracted"
    assert "Attributes" not in located


def test_select_gives_these_fields_and_the_id(search: Search) -> None:
    page = search(top=1, select="Name,Online")
    assert set(page["value"][0]) == {"@odata.mediaContentType", "Id", "Name", "Online"}


def test_single_product_stands_by_itself(search: Search, space: DataSpace, client: httpx.Client) -> None:
    listed = search(top=1, expand="Attributes")["value"][0]
    url = f"{space.urls['base_url']}/Products({listed['Id']})"
    alone = client.get(url, params={"$expand": "Attributes"}).json()
    assert alone.pop("@odata.context") == "$metadata#Products(Attributes())/$entity"
    assert alone == listed
    assert client.get(url).json()["@odata.context"] == "$metadata#Products/$entity"


def test_product_that_is_not_there(space: DataSpace, client: httpx.Client) -> None:
    unknown = client.get(f"{space.urls['base_url']}/Products({uuid.uuid4()})")
    assert unknown.status_code == 404
    assert "not found" in unknown.json()["detail"]["message"]
    quoted = client.get(f"{space.urls['base_url']}/Products('{uuid.uuid4()}')")
    assert quoted.status_code == 422


def test_filter_list_finds_names_and_omits_others(search: Search, space: DataSpace, client: httpx.Client) -> None:
    names = [product["Name"] for product in search(top=3)["value"]]
    wanted = [{"Name": name} for name in [*names, "S2A_NONE.SAFE"]]
    url = f"{space.urls['base_url']}/Products/OData.CSC.FilterList"
    found = client.post(url, json={"FilterProducts": wanted}).json()["value"]
    assert [product["Name"] for product in found] == names
    assert client.post(url, content=b"names").status_code == 400


def test_attributes_are_described(space: DataSpace, client: httpx.Client) -> None:
    listed = client.get(f"{space.urls['base_url']}/Attributes(SENTINEL-2)").json()
    types = {entry["Name"]: entry["ValueType"] for entry in listed}
    assert types["cloudCover"] == "Double"
    assert types["relativeOrbitNumber"] == "Integer"
    assert client.get(f"{space.urls['base_url']}/Attributes(SENTINEL-9)").status_code == 404


def test_every_answer_can_be_named_and_read_across_origins(space: DataSpace, client: httpx.Client) -> None:
    answers = [client.get(f"{space.urls['base_url']}/{path}") for path in ("Products?$top=1", "Products?$top=x", "no")]
    assert all(answer.headers["access-control-allow-origin"] == "*" for answer in answers)
    assert len({answer.headers["request-id"] for answer in answers}) == 3


def test_quicklook_needs_no_login(search: Search, client: httpx.Client) -> None:
    assets = [asset for product in search(expand="Assets")["value"] for asset in product["Assets"]]
    answer = client.get(assets[0]["DownloadLink"], follow_redirects=True)
    assert [step.status_code for step in answer.history] == [301]
    assert answer.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(answer.content)).size == (343, 343)


@pytest.mark.parametrize("rest", ["$value", "Nodes", "Nodes(x)/Nodes(manifest.safe)/$value"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_bytes_are_behind_a_redirect(
    search: Search, space: DataSpace, client: httpx.Client, rest: str, method: str
) -> None:
    id_ = search(top=1, select="Id")["value"][0]["Id"]
    answer = client.request(method, f"{space.urls['base_url']}/Products({id_})/{rest}")
    assert answer.status_code == 301
    assert answer.headers["location"] == f"{space.urls['data_url']}/Products({id_})/{rest}"


def test_a_search_that_takes_too_long_is_given_up(
    space: DataSpace, client: httpx.Client, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = f"{SOME} and ContentDate/Start ge 2024-06-02"  # not asked before, so not remembered
    url = f"{space.urls['base_url']}/Products"
    with monkeypatch.context() as patch:
        patch.setattr("s2dl.demo.service.holdings.PATIENCE", -1)
        answer = client.get(url, params={"$filter": wanted})
    assert (answer.status_code, answer.headers["content-type"]) == (504, "text/html; charset=utf-8")
    assert search(wanted)["value"]
