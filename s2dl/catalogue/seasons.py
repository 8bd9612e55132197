"""The parts of time that a question means: one, or a season of each year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s2dl.query import Query

__all__ = ["MISSION_START", "Window", "windows_of"]

MISSION_START = datetime(2015, 6, 23, tzinfo=UTC)
"""Launch of Sentinel-2A; there is nothing before."""
_INSTANT = timedelta(microseconds=1)
_SPARE = timedelta(days=366)
"""How far a clock may be behind."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of time; None is open. Both ends are inclusive."""

    start: datetime | None = None
    end: datetime | None = None

    def __str__(self) -> str:
        ends = ("…" if each is None else f"{each:%Y-%m-%d %H:%M:%S}" for each in (self.start, self.end))
        return " to ".join(ends)


def windows_of(query: Query, *, newest_first: bool = False) -> list[Window]:
    """The windows that a question asks for: one, or with `months` one for each run of months."""
    if not query.months:
        return [Window(query.start, query.end)]
    # Each year costs a request: those before and after the mission so far have nothing to list.
    start = max(query.start or MISSION_START, MISSION_START)
    end = min(query.end or datetime.now(UTC), datetime.now(UTC) + _SPARE)
    windows: list[Window] = []
    begin = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while begin <= end:
        following = (begin + timedelta(days=32)).replace(day=1)
        if begin.month in query.months:
            part = Window(max(start, begin), min(end, following - _INSTANT))
            touching = windows and part.start == (windows[-1].end or start) + _INSTANT
            windows[-1:] = [Window(windows[-1].start, part.end)] if touching else [*windows[-1:], part]
        begin = following
    return windows[::-1] if newest_first else windows
