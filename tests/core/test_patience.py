"""What is tried again, how often, and after how long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl.downloads.patience import Patience
from s2dl.errors import BadAnswer, ChecksumMismatch, Incomplete, S2dlError, ServiceError, ServiceUnreachable

BUSY = ServiceError("busy", status=429, code="DAT-ZIP-100")


def attempts(error: S2dlError) -> int:
    """How many there are when each ends like this."""
    patience = Patience()
    return 1 + next(number for number in range(10_000) if patience.wait_after(error) is None)


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (Incomplete("cut"), 4),
        (ServiceUnreachable("no answer"), 4),
        (BadAnswer("a page", status=200), 4),
        (ServiceError("gateway", status=502), 4),
        (ServiceError("later", status=503), 4),
        (ServiceError("slow", status=408), 4),
        (ChecksumMismatch("other bytes"), 2),
        (ServiceError("not there", status=404), 2),
        (ServiceError("refused", status=401), 2),
        (ServiceError("not allowed", status=403), 1),
        (ServiceError("bad", status=400), 1),
        (ServiceError("bad id", status=422), 1),
    ],
    ids=str,
)
def test_each_kind_of_failure_has_its_number_of_attempts(error: S2dlError, number: int) -> None:
    assert attempts(error) == number


def test_a_busy_account_is_waited_for_half_an_hour_and_not_longer() -> None:
    patience, waited = Patience(), 0.0
    while (wait := patience.wait_after(BUSY)) is not None:
        assert 0 < wait <= 60
        waited += wait
    assert 29 * 60 - 60 < waited <= 30 * 60


def test_a_service_that_says_no_wait_is_not_hammered() -> None:
    patience = Patience()
    hasty = ServiceError("busy", status=429, retry_after=0)
    waits = [patience.wait_after(hasty) for _ in range(50)]
    assert all(wait is not None and wait >= 0.2 for wait in waits)


def test_waiting_for_the_account_costs_no_attempt() -> None:
    patience = Patience()
    for _ in range(20):
        assert patience.wait_after(BUSY) is not None
    assert [patience.wait_after(Incomplete("cut")) is None for _ in range(4)] == [False, False, False, True]


def test_a_token_that_dies_twice_in_a_long_run_is_renewed_twice() -> None:
    patience, refused = Patience(), ServiceError("expired", status=401)
    assert patience.wait_after(refused) == 0
    assert patience.refused
    assert patience.wait_after(Incomplete("cut")) is not None
    assert not patience.refused
    assert patience.wait_after(refused) == 0
    assert patience.wait_after(refused) is None


def test_bytes_of_an_earlier_run_that_do_not_match_cost_no_chance() -> None:
    patience, mismatch = Patience(), ChecksumMismatch("other bytes")
    assert patience.wait_after(mismatch, resumed=True) == 0
    assert patience.wait_after(mismatch) is not None
    assert patience.wait_after(mismatch) is None


def test_what_breaks_while_paused_costs_no_attempt() -> None:
    patience = Patience()
    assert all(patience.wait_after(Incomplete("cut"), held=True) == 0 for _ in range(10))


@given(st.data())
def test_no_mixture_of_failures_is_tried_for_ever(data: st.DataObject) -> None:
    errors = [BUSY, *(ServiceError("x", status=status) for status in (401, 404, 500)), Incomplete("x")]
    patience, mixture = Patience(), data.draw(st.lists(st.sampled_from(errors), min_size=1, max_size=7))
    assert any(patience.wait_after(mixture[number % len(mixture)]) is None for number in range(5_000))
