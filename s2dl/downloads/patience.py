"""Which failures of a transfer may pass, and how long to wait before the next attempt."""

from __future__ import annotations

from collections import Counter

from s2dl.access.answers import is_passing
from s2dl.access.http import backoff
from s2dl.errors import BadAnswer, BadInput, ChecksumMismatch, S2dlError, ServiceError

__all__ = ["Patience"]

_ATTEMPTS = 4
_ATTEMPTS_AT = {"other bytes": 2, "not found": 2, "hopeless": 1}
"""The service may hold a damaged copy, which no patience mends; a 404 for a product that is listed is seen to pass."""
_LONGEST_BUSY = 30 * 60.0
_BUSY_HEADSTART = 2
"""Waits for a free connection begin where those after errors have doubled twice."""
_SHORTEST_BUSY = 0.2


class Patience:
    """What one product has gone through so far, and what that means for its next attempt."""

    def __init__(self) -> None:
        self._failed: Counter[str] = Counter()
        self._refused = False
        self._waits = 0
        self._waited = 0.0

    def wait_after(self, error: S2dlError, *, resumed: bool = False, held: bool = False) -> float | None:
        """Seconds until the next attempt; None where there is no hope.

        Parameters
        ----------
        error : S2dlError
            How the attempt ended.
        resumed : bool
            The attempt went on from an earlier one's bytes: if they do not match, the next one from zero is the first
            of its own right.
        held : bool
            The user had paused it, so that the service may have lost patience.
        """
        status = error.status if isinstance(error, ServiceError) else None
        was_refused, self._refused = self._refused, status == 401
        if status == 429:
            return self._busy(error)
        if held or (resumed and isinstance(error, ChecksumMismatch)):
            return 0.0
        if self._refused:
            return None if was_refused else 0.0
        kind = _kind(error)
        self._failed[kind] += 1
        if self._failed[kind] >= _ATTEMPTS_AT.get(kind, _ATTEMPTS):
            return None
        return backoff(self._failed.total(), _asked(error))

    @property
    def refused(self) -> bool:
        """True when the last attempt's token was refused, so that a new one is needed."""
        return self._refused

    def _busy(self, error: S2dlError) -> float | None:
        """The account's connections are in use elsewhere, or the service asks for calm: that is no failure."""
        self._waits += 1
        wait = max(_SHORTEST_BUSY, backoff(self._waits + _BUSY_HEADSTART, _asked(error)))
        self._waited += wait
        return wait if self._waited <= _LONGEST_BUSY else None


def _kind(error: S2dlError) -> str:
    if isinstance(error, ChecksumMismatch):
        return "other bytes"
    if isinstance(error, BadInput):
        return "hopeless"
    if isinstance(error, ServiceError) and error.status is not None and not isinstance(error, BadAnswer):
        return "not found" if error.status == 404 else "passing" if is_passing(error.status) else "hopeless"
    return "passing"


def _asked(error: S2dlError) -> float | None:
    return error.retry_after if isinstance(error, ServiceError) else None
