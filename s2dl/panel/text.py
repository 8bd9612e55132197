"""TextLine: a line of text that is only ever text; used for the status, for errors beside fields, and for sums."""

from __future__ import annotations

from pathlib import Path

import anywidget
from traitlets import Unicode

from s2dl.panel.scripts import joined

__all__ = ["StyleSheet", "TextLine"]

_HERE = Path(__file__).parent


class TextLine(anywidget.AnyWidget):
    """A line of text.

    Attributes
    ----------
    value : str
    kind : {"plain", "error"}
    role : str
        ARIA role: ``status`` and ``alert`` are read aloud when the text changes.
    """

    _esm = _HERE / "text.js"
    value = Unicode().tag(sync=True)
    kind = Unicode("plain").tag(sync=True)
    role = Unicode().tag(sync=True)


def _style() -> str:
    """The frame's rules, then those of the rooms."""
    return joined([_HERE / "panel.css", *sorted(_HERE.glob("*/*.css"))])


class StyleSheet(anywidget.AnyWidget):
    """Shows nothing; brings the panel's style sheets into the page, and tells when the page has drawn the panel."""

    _esm = "export default { render({ model }) { requestAnimationFrame(() => model.send({ drawn: true })); } };"
    _css = _style()
