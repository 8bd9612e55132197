"""Query: what is asked, validated once and frozen."""

from __future__ import annotations

import calendar
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from typing import Any, Self, SupportsIndex, TypeVar

import shapely
from shapely.geometry.base import BaseGeometry

from s2dl.errors import BadInput
from s2dl.product import OrbitDirection
from s2dl.region import RegionLike, read_region
from s2dl.tiles import utm_bounds

__all__ = ["PRODUCT_TYPES", "Query", "TimeLike", "is_pattern"]

TimeLike = str | date | datetime
T = TypeVar("T")

PRODUCT_TYPES = {"L1C": "S2MSI1C", "L2A": "S2MSI2A", "L2Ap": "S2MSI2Ap"}
"""Alias → product type, as `Query` takes them."""

_PLATFORMS = ("S2A", "S2B", "S2C")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_TOOL_DATE = re.compile(r"(\d{2})-([A-Za-z]{3})-(\d{4})")
_YEAR_OR_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?")
_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}")
_LONGEST_NAME = 200
"""Characters; a product name has some seventy."""
_PATTERN_SIGNS = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A validated question to a catalogue.

    Built by `Query.build` from what a person gives; every field is in one normal form, empty tuples and None mean
    "any". Times are UTC and inclusive. The region is a (multi)polygon in EPSG:4326.
    """

    region: BaseGeometry | None = None
    start: datetime | None = None
    end: datetime | None = None
    product_type: tuple[str, ...] = ()
    cloud_cover: tuple[float, float] | None = None
    relative_orbit: tuple[int, ...] = ()
    orbit_direction: OrbitDirection | None = None
    tile: tuple[str, ...] = ()
    platform: tuple[str, ...] = ()
    name: str | None = None
    online: bool | None = None
    limit: int | None = None
    months: tuple[int, ...] = ()
    min_coverage: float | None = None
    latest_baseline: bool = False

    @classmethod
    def build(
        cls,
        region: RegionLike = None,
        *,
        start: TimeLike | None = None,
        end: TimeLike | None = None,
        product_type: str | Iterable[str] | None = None,
        cloud_cover: float | tuple[float, float] | None = None,
        relative_orbit: int | Iterable[int] | None = None,
        orbit_direction: str | None = None,
        tile: str | Iterable[str] | None = None,
        platform: str | Iterable[str] | None = None,
        name: str | None = None,
        online: bool | None = None,
        limit: int | None = None,
        months: int | Iterable[int] | None = None,
        min_coverage: float | None = None,
        latest_baseline: bool = False,
    ) -> Self:
        """Validate what a person gives.

        Raises
        ------
        BadInput
            With one sentence that says what to do.
        """
        query = cls(
            region=None if region is None else read_region(region),
            start=None if start is None else _first_instant(start, "start"),
            end=None if end is None else _last_instant(end, "end"),
            product_type=_each(product_type, _product_type),
            cloud_cover=_cloud_cover(cloud_cover),
            relative_orbit=_each(relative_orbit, _relative_orbit),
            orbit_direction=_orbit_direction(orbit_direction),
            tile=_each(tile, _tile),
            platform=_each(platform, _platform),
            name=_name(name),
            online=_online(online),
            limit=_limit(limit),
            months=tuple(sorted(_each(months, _month))),
            min_coverage=_min_coverage(min_coverage),
            latest_baseline=bool(latest_baseline),
        )
        query._check_together()
        return query

    def _check_together(self) -> None:
        if self.start is not None and self.end is not None and self.end < self.start:
            raise BadInput(
                f"The end ({self.end:%Y-%m-%d %H:%M}) lies before the start ({self.start:%Y-%m-%d %H:%M}); "
                "exchange them."
            )
        if self.min_coverage is not None and self.region is None:
            raise BadInput("min_coverage is a share of a region; give the region, too.")
        if self.region is None and not self.tile and self.name is None and self.limit is None:
            raise BadInput("This would list the whole archive; give a region, a tile, a name or a limit.")

    def to_dict(self) -> dict[str, Any]:
        """Write the question as plain JSON whose keys are `search`'s arguments; unset ones are left out."""
        plain: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None or value == () or (value is False and field.name != "online"):
                continue
            if isinstance(value, BaseGeometry):
                value = shapely.to_wkt(value, rounding_precision=-1)
            elif isinstance(value, datetime):
                value = value.isoformat()
            elif isinstance(value, tuple):
                value = list(value)
            plain[field.name] = value
        return plain


def _each(value: object, read: Callable[[object], T]) -> tuple[T, ...]:
    """Read one value or several, each once."""
    if value is None:
        return ()
    if isinstance(value, Mapping):
        raise BadInput(f"{value!r} is not a list of values; give one value or a list of them.")
    several = value if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
    return tuple(dict.fromkeys(read(each) for each in several))


def _first_instant(value: TimeLike, which: str) -> datetime:
    return _period(value, which)[0]


def _last_instant(value: TimeLike, which: str) -> datetime:
    return _period(value, which)[1]


def _period(value: TimeLike, which: str) -> tuple[datetime, datetime]:
    """Read a time as the first and last instant that it can mean: a day is 24 hours long, a moment is itself."""
    try:
        if isinstance(value, datetime):
            return (_utc(value),) * 2
        if isinstance(value, date):
            return _days(value.year, value.month, value.day)
        is_year = isinstance(value, int) and 1_000 <= value <= 9_999
        if is_year or type(value).__name__ == "datetime64":  # numpy's own, which is written as ISO text
            return _period_of_text(str(value))
        return _period_of_text(value.strip())
    except (ValueError, OverflowError, AttributeError) as error:
        raise BadInput(
            f"{which}: {value!r} is not a date; write 2024-06-30, 2024-06, 2024, 2024-06-30T10:15:00Z or 30-JUN-2024."
        ) from error


