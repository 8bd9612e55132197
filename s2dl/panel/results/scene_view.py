"""What table, gallery and timeline share: rows, selection, focus and hover, kept the same in page and state.

All of it goes as messages, scenes by their position (int32), so that a saved notebook holds none of it and ten thousand
selected scenes are forty kilobytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np

from s2dl.panel.scripts import joined
from s2dl.panel.state.state import PanelState

__all__ = ["SceneView", "link", "script"]

_HERE = Path(__file__).parent


def script(*names: str) -> str:
    """Join scripts of this room to one module; the last one exports."""
    return joined(_HERE / name for name in names)


class SceneView(anywidget.AnyWidget):
    """Shows scenes; a page asks for them when it has room to show them.

    Attributes
    ----------
    names : list of str
        The scenes that it shows.
    edition : int
        Counts how often they were replaced by others.
    on_select : callable
        Called with the names that the person selects in the page, and the one in focus or an empty text.
    on_point : callable
        Called with the name that the mouse points at, or an empty text.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.names: list[str] = []
        self.on_select: Callable[[list[str], str], None] = lambda *_: None
        self.on_point: Callable[[str], None] = lambda _: None
        self._places: dict[str, int] = {}
        self.edition = 0
        self._selected: list[int] = []
        self._visible: list[int] | None = None
        self._focus = self._hover = -1
        self._heard = ("", 0)
        self.on_msg(lambda _, message, buffers: self.hear(message, buffers))

    def renew(self, names: Sequence[str]) -> None:
        """Show other scenes, of which none is selected; a page asks for them as soon as they can be seen."""
        self.names = list(names)
        self._places = {name: row for row, name in enumerate(self.names)}
        self.edition += 1
        self._selected, self._visible, self._focus, self._hover = [], None, -1, -1
        self.send({"tell": "stale"})

    def place(self, name: str) -> int:
        """Position of a scene; -1 for one that is not shown."""
        return self._places.get(name, -1)

    def places(self, names: Iterable[str]) -> list[int]:
        """Positions of scenes, in the same order; those that are not shown are left out."""
        return [self._places[name] for name in names if name in self._places]

    def select(self, names: Iterable[str]) -> None:
        """Show these scenes as selected."""
        self._selected = self.places(names)
        self._tell_selected()

    def _tell_selected(self) -> None:
        self.send({"tell": "selected", **self._last_turn()}, [_packed(self._selected)])

    def _tell_focus(self) -> None:
        self.send({"tell": "focus", "row": self._focus, **self._last_turn()})

    def _last_turn(self) -> dict[str, Any]:
        """What a page needs to know whether it has gone on since."""
        view, turn = self._heard
        return {"view": view, "turn": turn}

    def focus(self, name: str) -> None:
        """Bring a scene into view; an empty text for none."""
        self._focus = self.place(name)
        self._tell_focus()

    def point(self, name: str) -> None:
        """Show that the mouse is on a scene, wherever it is; an empty text for none."""
        row = self.place(name)
        # A page knows what it has said itself.
        if row != self._hover:
            self._hover = row
            self.send({"tell": "hover", "row": row})

    def arrange(self, names: Sequence[str]) -> None:
        """Show these scenes only, in this order."""
        self._visible = self.places(names)
        self.send({"tell": "visible"}, [_packed(self._visible)])

    def hear(self, message: dict[str, Any], buffers: list[memoryview]) -> None:
        """Take a message of the page; one about scenes that are no longer there is dropped."""
        match message:
            case {"ask": "rows"}:
                self.tell_rows(message)
            case {"edition": edition} if edition != self.edition:
                return
            case {"do": "select", "focus": focus, "view": view, "turn": turn}:
                self._heard = (view, turn)
                self.on_select(self._named(buffers[0]), self.names[focus] if focus >= 0 else "")
            case {"do": "point", "row": row}:
                self._hover = row
                self.on_point(self.names[row] if row >= 0 else "")
            case {"do": what}:
                self.act(what, self._named(buffers[0]) if buffers else [])

    def act(self, what: str, names: list[str]) -> None:
        """Do what else the person asks for, with these scenes."""

    def _named(self, buffer: memoryview) -> list[str]:
        return [self.names[row] for row in np.frombuffer(buffer, dtype="<i4")]

    def rows(self) -> tuple[dict[str, Any], list[bytes]]:
        """Give what the page shows: a message and its buffers."""
        return {}, []

    def tell_rows(self, asked: dict[str, Any]) -> None:  # noqa: ARG002 - for views that draw as the page asks
        """Send the rows, and what is the matter with them."""
        message, buffers = self.rows()
        self.send({"tell": "rows", "edition": self.edition, **message}, buffers)
        self.tell_marks()

    def tell_marks(self) -> None:
        """Send which rows are shown, selected and in focus."""
        if self._visible is not None:
            self.send({"tell": "visible"}, [_packed(self._visible)])
        self._tell_selected()
        self._tell_focus()


def _packed(rows: Sequence[int]) -> bytes:
    return np.asarray(rows, dtype="<i4").tobytes()


def link(state: PanelState, view: SceneView, renew: Callable[[], None], *, filtered: bool = True) -> None:
    """Keep selection, focus and hover of a view and of the state the same.

    Parameters
    ----------
    state : PanelState
    view : SceneView
    renew : callable
        Gives the view the state's scenes.
    filtered : bool
        The view shows what the table's filter lets through, in the table's order.
    """
    shown: Any = None

    def show_scenes(_: Any) -> None:
        nonlocal shown
        shown = state.scenes
        renew()

    def when_shown(call: Callable[[], None]) -> Callable[[Any], None]:
        # While new scenes go round, other traits change before this view has heard of them.
        return lambda _: call() if state.scenes is shown else None

    def point(name: str) -> None:
        state.hover = name

    view.on_select, view.on_point = state.select, point
    state.observe(show_scenes, "scenes")
    state.observe(when_shown(lambda: view.select(state.selected_names)), "selected")
    state.observe(when_shown(lambda: view.focus(state.focus)), "focus")
    state.observe(when_shown(lambda: view.point(state.hover)), "hover")
    if filtered:
        state.observe(when_shown(lambda: view.arrange(state.visible)), "visible")
    show_scenes(None)
