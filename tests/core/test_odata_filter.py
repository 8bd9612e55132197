"""The text of the filter that asks the service."""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from s2dl.catalogue.odata_filter import filter_of, quoted, timestamp
from s2dl.query import Query

COLLECTION = "Collection/Name eq 'SENTINEL-2'"


def asked(**arguments: Any) -> str:
    """The filter beyond the collection."""
    text = filter_of(Query.build(**{"limit": 5, **arguments}))
    assert text.startswith(COLLECTION)
    return text.removeprefix(COLLECTION).removeprefix(" and ")


def attribute(kind: str, name: str, rest: str) -> str:
    return (
        f"Attributes/OData.CSC.{kind}Attribute/any(att:att/Name eq '{name}' "
        f"and att/OData.CSC.{kind}Attribute/Value {rest})"
    )


def test_every_question_names_the_collection() -> None:
    assert filter_of(Query.build(limit=5)) == COLLECTION


def test_times_are_inclusive_and_to_the_microsecond() -> None:
    assert asked(start="2024-01", end="2024-06") == (
        "ContentDate/Start ge 2024-01-01T00:00:00.000000Z and ContentDate/Start le 2024-06-30T23:59:59.999999Z"
    )


def test_the_caller_may_narrow_the_times() -> None:
    query = Query.build(limit=5, start="2024", end="2024")
    text = filter_of(query, start=datetime(2024, 3, 1, tzinfo=UTC), end=datetime(2024, 4, 1, tzinfo=UTC))
    assert "ge 2024-03-01T00:00:00.000000Z" in text
    assert "le 2024-04-01T00:00:00.000000Z" in text
    assert "2024-12-31" not in text


def test_a_timestamp_has_four_digits_of_year() -> None:
    assert timestamp(datetime(2015, 7, 4, 10, 10, 6, 27_000, tzinfo=UTC)) == "2015-07-04T10:10:06.027000Z"


def test_one_value_and_several() -> None:
    one = attribute("String", "productType", "eq 'S2MSI1C'")
    two = attribute("String", "productType", "eq 'S2MSI2A'")
    assert asked(product_type="L1C") == one
    assert asked(product_type=["L1C", "L2A"]) == f"({one} or {two})"


def test_tile_orbit_and_platform() -> None:
    assert asked(tile="T32TPS") == attribute("String", "tileId", "eq '32TPS'")
    assert asked(relative_orbit=22) == attribute("Integer", "relativeOrbitNumber", "eq 22")
    assert asked(platform="S2B") == attribute("String", "platformSerialIdentifier", "eq 'B'")


@pytest.mark.parametrize(
    ("cloud_cover", "clauses"),
    [(20, ["le 20.0000"]), (0, ["le 0.0000"]), ((10, 33.5), ["le 33.5000", "ge 10.0000"])],
)
def test_cloud_cover(cloud_cover: Any, clauses: list[str]) -> None:
    assert asked(cloud_cover=cloud_cover) == " and ".join(attribute("Double", "cloudCover", each) for each in clauses)


def test_old_rows_without_an_orbit_direction_are_not_filtered_away() -> None:
    assert asked(orbit_direction="ascending") == ""


@pytest.mark.parametrize("online", [True, False])
def test_online(*, online: bool) -> None:
    assert asked(online=online) == f"Online eq {'true' if online else 'false'}"


@pytest.mark.parametrize(
    ("name", "clauses"),
    [
        ("S2A_x", "Name eq 'S2A_x.SAFE'"),
        ("S2A_*", "startswith(Name,'S2A_')"),
        ("*", ""),
        ("*_T32TPS_*", "contains(Name,'_T32TPS_')"),
        ("*.SAFE", "endswith(Name,'.SAFE')"),
        ("S2A_*_T32TPS_*.SAFE", "startswith(Name,'S2A_') and contains(Name,'_T32TPS_') and endswith(Name,'.SAFE')"),
        ("S2?_MSIL2A_*", "startswith(Name,'S2') and contains(Name,'_MSIL2A_')"),
        ("S2[AB]_MSIL2A_*", "startswith(Name,'S2') and contains(Name,'_MSIL2A_')"),
        ("S2[!A]_*", "startswith(Name,'S2') and contains(Name,'_')"),
        ("it's*", "startswith(Name,'it''s')"),
    ],
)
def test_names_and_patterns(name: str, clauses: str) -> None:
    assert asked(name=name) == clauses


def matches(clauses: str, name: str) -> bool:
    """What the service would answer to name clauses without quotes in them."""
    if not clauses:
        return True
    kinds = {
        "startswith": name.startswith,
        "endswith": name.endswith,
        "contains": name.__contains__,
    }
    for clause in clauses.split(" and "):
        kind, _, rest = clause.partition("(Name,'")
        if kind.startswith("Name eq"):
            return name == kind.removeprefix("Name eq '").removesuffix("'")
        if not kinds[kind](rest.removesuffix("')")):
            return False
    return True


@given(st.text("AB_*?[]!", min_size=1, max_size=8), st.text("AB_]!", max_size=8))
def test_no_pattern_asks_for_less_than_it_matches(pattern: str, name: str) -> None:
    query = Query.build(name=pattern)
    assert query.name is not None
    for full in (name, f"{name}.SAFE"):
        if fnmatchcase(full, query.name):
            assert matches(asked(name=pattern), full)


def test_quotes_are_doubled() -> None:
    assert quoted("o'clock' or 1 eq 1") == "'o''clock'' or 1 eq 1'"


def test_a_region_is_asked_for_as_wkt() -> None:
    text = asked(region=(11, 45, 12, 46.5))
    wkt = text.removeprefix("OData.CSC.Intersects(area=geography'SRID=4326;").removesuffix("')")
    assert shapely.from_wkt(wkt).equals(shapely.box(11, 45, 12, 46.5))


def test_each_part_of_a_region_is_asked_for_on_its_own() -> None:
    text = asked(region=(179, -18, -178, -16))
    assert text.count("OData.CSC.Intersects(area=geography'SRID=4326;POLYGON ((") == 2
    assert text.startswith("(")
    assert " or " in text
    assert "MULTIPOLYGON" not in text
