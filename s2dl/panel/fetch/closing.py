"""Closing: the button that takes the panel away, and the question what becomes of a running download."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets
import traitlets
from ipywidgets import Layout

from s2dl.panel.state.closing import Closing
from s2dl.panel.state.state import PanelState
from s2dl.panel.text import TextLine

__all__ = ["closing_of"]


def closing_of(state: PanelState, on_closed: Callable[[], None]) -> tuple[ipywidgets.HBox, ipywidgets.HBox]:
    """Make the way out of a panel: a button, and the question that it asks when it must.

    Parameters
    ----------
    state : PanelState
    on_closed : callable
        Takes the panel away; called once, on any thread.
    """
    closing = Closing(state, on_closed)
    return _line(closing), _question(closing)


def _line(closing: Closing) -> ipywidgets.HBox:
    close = _button("Close", "times", "Take the panel away; what is downloaded stays", closing.ask)
    when_done = ipywidgets.Checkbox(
        description="Close when done",
        tooltip="Take the panel away when everything is downloaded",
        indent=False,
        layout=Layout(width="auto"),
    )
    traitlets.link((closing, "when_done"), (when_done, "value"))
    return ipywidgets.HBox([when_done, close], layout=Layout(justify_content="flex-end", align_items="center"))


def _question(closing: Closing) -> ipywidgets.HBox:
    asks = TextLine(value="A download is running.", role="alert")
    buttons = [
        _button("Wait, then close", "hourglass-half", "Close when the download has ended", closing.wait),
        _button("Detach and close", "share", "A process of its own goes on downloading", closing.detach),
        _button("Stop and close", "stop", "What is complete stays; the next download fetches the rest", closing.stop),
        _button("Stay", "", "Close nothing", closing.stay),
    ]
    question = ipywidgets.HBox([asks, *buttons], layout=Layout(flex_flow="row wrap", align_items="center"))
    question.add_class("s2dl-question")

    def show(_: Any) -> None:
        question.layout.display = "flex" if closing.asks else "none"
        buttons[1].layout.display = "" if closing.can_detach else "none"

    show(None)
    closing.observe(show, "asks")
    return question


def _button(label: str, icon: str, hint: str, act: Callable[[], None]) -> ipywidgets.Button:
    button = ipywidgets.Button(description=label, icon=icon, tooltip=hint, layout=Layout(width="auto"))
    button.on_click(lambda _: act())
    return button
