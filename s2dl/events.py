"""What the engine says while it works.

Listeners (bars, the panel, the job store) get these on the engine's thread; what they raise is logged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = [
    "DownloadFinished",
    "DownloadPlanned",
    "Event",
    "Listener",
    "PageReceived",
    "PreviewFinished",
    "SceneFinished",
    "SceneProgress",
    "SceneRetrying",
    "SceneStarted",
    "ScenesOffline",
    "Totals",
    "Verifying",
]


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""


Listener = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class PageReceived(Event):
    """A page of a search has come: `found` products so far."""

    found: int


@dataclass(frozen=True, slots=True)
class PreviewFinished(Event):
    """One quicklook is done: `done` of `count`."""

    name: str
    status: str
    done: int
    count: int


@dataclass(frozen=True, slots=True)
class DownloadPlanned(Event):
    """What will be done: `count` products to fetch, of `size` bytes in all (0 where unknown)."""

    count: int
    size: int
    skipped: int


@dataclass(frozen=True, slots=True)
class SceneStarted(Event):
    """A product's bytes begin to flow; `size` in bytes, 0 unknown."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class SceneProgress(Event):
    """`received` of `size` bytes of one product are on disk."""

    name: str
    received: int
    size: int


@dataclass(frozen=True, slots=True)
class SceneRetrying(Event):
    """An attempt failed for `reason`; the next one comes in `wait` seconds."""

    name: str
    reason: str
    wait: float


@dataclass(frozen=True, slots=True)
class ScenesOffline(Event):
    """`count` products are offline and waited for; the next look comes in `wait` seconds."""

    count: int
    wait: float


@dataclass(frozen=True, slots=True)
class Verifying(Event):
    """`hashed` of `size` bytes of a verification are done, `done` of `count` files."""

    hashed: int
    size: int
    done: int
    count: int


@dataclass(frozen=True, slots=True)
class SceneFinished(Event):
    """One product has reached its end; `status` and `reason` as in the report."""

    name: str
    status: str
    reason: str
    size: int


@dataclass(frozen=True, slots=True)
class Totals(Event):
    """The run as a whole: bytes, products, bytes per second, and seconds left (None unknown)."""

    received: int
    size: int
    done: int
    count: int
    speed: float
    remaining: float | None


@dataclass(frozen=True, slots=True)
class DownloadFinished(Event):
    """The run is over."""

    ok: bool
