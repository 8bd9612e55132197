"""Stalls and speeds, on a clock that is turned by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl.downloads.pace import Speed, StallGuard
from s2dl.settings import Settings

LIMITS = Settings(download_timeout=60, download_speed=65_536)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_silence_from_the_start_is_a_stall(clock: Clock) -> None:
    guard = StallGuard(LIMITS, clock)
    clock.now += 60
    assert not guard.has_stalled(0)
    clock.now += 0.1
    assert guard.has_stalled(0)


def test_a_drip_is_a_stall_however_often_it_drips(clock: Clock) -> None:
    guard = StallGuard(LIMITS, clock)
    said = []
    for second in range(62):
        said.append(guard.has_stalled(second * 1_000))
        clock.now += 1
    assert said == [False] * 61 + [True]


def test_the_least_speed_that_is_asked_for_is_enough(clock: Clock) -> None:
    guard = StallGuard(LIMITS, clock)
    for minute in range(1, 50):
        clock.now += 60
        assert not guard.has_stalled(minute * 65_536)


def test_time_that_was_held_on_purpose_does_not_count(clock: Clock) -> None:
    guard = StallGuard(LIMITS, clock)
    clock.now += 3_600
    guard.begin_again(10)
    clock.now += 59
    assert not guard.has_stalled(10)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
def test_a_stream_that_is_fast_enough_in_every_second_never_stalls(more: list[int]) -> None:
    clock = Clock()
    guard, position = StallGuard(LIMITS, clock), 0
    for each in more:
        clock.now += 1
        position += 65_536 + each
        assert not guard.has_stalled(position)


def test_speed_is_that_of_the_last_seconds(clock: Clock) -> None:
    speed, received = Speed(5, clock), 0
    for _ in range(100):
        clock.now += 0.1
        received += 1_000
        fast = speed.at(received)
    assert fast == pytest.approx(10_000)
    for _ in range(100):
        clock.now += 0.1
        stopped = speed.at(received)
    assert stopped == 0


def test_no_time_is_no_speed(clock: Clock) -> None:
    assert Speed(5, clock).at(10**6) == 0
