"""The table and what all views of scenes share: what they tell the page, and what they make of what it says."""

from __future__ import annotations

import pytest

from s2dl.panel.results.results import results_of
from s2dl.panel.results.table import SceneTable, table_of
from s2dl.panel.state.state import PanelState

from .pages import FakePage, eventually
from .test_choice import scene, some

NAMES = ["A.SAFE", "B.SAFE", "C.SAFE"]


@pytest.fixture
def page(state: PanelState) -> FakePage:
    """A page that shows the table of three scenes."""
    some(state, scene("A"), scene("B"), scene("C"))
    page = FakePage(table_of(state))
    page.say({"ask": "rows"})
    return page


def test_a_page_that_comes_gets_rows_selection_and_focus(state: PanelState) -> None:
    some(state, scene("A"), scene("B"), scene("C"))
    table = table_of(state)
    state.select(["B.SAFE"])
    page = FakePage(table)
    page.say({"ask": "rows"})
    (rows,) = page.heard("rows")
    assert rows["rows"]["name"] == NAMES
    assert page.rows_of("selected") == [1]
    assert page.heard("focus")[-1]["row"] == 1


def test_other_scenes_are_announced_and_sent_when_asked_for(state: PanelState, page: FakePage) -> None:
    some(state, scene("D"))
    assert len(page.heard("stale")) == 1
    assert len(page.heard("rows")) == 1
    page.say({"ask": "rows"})
    assert page.heard("rows")[-1]["rows"]["name"] == ["D.SAFE"]
    assert page.rows_of("selected") == []


def test_what_is_selected_in_the_page_is_selected_in_the_state(state: PanelState, page: FakePage) -> None:
    page.select([2, 0], focus=0)
    assert state.selected_names == ["A.SAFE", "C.SAFE"]
    assert state.focus == "A.SAFE"
    page.select([], turn=2)
    assert state.selected_names == []


def test_the_page_can_tell_an_echo_from_news(state: PanelState, page: FakePage) -> None:
    page.select([0], turn=7)
    assert (page.heard("selected")[-1]["view"], page.heard("selected")[-1]["turn"]) == ("page", 7)
    state.select(["B.SAFE", "C.SAFE"])
    assert page.rows_of("selected") == [1, 2]


def test_what_a_page_says_of_scenes_that_are_gone_is_dropped(state: PanelState, page: FakePage) -> None:
    some(state, scene("D"))
    page.select([0], edition=1)
    assert state.selected_names == []


def test_the_mouse_is_told_both_ways_without_an_echo(state: PanelState, page: FakePage) -> None:
    page.act("point", row=1)
    assert state.hover == "B.SAFE"
    assert page.heard("hover") == []
    state.hover = "C.SAFE"
    assert page.heard("hover")[-1]["row"] == 2
    page.act("point", row=-1)
    assert state.hover == ""


def test_what_the_filter_lets_through_is_visible(state: PanelState, page: FakePage) -> None:
    page.act("arrange", [2, 1])
    assert state.visible == ("C.SAFE", "B.SAFE")
    page.act("arrange", [])
    assert state.summary == "0 of 3 scenes, none selected"


def test_buttons_wait_while_a_choice_is_made(state: PanelState) -> None:
    some(state, scene("A", cloud_cover=1.0), scene("B", cloud_cover=2.0))
    table = table_of(state)
    page = FakePage(table)
    busy: list[bool] = []
    table.observe(lambda change: busy.append(change.new), "busy")
    page.act("best_cover")
    eventually(lambda: busy == [True, False] and state.selected_names)
    assert state.selected_names == ["A.SAFE"]


def test_a_saved_notebook_holds_no_rows(state: PanelState, page: FakePage) -> None:
    many = SceneTable()
    many.show({"name": [f"{number:060}" for number in range(10_000)]})
    many.select(many.names)
    assert len(str(many.get_state())) - len(many._esm) < 6_000


def test_the_results_tab_has_the_table_and_the_quicklook(state: PanelState) -> None:
    table, beside = results_of(state).children
    assert isinstance(table, SceneTable)
    assert len(beside.children) == 2
