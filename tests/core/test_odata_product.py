"""One entry of an OData answer becomes a product, whatever is missing from it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl.access.shaped import read_json
from s2dl.catalogue import odata
from s2dl.catalogue.odata_entry import Entry
from s2dl.errors import BadAnswer
from s2dl.product import Product

NAME = "S2B_MSIL2A_20240630T101031_N0510_R022_T32TPS_20240630T160000.SAFE"
ENTRY: dict[str, Any] = {"Id": "1", "Name": NAME}


def attribute(name: str, value: Any) -> dict[str, Any]:
    return {"@odata.type": "#OData.CSC.StringAttribute", "Name": name, "Value": value, "ValueType": "String"}


def product_of(entry: dict[str, Any]) -> Product:
    return odata.product_of(read_json("The search", json.dumps(entry).encode(), Entry))


def unknown(product: Product, *names: str) -> bool:
    return all(getattr(product, name) is None for name in names)


def test_where_the_catalogue_says_nothing_the_name_does() -> None:
    product = product_of(ENTRY)
    assert product.product_type == "S2MSI2A"
    assert product.platform == "S2B"
    assert product.tile == "32TPS"
    assert product.baseline == "05.10"
    assert product.relative_orbit == 22
    assert unknown(product, "cloud_cover", "orbit_direction", "sensing_start", "md5")


def test_a_foreign_name_says_nothing() -> None:
    product = product_of({"Id": "1", "Name": "anything.SAFE"})
    assert unknown(product, "product_type", "platform", "tile", "baseline", "relative_orbit")


@pytest.mark.parametrize(
    ("attributes", "baseline"),
    [({"processorVersion": "2.04"}, "02.04"), ({"processorVersion": "05.10"}, "05.10"), ({}, None)],
)
def test_the_baseline_of_an_old_name_has_the_same_spelling(attributes: dict[str, str], baseline: str | None) -> None:
    entry = {"Id": "1", "Name": "old.SAFE", "Attributes": [attribute(*pair) for pair in attributes.items()]}
    assert product_of(entry).baseline == baseline


@pytest.mark.parametrize(
    "missing",
    [
        {"Checksum": []},
        {"Checksum": None},
        {"Checksum": [{}]},
        {"Checksum": [None]},
        {"ContentLength": 0},
        {"ContentLength": -1},
        {"ContentLength": None},
        {"Footprint": None},
        {"Footprint": ""},
        {"Assets": []},
        {"Assets": None},
        {"Attributes": None},
        {"ContentDate": None},
        {"PublicationDate": ""},
        {"S3Path": ""},
        {"SomethingNew": {"a": 1}},
    ],
    ids=str,
)
def test_what_old_rows_lack_is_unknown(missing: dict[str, Any]) -> None:
    product = product_of({**ENTRY, **missing})
    assert unknown(product, "md5", "footprint", "quicklook_url", "s3_path", "published")
    assert product.size == 0


def test_only_the_quicklook_asset_is_one() -> None:
    assets = [{"Type": "THUMBNAIL", "DownloadLink": "a"}, {"Type": "QUICKLOOK", "DownloadLink": "b"}]
    assert product_of({**ENTRY, "Assets": assets}).quicklook_url == "b"


def test_checksums_are_written_in_lower_case() -> None:
    checksums = [{"Algorithm": "BLAKE3", "Value": "CD" * 32}, {"Algorithm": "MD5", "Value": "AB" * 16}]
    product = product_of({**ENTRY, "Checksum": checksums})
    assert (product.md5, product.blake3) == ("ab" * 16, "cd" * 32)


@pytest.mark.parametrize(
    "written",
    [
        "2024-06-30T10:10:31.024000Z",
        "2024-06-30T10:10:31.024Z",
        "2024-06-30T10:10:31.0240000Z",
        "2024-06-30T10:10:31.024+00:00",
        "2024-06-30T12:10:31.024+02:00",
        "2024-06-30T10:10:31.024",
    ],
)
def test_times_are_utc_however_they_are_written(written: str) -> None:
    product = product_of({**ENTRY, "ContentDate": {"Start": written, "End": written}})
    assert product.sensing_start == datetime(2024, 6, 30, 10, 10, 31, 24_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "direction"), [("ASCENDING", "ascending"), ("Descending", "descending"), ("?", None), (None, None)]
)
def test_orbit_directions(said: str | None, direction: str | None) -> None:
    assert product_of({**ENTRY, "Attributes": [attribute("orbitDirection", said)]}).orbit_direction == direction


@pytest.mark.parametrize("online", [True, False])
def test_online_or_not(online: bool) -> None:
    assert product_of({**ENTRY, "Online": online}).online is online


@pytest.mark.parametrize(
    "broken",
    [
        {"Name": NAME},
        {"Id": "1"},
        {**ENTRY, "Attributes": [5]},
        {**ENTRY, "Attributes": [{"Name": "cloudCover"}]},
        {**ENTRY, "Attributes": [attribute("cloudCover", "much")]},
        {**ENTRY, "ContentDate": "2024"},
        {**ENTRY, "ContentDate": {"Start": "soon"}},
        {**ENTRY, "ContentLength": "big"},
        {**ENTRY, "ContentLength": float("inf")},
        {**ENTRY, "Footprint": 5},
    ],
    ids=str,
)
def test_an_entry_that_cannot_be_read_is_told(broken: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer, match=r"cannot be read|where JSON was due"):
        product_of(broken)


KEYS = ["Attributes", "Assets", "Checksum", "ContentDate", "ContentLength", "Footprint", "Online", "PublicationDate"]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Name", "Value", "Algorithm", "Type", "Start", "DownloadLink"]), inner)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_json_is_a_product_or_a_clear_error(content: dict[str, Any]) -> None:
    try:
        product = product_of({**ENTRY, **content})
    except BadAnswer:
        return
    assert product.name == NAME
    assert product.size >= 0
