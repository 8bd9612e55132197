"""Where and when the satellites look down: the 10-day rhythm of Sentinel-2, cut into datatakes.

A circular sun-synchronous orbit over a round Earth, its phase and longitudes fitted to real products. Each
satellite comes back over the same relative orbit after 143 turns, which are exactly 10 days.
"""

from __future__ import annotations

import heapq
import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

__all__ = [
    "ORBITS",
    "PHASES",
    "SEGMENTS",
    "Datatake",
    "Phase",
    "begun_at",
    "datatake",
    "datatakes",
    "seam",
    "segment_fractions",
    "swath",
]

ORBITS = 143
"""Turns in a repeat cycle, hence relative orbits."""

SEGMENTS = 4
"""Datatakes into which the day side of one turn is cut."""

_CYCLE = timedelta(days=10)
_PERIOD = _CYCLE.total_seconds() / ORBITS
_INCLINATION = math.radians(98.62)
_NODE_OF_FIRST_ORBIT = 1.0  # longitude of the ascending node of relative orbit 1, degrees
_HALF_SWATH = 145.0 / 6371.0  # 290 km, as an angle at the Earth's centre
_FLATTENING = (1 - 1 / 298.257223563) ** 2

# The day side that is acquired, as angle from the ascending node: from the northernmost point (swath up to
# 82.7 N) down to 56 S. Written as fractions of a turn so that times need no trigonometry.
_FIRST, _LAST = 0.25, 0.6585
_STEP = 1 / 400  # of a turn, about 15 s: from one vertex of a swath's edge to the next


class Phase(NamedTuple):
    """A time during which one satellite keeps its place in the orbit.

    `origin` is the ascending node of turn 0, which is relative orbit 1; `orbit_zero` its absolute number.
    """

    platform: str
    origin: datetime
    orbit_zero: int
    begin: datetime
    end: datetime
    milliseconds: int


def _utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


_SWAP = _utc(2025, 1, 21)  # Sentinel-2C takes over the place of 2A, which moves on by two days (216 degrees)
_EVER = _utc(9000, 1, 1)

PHASES = (
    Phase("A", _utc(2015, 6, 22, 22, 26), -2, _utc(2015, 7, 4), _SWAP, 24),
    Phase("A", _utc(2015, 6, 24, 22, 26), 27, _SWAP, _EVER, 24),
    Phase("B", _utc(2017, 3, 8, 22, 26), 27, _utc(2017, 3, 15), _EVER, 29),
    Phase("C", _utc(2024, 9, 4, 22, 26), -15, _utc(2024, 10, 1), _SWAP, 25),
    Phase("C", _utc(2024, 9, 2, 22, 26), -43, _SWAP, _EVER, 25),
)
"""All phases; S2B flies half a turn (five days) behind the place of S2A and later S2C."""


class Datatake(NamedTuple):
    """One uninterrupted acquisition: a segment of the day side of one turn."""

    phase: int
    turn: int
    segment: int
    sensing: datetime

    @property
    def platform(self) -> str:
        """Letter of the satellite."""
        return PHASES[self.phase].platform

    @property
    def relative_orbit(self) -> int:
        """Number within the cycle, 1 to 143."""
        return self.turn % ORBITS + 1

    @property
    def absolute_orbit(self) -> int:
        """Number since launch."""
        return PHASES[self.phase].orbit_zero + self.turn


def datatake(phase: int, turn: int, segment: int) -> Datatake | None:
    """Return one datatake, or None where the phase does not have it.

    Notes
    -----
    The sensing time is that of the datatake's first line, cut to the second, with the satellite's own
    milliseconds: so no two datatakes share one.
    """
    about = PHASES[phase]
    seconds = turn * _PERIOD + segment_fractions(turn % ORBITS + 1)[segment] * _PERIOD
    sensing = about.origin + timedelta(seconds=math.floor(seconds), milliseconds=about.milliseconds)
    if not about.begin <= sensing < about.end:
        return None
    return Datatake(phase, turn, segment, sensing)


def datatakes(
    start: datetime,
    end: datetime,
    *,
    platforms: Collection[str] | None = None,
    relative_orbits: Collection[int] | None = None,
    descending: bool = False,
) -> Iterator[Datatake]:
    """Yield the datatakes with ``start <= sensing <= end``, ordered by sensing time.

    Parameters
    ----------
    start, end : datetime
        UTC, both inclusive.
    platforms : collection of str, optional
        Letters of the satellites; all without it.
    relative_orbits : collection of int, optional
        Numbers 1 to 143; all without it.
    descending : bool
        Newest first.
    """
    streams = [
        _phase_datatakes(number, start, end, relative_orbits, descending)
        for number, phase in enumerate(PHASES)
        if platforms is None or phase.platform in platforms
    ]
    return heapq.merge(*streams, key=lambda take: take.sensing, reverse=descending)


