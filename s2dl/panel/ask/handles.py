"""HandleNames: what screen readers say of a slider's two handles."""

from __future__ import annotations

from pathlib import Path

import anywidget
import ipywidgets
from ipywidgets import Layout
from traitlets import List

__all__ = ["HandleNames", "named"]

_HERE = Path(__file__).parent


class HandleNames(anywidget.AnyWidget):
    """Shows nothing; names the handles of the slider that stands in the same box.

    Attributes
    ----------
    names : list of str
        From the lowest to the highest.
    """

    _esm = _HERE / "handles.js"
    names: list[str] = List().tag(sync=True)  # type: ignore[assignment]  # a trait gives its value


def named(slider: ipywidgets.Widget, *names: str) -> ipywidgets.HBox:
    """Put a slider into a box in which its handles have names."""
    slider.layout = Layout(flex="1 1 auto", width="auto")
    box = ipywidgets.HBox([slider, HandleNames(names=list(names))])
    box.add_class("s2dl-range")
    return box
