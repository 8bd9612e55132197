"""The quicklook: its bytes go to the page as messages and are never part of what a notebook saves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
from traitlets import Unicode

from s2dl.panel.state.picture import Picture
from s2dl.panel.state.state import PanelState

__all__ = ["Quicklook", "quicklook_of"]

_HERE = Path(__file__).parent


class Quicklook(anywidget.AnyWidget):
    """Shows a picture, or a sentence in its place; a page that comes later asks for it."""

    _esm = _HERE / "quicklook.js"
    label = Unicode("Quicklook").tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._picture = Picture()
        self.on_msg(lambda *_: self._tell())

    def show(self, picture: Picture) -> None:
        """Show a picture on every page that has this widget."""
        self._picture = picture
        self._tell()

    def _tell(self) -> None:
        picture = self._picture
        self.send({"name": picture.name, "kind": picture.kind, "sentence": picture.sentence}, [picture.png])


def quicklook_of(state: PanelState) -> Quicklook:
    """Make the quicklook of a state."""
    quicklook = Quicklook()
    state.pictures.observe(lambda change: quicklook.show(change.new), "now")
    return quicklook
