"""The made-up satellites pass where and when the real ones did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
import shapely

from s2dl.demo.world import orbits
from s2dl.demo.world.grid import grid
from s2dl.demo.world.swaths import FIRST, SECOND, WHOLE, coverage, near

REAL = [  # platform, relative orbit, absolute orbit (where known), tile, start of the datatake
    ("A", 30, None, "56JMM", "2018-06-29T00:02:41"),
    ("A", 125, 34442, "18LTM", "2022-01-25T15:17:01"),
    ("A", 45, 26783, "54PXA", "2020-08-08T01:03:11"),
    ("B", 81, None, "22HBD", "2021-01-22T13:32:29"),
    ("A", 76, None, "46UEU", "2023-02-16T04:48:51"),
    ("B", 33, 20508, "49WDM", "2021-02-08T04:39:39"),
]
FOOTPRINTS = {  # of real products, thinned to their corners
    (45, "54PXA"): [
        (142.35279, 13.47587), (142.93809, 13.47254), (142.94381, 14.15499), (142.51990, 14.22405),
    ],
    (33, "49WDM"): [
        (109.52155, 64.91321), (109.29628, 64.70681), (109.08651, 64.51170), (108.92685, 64.36177),
        (108.88543, 64.90913),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("platform", "relative", "absolute", "tile", "began"), REAL)
def test_passes_over_a_real_product(platform: str, relative: int, absolute: int | None, tile: str, began: str) -> None:
    moment = datetime.fromisoformat(began).replace(tzinfo=UTC)
    seen = coverage(relative)
    segments = set(seen.segment[seen.tile == grid().index[tile]])
    around = timedelta(minutes=15)
    takes = orbits.datatakes(moment - around, moment + around, platforms={platform}, relative_orbits={relative})
    fitting = [take for take in takes if take.segment in segments]
    assert fitting
    assert absolute is None or {take.absolute_orbit for take in fitting} == {absolute}


@pytest.mark.parametrize(("where", "corners"), FOOTPRINTS.items())
def test_edge_of_the_swath_lies_where_it_did(where: tuple[int, str], corners: list[tuple[float, float]]) -> None:
    relative, tile = where
    seen = coverage(relative)
    rows = np.flatnonzero((seen.tile == grid().index[tile]) & (seen.part == WHOLE))
    ours = shapely.union_all(seen.footprint[rows])
    real = shapely.Polygon(corners)
    assert shapely.hausdorff_distance(ours.intersection(shapely.box(*real.bounds)), real) < 0.1
    assert ours.intersection(real).area > 0.9 * real.area


def test_orbits_over_bolzano() -> None:
    assert near(shapely.Point(11.35, 46.5)) == {22, 65}


def test_comes_back_after_ten_days_at_the_same_time() -> None:
    begin = datetime(2020, 3, 1, tzinfo=UTC)
    first = list(orbits.datatakes(begin, begin + timedelta(days=2)))
    later = list(orbits.datatakes(begin + timedelta(days=10), begin + timedelta(days=12)))
    assert [(t.platform, t.relative_orbit, t.sensing + timedelta(days=10)) for t in first] == [
        (t.platform, t.relative_orbit, t.sensing) for t in later
    ]


def test_two_satellites_see_a_place_every_five_days() -> None:
    begin = datetime(2020, 3, 1, tzinfo=UTC)
    takes = orbits.datatakes(begin, begin + timedelta(days=20), relative_orbits={22})
    days = [(take.platform, take.sensing.date()) for take in takes if take.segment == 0]
    assert [platform for platform, _ in days] in (["A", "B"] * 2, ["B", "A"] * 2)
    assert {(b - a).days for (_, a), (_, b) in pairwise(days)} == {5}


@pytest.mark.parametrize(("platform", "first"), [("A", "2015-07-04"), ("B", "2017-03-15"), ("C", "2024-10-01")])
def test_nothing_before_the_first_image(platform: str, first: str) -> None:
    begin = datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert not list(orbits.datatakes(begin - timedelta(days=30), begin, platforms={platform}))
    assert list(orbits.datatakes(begin, begin + timedelta(days=1), platforms={platform}))


def test_sentinel_2c_takes_the_place_of_2a() -> None:
    def days(platform: str, year: int) -> list[int]:
        begin = datetime(year, 6, 1, tzinfo=UTC)
        takes = orbits.datatakes(begin, begin + timedelta(days=10), platforms={platform}, relative_orbits={22})
        return [(t.sensing - datetime(2020, 1, 1, tzinfo=UTC)).days % 10 for t in takes if t.segment == 0]

    assert days("A", 2024) == days("C", 2025)
    assert days("A", 2025) != days("C", 2025)


def test_no_two_datatakes_begin_at_one_time() -> None:
    begin = datetime(2025, 1, 10, tzinfo=UTC)
    moments = [take.sensing for take in orbits.datatakes(begin, begin + timedelta(days=30))]
    assert moments == sorted(set(moments))
    newest_first = orbits.datatakes(begin, begin + timedelta(days=30), descending=True)
    assert [take.sensing for take in newest_first] == moments[::-1]


@pytest.mark.parametrize("relative", [1, 22, 88, 143])
def test_footprints_are_sound(relative: int) -> None:
    seen = coverage(relative)
    outline = grid().outlines[seen.tile]
    assert shapely.is_valid(seen.footprint).all()
    assert set(shapely.get_type_id(seen.footprint)) <= {3, 6}
    assert (shapely.area(seen.footprint) >= 0.0029 * shapely.area(outline)).all()
    west, south, east, north = shapely.bounds(seen.footprint).T
    assert west.min() >= -180
    assert east.max() <= 180
    assert south.min() > -59
    assert north.max() < 85


def test_parts_of_a_split_datatake_complete_each_other() -> None:
    seen = coverage(22)
    divided = np.flatnonzero(seen.divided)
    assert len(divided)
    for row in divided:
        same = (seen.tile == seen.tile[row]) & (seen.segment == seen.segment[row])
        first, second = (seen.footprint[same & (seen.part == part)][0] for part in (FIRST, SECOND))
        assert first.union(second).area == pytest.approx(seen.footprint[row].area, rel=1e-3)
        assert first.intersection(second).area < 1e-3 * seen.footprint[row].area
