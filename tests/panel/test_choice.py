"""What is visible, selected, in focus and pointed at; and the choices of one click."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from s2dl.panel.state.picking import Picking
from s2dl.panel.state.state import PanelState
from s2dl.product import Product
from s2dl.query import Query
from s2dl.scenes import scenes_of

from .pages import eventually

REGION = (11, 46, 12, 47)
WEST = "POLYGON ((11 46, 11.4 46, 11.4 47, 11 47, 11 46))"
WHOLE = "POLYGON ((11 46, 12 46, 12 47, 11 47, 11 46))"
MOMENT = datetime(2024, 6, 1, 10, 15, tzinfo=UTC)


def scene(name: str, footprint: str = WHOLE, **about: Any) -> Product:
    known: dict[str, Any] = {
        "platform": "S2A",
        "product_type": "S2MSI2A",
        "tile": "32TPS",
        "relative_orbit": 22,
        "size": 7,
    }
    known["sensing_start"] = MOMENT
    return Product(name, f"{name}.SAFE", footprint=footprint, **known | about)


def some(state: PanelState, *products: Product) -> None:
    state.scenes = scenes_of(products, Query.build(REGION))


def test_all_that_was_found_is_visible_until_a_filter_says_otherwise(state: PanelState) -> None:
    some(state, scene("A"), scene("B"))
    assert state.visible == ("A.SAFE", "B.SAFE")
    assert state.summary == "2 scenes, none selected"
    state.visible = ("B.SAFE",)
    assert state.summary == "1 of 2 scenes, none selected"


def test_other_scenes_forget_filter_and_hover(state: PanelState) -> None:
    some(state, scene("A"), scene("B"))
    state.visible, state.hover = ("B.SAFE",), "B.SAFE"
    some(state, scene("C"))
    assert (state.visible, state.hover) == (("C.SAFE",), "")
    state.scenes = None
    assert state.visible == ()


def picked(state: PanelState, rule: Any) -> list[str]:
    picking = Picking(state)
    before = state.status
    picking.pick(rule)
    eventually(lambda: state.status != before)
    assert not picking.busy
    return state.selected_names


def test_the_best_cover_is_selected_and_what_stays_open_is_said(state: PanelState) -> None:
    some(state, scene("CLOUDY", cloud_cover=90.0), scene("CLEAR", cloud_cover=1.0))
    assert picked(state, "best_cover") == ["CLEAR.SAFE"]
    assert state.status == "Best cover: 1 of 2 scenes; the whole region is covered."
    some(state, scene("PART", WEST, cloud_cover=1.0))
    assert picked(state, "best_cover") == ["PART.SAFE"]
    assert "60 % of the region stays open" in state.status


def test_the_best_cover_is_chosen_among_what_the_filter_lets_through(state: PanelState) -> None:
    some(state, scene("CLOUDY", cloud_cover=90.0), scene("CLEAR", cloud_cover=1.0))
    state.visible = ("CLOUDY.SAFE",)
    assert picked(state, "best_cover") == ["CLOUDY.SAFE"]


def test_a_table_from_elsewhere_is_covered_on_the_maps_region(state: PanelState) -> None:
    some(state, scene("A", cloud_cover=1.0))
    state.scenes = state.scenes.copy()
    state.scenes.attrs.clear()
    state.region = REGION
    assert picked(state, "best_cover") == ["A.SAFE"]


def test_what_a_newer_processing_supersedes_is_left_out(state: PanelState) -> None:
    some(state, scene("OLD", baseline="02.08"), scene("NEW", baseline="05.11"))
    assert picked(state, "latest_baseline") == ["NEW.SAFE"]
    assert "1 of 2 scenes; the others are superseded" in state.status
    state.visible = ("OLD.SAFE",)
    assert picked(state, "latest_baseline") == ["OLD.SAFE"]
    assert "none is superseded" in state.status


@pytest.mark.parametrize("empty", [lambda state: None, some])
def test_without_scenes_it_says_what_to_do(state: PanelState, empty: Callable[[PanelState], None]) -> None:
    empty(state)
    picking = Picking(state)
    picking.pick("best_cover")
    assert not picking.busy
    assert state.trouble
    assert "search first" in state.status


def test_a_region_that_is_missing_is_said(state: PanelState) -> None:
    some(state, scene("A", cloud_cover=1.0))
    state.scenes = state.scenes.copy()
    state.scenes.attrs.clear()
    assert picked(state, "best_cover") == []
    assert "no region to cover" in state.status
    assert state.trouble
