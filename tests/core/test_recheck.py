"""What a pattern says of the products that it matches narrows the question and loses none of them."""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl.catalogue.recheck import narrowed, recheck
from s2dl.product import Product, parse_name
from s2dl.query import Query

NAME = "S2B_MSIL2A_20240630T101031_N0510_R022_T32TPS_20240630T160000.SAFE"


def product(name: str = NAME) -> Product:
    said = parse_name(name)
    assert said is not None
    return Product(
        id="1",
        name=name,
        product_type=said.product_type,
        platform=said.platform,
        tile=said.tile,
        relative_orbit=said.relative_orbit,
        sensing_start=said.sensing_start,
    )


def test_a_full_pattern_says_all() -> None:
    query = narrowed(Query.build(name="S2B_MSIL2A_20240630T*_R022_T32TPS_*"))
    assert (query.platform, query.product_type) == (("S2B",), ("S2MSI2A",))
    assert (query.relative_orbit, query.tile) == ((22,), ("32TPS",))
    assert query.start == datetime(2024, 6, 29, tzinfo=UTC)
    assert query.end == datetime(2024, 7, 2, tzinfo=UTC)


@pytest.mark.parametrize("name", ["*", "S2?_*", "*[_R022_]*", "S2[AB]*", "*_T[3]2TPS_*", "S2?_MSIL??_20249999T*"])
def test_what_a_pattern_leaves_open_stays_open(name: str) -> None:
    query = narrowed(Query.build(name=name))
    assert query.tile == query.relative_orbit == query.platform == ()
    assert query.start is query.end is None


def test_the_question_goes_before_the_pattern() -> None:
    asked = Query.build(name="S2B_*_T32TPS_*", tile="33TVN", platform="S2A", start="2020", end="2021")
    assert narrowed(asked) == asked


def test_an_exact_name_narrows_nothing() -> None:
    asked = Query.build(name=NAME)
    assert narrowed(asked) == asked


wildcards = st.sampled_from(["*", "?", "[0-9]", "[A-Z_]", "[!x]"])


@given(st.lists(st.tuples(st.integers(0, len(NAME)), st.integers(0, 12), wildcards), min_size=1, max_size=5))
def test_no_product_that_a_pattern_matches_is_lost(holes: list[tuple[int, int, str]]) -> None:
    pattern = NAME
    for begin, length, wildcard in sorted(holes, reverse=True):
        pattern = pattern[:begin] + wildcard + pattern[begin + length :]
    query = narrowed(Query.build(name=pattern))
    kept = recheck([product()], query)
    assert bool(kept) == fnmatchcase(NAME, query.name or "")


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ({"start": "2024-06-30T10:10:31Z"}, True),
        ({"start": "2024-06-30T10:10:32Z"}, False),
        ({"end": "2024-06-30T10:10:31Z"}, True),
        ({"end": "2024-06-30T10:10:30Z"}, False),
        ({"product_type": ["L1C", "L2A"]}, True),
        ({"product_type": "L2Ap"}, False),
        ({"tile": "32TPT"}, False),
        ({"platform": "S2A"}, False),
        ({"relative_orbit": 65}, False),
        ({"online": True}, True),
        ({"online": False}, False),
        ({"cloud_cover": 100}, False),
        ({"name": NAME}, True),
        ({"name": NAME.replace("N0510", "N0511")}, False),
    ],
    ids=str,
)
def test_each_criterion_is_applied(question: dict[str, object], kept: bool) -> None:
    query = Query.build((11, 46, 12, 47), **question)  # type: ignore[arg-type]
    assert bool(recheck([product()], query)) is kept


@pytest.mark.parametrize(("clouds", "kept"), [(9.9, False), (10.0, True), (20.0, True), (20.1, False), (None, False)])
def test_the_limits_of_cloud_cover_belong_to_it(clouds: float | None, kept: bool) -> None:
    cloudy = product()
    cloudy.cloud_cover = clouds
    assert bool(recheck([cloudy], Query.build(tile="32TPS", cloud_cover=(10, 20)))) is kept


def test_what_a_product_does_not_say_does_not_exclude_it() -> None:
    silent = Product(id="1", name="old.SAFE")
    query = Query.build(tile="32TPS", platform="S2A", relative_orbit=22, product_type="L1C", start="2024")
    assert recheck([silent], query) == [silent]