def begun_at(platform: str, second: datetime) -> list[Datatake]:
    """Return the datatakes of a satellite that began within a second."""
    end = second + timedelta(milliseconds=999)
    return list(datatakes(second, end, platforms={platform}))


def _turns_at(phase: int, time: datetime) -> range:
    """Return the turns that may hold a datatake that began at a time."""
    turn = math.floor((time - PHASES[phase].origin).total_seconds() / _PERIOD)
    return range(max(turn - 1, 0), turn + 1)


def _phase_datatakes(
    number: int, start: datetime, end: datetime, relative_orbits: Collection[int] | None, descending: bool
) -> Iterator[Datatake]:
    phase = PHASES[number]
    start, end = max(start, phase.begin), min(end, phase.end)
    if start > end:
        return
    turns = range(_turns_at(number, start).start, _turns_at(number, end).stop)
    segments = range(SEGMENTS)
    for turn in reversed(turns) if descending else turns:
        if relative_orbits is not None and turn % ORBITS + 1 not in relative_orbits:
            continue
        for segment in reversed(segments) if descending else segments:
            take = datatake(number, turn, segment)
            if take is not None and start <= take.sensing <= end:
                yield take


@lru_cache(maxsize=ORBITS)
def segment_fractions(relative_orbit: int) -> tuple[float, ...]:
    """Return where the datatakes of a relative orbit begin, and the last one ends, as fractions of a turn."""
    width = (_LAST - _FIRST) / SEGMENTS
    shift = (relative_orbit * 61 % ORBITS / ORBITS - 0.5) * 0.6 * width  # not at the same latitude everywhere
    inner = (_FIRST + i * width + shift for i in range(1, SEGMENTS))
    return (_FIRST, *inner, _LAST)


def seam(begin: float, end: float) -> float:
    """Return the moment in the middle of a datatake where, if it comes as two datastrips, the second begins.

    It is a vertex of the swath's edge, so that the two parts make up the whole.
    """
    return round((begin + end) / 2 / _STEP) * _STEP


def swath(relative_orbit: int, begin: float, end: float) -> shapely.Polygon:
    """Return what a satellite sees between two moments of a turn.

    Parameters
    ----------
    relative_orbit : int
        1 to 143.
    begin, end : float
        Moments as fractions of a turn, counted from the ascending node.

    Returns
    -------
    shapely.Polygon
        In degrees, with continuous longitudes between about -360 and 360.
    """
    inner = np.arange(math.floor(begin / _STEP) + 1, math.ceil(end / _STEP)) * _STEP
    turn = np.concatenate([[begin], inner, [end]])
    place = _track(turn)
    ahead = _track(turn + 1e-6)
    aside = np.cross(place, ahead)
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    middle = np.degrees(np.unwrap(np.arctan2(place[:, 1], place[:, 0])))
    edges = []
    for side in (-1.0, 1.0):
        edge = place * math.cos(_HALF_SWATH) + side * aside * math.sin(_HALF_SWATH)
        lon = np.degrees(np.arctan2(edge[:, 1], edge[:, 0]))
        lon = middle + (lon - middle + 180.0) % 360.0 - 180.0
        lat = np.degrees(np.arctan(edge[:, 2] / np.hypot(edge[:, 0], edge[:, 1]) / _FLATTENING))
        edges.append(np.column_stack([lon, lat]))
    ring = np.concatenate([edges[0], edges[1][::-1]])
    node = _NODE_OF_FIRST_ORBIT - (relative_orbit - 1) * 3600.0 / ORBITS
    ring[:, 0] += node
    ring[:, 0] -= 360.0 * round(float(ring[:, 0].mean()) / 360.0)
    return shapely.Polygon(ring)


def _track(turn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return unit vectors to the points below the satellite, with the ascending node of the turn at longitude 0."""
    angle = 2.0 * math.pi * turn
    x = np.cos(angle)
    y = np.sin(angle) * math.cos(_INCLINATION)
    z = np.sin(angle) * math.sin(_INCLINATION)
    earth = 2.0 * math.pi * turn * _PERIOD / 86_400.0  # the orbit's plane follows the mean sun: a day is 24 h
    return np.column_stack([x * np.cos(earth) + y * np.sin(earth), y * np.cos(earth) - x * np.sin(earth), z])
