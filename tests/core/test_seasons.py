"""Months as windows of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from s2dl.catalogue.seasons import Window, windows_of
from s2dl.query import Query

MOMENTS = st.datetimes(datetime(2016, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis


def inside(moment: datetime, windows: list[Window]) -> int:
    return sum(
        (window.start is None or window.start <= moment) and (window.end is None or moment <= window.end)
        for window in windows
    )


@given(MOMENTS, MOMENTS, MOMENTS, st.frozensets(st.integers(1, 12), min_size=1), st.booleans())
def test_a_moment_is_in_one_window_if_its_month_is_asked_for(
    start: datetime, end: datetime, moment: datetime, months: frozenset[int], newest_first: bool
) -> None:
    start, end = min(start, end), max(start, end)
    query = Query.build(tile="32TPS", start=start, end=end, months=months)
    windows = windows_of(query, newest_first=newest_first)
    assert inside(moment, windows) == (moment.month in months and start <= moment <= end)


def test_neighbouring_months_are_one_window() -> None:
    query = Query.build(tile="32TPS", start="2023", end="2024", months=(6, 7, 8))
    windows = windows_of(query)
    assert [(window.start, window.end) for window in windows] == [
        (datetime(year, 6, 1, tzinfo=UTC), datetime(year, 9, 1, tzinfo=UTC) - timedelta(microseconds=1))
        for year in (2023, 2024)
    ]


def test_there_are_no_windows_before_the_mission_nor_long_after_today() -> None:
    windows = windows_of(Query.build(tile="32TPS", start="0001", end="9999", months=(6, 7, 12)))
    years = datetime.now(UTC).year - 2015
    assert windows[0].start == datetime(2015, 6, 23, tzinfo=UTC)
    assert 2 * years <= len(windows) <= 2 * years + 4


def test_without_months_there_is_one_window() -> None:
    assert windows_of(Query.build(tile="32TPS")) == [Window()]
