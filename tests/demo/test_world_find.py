"""Finding products in the made-up archive: complete, ordered, the same for everyone."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from s2dl.demo.world import Scene, World

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BEGIN = datetime(2021, 6, 21, 9, 0, tzinfo=UTC)
END = BEGIN + timedelta(hours=3)
BOLZANO = shapely.box(11.2, 46.4, 11.5, 46.6)
NAME = re.compile(r"S2([ABC])_MSIL(1C|2A)_\d{8}T\d{6}_N\d{4}_R\d{3}_T\d{2}[C-X][A-Z]{2}_\d{8}T\d{6}\.SAFE")


@pytest.fixture(scope="module")
def world() -> World:
    return World(now=NOW)


@pytest.fixture(scope="module")
def morning(world: World) -> list[Scene]:
    """Everything sensed in three hours."""
    return list(world.find(start=BEGIN, end=END))


def fits(scene: Scene, criteria: dict[str, Any]) -> bool:
    """Say whether a product satisfies criteria, looking at nothing but the product."""
    checks = {
        "start": lambda v: scene.sensing >= v,
        "end": lambda v: scene.sensing <= v,
        "region": lambda v: shapely.intersects(v, scene.footprint),
        "tiles": lambda v: scene.tile in v,
        "product_types": lambda v: scene.product_type in v,
        "platforms": lambda v: scene.platform in v,
        "relative_orbits": lambda v: scene.relative_orbit in v,
    }
    return all(checks[name](value) for name, value in criteria.items())


moments = st.datetimes(BEGIN.replace(tzinfo=None), END.replace(tzinfo=None), timezones=st.just(UTC))
boxes = st.builds(
    lambda x, y, w, h: shapely.box(x, y, min(x + w, 180), min(y + h, 90)),
    st.floats(-180, 179), st.floats(-70, 85), st.floats(0.01, 60), st.floats(0.01, 40),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_finds_what_fits_and_nothing_else(world: World, morning: list[Scene], data: st.DataObject) -> None:
    tiles = sorted({scene.tile for scene in morning})
    relative_orbits = sorted({scene.relative_orbit for scene in morning})
    optional = {
        "region": boxes,
        "tiles": st.sets(st.sampled_from(tiles), max_size=5),
        "product_types": st.sets(st.sampled_from(["S2MSI1C", "S2MSI2A"])),
        "platforms": st.sets(st.sampled_from("ABC")),
        "relative_orbits": st.sets(st.sampled_from(relative_orbits)),
    }
    criteria = data.draw(st.fixed_dictionaries({"start": moments, "end": moments}, optional=optional))
    expected = [scene for scene in morning if fits(scene, criteria)]
    assert list(world.find(**criteria)) == expected
    assert list(world.find(**criteria, descending=True)) == expected[::-1]


def test_a_month_over_one_place(world: World) -> None:
    start, end = datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)
    found = list(world.find(start=start, end=end, region=BOLZANO, product_types={"S2MSI2A"}))
    assert {scene.relative_orbit for scene in found} == {22, 65}
    assert {scene.platform for scene in found} == {"A", "B"}
    assert len({scene.sensing for scene in found}) == 12
    assert all(start <= scene.sensing <= end for scene in found)


def test_order_is_by_sensing_and_id(morning: list[Scene]) -> None:
    assert len(morning) > 1000
    keys = [(scene.sensing, scene.id) for scene in morning]
    assert keys == sorted(keys)
    assert len({scene.name for scene in morning}) == len({scene.id for scene in morning}) == len(morning)


def test_bounds_are_inclusive(world: World, morning: list[Scene]) -> None:
    scene = morning[0]
    exact = list(world.find(start=scene.sensing, end=scene.sensing))
    assert scene in exact
    assert {found.sensing for found in exact} == {scene.sensing}


def test_paging_past_what_is_remembered_goes_on_in_order(world: World) -> None:
    begin = datetime(2023, 7, 1, tzinfo=UTC)
    scenes = list(islice(world.find(start=begin), 13_000))
    assert len({scene.id for scene in scenes}) == 13_000
    keys = [(scene.sensing, scene.id) for scene in scenes]
    assert keys == sorted(keys)


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_product_is_found_by_id_name_and_quicklook(world: World, morning: list[Scene], data: st.DataObject) -> None:
    scene = data.draw(st.sampled_from(morning))
    assert world.by_id(scene.id) == scene
    assert world.by_name(scene.name) == scene
    assert scene.quicklook_id is None or world.by_quicklook(scene.quicklook_id) == scene


def test_ids_and_names_that_are_not_there(world: World, morning: list[Scene]) -> None:
    scene = next(scene for scene in morning if scene.quicklook_id)
    for text in ("", "nonsense", "00000000-0000-4000-8000-000000000000", scene.id.upper(), scene.quicklook_id):
        assert world.by_id(text) is None
    assert world.by_quicklook(scene.id) is None
    assert World(seed=1, now=NOW).by_id(scene.id) is None
    for name in (
        "",
        scene.name.removesuffix(".SAFE"),
        scene.name.replace(scene.tile, "32TII"),
        scene.name.replace("_N", "_N9"),
    ):
        assert world.by_name(name) is None
    assert world.by_name(re.sub(r"_\d{8}", "_20219999", scene.name, count=1)) is None


@settings(max_examples=200, deadline=None)
@given(st.uuids())
def test_made_up_ids_name_nothing(world: World, made_up: Any) -> None:
    assert world.by_id(str(made_up)) is None


def test_two_worlds_of_one_seed_are_equal(world: World, morning: list[Scene]) -> None:
    other = list(World(now=NOW + timedelta(days=400)).find(start=BEGIN, end=END))
    assert [asdict(scene) for scene in other[:200]] == [asdict(scene) for scene in morning[:200]]
    assert other == morning


def test_another_seed_is_another_world(morning: list[Scene]) -> None:
    other = list(World(seed=5, now=NOW).find(start=BEGIN, end=END))
    assert not {scene.id for scene in other} & {scene.id for scene in morning}
    assert {scene.cloud_cover for scene in other} != {scene.cloud_cover for scene in morning}


def test_nothing_is_published_after_now() -> None:
    now = datetime(2021, 6, 21, 12, 0, tzinfo=UTC)
    early = World(now=now)
    found = list(early.find(start=now - timedelta(hours=12), region=shapely.box(-30, 30, 60, 70)))
    later = list(World(now=NOW).find(start=now - timedelta(hours=12), end=now, region=shapely.box(-30, 30, 60, 70)))
    assert found
    assert found == [scene for scene in later if scene.published <= now]
    unpublished = next(scene for scene in later if scene.published > now)
    assert early.by_name(unpublished.name) is None
    assert early.by_id(unpublished.id) is None


def test_names_say_what_the_products_are(morning: list[Scene]) -> None:
    for scene in morning[::50]:
        assert NAME.fullmatch(scene.name)
        mission, level, sensing, baseline, orbit, tile, processed = scene.name.removesuffix(".SAFE").split("_")
        assert mission == f"S2{scene.platform}"
        assert level == f"MSIL{scene.product_type[-2:]}"
        assert sensing == scene.sensing.strftime("%Y%m%dT%H%M%S")
        assert baseline == f"N{scene.baseline.replace('.', '')}"
        assert orbit == f"R{scene.relative_orbit:03d}"
        assert tile == f"T{scene.tile}"
        assert processed == scene.processed.strftime("%Y%m%dT%H%M%S")
        assert scene.s3_path.endswith(f"{scene.sensing:/%Y/%m/%d/}{scene.name}")
        assert scene.sensing < scene.processed < scene.published


@pytest.mark.parametrize(
    ("day", "baselines"),
    [
        ("2018-06-29", {"02.06", "05.00"}),
        ("2021-02-08", {"02.09", "05.00"}),
        ("2022-02-10", {"04.00", "05.10"}),
        ("2023-02-16", {"05.09", "05.10"}),
        ("2024-03-01", {"05.10"}),
        ("2025-03-01", {"05.11"}),
    ],
)
def test_baselines_of_the_time(world: World, day: str, baselines: set[str]) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=10)
    tropics = shapely.box(-75, -13, -70, -10)
    found = world.find(start=start, end=start + timedelta(days=20), region=tropics, product_types={"S2MSI1C"})
    assert {scene.baseline for scene in found} == baselines


def test_some_old_datatakes_exist_in_two_baselines(world: World) -> None:
    found = world.find(
        start=datetime(2020, 1, 1, tzinfo=UTC),
        end=datetime(2021, 1, 1, tzinfo=UTC),
        tiles={"32TPS"},
        product_types={"S2MSI1C"},
    )
    kept: dict[datetime, set[str]] = {}
    for scene in found:
        kept.setdefault(scene.sensing, set()).add(scene.baseline)
        assert ("_N0500/" in scene.s3_path) == (scene.baseline == "05.00")
    assert {"05.00"} in kept.values()
    assert any(len(baselines) == 2 for baselines in kept.values())
    assert any("05.00" not in baselines for baselines in kept.values())


def test_level_2a_begins_in_europe(world: World) -> None:
    window = {"start": datetime(2017, 5, 1, tzinfo=UTC), "end": datetime(2017, 6, 1, tzinfo=UTC)}
    assert any(s.product_type == "S2MSI2A" for s in world.find(**window, tiles={"32TPS"}))
    assert {s.product_type for s in world.find(**window, tiles={"18LTM"})} == {"S2MSI1C"}


def test_split_datatakes_have_complementary_products(world: World) -> None:
    found = world.find(
        start=datetime(2022, 2, 1, tzinfo=UTC),
        end=datetime(2022, 4, 1, tzinfo=UTC),
        relative_orbits={22},
        product_types={"S2MSI1C"},
    )
    same: dict[tuple[Any, ...], list[Scene]] = {}
    for scene in found:
        same.setdefault((scene.sensing, scene.tile, scene.baseline), []).append(scene)
    pairs = [scenes for scenes in same.values() if len(scenes) == 2]
    assert pairs
    for one, other in pairs:
        assert one.processed != other.processed
        assert one.footprint.intersection(other.footprint).area < 0.01 * one.footprint.area


def test_footprints_at_the_antimeridian_are_split(world: World) -> None:
    day = datetime(2024, 6, 1, tzinfo=UTC)
    found = list(world.find(start=day, end=day + timedelta(days=5), region=shapely.box(179.9, 64, 180, 66)))
    split = [scene for scene in found if scene.footprint.geom_type == "MultiPolygon"]
    assert split
    for scene in split:
        assert (scene.footprint.bounds[0], scene.footprint.bounds[2]) == (-180, 180)
    west = list(world.find(start=day, end=day + timedelta(days=5), region=shapely.box(-180, 64, -179.9, 66)))
    assert {scene.id for scene in split} <= {scene.id for scene in west}


def test_no_images_of_the_polar_night(world: World) -> None:
    north = shapely.box(10, 68, 30, 72)
    winter, summer = datetime(2023, 12, 15, tzinfo=UTC), datetime(2023, 6, 15, tzinfo=UTC)
    assert not list(world.find(start=winter, end=winter + timedelta(days=10), region=north))
    assert list(world.find(start=summer, end=summer + timedelta(days=10), region=north))


def test_clouds_are_plausible(world: World, morning: list[Scene]) -> None:
    known = [scene.cloud_cover for scene in morning if scene.cloud_cover is not None]
    assert 0 < len(morning) - len(known) < 0.01 * len(morning)
    assert min(known) >= 0
    assert max(known) <= 100
    assert sum(cloud < 10 for cloud in known) > 0.1 * len(known)
    assert sum(cloud > 90 for cloud in known) > 0.1 * len(known)
    by_place: dict[str, list[float]] = {}
    for scene in morning:
        if scene.cloud_cover is not None and scene.platform == "A":
            by_place.setdefault(scene.tile, []).append(scene.cloud_cover)
    assert all(max(clouds) - min(clouds) < 25 for clouds in by_place.values())


def test_deserts_are_clearer_than_the_congo(world: World) -> None:
    def mean(region: shapely.Geometry) -> float:
        year = world.find(
            start=datetime(2022, 1, 1, tzinfo=UTC),
            end=datetime(2023, 1, 1, tzinfo=UTC),
            region=region,
            product_types={"S2MSI1C"},
        )
        clouds = [scene.cloud_cover for scene in year if scene.cloud_cover is not None]
        return sum(clouds) / len(clouds)

    assert mean(shapely.Point(25, 24)) + 15 < mean(shapely.Point(23, 0))
