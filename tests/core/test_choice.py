"""Choosing among scenes: latest baselines, overpasses, best covers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from core.made_scenes import REGION, part, product, table
from hypothesis import given, settings
from hypothesis import strategies as st

import s2dl
from s2dl.choice import cover
from s2dl.choice.baseline import latest_baseline
from s2dl.choice.cover import best_cover
from s2dl.choice.overpass import by_overpass, enough_coverage
from s2dl.demo import DataSpace
from s2dl.equal_area import coverage
from s2dl.errors import BadInput, BadRegion


@pytest.fixture(scope="module")
def space() -> Iterator[DataSpace]:
    with DataSpace() as running:
        yield running


def names(scenes: gpd.GeoDataFrame) -> set[str]:
    return set(scenes["name"])


# Latest baseline


def test_the_highest_baseline_stays() -> None:
    old = product(baseline="0209", stamp="20250101T000000")
    new = product(baseline="0500")
    newest = product(baseline="0510")
    assert names(latest_baseline(table(old, newest, new))) == {newest.name}


def test_baselines_compare_as_numbers_and_a_missing_one_is_lowest() -> None:
    unknown = product(stamp="20250101T000000", baseline="0100")
    unknown.baseline = None
    known = product(baseline="0204")
    assert names(latest_baseline(table(unknown, known))) == {known.name}


def test_of_one_baseline_collection_1_stays_then_the_newest() -> None:
    reprocessed = product(s3_path="/eodata/Sentinel-2/MSI/L2A_N0500/2018/01/01/x", stamp="20230101T000000")
    later = product(s3_path="/eodata/Sentinel-2/MSI/L2A/2018/01/01/x", stamp="20240101T000000")
    latest = product(s3_path="/eodata/Sentinel-2/MSI/L2A/2018/01/01/x", stamp="20240202T000000")
    assert names(latest_baseline(table(reprocessed, later, latest))) == {reprocessed.name}
    assert names(latest_baseline(table(later, latest))) == {latest.name}


def test_the_parts_of_a_split_datatake_both_stay() -> None:
    first = product(footprint=part(0, 0.45), stamp="20240601T160000")
    second = product(footprint=part(0.4, 1), stamp="20240601T160711")
    again = product(footprint=part(0, 0.46), stamp="20240601T150000")
    older = [product(footprint=part(*ends), baseline="0400", stamp=stamp)
             for ends, stamp in (((0, 0.45), "20240501T160000"), ((0.4, 1), "20240501T160711"))]  # fmt: skip
    assert names(latest_baseline(table(first, second, again, *older))) == {first.name, second.name}


def test_a_part_that_only_an_older_baseline_has_stays() -> None:
    first = product(footprint=part(0, 0.45), baseline="0510")
    second = product(footprint=part(0.45, 1), baseline="0400", stamp="20240601T160711")
    assert names(latest_baseline(table(first, second))) == {first.name, second.name}


@pytest.mark.parametrize(
    "other",
    [
        {"platform": "S2B"},
        {"level": "L1C"},
        {"day": "20240601T101600"},
        {"orbit": 66},
        {"tile": "32TQS"},
    ],
)
def test_what_differs_in_acquisition_is_no_rival(other: dict[str, Any]) -> None:
    assert len(latest_baseline(table(product(baseline="0400"), product(**other)))) == 2


def test_what_is_not_known_well_enough_is_kept() -> None:
    blank = [product(stamp=f"2024060{n}T000000", baseline=f"040{n}") for n in (1, 2)]
    for each in blank:
        each.tile = None
    assert len(latest_baseline(table(*blank))) == 2
    unplaced = [product(footprint=None, stamp=f"2024060{n}T000000") for n in (1, 2)]
    assert names(latest_baseline(table(*unplaced))) == {unplaced[1].name}


def test_rows_keep_order_index_and_question() -> None:
    scenes = table(product(baseline="0400"), product(), product(day="20240501T101559"))
    latest = latest_baseline(scenes)
    assert list(latest.index) == [0, 2]
    assert latest.attrs == scenes.attrs
    assert latest.dtypes.equals(scenes.dtypes)
    assert latest_baseline(scenes.head(0)).empty


def test_the_embedded_archive_is_left_with_one_processing_and_all_its_ground(space: DataSpace) -> None:
    scenes = s2dl.search(tile="32SNG", start="2020-04", end="2020-06", product_type="L1C", settings=space.settings)
    key = ["platform", "sensing_start", "relative_orbit", "tile"]
    before, after = scenes.groupby(key), latest_baseline(scenes).groupby(key)
    assert before["baseline"].nunique().max() == 2
    assert after.size().max() == 2, "the world has split datatakes here"
    assert after["baseline"].nunique().max() == 1
    assert (after["baseline"].max() == before["baseline"].max()).all()
    ground = [each.geometry.apply(lambda shapes: shapely.union_all(shapes).area) for each in (before, after)]
    assert ground[1].to_numpy() == pytest.approx(ground[0].to_numpy())


# Overpasses


def test_scenes_of_a_pass_become_one_row() -> None:
    west = product(footprint=part(0, 0.5), cloud=10, tile="32TPS")
    east = product(footprint=part(0.5, 0.75), cloud=40, tile="32TQS")
    other = product(day="20240602T101559", orbit=22, cloud=None, footprint=part(0.2, 0.4))
    passes = by_overpass(table(other, east, west))
    assert passes["scenes"].tolist() == [2, 1]
    assert passes["relative_orbit"].tolist() == [65, 22]
    assert passes["coverage"].tolist() == pytest.approx([0.75, 0.2])
    assert passes["cloud_cover"].tolist() == pytest.approx([20, np.nan], nan_ok=True)
    assert passes["size"].tolist() == [2_000, 1_000]
    assert passes.geometry[0].equals(shapely.box(10, 46, 10.75, 47))
    assert passes.crs == "EPSG:4326"


def test_overlaps_count_once_in_the_coverage() -> None:
    passes = by_overpass(table(product(footprint=part(0, 0.6)), product(footprint=part(0.4, 1), tile="32TQS")))
    assert passes["coverage"].tolist() == pytest.approx([1])


@pytest.mark.parametrize("other", [{"platform": "S2B"}, {"orbit": 22}, {"level": "L1C"}, {"day": "20240611T101559"}])
def test_what_is_another_overpass(other: dict[str, Any]) -> None:
    assert len(by_overpass(table(product(), product(**other)))) == 2


def test_a_pass_over_midnight_is_one() -> None:
    before, after = product(day="20240601T235959"), product(day="20240602T000412", footprint=part(0, 1, 1, 2))
    passes = by_overpass(table(after, before))
    assert passes["scenes"].tolist() == [2]
    assert str(passes["sensing_start"][0]) == "2024-06-01 23:59:59+00:00"


def test_the_region_given_goes_before_the_questions_and_none_is_fine() -> None:
    scenes = table(product(footprint=part(0, 0.5)))
    assert by_overpass(scenes)["coverage"].tolist() == pytest.approx([0.5])
    assert by_overpass(scenes, (10, 46, 10.5, 47))["coverage"].tolist() == pytest.approx([1])
    nowhere = by_overpass(table(product(), region=None))
    assert nowhere["coverage"].isna().all()
    assert nowhere["cloud_cover"].tolist() == pytest.approx([10])
    with pytest.raises(BadRegion, match="south"):
        by_overpass(scenes, (10, 47, 11, 46))


def test_overpasses_of_nothing() -> None:
    nothing = by_overpass(table())
    assert nothing.empty
    assert list(nothing.columns) == list(by_overpass(table(product())).columns)


def test_scenes_of_unknown_time_or_orbit_are_not_lost() -> None:
    vague = [product(stamp=f"2024060{n}T000000", relative_orbit=None, sensing_start=None) for n in (1, 2)]
    assert by_overpass(table(*vague, product()))["scenes"].sum() == 3


def test_enough_coverage_keeps_whole_overpasses() -> None:
    west, east = product(footprint=part(0, 0.6)), product(footprint=part(0.5, 0.95), tile="32TQS")
    half = product(day="20240602T101559", orbit=22, footprint=part(0, 0.5))
    scenes = table(west, east, half)
    assert names(enough_coverage(scenes, least=0.9)) == {west.name, east.name}
    assert len(enough_coverage(scenes, least=0.5)) == 3
    assert len(enough_coverage(scenes, (10, 46, 10.5, 47), least=1)) == 3
    assert enough_coverage(scenes, least=1).empty
    assert enough_coverage(scenes.head(0), least=1).empty


@pytest.mark.parametrize("least", [-0.1, 1.5, "0.5", True, float("nan")])
def test_a_least_coverage_that_is_no_share_is_refused(least: Any) -> None:
    with pytest.raises(BadInput, match=r"min_coverage.*0 to 1"):
        enough_coverage(table(product()), least=least)


def test_coverage_of_no_region_is_refused() -> None:
    with pytest.raises(BadInput, match="no region"):
        enough_coverage(table(product(), region=None), least=0.5)


# Best cover


def test_one_clear_scene_does() -> None:
    clear, cloudy = product(cloud=1), product(day="20240611T101559", cloud=2)
    chosen = best_cover(table(clear, cloudy))
    assert names(chosen) == {clear.name}
    assert chosen.attrs["uncovered"] == 0


def test_fewer_clouds_go_before_fewer_scenes() -> None:
    halves = product(cloud=5, footprint=part(0, 0.5)), product(cloud=5, footprint=part(0.5, 1), tile="32TQS")
    whole = product(day="20240611T101559", cloud=50)
    assert names(best_cover(table(*halves, whole))) == {each.name for each in halves}


def test_with_the_same_clouds_fewer_scenes_are_better() -> None:
    halves = product(cloud=5, footprint=part(0, 0.5)), product(cloud=5, footprint=part(0.5, 1), tile="32TQS")
    whole = product(day="20240511T101559", cloud=5)
    assert names(best_cover(table(*halves, whole))) == {whole.name}


def test_of_equal_scenes_the_newest_is_taken() -> None:
    days = [product(day=f"202406{day}T101559", cloud=3) for day in ("01", "21", "11")]
    assert names(best_cover(table(*days))) == {days[1].name}


def test_what_stays_open_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        chosen = best_cover(table(product(footprint=part(0, 0.25))))
    assert chosen.attrs["uncovered"] == pytest.approx(0.75)
    assert "75 % of the region stays open" in caplog.text


def test_a_whole_cover_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        best_cover(table(product()))
    assert not caplog.text


def test_types_that_mix_are_said(caplog: pytest.LogCaptureFixture) -> None:
    halves = product(footprint=part(0, 0.5)), product(footprint=part(0.5, 1), level="L1C")
    best_cover(table(*halves))
    assert "mixes product types" in caplog.text


def test_unknown_clouds_are_the_last_resort() -> None:
    unknown, overcast = product(cloud=None), product(day="20240611T101559", cloud=99)
    assert names(best_cover(table(unknown, overcast))) == {overcast.name}
    assert names(best_cover(table(unknown))) == {unknown.name}


def test_of_nothing_nothing_is_chosen() -> None:
    assert best_cover(table()).empty
    assert best_cover(table()).attrs["uncovered"] == 1
    assert best_cover(table(product(footprint=None))).empty


def test_a_cover_needs_a_region() -> None:
    with pytest.raises(BadInput, match="no region"):
        best_cover(table(product(), region=None))


def test_a_cover_keeps_columns_order_and_question() -> None:
    scenes = table(product(footprint=part(0, 0.5)), product(footprint=part(0.5, 1), tile="32TQS"))
    chosen = best_cover(scenes)
    assert list(chosen.index) == [0, 1]
    assert chosen.dtypes.equals(scenes.dtypes)
    assert chosen.attrs["query"] == scenes.attrs["query"]
    assert "uncovered" not in scenes.attrs


FRACTIONS = st.integers(0, 8).map(lambda eighths: eighths / 8)


@st.composite
def footprints(draw: st.DrawFn) -> str:
    west, east = sorted(draw(st.lists(FRACTIONS, min_size=2, max_size=2, unique=True)))
    south, north = sorted(draw(st.lists(FRACTIONS, min_size=2, max_size=2, unique=True)))
    return part(west, east, south, north)


SCENES = st.lists(st.tuples(footprints(), st.integers(0, 100).map(float)), min_size=1, max_size=5)


def tabled(rows: list[tuple[str, float]]) -> gpd.GeoDataFrame:
    return table(*(
        product(footprint=footprint, cloud=cloud, day=f"202406{number + 1:02}T101559")
        for number, (footprint, cloud) in enumerate(rows)
    ))  # fmt: skip


def judged(scenes: gpd.GeoDataFrame) -> tuple[float, float]:
    """Covered share, and mean cloud of the mosaic with a tenth of a percent for each scene, in true area."""
    region, shown, cloudy = shapely.box(*REGION), shapely.Polygon(), 0.0
    for row in scenes.sort_values("cloud_cover").itertuples():
        fresh = row.geometry.intersection(region).difference(shown)
        cloudy += row.cloud_cover * coverage(np.array([fresh]), region)[0]
        shown = shown.union(row.geometry)
    return coverage(np.array([shown]), region)[0], cloudy + 0.1 * len(scenes)


@settings(max_examples=20)
@given(SCENES)
def test_no_other_choice_is_better(rows: list[tuple[str, float]]) -> None:
    scenes = tabled(rows)
    covered, cost = judged(best_cover(scenes))
    for number in range(1, len(scenes) + 1):
        for chosen in combinations(range(len(scenes)), number):
            other_covered, other_cost = judged(scenes.iloc[list(chosen)])
            assert other_covered <= covered + 1e-6
            if other_covered >= covered - 1e-6:
                assert other_cost >= cost - 1e-6


@settings(max_examples=20)
@given(SCENES, st.sampled_from([0, 150]))
def test_with_many_candidates_the_whole_is_covered_and_none_is_idle(rows: list[tuple[str, float]], many: int) -> None:
    scenes = tabled(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cover, "_FEW", 0)
        patch.setattr(cover, "_MANY", many)
        chosen = best_cover(scenes)
    covered, cost = judged(chosen)
    assert covered == pytest.approx(judged(scenes)[0])
    for row in chosen.index:
        fewer_covered, fewer_cost = judged(chosen.drop(index=row))
        assert fewer_covered < covered - 1e-6 or fewer_cost > cost - 1e-6


def test_a_large_region_is_covered_by_clear_scenes(space: DataSpace) -> None:
    scenes = s2dl.search((10, 45, 13, 47), start="2024-06", end="2024-09", product_type="L2A", settings=space.settings)
    chosen = best_cover(scenes)
    assert chosen.attrs["uncovered"] == 0
    assert len(chosen) < 30 < len(scenes)
    assert chosen["cloud_cover"].max() < scenes["cloud_cover"].median()


# Coverage, where it is quick


def test_a_region_of_very_many_vertices_is_covered_as_exactly() -> None:
    region = shapely.Point(11, 46).buffer(2.5, quad_segs=5_000)
    west, south = np.meshgrid(np.arange(8, 14), np.arange(43, 49))
    squares = shapely.box(west.ravel(), south.ravel(), west.ravel() + 1, south.ravel() + 1)
    shares = coverage(squares, region)
    assert shares.sum() == pytest.approx(1)
    each = [coverage(np.array([region.intersection(square)]), region)[0] for square in squares]
    assert shares == pytest.approx(each)
