"""A stand-in for the page that a widget talks to, and patience."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import anywidget
import numpy as np


class FakePage:
    """Keeps what a widget sends, and sends what a page would."""

    def __init__(self, widget: anywidget.AnyWidget) -> None:
        self.told: list[tuple[dict[str, Any], list[bytes]]] = []
        self._widget = widget
        widget.send = self._take

    def _take(self, message: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        self.told.append((message, buffers or []))

    def say(self, message: dict[str, Any], rows: list[int] | None = None) -> None:
        buffers = [] if rows is None else [memoryview(np.array(rows, dtype="<i4").tobytes())]
        self._widget._handle_custom_msg(message, buffers)

    def select(self, rows: list[int], focus: int = -1, *, turn: int = 1, edition: int | None = None) -> None:
        edition = self._widget.edition if edition is None else edition
        self.say({"edition": edition, "do": "select", "focus": focus, "view": "page", "turn": turn}, rows)

    def act(self, what: str, rows: list[int] | None = None, **about: Any) -> None:
        self.say({"edition": self._widget.edition, "do": what, **about}, rows)

    def heard(self, what: str) -> list[dict[str, Any]]:
        return [message for message, _ in self.told if message.get("tell") == what]

    def rows_of(self, what: str) -> list[int]:
        """The rows of the last message of a kind."""
        (buffer,) = [buffers for message, buffers in self.told if message.get("tell") == what][-1]
        return np.frombuffer(buffer, dtype="<i4").tolist()


def eventually(condition: Callable[[], object], patience: float = 60) -> None:
    """Wait until something is so that no one tells of."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
