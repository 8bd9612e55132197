"""A question is validated once, has one normal form, and survives being written as JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from s2dl.errors import BadInput
from s2dl.query import Query, is_pattern

REGION = (11, 45, 12, 46)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]  # year, month, day, …


def last(year: int, month: int, day: int) -> datetime:
    return utc(year, month, day, 23, 59, 59, 999_999)


@pytest.mark.parametrize(
    ("given_time", "first", "until"),
    [
        ("2024", utc(2024, 1, 1), last(2024, 12, 31)),
        ("2024-02", utc(2024, 2, 1), last(2024, 2, 29)),
        ("2023-02", utc(2023, 2, 1), last(2023, 2, 28)),
        ("2024-12", utc(2024, 12, 1), last(2024, 12, 31)),
        ("2024-06-30", utc(2024, 6, 30), last(2024, 6, 30)),
        ("20240630", utc(2024, 6, 30), last(2024, 6, 30)),
        (" 2024-06-30 ", utc(2024, 6, 30), last(2024, 6, 30)),
        ("01-JAN-2024", utc(2024, 1, 1), last(2024, 1, 1)),
        ("29-feb-2024", utc(2024, 2, 29), last(2024, 2, 29)),
        ("31-Dec-2024", utc(2024, 12, 31), last(2024, 12, 31)),
        ("9999", utc(9999, 1, 1), last(9999, 12, 31)),
        (date(2024, 6, 30), utc(2024, 6, 30), last(2024, 6, 30)),
        ("2024-06-30T10:15", utc(2024, 6, 30, 10, 15), utc(2024, 6, 30, 10, 15)),
        ("2024-06-30T10:15:20Z", utc(2024, 6, 30, 10, 15, 20), utc(2024, 6, 30, 10, 15, 20)),
        ("2024-06-30 10:15:20.024", utc(2024, 6, 30, 10, 15, 20, 24_000), utc(2024, 6, 30, 10, 15, 20, 24_000)),
        ("2024-06-30T10:15:20+02:00", utc(2024, 6, 30, 8, 15, 20), utc(2024, 6, 30, 8, 15, 20)),
        (utc(2024, 6, 30, 10), utc(2024, 6, 30, 10), utc(2024, 6, 30, 10)),
        (datetime(2024, 6, 30, 10), utc(2024, 6, 30, 10), utc(2024, 6, 30, 10)),  # noqa: DTZ001 - a user's naive time
        (
            datetime(2024, 6, 30, 10, tzinfo=timezone(timedelta(hours=-3))),
            utc(2024, 6, 30, 13),
            utc(2024, 6, 30, 13),
        ),
        (pd.Timestamp("2024-06-30T10:00Z"), utc(2024, 6, 30, 10), utc(2024, 6, 30, 10)),
    ],
    ids=str,
)
def test_every_form_of_a_date(given_time: Any, first: datetime, until: datetime) -> None:
    query = Query.build(REGION, start=given_time, end=given_time)
    assert (query.start, query.end) == (first, until)
    assert type(query.start) is type(query.end) is datetime


@pytest.mark.parametrize("month", range(1, 13))
def test_a_month_ends_just_before_the_next_begins(month: int) -> None:
    end = Query.build(REGION, end=f"2023-{month:02}").end
    following = utc(2024, 1, 1) if month == 12 else utc(2023, month + 1, 1)
    assert end == following - timedelta(microseconds=1)


@pytest.mark.parametrize("name", ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"])
def test_the_tools_months(name: str) -> None:
    number = datetime.strptime(name, "%b").month  # noqa: DTZ007 - only the month is looked at
    assert Query.build(REGION, start=f"15-{name}-2024").start == utc(2024, number, 15)


@pytest.mark.parametrize("which", ["start", "end"])
@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "",
        "2024-13",
        "2024-00",
        "2024-02-30",
        "2024-6-3",
        "2024-W10",
        "32-JAN-2024",
        "01-JÄN-2024",
        "0000",
        20240630,
        pd.NaT,
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
    ],
    ids=str,
)
def test_what_is_no_date_is_named(which: str, value: Any) -> None:
    with pytest.raises(BadInput, match=rf"{which}: .* is not a date; write 2024-06-30, .* or 30-JUN-2024"):
        Query.build(REGION, **{which: value})


def test_a_year_as_a_number_and_numpys_dates_are_read() -> None:
    by_text = Query.build(REGION, start="2024", end="2024-06-30")
    assert Query.build(REGION, start=2024, end=np.datetime64("2024-06-30")) == by_text
    moment = Query.build(REGION, start=np.datetime64("2024-06-30T10:15:00", "ns")).start
    assert moment == datetime(2024, 6, 30, 10, 15, tzinfo=UTC)


def test_end_before_start() -> None:
    with pytest.raises(BadInput, match=r"end \(2023-12-31 .*lies before the start \(2024-06-01 .*exchange them"):
        Query.build(REGION, start="2024-06", end="2023")


def test_one_day_is_a_valid_range() -> None:
    query = Query.build(REGION, start="2024-06-30", end="2024-06-30")
    assert query.start is not None
    assert query.end is not None
    assert query.end - query.start == timedelta(days=1, microseconds=-1)


@pytest.mark.parametrize(
    ("value", "types"),
    [
        (None, ()),
        ("L1C", ("S2MSI1C",)),
        ("L2A", ("S2MSI2A",)),
        ("L2Ap", ("S2MSI2Ap",)),
        ("S2MSI2A", ("S2MSI2A",)),
        ("l2a", ("S2MSI2A",)),
        (["L2A", "S2MSI1C"], ("S2MSI2A", "S2MSI1C")),
        (("L2A", "L2A"), ("S2MSI2A",)),
        (pd.Series(["L1C"]), ("S2MSI1C",)),
    ],
)
def test_product_types_and_their_aliases(value: Any, types: tuple[str, ...]) -> None:
    assert Query.build(REGION, product_type=value).product_type == types


@pytest.mark.parametrize(
    ("value", "limits"),
    [(20, (0, 20)), (0, (0, 0)), (100.0, (0, 100)), ((10, 30), (10, 30)), ([0, 5.5], (0, 5.5)), ("35", (0, 35))],
)
def test_cloud_cover_is_a_maximum_or_a_range(value: Any, limits: tuple[float, float]) -> None:
    assert Query.build(REGION, cloud_cover=value).cloud_cover == limits


@pytest.mark.parametrize(
    ("value", "orbits"), [(1, (1,)), (143, (143,)), ([22, 65], (22, 65)), (np.int16(22), (22,)), ("22", (22,))]
)
def test_relative_orbits(value: Any, orbits: tuple[int, ...]) -> None:
    query = Query.build(REGION, relative_orbit=value)
    assert query.relative_orbit == orbits
    assert all(type(orbit) is int for orbit in query.relative_orbit)


def test_tiles_platforms_and_directions_have_one_spelling() -> None:
    query = Query.build(tile=["T32TPS", "32tqs"], platform="s2a", orbit_direction="DESCENDING")
    assert query.tile == ("32TPS", "32TQS")
    assert query.platform == ("S2A",)
    assert query.orbit_direction == "descending"


NAME = "S2A_MSIL2A_20240630T101031_N0510_R022_T32TPS_20240630T160000"


@pytest.mark.parametrize(
    ("value", "name", "pattern"),
    [
        (NAME, f"{NAME}.SAFE", False),
        (f" {NAME}.SAFE ", f"{NAME}.SAFE", False),
        (f"{NAME}.SAFE.zip", f"{NAME}.SAFE", False),
        ("S2A_*_T32TPS_*", "S2A_*_T32TPS_*", True),
        ("S2?_*.SAFE", "S2?_*.SAFE", True),
        ("S2[AB]_MSIL2A_*", "S2[AB]_MSIL2A_*", True),
        ("*_T32TPS_20240630T160000", "*_T32TPS_20240630T160000.SAFE", True),
    ],
)
def test_names_and_patterns(value: str, name: str, *, pattern: bool) -> None:
    query = Query.build(name=value)
    assert query.name == name
    assert is_pattern(query.name) is pattern


@pytest.mark.parametrize("value", [(6, 8), np.arange(6, 9, 2), pd.Series([8, 6])])
def test_months_are_whole_numbers_of_any_library(value: Any) -> None:
    assert Query.build(REGION, months=value).months == (6, 8)


@pytest.mark.parametrize("value", [1, 1000, np.int64(7)])
def test_a_limit_is_a_whole_number(value: Any) -> None:
    limit = Query.build(limit=value).limit
    assert limit == value
    assert type(limit) is int


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "whole archive; give a region, a tile, a name or a limit"),
        ({"start": "2024", "cloud_cover": 10, "product_type": "L1C"}, "whole archive"),
        ({"cloud_cover": 120}, "120 must lie between 0 and 100"),
        ({"cloud_cover": -1}, "-1 must lie between 0 and 100"),
        ({"cloud_cover": (30, 10)}, "the lower limit first"),
        ({"cloud_cover": (1, 2, 3)}, "not a percentage; give a maximum, or"),
        ({"cloud_cover": "30,5"}, "not a percentage"),
        ({"cloud_cover": True}, "not a percentage"),
        ({"cloud_cover": float("nan")}, "between 0 and 100"),
        ({"relative_orbit": 144}, "144 does not exist; .*1 to 143"),
        ({"relative_orbit": True}, "is not a number"),
        ({"relative_orbit": 0}, "0 does not exist"),
        ({"relative_orbit": 22.5}, "22.5 does not exist"),
        ({"relative_orbit": "R022"}, "'R022' is not a number; relative orbits are 1 to 143"),
        ({"relative_orbit": float("inf")}, "1 to 143"),
        ({"relative_orbit": [[22]]}, "is not a number; relative orbits are 1 to 143"),
        ({"relative_orbit": {"a": 1}}, "give one value or a list"),
        ({"product_type": "L3"}, r"no product type 'L3'; the product types are L1C \(S2MSI1C\), L2A \(S2MSI2A\)"),
        ({"product_type": ["L1C", None]}, "no product type None"),
        ({"orbit_direction": "up"}, "'ascending' or 'descending'"),
        ({"tile": "32TP"}, "looks like 32TPS or T32TPS"),
        ({"tile": "61TPS"}, "not a tile id"),
        ({"tile": "32TAS"}, "not a tile id"),
        ({"tile": "3\N{ARABIC-INDIC DIGIT TWO}TPS"}, "not a tile id"),
        ({"platform": "S3A"}, "the satellites are S2A, S2B, S2C"),
        ({"name": "  "}, "name is empty"),
        ({"name": "S2A_*" * 50}, "longer than 200 characters"),
        ({"region": REGION, "min_coverage": [1]}, "share between 0 and 1"),
        ({"online": "yes"}, "neither True nor False"),
        ({"limit": 0}, "1 or more"),
        ({"limit": -5}, "1 or more"),
        ({"limit": 2.5}, "whole number"),
        ({"limit": True}, "whole number"),
        ({"limit": "10"}, "whole number"),
        ({"region": (11, 46, 12, 45)}, "south"),
    ],
    ids=str,
)
def test_bad_input_says_what_to_do(arguments: dict[str, Any], sentence: str) -> None:
    if arguments and "region" not in arguments and "start" not in arguments:
        arguments = {"region": REGION, **arguments}
    with pytest.raises(BadInput, match=sentence):
        Query.build(**arguments)


@pytest.mark.parametrize("bound", [{"region": REGION}, {"tile": "32TPS"}, {"name": "S2A_*"}, {"limit": 5}])
def test_any_one_bound_is_enough(bound: dict[str, Any]) -> None:
    Query.build(**bound)


def test_a_query_cannot_be_changed() -> None:
    query = Query.build(REGION)
    with pytest.raises(AttributeError):
        query.limit = 3  # type: ignore[misc]  # that is what is tested


def test_unset_arguments_are_left_out_of_the_plain_form() -> None:
    assert Query.build(tile="32TPS", end="2024").to_dict() == {
        "tile": ["32TPS"],
        "end": "2024-12-31T23:59:59.999999+00:00",
    }


@st.composite
def regions(draw: st.DrawFn) -> Any:
    west, east = draw(st.tuples(st.floats(-180, 180), st.floats(-180, 180)).filter(lambda x: abs(x[0] - x[1]) > 1e-3))
    south = draw(st.floats(-89, 88))
    north = draw(st.floats(south + 1e-3, 90))
    box = (west, south, east, north)
    if draw(st.booleans()) or west > east:
        return box
    corners = draw(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=9))
    shape = shapely.Polygon([(west + x * (east - west), south + y * (north - south)) for x, y in corners])
    return shape if shapely.make_valid(shape).area > 1e-6 else box


TIMES = st.datetimes(timezones=st.just(UTC)) | st.dates() | st.dates().map(str) | st.integers(1000, 9999).map(str)
ARGUMENTS = st.fixed_dictionaries(
    {"region": regions()},
    optional={
        "start": TIMES,
        "product_type": st.lists(st.sampled_from(["L1C", "L2A", "L2Ap", "S2MSI1C"]), max_size=3),
        "cloud_cover": st.floats(0, 100) | st.tuples(st.floats(0, 50), st.floats(50, 100)),
        "relative_orbit": st.integers(1, 143) | st.lists(st.integers(1, 143), max_size=3),
        "orbit_direction": st.sampled_from(["ascending", "Descending"]),
        "tile": st.lists(st.sampled_from(["32TPS", "T01CEH", "60XWQ"]), max_size=2),
        "platform": st.sampled_from(["S2A", "S2B", "S2C"]),
        "name": st.sampled_from([NAME, "S2A_*", "*_T32TPS_?*"]),
        "online": st.booleans(),
        "limit": st.integers(1, 10**9),
    },
)


@settings(max_examples=60)
@given(ARGUMENTS, st.none() | TIMES)
def test_a_question_written_as_json_asks_the_same_again(arguments: dict[str, Any], end: Any) -> None:
    query = Query.build(**arguments)
    if end is not None and (query.start is None or Query.build(limit=1, end=end).end >= query.start):  # type: ignore[operator]
        query = Query.build(**arguments, end=end)
    again = json.loads(json.dumps(query.to_dict()))
    assert Query.build(**again) == query
    assert Query.build(**again).to_dict() == query.to_dict()
