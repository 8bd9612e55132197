"""Layout: form and map side by side, one line that says what goes on, and tabs below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets
from ipywidgets import Layout

from s2dl.panel.ask.form import form_of
from s2dl.panel.ask.map import map_of
from s2dl.panel.code import code_of
from s2dl.panel.fetch.batch import batch_of
from s2dl.panel.fetch.cart import cart_of
from s2dl.panel.fetch.closing import closing_of
from s2dl.panel.fetch.help import help_of
from s2dl.panel.fetch.login import login_of
from s2dl.panel.fetch.preferences import preferences_of
from s2dl.panel.results.gallery import gallery_of
from s2dl.panel.results.layer import quicklook_layer_of
from s2dl.panel.results.results import results_of
from s2dl.panel.results.timeline import timeline_of
from s2dl.panel.state.state import PanelState
from s2dl.panel.text import StyleSheet, TextLine

__all__ = ["parts_of"]

_TABS: dict[str, Callable[[PanelState], ipywidgets.Widget]] = {
    "Results": results_of,
    "Gallery": gallery_of,
    "Timeline": timeline_of,
    "Downloads": cart_of,
    "Batch": batch_of,
    "Preferences": preferences_of,
    "Help": help_of,
}


def parts_of(state: PanelState, close: Callable[[], None], *, compact: bool = False) -> list[ipywidgets.Widget]:
    """Make all that a panel shows, from top to bottom; `close` takes the panel away."""
    leaflet = map_of(state)
    quicklook_layer_of(state, leaflet)
    top = ipywidgets.HBox([form_of(state, compact=compact), leaflet], layout=Layout(align_items="stretch"))
    words = ipywidgets.HBox([_status(state), _summary(state)])
    words.add_class("s2dl-words")
    way_out, question = closing_of(state, close)
    account = ipywidgets.HBox([login_of(state), code_of(state), way_out])
    account.add_class("s2dl-account")
    return [_style(state), top, words, account, question, _tabs(state)]


def _tabs(state: PanelState) -> ipywidgets.Tab:
    """Make the tabs, which are filled when form and map are on the page: half of all widgets are in them."""
    coming = ipywidgets.Box(layout=Layout(height="380px"))
    tabs = ipywidgets.Tab([coming] * len(_TABS), titles=list(_TABS), selected_index=0)
    tabs.add_class("s2dl-tabs")

    def fill() -> None:
        tabs.children = [make(state) for make in _TABS.values()]
        coming.close()

    state.observe(lambda _: state.pulse.soon(fill), "drawn")
    return tabs


def _style(state: PanelState) -> StyleSheet:
    sheet = StyleSheet()
    sheet.on_msg(lambda *_: setattr(state, "drawn", True))
    return sheet


def _status(state: PanelState) -> TextLine:
    line = TextLine(role="status")
    line.add_class("s2dl-status")

    def show(_: Any) -> None:
        line.kind = "error" if state.trouble else "plain"
        line.value = state.status

    show(None)
    state.observe(show, ["status", "trouble"])
    return line


def _summary(state: PanelState) -> TextLine:
    line = TextLine()
    line.add_class("s2dl-summary")

    def show(_: Any) -> None:
        line.value = state.summary

    show(None)
    state.observe(show, ["scenes", "selected", "visible"])
    return line
