"""Blocking work in a thread, and what a cancellation does to it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from s2dl.access.threads import in_thread

LONG = 30.0


def test_it_gives_what_the_function_gives() -> None:
    main = threading.current_thread()
    assert asyncio.run(in_thread(threading.current_thread)) is not main


def test_it_raises_what_the_function_raises() -> None:
    def fail() -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        asyncio.run(in_thread(fail))


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("times", [1, 3])
def test_a_cancellation_waits_for_the_end_and_then_goes_on(times: int, fails: bool) -> None:
    begun, go_on, told = threading.Event(), threading.Event(), list[str]()

    def work() -> None:
        begun.set()
        assert go_on.wait(LONG)
        told.append("ended")
        if fails:
            raise KeyError

    async def cancel_it() -> None:
        task = asyncio.ensure_future(in_thread(work, on_cancel=lambda: told.append("hurry")))
        await asyncio.to_thread(begun.wait, LONG)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel_it())
    assert told == ["hurry"] * times + ["ended"]
