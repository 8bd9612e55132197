"""How fast bytes come: whether a transfer has stalled, and the speed that is shown."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2dl.settings import Settings

__all__ = ["Speed", "StallGuard"]


class StallGuard:
    """Tells when fewer than `download_speed` bytes came within `download_timeout` seconds.

    The time counts from the start of the attempt, so that waiting for the connection and for the answer's headers is
    covered as well as a body that stops or drips.

    Parameters
    ----------
    settings : Settings
    clock : callable
        Seconds.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._least = settings.download_speed
        self._within = settings.download_timeout
        self._clock = clock
        self._began = clock()
        self._before = 0

    def has_stalled(self, position: int) -> bool:
        """Say whether it has, when `position` bytes are there by now."""
        if position - self._before >= self._least:
            self.begin_again(position)
            return False
        return self._clock() - self._began > self._within

    def begin_again(self, position: int) -> None:
        """Count from now on: enough has come, or the transfer is held on purpose."""
        self._began, self._before = self._clock(), position


class Speed:
    """Bytes a second, smoothed over some seconds.

    Parameters
    ----------
    over : float
        Seconds.
    clock : callable
        Seconds.
    """

    def __init__(self, over: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._over = over
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque([(clock(), 0)])

    def at(self, received: int) -> float:
        """Give the speed, when `received` bytes have come in all by now."""
        now = self._clock()
        self._seen.append((now, received))
        while len(self._seen) > 2 and now - self._seen[1][0] >= self._over:
            self._seen.popleft()
        since, before = self._seen[0]
        return (received - before) / (now - since) if now > since else 0.0
