"""What a user may do to a download while it runs: pause, resume, stop."""

from __future__ import annotations

import threading

__all__ = ["Control"]


class Control:
    """A download's switches, for any thread; give it to `download` as ``control``.

    A stopped download ends with a report, in which what is not finished is ``cancelled``; part files stay.
    A paused one begins nothing more, and what is on its way is held: its connection stays open, and where the service
    closes it meanwhile, the product is attempted again.

    Attributes
    ----------
    reason : str
        Why it was stopped.
    """

    def __init__(self) -> None:
        self.reason = ""
        self._going = threading.Event()
        self._going.set()
        self._stopped = threading.Event()

    @property
    def paused(self) -> bool:
        """True between `pause` and `resume`."""
        return not self._going.is_set()

    @property
    def stopped(self) -> bool:
        """True once `stop` was called."""
        return self._stopped.is_set()

    def pause(self) -> None:
        """Hold everything."""
        self._going.clear()

    def resume(self) -> None:
        """Go on."""
        self._going.set()

    def stop(self, reason: str = "stopped") -> None:
        """End the download; `reason` is said of each product that is not finished."""
        if not self.stopped:
            self.reason = reason
            self._stopped.set()

    def wait(self, seconds: float) -> bool:
        """Wait in a thread until it goes on, for some seconds at most; say whether it does."""
        return self._going.wait(seconds)
