"""The live count: of the question as it stands, asked when the form is quiet."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError

import pytest

import s2dl
from s2dl.panel.state.state import PanelState

from .conftest import JUNE, Watched

PanelOn = Callable[..., Watched]


def test_the_count_is_what_a_search_finds(panel_on: PanelOn) -> None:
    panel = panel_on()
    panel.until(lambda: panel.state.counted)
    assert panel.state.counted == f"About {len(s2dl.search(**JUNE, settings=panel.state.settings))} products"


def test_only_the_last_question_is_counted(panel_on: PanelOn) -> None:
    panel = panel_on()
    first = panel.state._count
    panel.state.change(relative_orbit="1")
    assert first is not None
    with pytest.raises(CancelledError):
        first.result(30)
    panel.until(lambda: panel.state.counted)
    assert panel.state.counted == "No product is like this"


def test_a_count_that_cannot_be_had_says_why(panel_on: PanelOn) -> None:
    panel = panel_on()
    panel.state.settings = panel.state.settings.model_copy(update={"base_url": "http://127.0.0.1:9/odata/v1"})
    panel.state.change(start="2024-06-02")
    panel.until(lambda: panel.state.counted)
    assert panel.state.counted.startswith("No count: ")
    assert not panel.state.trouble, "nobody asked for it"


def test_half_a_question_is_not_counted(state: PanelState) -> None:
    assert state._count is None
    state.region = (0, 0, 1, 1)
    assert state._count is not None
    state.change(relative_orbit="144")
    assert state._count is None