def _period_of_text(text: str) -> tuple[datetime, datetime]:
    if found := _TOOL_DATE.fullmatch(text):
        return _days(int(found[3]), _MONTHS.index(found[2].upper()) + 1, int(found[1]))
    if found := _YEAR_OR_MONTH.fullmatch(text):
        return _days(*(int(part) for part in found.groups() if part is not None))
    if _DAY.fullmatch(text):
        day = date.fromisoformat(text)
        return _days(day.year, day.month, day.day)
    if "W" in text:
        raise ValueError("weeks are not read")
    return (_utc(datetime.fromisoformat(text)),) * 2


def _days(year: int, month: int | None = None, day: int | None = None) -> tuple[datetime, datetime]:
    first = date(year, 1 if month is None else month, 1 if day is None else day)
    last_month = 12 if month is None else month
    last = date(year, last_month, calendar.monthrange(year, last_month)[1] if day is None else day)
    return datetime.combine(first, time.min, UTC), datetime.combine(last, time.max, UTC)


def _utc(moment: datetime) -> datetime:
    # Pandas' own times and missing times are datetimes too: the first become plain ones, the second raise here.
    moment = datetime.combine(moment.date(), moment.timetz())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _product_type(value: object) -> str:
    said = str(value).lower()
    for alias, name in PRODUCT_TYPES.items():
        if said in {alias.lower(), name.lower()}:
            return name
    known = ", ".join(f"{alias} ({name})" for alias, name in PRODUCT_TYPES.items())
    raise BadInput(f"There is no product type {value!r}; the product types are {known}.")


def _cloud_cover(value: object) -> tuple[float, float] | None:
    if value is None:
        return None
    pair = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (0, value)
    try:
        low, high = (float(_no_flag(each)) for each in pair)
    except (TypeError, ValueError) as error:
        raise BadInput(f"cloud_cover: {value!r} is not a percentage; give a maximum, or (low, high).") from error
    if not 0 <= low <= high <= 100:
        raise BadInput(f"cloud_cover: {value!r} must lie between 0 and 100 percent, the lower limit first.")
    return low, high


def _no_flag(value: Any) -> Any:
    """Refuse True and False where a number is due, which Python takes for 1 and 0."""
    if isinstance(value, bool):
        raise TypeError
    return value


def _relative_orbit(value: object) -> int:
    try:
        number = int(_no_flag(value))
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput(f"relative_orbit: {value!r} is not a number; relative orbits are 1 to 143.") from error
    if not 1 <= number <= 143 or (number != value and not isinstance(value, str)):
        raise BadInput(f"relative_orbit: {value!r} does not exist; Sentinel-2's relative orbits are 1 to 143.")
    return int(number)


def _orbit_direction(value: str | None) -> OrbitDirection | None:
    match None if value is None else str(value).lower():
        case None:
            return None
        case "ascending":
            return "ascending"
        case "descending":
            return "descending"
        case _:
            raise BadInput(f"orbit_direction: {value!r} is unknown; it is 'ascending' or 'descending'.")


def _tile(value: object) -> str:
    tile = str(value).upper()
    try:
        utm_bounds(tile)
    except BadInput as error:
        raise BadInput(f"tile: {value!r} is not a tile id; it looks like 32TPS or T32TPS.") from error
    return tile.removeprefix("T")


def _platform(value: object) -> str:
    platform = str(value).upper()
    if platform not in _PLATFORMS:
        raise BadInput(f"platform: {value!r} is unknown; the satellites are {', '.join(_PLATFORMS)}.")
    return platform


def _name(value: str | None) -> str | None:
    if value is None:
        return None
    name = str(value).strip().removesuffix(".zip")
    if not 0 < len(name) <= _LONGEST_NAME:
        problem = f"longer than {_LONGEST_NAME} characters" if name else "empty"
        raise BadInput(f"name is {problem}; give a product name, or a pattern such as S2A_MSIL2A_*_T32TPS_*.")
    return name if name.endswith((".SAFE", "*")) else f"{name}.SAFE"


def is_pattern(name: str | None) -> bool:
    """Say whether a name is a glob: ``*`` any text, ``?`` one letter, ``[AB]`` one of these."""
    return name is not None and _PATTERN_SIGNS.search(name) is not None


def _online(value: bool | None) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise BadInput(f"online: {value!r} is neither True nor False; leave it out for both.")


def _month(value: object) -> int:
    month = _whole(value)
    if not 1 <= month <= 12:
        raise BadInput(f"months: {value!r} is not a month; give numbers from 1 to 12.")
    return month


def _whole(value: object) -> int:
    """A whole number of any library; 0 for what is none."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        return 0
    return operator.index(value)


def _min_coverage(value: float | None) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise BadInput(f"min_coverage: {value!r} must be a share between 0 and 1.")
    return float(value)


def _limit(value: SupportsIndex | None) -> int | None:
    if value is None:
        return None
    number = _whole(value)
    if number < 1:
        raise BadInput(f"limit: {value!r} must be a whole number of products, 1 or more.")
    return number
