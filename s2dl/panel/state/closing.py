"""Closing: when the panel may be taken away, and what becomes of a download that runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from traitlets import Bool, HasTraits

from s2dl.panel.state.fetching import Fetching

__all__ = ["Closing"]


class Closing(HasTraits):
    """The way out.

    Parameters
    ----------
    work : Fetching
        What may be running.
    on_closed : callable
        Takes the panel away; called once.

    Attributes
    ----------
    asks : bool
        Whether a running download is in the way, and the person must say what becomes of it.
    when_done : bool
        Close by itself when a download has brought home everything.
    """

    asks = Bool(False)
    when_done = Bool(False)

    def __init__(self, work: Fetching, on_closed: Callable[[], None]) -> None:
        super().__init__()
        self._work = work
        self._on_closed = on_closed
        self._closes_at_end = self._closed = False
        work.observe(self._reported, "report")

    @property
    def can_detach(self) -> bool:
        """Whether what runs can be handed to a process of its own."""
        return self._work.can_pause

    def ask(self) -> None:
        """Close, unless a download is in the way."""
        if self._work.downloads.running and not self._work.runs_apart:
            self.asks = True
        else:
            self._close()

    def stay(self) -> None:
        """Close nothing."""
        self.asks = self._closes_at_end = False

    def wait(self) -> None:
        """Close when the download has ended, whichever way."""
        self._end_then_close()
        if not self._closed:
            self._work.say("The panel closes when the download has ended.")

    def stop(self) -> None:
        """Stop the download, then close."""
        self._end_then_close()
        self._work.stop()

    def detach(self) -> None:
        """Hand the download to a process of its own, then close."""
        self.asks = False
        self._work.detach(then=self._close)

    def _end_then_close(self) -> None:
        self.asks = False
        self._closes_at_end = True
        if not self._work.downloads.running:
            self._close()

    def _reported(self, change: Any) -> None:
        if change.new is None:
            return
        self.asks = False
        if self._closes_at_end or (self.when_done and change.new.ok):
            self._close()

    def _close(self) -> None:
        if not self._closed:
            self._closed = True
            self._on_closed()
