"""What the form, the region and the query say is the same, and what is wrong is said beside its field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import shapely

from s2dl.errors import BadInput, BadRegion
from s2dl.panel.state.presets import presets
from s2dl.panel.state.state import PanelState

TYPED_BOX = {"west": "11.2", "north": "46.6", "east": "11.5", "south": "46.4"}


def test_a_typed_box_becomes_the_region_and_goes_into_the_query(state: PanelState) -> None:
    state.change(**TYPED_BOX)
    assert state.region.bounds == (11.2, 46.4, 11.5, 46.6)
    assert shapely.from_wkt(state.query["region"]).equals(state.region)


def test_half_a_box_is_no_error_while_it_is_typed(state: PanelState) -> None:
    for name, text in list(TYPED_BOX.items())[:3]:
        state.change(**{name: text})
        assert state.errors == {}
    assert state.region is None


def test_half_a_box_is_an_error_when_it_is_searched_with(state: PanelState) -> None:
    state.change(west="11")
    state.search()
    assert not state.searching
    assert "north and east and south missing" in state.errors["box"]


def test_a_drawn_region_fills_the_fields_and_keeps_its_shape(state: PanelState) -> None:
    triangle = shapely.Polygon([(11, 46), (12, 46), (11.5, 47)])
    state.region = triangle
    assert state.form.box == ("11", "46", "12", "47")
    assert state.region.equals(triangle)


def test_emptied_fields_take_the_region_away(state: PanelState) -> None:
    state.change(**TYPED_BOX)
    for name in TYPED_BOX:
        state.change(**{name: ""})
    assert state.region is None
    assert "region" not in state.query


def test_no_region_is_said_beside_the_box(state: PanelState) -> None:
    state.search()
    assert state.errors["box"].startswith("Say where")
    assert state.trouble


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        (TYPED_BOX | {"north": "46.1"}, "box", "south (46.4) must be less than its north (46.1)"),
        (TYPED_BOX | {"west": "11,2"}, "box", "write decimals with a dot"),
        (TYPED_BOX | {"east": "east"}, "box", "not a number"),
        ({"relative_orbit": "22, 144"}, "relative_orbit", "1 to 143"),
        ({"relative_orbit": "left"}, "relative_orbit", "not a number"),
        ({"start": "2024-07-01", "end": "2024-06-01"}, "end", "before the start"),
        ({"cloud_cover": (50.0, 120.0)}, "cloud_cover", "between 0 and 100"),
        ({"min_coverage": "120"}, "min_coverage", "between 0 and 100"),
        ({"min_coverage": "0,5"}, "min_coverage", "write decimals with a dot"),
        ({"platform": ("S2X",)}, "platform", "the satellites are S2A"),
        ({"orbit_direction": "upward"}, "orbit_direction", "'ascending' or 'descending'"),
        ({"product_type": ("L3",)}, "product_type", "no product type 'L3'"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_keeps_the_search_back(
    state: PanelState, typed: dict[str, Any], field: str, sentence: str
) -> None:
    state.region = (0, 0, 1, 1)
    state.change(**typed)
    assert list(state.errors) == [field]
    assert sentence in state.errors[field]
    assert "_" not in state.errors[field], "names of arguments are of no use beside the field"
    assert not state.errors[field].startswith(f"{field}:")
    state.search()
    assert not state.searching
    assert "Mend" in state.status


def test_a_mended_field_loses_its_error(state: PanelState) -> None:
    state.change(relative_orbit="144")
    state.change(relative_orbit="143")
    assert state.errors == {}
    assert state.query["relative_orbit"] == [143]


def test_a_new_start_mends_the_end(state: PanelState) -> None:
    state.change(start="2024-07-01", end="2024-06-01")
    state.change(start="2024-05-01")
    assert state.errors == {}
    assert state.query["end"].startswith("2024-06-01")


def test_a_query_set_by_code_shows_in_the_form(state: PanelState) -> None:
    state.query = {"region": (1, 2, 3, 4), "start": "2024-06", "cloud_cover": 40, "relative_orbit": [22, 65]}
    assert state.form.box == ("1", "2", "3", "4")
    assert state.form.start == "2024-06-01"
    assert state.form.cloud_cover == (0, 40)
    assert state.form.relative_orbit == "22, 65"
    assert state.form.product_type == ()


def test_what_the_form_has_no_field_for_stays_in_the_query_and_is_told(state: PanelState) -> None:
    state.query = {"tile": "32TPS", "limit": 5}
    state.change(start="2024-06-01")
    assert state.query == {"tile": ["32TPS"], "limit": 5, "start": "2024-06-01T00:00:00+00:00"}
    assert state.unseen == {"limit": 5}


FIELDS = {
    "start": ("2024-06-01", "2024-06-01T00:00:00+00:00"),
    "end": ("2024-06-30", "2024-06-30T23:59:59.999999+00:00"),
    "cloud_cover": ((5.0, 40.0), [5, 40]),
    "product_type": (("L1C", "L2Ap"), ["S2MSI1C", "S2MSI2Ap"]),
    "relative_orbit": ("22, 65", [22, 65]),
    "orbit_direction": ("descending", "descending"),
    "platform": (("S2A", "S2C"), ["S2A", "S2C"]),
    "min_coverage": ("80", 0.8),
    "latest_baseline": (True, True),
}


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_and_the_query_say_the_same_both_ways(state: PanelState, field: str) -> None:
    typed, asked = FIELDS[field]
    state.query = {"region": (0, 0, 1, 1)}
    state.change(**{field: typed})
    assert state.query[field] == asked
    query = state.query
    state.query = {"region": (0, 0, 1, 1)}
    assert getattr(state.form, field) != typed
    state.query = query
    assert getattr(state.form, field) == typed
    assert state.query == query


def test_a_tile_takes_the_place_of_the_region_and_back(state: PanelState) -> None:
    state.change(**TYPED_BOX)
    state.change(where="tile")
    assert state.region is None
    state.change(tile="t32tps 32TQS")
    assert state.query["tile"] == ["32TPS", "32TQS"]
    assert "region" not in state.query
    state.change(where="map")
    assert "tile" not in state.query
    assert state.form.box == ("11.2", "46.4", "11.5", "46.6")
    assert state.region.bounds == (11.2, 46.4, 11.5, 46.6)
    state.change(where="tile")
    assert state.query["tile"] == ["32TPS", "32TQS"]


def test_what_is_drawn_takes_the_place_of_the_tile(state: PanelState) -> None:
    state.change(where="tile", tile="32TPS")
    state.region = (0, 0, 1, 1)
    assert state.form.where == "map"
    assert "tile" not in state.query


def test_code_may_ask_for_a_tile_and_a_region_and_the_form_tells(state: PanelState) -> None:
    state.query = {"tile": "32TPS", "region": (0, 0, 1, 1)}
    assert state.form.where == "map"
    assert state.unseen == {"tile": ["32TPS"]}
    state.query = {"tile": "32TPS"}
    assert (state.form.where, state.form.tile, state.region) == ("tile", "32TPS", None)


@pytest.mark.parametrize(
    ("where", "field", "sentence"), [("tile", "tile", "tile id"), ("file", "file", "choose a file")]
)
def test_no_place_is_said_beside_the_source_that_is_in_sight(
    state: PanelState, where: str, field: str, sentence: str
) -> None:
    state.change(where=where)
    state.search()
    assert not state.searching
    assert sentence in state.errors[field]


def test_a_bad_tile_is_said_beside_it(state: PanelState) -> None:
    state.change(where="tile", tile="32TP")
    assert "it looks like 32TPS" in state.errors["tile"]
    state.change(tile="32TZZ")
    assert "it looks like 32TPS" in state.errors["tile"], "it looks like one and there is none"
    state.change(tile="32TPS")
    assert state.errors == {}


def test_a_share_of_no_area_is_said_beside_it_when_it_is_searched_with(state: PanelState) -> None:
    state.change(where="tile", tile="32TPS")
    state.change(min_coverage="80")
    state.search()
    assert not state.searching
    assert list(state.errors) == ["min_coverage"]


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2024, 6, 1), date(2024, 12, 31), date(2025, 1, 1)])
def test_presets_are_whole_periods_that_have_begun(state: PanelState, day: date) -> None:
    for start, end in presets(day).values():
        state.change(start=start, end=end)
        assert state.errors == {}
        assert start <= str(day)
    assert presets(date(2024, 2, 1))["Summer 2023 (June to August)"] == ("2023-06-01", "2023-08-31")
    assert presets(date(2024, 1, 1))["Winter 2023/24 (December to February)"] == ("2023-12-01", "2024-02-29")


def test_full_cloud_range_is_no_limit(state: PanelState) -> None:
    state.change(cloud_cover=(0.0, 50.0))
    assert state.query["cloud_cover"] == [0, 50]
    state.change(cloud_cover=(0.0, 100.0))
    assert "cloud_cover" not in state.query


@pytest.mark.parametrize(
    "spoil",
    [
        lambda state: setattr(state, "region", "nowhere"),
        lambda state: setattr(state, "query", {"relative_orbit": 144}),
        lambda state: setattr(state, "scenes", "many"),
        lambda state: state.select(["S2A"]),
    ],
)
def test_what_code_sets_wrongly_is_refused_and_changes_nothing(
    state: PanelState, spoil: Callable[[PanelState], None]
) -> None:
    before = (state.region, state.query, state.scenes, state.form)
    with pytest.raises(BadInput):
        spoil(state)
    assert (state.region, state.query, state.scenes, state.form) == before


def test_a_bad_region_at_the_start_is_refused() -> None:
    with pytest.raises(BadRegion):
        PanelState(region=(11, 47, 12, 46))
