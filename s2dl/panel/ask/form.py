"""The form: where, when and what, with each error beside the field that caused it, and the search."""

from __future__ import annotations

from typing import Any

import ipywidgets
from ipywidgets import Layout

from s2dl.panel.ask.fields import heading
from s2dl.panel.ask.what import rarer_limits_of, what_of, when_of
from s2dl.panel.ask.where import where_of
from s2dl.panel.state.state import PanelState
from s2dl.panel.text import TextLine

__all__ = ["form_of"]


def form_of(state: PanelState, *, compact: bool = False) -> ipywidgets.VBox:
    """Make the form of a state; a compact one folds the rarer limits away."""
    rarer = rarer_limits_of(state)
    rows = [
        heading("Where"),
        *where_of(state),
        heading("When"),
        *when_of(state),
        heading("What"),
        *what_of(state),
        *([_folded(state, rarer)] if compact else rarer),
        _unseen(state),
        _count(state),
        _search(state),
    ]
    form = ipywidgets.VBox(rows, layout=Layout(flex="0 0 290px", width="290px", overflow="hidden auto"))
    form.add_class("s2dl-form")
    return form


def _folded(state: PanelState, rows: list[ipywidgets.Widget]) -> ipywidgets.Accordion:
    """Fold rows away, for as long as nothing is wrong in them."""
    folded = ipywidgets.Accordion([ipywidgets.VBox(rows)], titles=["More limits"], selected_index=None)

    def show(_: Any) -> None:
        if {"relative_orbit", "orbit_direction", "platform", "min_coverage"} & set(state.errors):
            folded.selected_index = 0

    state.observe(show, "errors")
    return folded


def _unseen(state: PanelState) -> TextLine:
    """Say what code has asked for that no field shows."""
    line = TextLine()
    line.add_class("s2dl-hint")

    def show(_: Any) -> None:
        said = [f"{name.replace('_', ' ')} {_words(value)}" for name, value in state.unseen.items()]
        line.value = f"Also asked: {', '.join(said)}." if said else ""

    show(None)
    state.observe(show, ["query", "form"])
    return line


def _words(value: Any) -> str:
    return " ".join(str(each) for each in value) if isinstance(value, list) else str(value)


def _count(state: PanelState) -> TextLine:
    line = TextLine()
    line.add_class("s2dl-count")

    def show(_: Any) -> None:
        line.value = state.counted

    show(None)
    state.observe(show, "counted")
    return line


def _search(state: PanelState) -> ipywidgets.Button:
    button = ipywidgets.Button(layout=Layout(width="auto", margin="2px"))

    def show(_: Any) -> None:
        button.description = "Stop searching" if state.searching else "Search"
        button.icon = "stop" if state.searching else "search"
        button.button_style = "" if state.searching else "primary"

    def click(_: Any) -> None:
        if state.searching:
            state.stop_search()
        else:
            state.search()

    show(None)
    state.observe(show, "searching")
    button.on_click(click)
    return button
