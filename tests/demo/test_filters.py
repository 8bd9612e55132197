"""The $filter language: what it means, what it excludes for certain, what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from s2dl.demo.service.bounds import NOTHING
from s2dl.demo.service.faults import Faults
from s2dl.demo.service.holdings import Holdings, Question
from s2dl.demo.service.odata.filters import FilterError, parse_filter
from s2dl.demo.world.scene import Scene
from s2dl.demo.world.world import World

Predicate = Callable[[Scene], bool]
Case = tuple[str, Predicate]

WORLD = World()
START, END = datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 6, 12, tzinfo=UTC)
HOME = shapely.box(10.5, 46, 12, 47.2)
WITHIN = (
    "ContentDate/Start ge 2024-06-01 and ContentDate/Start le 2024-06-12T00:00:00Z and "
    f"OData.CSC.Intersects(area=geography'SRID=4326;{HOME.wkt}')"
)
COMPARISONS: dict[str, Callable[[object, object], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,  # type: ignore[operator]  # of one type, by construction
    "le": lambda a, b: a <= b,  # type: ignore[operator]
    "gt": lambda a, b: a > b,  # type: ignore[operator]
    "ge": lambda a, b: a >= b,  # type: ignore[operator]
}


@pytest.fixture(scope="module")
def pool() -> list[Scene]:
    return list(WORLD.find(start=START, end=END, region=HOME))


def attribute(name: str, kind: str, relation: str, value: str) -> str:
    typed = f"OData.CSC.{kind}Attribute"
    return f"Attributes/{typed}/any(att:att/Name eq '{name}' and att/{typed}/Value {relation} {value})"


relations = st.sampled_from(sorted(COMPARISONS))
moments = st.integers(0, 12 * 24).map(lambda hours: START + timedelta(hours=hours))


@st.composite
def by_time(draw: st.DrawFn) -> Case:
    relation, moment = draw(relations), draw(moments)
    field, value = draw(
        st.sampled_from(
            [
                ("ContentDate/Start", lambda scene: scene.sensing),
                ("ContentDate/End", lambda scene: scene.sensing),
                ("PublicationDate", lambda scene: scene.published),
            ]
        )
    )
    text = draw(st.sampled_from([f"{moment:%Y-%m-%dT%H:%M:%S.000Z}", f"'{moment:%Y-%m-%dT%H:%M:%S}'"]))
    return f"{field} {relation} {text}", lambda scene: COMPARISONS[relation](value(scene), moment)


@st.composite
def by_number(draw: st.DrawFn) -> Case:
    relation = draw(relations)
    if draw(st.booleans()):
        cloud = draw(st.floats(0, 100))
        return (
            attribute("cloudCover", "Double", relation, f"{cloud:.2f}"),
            lambda scene: (
                scene.cloud_cover is not None and COMPARISONS[relation](scene.cloud_cover, float(f"{cloud:.2f}"))
            ),
        )
    orbit = draw(st.sampled_from([21, 22, 65, 108, 143]))
    return (
        attribute("relativeOrbitNumber", "Integer", relation, str(orbit)),
        lambda scene: COMPARISONS[relation](scene.relative_orbit, orbit),
    )


@st.composite
def by_text(draw: st.DrawFn) -> Case:
    relation = draw(st.sampled_from(["eq", "ne"]))
    name, values, value = draw(
        st.sampled_from(
            [
                ("tileId", ["32TPS", "32TPT", "10SGD"], lambda scene: scene.tile),
                ("productType", ["S2MSI1C", "S2MSI2A", "S2MSI3"], lambda scene: scene.product_type),
                ("platformSerialIdentifier", ["A", "B"], lambda scene: scene.platform),
                ("platformShortName", ["SENTINEL-2", "SENTINEL-1"], lambda _: "SENTINEL-2"),
            ]
        )
    )
    wanted = draw(st.sampled_from(values))
    return (
        attribute(name, "String", relation, f"'{wanted}'"),
        lambda scene: COMPARISONS[relation](value(scene), wanted),
    )


@st.composite
def by_name(draw: st.DrawFn) -> Case:
    return draw(
        st.sampled_from(
            [
                ("contains(Name,'T32TPS')", lambda scene: "T32TPS" in scene.name),
                ("contains(Name, '_R022_')", lambda scene: "_R022_" in scene.name),
                ("contains(Name,'MSIL2A')", lambda scene: "MSIL2A" in scene.name),
                ("startswith(Name,'S2B')", lambda scene: scene.name.startswith("S2B")),
                (
                    "startswith(Name,'S2A_MSIL1C_20240605T')",
                    lambda scene: scene.name.startswith("S2A_MSIL1C_20240605T"),
                ),
                ("endswith(Name,'.SAFE')", lambda scene: scene.name.endswith(".SAFE")),
                ("Online eq true", lambda scene: scene.online),
                ("Collection/Name ne 'SENTINEL-2'", lambda _: False),
            ]
        )
    )


@st.composite
def by_place(draw: st.DrawFn) -> Case:
    west, south = draw(st.floats(9, 12)), draw(st.floats(45, 47))
    shape = draw(
        st.sampled_from(
            [
                shapely.Point(west, south),
                shapely.box(west, south, west + 0.3, south + 0.2),
                shapely.MultiPolygon([shapely.box(west, south, west + 0.1, south + 0.1), shapely.box(20, 0, 21, 1)]),
                shapely.LineString([(west, south), (west + 1, south)]),
            ]
        )
    )
    wkt = shapely.to_wkt(shape, rounding_precision=4)
    same = shapely.from_wkt(wkt)
    gap = draw(st.sampled_from([wkt, wkt.replace(" (", "(", 1)]))
    return (
        f"OData.CSC.Intersects(area=geography'SRID=4326;{gap}')",
        lambda scene: bool(shapely.intersects(same, scene.footprint)),
    )


def joined(word: str, parts: list[Case]) -> Case:
    judge = all if word == "and" else any
    return (
        "(" + f" {word} ".join(text for text, _ in parts) + ")",
        lambda scene: judge(holds(scene) for _, holds in parts),
    )


def combined(inner: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        several.map(lambda parts: joined("and", parts)),
        several.map(lambda parts: joined("or", parts)),
        inner.map(lambda part: (f"not ({part[0]})", lambda scene: not part[1](scene))),
    )


cases = st.recursive(st.one_of(by_time(), by_number(), by_text(), by_name(), by_place()), combined, max_leaves=6)


@settings(max_examples=150, deadline=None)
@given(case=cases)
def test_a_filter_finds_what_its_conditions_say(pool: list[Scene], case: Case) -> None:
    text, holds = case
    found, more = Holdings(WORLD, Faults()).page(Question(parse_filter(f"{WITHIN} and {text}")), 0, 1000)
    assert [scene.name for scene in found] == [scene.name for scene in pool if holds(scene)]
    assert not more


def test_the_pool_is_worth_searching(pool: list[Scene]) -> None:
    assert len(pool) > 50
    assert len({scene.tile for scene in pool}) > 3
    assert len({scene.relative_orbit for scene in pool}) > 1


def ids(text: str) -> list[str]:
    found, _ = Holdings(WORLD, Faults()).page(Question(parse_filter(text)), 0, 1000)
    return [scene.id for scene in found]


def test_exact_names_and_ids_need_no_search(pool: list[Scene]) -> None:
    first, second = pool[:2]
    assert ids(f"Name eq '{first.name}'") == [first.id]
    assert ids(f"Id eq {first.id} or Id eq '{second.id.upper()}'") == [first.id, second.id]
    assert ids(f"Name eq '{first.name}' or Id eq {second.id}") == [first.id, second.id]
    assert ids(f"Name eq '{first.name}' and Id eq {second.id}") == []
    assert ids("Name eq 'it''s nothing'") == []


@pytest.mark.parametrize(
    "spelling",
    [
        "Attributes/{0}/any(att:att/Name eq 'tileId' and att/{0}/Value eq '32TPS')",
        "Attributes/{0}/any(i0:i0/Name eq 'tileId' and i0/Value eq '32TPS')",
        "Attributes/{0}/any(a:a/{0}/Value eq '32TPS' and a/Name eq 'tileId')",
        "(contains(Name,'_T32TPS_'))",
    ],
)
def test_ways_to_say_a_tile(pool: list[Scene], spelling: str) -> None:
    text = spelling.format("OData.CSC.StringAttribute")
    assert ids(f"{WITHIN} and {text}") == [scene.id for scene in pool if scene.tile == "32TPS"]


@pytest.mark.parametrize(
    ("outer", "inner", "value"),
    [
        ("Integer", "Integer", "22"),
        ("Integer", "String", "22"),
        ("String", "String", "'22'"),
        ("Double", "Integer", "22.0"),
    ],
)
def test_ways_to_say_an_orbit(pool: list[Scene], outer: str, inner: str, value: str) -> None:
    spelling = (
        f"Attributes/OData.CSC.{outer}Attribute/any(att:att/Name eq 'relativeOrbitNumber' and "
        f"att/OData.CSC.{inner}Attribute/Value eq {value})"
    )
    assert ids(f"{WITHIN} and {spelling}") == [scene.id for scene in pool if scene.relative_orbit == 22]


@pytest.mark.parametrize(
    "moment", ["2024-06-05", "'2024-06-05'", "2024-06-05T00:00:00Z", "'2024-06-05T02:00:00.000+02:00'"]
)
def test_ways_to_say_a_moment(pool: list[Scene], moment: str) -> None:
    midnight = datetime(2024, 6, 5, tzinfo=UTC)
    found = ids(f"{WITHIN} and ContentDate/Start gt {moment}")
    assert found == [scene.id for scene in pool if scene.sensing > midnight]


def test_footprint_is_another_way_to_say_where(pool: list[Scene]) -> None:
    text = "ContentDate/Start ge 2024-06-01 and ContentDate/Start le 2024-06-12 and "
    assert ids(f"{text} Footprint=geography'SRID=4326;{HOME.wkt}'") == [scene.id for scene in pool]


def test_attribute_that_nothing_has_finds_nothing() -> None:
    assert parse_filter(attribute("snow", "Double", "lt", "5")).bounds() == NOTHING


@pytest.mark.parametrize(
    "text",
    [
        "Name",
        "Name eq",
        "Name eq 'a' and",
        "Name eq 'a' Name eq 'b'",
        "(Name eq 'a'",
        "Name eq 'a",
        "Name = 'a'",
        "Name eq 5",
        "Online eq 'maybe'",
        "Cloud lt 5",
        "ContentDate/Start gt datetime'2024-01-01'",
        "ContentDate/Start gt 2024-13-01",
        "ContentDate/Start gt 2024-01-01T00:00:00 02:00",
        "contains(Id,'a')",
        "contains(Name,5)",
        attribute("cloudCover", "Double", "lt", "'much'"),
        attribute("tileId", "String", "lt", "'32TPS'"),
        "Attributes/OData.CSC.StringAttribute/any(a:b/Name eq 'tileId' and a/Value eq '32TPS')",
        "Attributes/OData.CSC.StringAttribute/any(a:a/Value eq 'x' and a/Value eq '32TPS')",
        "OData.CSC.Intersects(area=geography'SRID=3857;POINT(1 2)')",
        "OData.CSC.Intersects(area=geography'SRID=4326;POLYGON((1 2, 3')",
        "OData.CSC.Intersects(area=geography'SRID=4326;POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))')",
        "OData.CSC.Intersects(area=geography'SRID=4326;POINT EMPTY')",
        "not " * 1000 + "Online eq true",
        "(" * 1000,
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(FilterError, match="Invalid"):
        parse_filter(text)


@given(text=st.text(alphabet="Name eq'()ContdaDSrt/0123456789-.:,=and or not'", max_size=80))
def test_nonsense_is_refused_and_nothing_else_happens(text: str) -> None:
    with suppress(FilterError):
        parse_filter(text)
