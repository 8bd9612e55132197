"""What the form is made of: headings, errors beside fields, and widgets tied to fields of the state's form."""

from __future__ import annotations

from typing import Any

import ipywidgets
from ipywidgets import Layout

from s2dl.panel.state.state import PanelState
from s2dl.panel.text import TextLine

__all__ = ["WIDE", "error_of", "follow", "heading", "text_of"]

WIDE = {"description_width": "64px"}
"""The style of a field with its label before it."""


def heading(text: str) -> TextLine:
    """Make a heading."""
    line = TextLine(value=text, role="heading")
    line.add_class("s2dl-heading")
    return line


def error_of(state: PanelState, field: str) -> TextLine:
    """Make the line that says what is wrong with a field; it takes no room while nothing is."""
    line = TextLine(kind="error", role="alert")

    def show(_: Any) -> None:
        line.value = state.errors.get(field, "")

    show(None)
    state.observe(show, "errors")
    return line


def follow(state: PanelState, widget: Any, show: Any, take: Any) -> Any:
    """Keep a widget's value and the form's the same: `show` reads the form, `take` gives what to change in it."""

    def to_widget(_: Any) -> None:
        shown = show(state.form)
        if widget.value != shown:
            widget.value = shown

    def to_state(change: Any) -> None:
        if change.new != show(state.form):
            state.change(**take(change.new))

    to_widget(None)
    state.observe(to_widget, "form")
    widget.observe(to_state, "value")
    return widget


def text_of(state: PanelState, name: str, label: str, *, placeholder: str, tooltip: str) -> ipywidgets.Text:
    """Make a field of text that is taken when the person leaves it."""
    field = ipywidgets.Text(
        description=label,
        placeholder=placeholder,
        tooltip=tooltip,
        continuous_update=False,
        layout=Layout(width="auto"),
        style=WIDE,
    )
    return follow(state, field, lambda form: getattr(form, name), lambda new: {name: new})
