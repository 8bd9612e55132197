"""Pulse: changes that come from the engine are applied one after the other, ten times a second at most.

Widgets are informed on a thread of the panel's own, so that a large table never holds up the engine's loop.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

__all__ = ["Pulse"]


class Pulse:
    """One thread that makes calls in the order in which they were asked for.

    Parameters
    ----------
    interval : float
        Seconds between two beats, at least.
    """

    def __init__(self, interval: float = 0.1) -> None:
        self._interval = interval
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="s2dl-panel")
        self._guard = threading.Lock()
        self._due = False
        self._last = float("-inf")
        self._closed = False

    def soon(self, call: Callable[[], None]) -> None:
        """Make a call as soon as the earlier ones are done."""
        with self._guard:
            if not self._closed:
                self._thread.submit(call)

    def beat(self, call: Callable[[], None]) -> None:
        """Make a call at the next beat; further ones that are asked for until then are the same one."""
        with self._guard:
            if self._due or self._closed:
                return
            self._due = True
            self._thread.submit(self._beat, call)

    def _beat(self, call: Callable[[], None]) -> None:
        time.sleep(max(0.0, self._last + self._interval - time.monotonic()))
        with self._guard:
            self._due = False
        self._last = time.monotonic()
        call()

    def close(self) -> None:
        """Make no more calls; what is due already is still made."""
        with self._guard:
            self._closed = True
        self._thread.shutdown(wait=False)
