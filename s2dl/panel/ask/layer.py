"""MapLayer: what is drawn on the map by us; its content goes to the page as messages, and no notebook saves it."""

from __future__ import annotations

from typing import Any, ClassVar

import anywidget
from traitlets import Unicode

__all__ = ["MapLayer"]


class MapLayer(anywidget.AnyWidget):
    """Draws on the map in whose corner it stands; what was told last is told again to pages that come later.

    Attributes
    ----------
    leaflet : str
        The map's model id.
    kinds : tuple of str
        What it can be told, in the order in which a page must hear of it.
    """

    leaflet = Unicode().tag(sync=True)
    kinds: ClassVar[tuple[str, ...]]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._messages: dict[str, tuple[dict[str, Any], list[bytes]]] = {}
        self.on_msg(lambda _, content, __: self.tell_again() if content.get("ask") == "all" else None)

    def tell(self, kind: str, content: dict[str, Any], buffers: list[bytes]) -> None:
        """Tell every page, and those that come later."""
        self._messages[kind] = {"kind": kind, **content}, buffers
        self.send(*self._messages[kind])

    def tell_again(self) -> None:
        """Tell what was told last of each kind."""
        for kind in self.kinds:
            if kind in self._messages:
                self.send(*self._messages[kind])
