"""Which products the archive keeps of a datatake: levels, processing baselines, reprocessing, dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from s2dl.demo.world.keys import hashed
from s2dl.demo.world.orbits import Datatake

__all__ = ["EUROPE", "Edition", "comes_in_two_strips", "editions"]

EUROPE = (-12.0, 34.0, 35.0, 72.0)
"""West, south, east, north of the area where Level-2A begins in 2017, degrees."""

_L2A_EUROPE = datetime(2017, 3, 28, tzinfo=UTC)
_L2A_WORLD = datetime(2018, 12, 13, tzinfo=UTC)

# First day of each operational baseline.
_BASELINES_1C = (
    ("2015-01-01", "02.04"), ("2017-05-23", "02.05"), ("2017-10-23", "02.06"), ("2018-11-06", "02.07"),
    ("2019-07-08", "02.08"), ("2020-02-04", "02.09"),
)  # fmt: skip
_BASELINES_2A = (
    ("2015-01-01", "02.05"), ("2018-03-26", "02.07"), ("2018-05-15", "02.08"), ("2018-10-08", "02.09"),
    ("2018-11-06", "02.10"), ("2018-12-13", "02.11"), ("2019-05-06", "02.12"), ("2019-07-08", "02.13"),
    ("2020-02-04", "02.14"),
)  # fmt: skip
_BASELINES_BOTH = (
    ("2021-03-30", "03.00"), ("2021-06-30", "03.01"), ("2022-01-25", "04.00"), ("2022-12-06", "05.09"),
    ("2023-12-13", "05.10"), ("2024-07-23", "05.11"),
)  # fmt: skip

# Collection-1: until when it reaches, its baseline, and the days in which it was processed.
_COLLECTION_1 = (
    (datetime(2022, 1, 1, tzinfo=UTC), "05.00", datetime(2023, 1, 9, tzinfo=UTC), 330),
    (datetime(2023, 12, 13, tzinfo=UTC), "05.10", datetime(2024, 4, 2, tzinfo=UTC), 240),
)
_SPLIT_SHARE = 0.04


class Edition(NamedTuple):
    """One processing of a datatake.

    `processed` holds the trailing timestamp of the whole and of the two parts, in the order of
    `swaths.WHOLE`, `FIRST`, `SECOND`; `europe_only` that products outside Europe do not exist.
    """

    level: int
    baseline: str
    reprocessed: bool
    station: str
    processed: tuple[datetime, datetime, datetime]
    europe_only: bool


def comes_in_two_strips(seed: int, take: Datatake) -> bool:
    """Return whether a datatake came down as two datastrips, so that tiles at the seam have two products."""
    return hashed(seed, 1, take.phase, take.turn, take.segment) < _SPLIT_SHARE


def editions(seed: int, take: Datatake) -> list[Edition]:
    """Return the processings of a datatake that the archive keeps, Level-1C first.

    Of the old datatakes a half is kept as Collection-1 only, a quarter as first processed only, and a quarter
    as both.
    """
    collection = next((c for c in _COLLECTION_1 if take.sensing < c[0]), None)
    fate = hashed(seed, 2, take.phase, take.turn, take.segment)
    europe_only = take.sensing < _L2A_WORLD
    found = []
    for level in (1, 2) if take.sensing >= _L2A_EUROPE else (1,):
        dice = hashed(seed, 3, take.phase, take.turn, take.segment, level)
        if collection is None or fate >= 0.5:
            hours = 2.0 + 4.0 * dice + (2.5 if level == 2 else 0.0)
            processed = (take.sensing + timedelta(hours=hours)).replace(microsecond=0)
            stamps = _stamps(processed)
            found.append(
                Edition(
                    level,
                    _baseline(level, take.sensing),
                    False,
                    _station(take, dice),
                    stamps,
                    level == 2 and europe_only,
                )
            )
        if collection is not None and fate < 0.75:
            _, baseline, begin, days = collection
            processed = (begin + timedelta(days=days * dice)).replace(microsecond=0)
            found.append(Edition(level, baseline, True, "S2RP", _stamps(processed), level == 2 and europe_only))
    return found


def _stamps(processed: datetime) -> tuple[datetime, datetime, datetime]:
    return processed, processed, processed + timedelta(minutes=7, seconds=11)


def _baseline(level: int, sensing: datetime) -> str:
    day = sensing.date().isoformat()
    table = (_BASELINES_1C if level == 1 else _BASELINES_2A) + _BASELINES_BOTH
    return next(baseline for first, baseline in reversed(table) if first <= day)


def _station(take: Datatake, dice: float) -> str:
    """Return the code of the processing centre: ground stations first, one per satellite later."""
    if take.sensing.year >= 2023:
        return f"2{take.platform}PS"
    return ("VGS2", "SGS_", "EPAE", "MTI_")[int(dice * 4)]
