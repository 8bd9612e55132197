"""Search and count against the embedded Data Space."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from e2e.helpers import BOX, SUMMER

import s2dl
from s2dl.demo import DataSpace


def expected(space: DataSpace, **criteria: object) -> set[str]:
    """Names that the world itself lists."""
    return {scene.name for scene in space.world.find(**criteria)}  # type: ignore[arg-type]


def test_finds_just_what_exists_each_once_by_sensing_time(space: DataSpace) -> None:
    scenes = s2dl.search(BOX, **SUMMER)
    wanted = expected(
        space,
        region=shapely.box(*BOX),
        start=datetime(2024, 6, 1, tzinfo=UTC),
        end=datetime(2024, 8, 31, 23, 59, 59, tzinfo=UTC),
        product_types={"S2MSI2A"},
    )
    assert len(wanted) > 20
    assert set(scenes["name"]) == wanted
    assert scenes["name"].is_unique
    assert scenes["sensing_start"].is_monotonic_increasing
    assert scenes.crs == "EPSG:4326"
    assert scenes["coverage"].between(0, 1).all()
    assert scenes["coverage"].max() > 0.99


def test_a_listing_of_several_pages_is_complete(space: DataSpace) -> None:
    box = (5, 44, 15, 48)
    scenes = s2dl.search(box, start="2024-06", end="2024-06")
    wanted = expected(
        space,
        region=shapely.box(*box),
        start=datetime(2024, 6, 1, tzinfo=UTC),
        end=datetime(2024, 6, 30, 23, 59, 59, 999999, tzinfo=UTC),
    )
    assert len(wanted) > 1_500
    assert sorted(scenes["name"]) == sorted(wanted)


@pytest.mark.parametrize(
    ("criterion", "holds"),
    [
        ({"product_type": "L1C"}, lambda s: (s["product_type"] == "S2MSI1C").all()),
        ({"product_type": ["L1C", "L2A"]}, lambda s: set(s["product_type"]) == {"S2MSI1C", "S2MSI2A"}),
        ({"cloud_cover": 30}, lambda s: (s["cloud_cover"] <= 30).all()),
        ({"cloud_cover": (20, 60)}, lambda s: s["cloud_cover"].between(20, 60).all()),
        ({"relative_orbit": 22}, lambda s: (s["relative_orbit"] == 22).all()),
        ({"relative_orbit": [22, 65]}, lambda s: set(s["relative_orbit"]) == {22, 65}),
        ({"tile": "T32TPS"}, lambda s: (s["tile"] == "32TPS").all()),
        ({"platform": "S2B"}, lambda s: (s["platform"] == "S2B").all()),
        ({"name": "S2?_MSIL2A_*_T32TPS_*"}, lambda s: s["name"].str.contains("_MSIL2A_.*_T32TPS_").all()),
        ({"orbit_direction": "descending"}, lambda s: (s["orbit_direction"] == "descending").all()),
        ({"online": True}, lambda s: s["online"].all()),
    ],
)
def test_each_criterion_narrows_as_it_says(
    space: DataSpace, criterion: dict[str, object], holds: Callable[[object], bool]
) -> None:
    everything = s2dl.search(BOX, start="2024-06", end="2024-08")
    scenes = s2dl.search(BOX, start="2024-06", end="2024-08", **criterion)
    assert 0 < len(scenes) <= len(everything)
    assert holds(scenes)
    assert s2dl.count(BOX, start="2024-06", end="2024-08", **criterion) == len(scenes)


def test_limit_gives_the_newest(space: DataSpace) -> None:
    scenes = s2dl.search(BOX, **SUMMER)
    newest = s2dl.search(BOX, **SUMMER, limit=5)
    assert list(newest["sensing_start"]) == list(scenes["sensing_start"].tail(5))
    assert s2dl.count(BOX, **SUMMER, limit=5) == 5


def test_an_empty_answer_has_the_same_columns(space: DataSpace) -> None:
    scenes = s2dl.search(BOX, **SUMMER)
    nothing = s2dl.search(BOX, start="2013", end="2013")
    assert nothing.empty
    assert nothing.dtypes.equals(scenes.dtypes)


def test_the_question_is_kept_and_asks_again(space: DataSpace) -> None:
    scenes = s2dl.search(BOX, **SUMMER, cloud_cover=50)
    question = json.loads(json.dumps(scenes.attrs["query"]))
    assert list(s2dl.search(**question)["name"]) == list(scenes["name"])


def test_a_region_too_detailed_for_a_request_loses_and_adds_nothing(space: DataSpace) -> None:
    star = shapely.Point(11.35, 46.5).buffer(0.3, quad_segs=2_000)
    scenes = s2dl.search(star, **SUMMER)
    wanted = expected(
        space,
        region=star,
        start=datetime(2024, 6, 1, tzinfo=UTC),
        end=datetime(2024, 8, 31, 23, 59, 59, tzinfo=UTC),
        product_types={"S2MSI2A"},
    )
    assert set(scenes["name"]) == wanted
    assert max(len(request.query) for request in space.requests) < 6_000


def test_searching_needs_no_account(space: DataSpace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("S2DL_USERNAME")
    monkeypatch.delenv("S2DL_PASSWORD")
    assert len(s2dl.search(BOX, **SUMMER)) > 0
    assert space.logins == 0


@pytest.mark.parametrize("status", [502, 503, 429])
def test_a_passing_error_is_survived(space: DataSpace, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s2dl.access.http._FIRST_FIREWALL_WAIT", 0.1)
    whole = list(s2dl.search(BOX, **SUMMER)["name"])
    if status == 429:
        space.inject("waf", "/odata/v1/Products", 2)
    else:
        space.inject(s2dl.demo.Fault("server-error", "/odata/v1/Products", 2, status=status, retry_after="0"))
    assert list(s2dl.search(BOX, **SUMMER)["name"]) == whole


def test_a_lasting_error_is_raised_with_the_services_words(space: DataSpace) -> None:
    space.inject(s2dl.demo.Fault("server-error", "/odata/v1/Products", 99, status=503, retry_after="0"))
    with pytest.raises(s2dl.errors.ServiceError, match="HTTP 503") as raised:
        s2dl.search(BOX, **SUMMER)
    assert raised.value.status == 503


def test_html_where_json_was_due_is_named(space: DataSpace) -> None:
    space.inject("html", "/odata/v1/Products", 99)
    with pytest.raises(s2dl.errors.BadAnswer, match="text/html where JSON was due"):
        s2dl.search(BOX, **SUMMER)


def test_a_service_that_is_down_is_named(space: DataSpace, monkeypatch: pytest.MonkeyPatch, free_port: int) -> None:
    monkeypatch.setenv("S2DL_BASE_URL", f"http://127.0.0.1:{free_port}/odata/v1")
    with pytest.raises(s2dl.errors.ServiceUnreachable, match=r"cannot be reached.*check the network"):
        s2dl.search(BOX, **SUMMER)


def test_months_keep_a_season_across_years(space: DataSpace) -> None:
    years: dict[str, Any] = {"tile": "32TPS", "start": "2021-07-10", "end": "2024-07-20", "product_type": "L2A"}
    scenes = s2dl.search(**years, months=(6, 7))
    assert set(scenes["sensing_start"].dt.month) == {6, 7}
    assert set(scenes["sensing_start"].dt.year) == {2021, 2022, 2023, 2024}
    assert scenes["sensing_start"].min() >= pd.Timestamp("2021-07-10", tz="UTC")
    everything = s2dl.search(**years)
    assert list(scenes["name"]) == list(everything["name"][everything["sensing_start"].dt.month.isin([6, 7])])
    assert s2dl.count(tile="32TPS", start="2021-07-10", end="2024-07-20", months=(6, 7), product_type="L2A") == len(
        scenes
    )


def test_latest_baseline_leaves_one_of_each_overpass_and_tile(space: DataSpace) -> None:
    question = {"tile": "32TPS", "start": "2018", "end": "2020", "product_type": "L1C"}
    everything, latest = s2dl.search(**question), s2dl.search(**question, latest_baseline=True)
    overpass = ["platform", "sensing_start", "relative_orbit", "tile"]
    superseded = set(everything["name"]) - set(latest["name"])
    assert superseded
    assert len(latest.drop_duplicates(overpass)) == len(everything.drop_duplicates(overpass))
    best = everything.groupby(overpass)["baseline"].max()
    kept = latest.groupby(overpass)["baseline"].agg(["min", "max"])
    assert (kept["min"] == kept["max"]).all()
    assert (kept["max"] == best.loc[kept.index]).all()
    assert s2dl.count(**question, latest_baseline=True) == len(latest)
    assert list(s2dl.search(**question, latest_baseline=True, limit=7)["name"]) == list(latest["name"].tail(7))


def test_min_coverage_acts_on_overpasses(space: DataSpace) -> None:
    wide = (10.3, 46.0, 12.0, 47.2)
    scenes = s2dl.search(wide, **SUMMER, min_coverage=0.9)
    assert 0 < len(scenes) < len(s2dl.search(wide, **SUMMER))
    assert scenes["coverage"].max() < 0.9
    assert s2dl.search(wide, **scenes_question(scenes))["name"].tolist() == scenes["name"].tolist()


def scenes_question(scenes: gpd.GeoDataFrame) -> dict[str, Any]:
    return {name: value for name, value in scenes.attrs["query"].items() if name != "region"}


def test_pages_that_cannot_be_had_are_said_and_the_rest_is_kept(space: DataSpace) -> None:
    question: dict[str, Any] = {"region": (5, 44, 15, 48), "start": "2024-06", "end": "2024-06"}
    whole = set(s2dl.search(**question)["name"])
    breakdown = s2dl.demo.Fault("server-error", "/odata/v1/Products", 10**6, status=503, retry_after="0")

    def break_after_the_first_page(event: s2dl.events.Event) -> None:
        if event == s2dl.events.PageReceived(1_000):
            space.inject(breakdown)

    with pytest.raises(s2dl.errors.PartialListing, match=r"not complete.*products 1,001 and on.*HTTP 503") as raised:
        s2dl.search(**question, on_event=break_after_the_first_page)
    assert raised.value.missing
    assert raised.value.scenes is not None
    assert len(raised.value.scenes) == 1_000
    assert set(raised.value.scenes["name"]) < whole
