"""The account's connections: never more than it has, over all processes of the machine."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import pytest

from s2dl.access.slots import connection
from s2dl.errors import DiskError
from s2dl.settings import Settings

HOLDER = """
import asyncio, sys
from contextlib import AsyncExitStack
from s2dl.access.slots import connection
from s2dl.settings import Settings

async def hold(number):
    async with AsyncExitStack() as stack:
        for _ in range(number):
            await stack.enter_async_context(connection(Settings(), "demo", most=number))
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(hold(int(sys.argv[1])))
"""

LONG = 30.0
"""Seconds after which a test gives up what should have happened long ago."""


@contextmanager
def another_process(number: int) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the first `number` connections until it is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()
            process.wait()


async def free_connections(username: str = "demo", settings: Settings | None = None) -> int:
    """How many of the four connections can be taken now."""
    async with AsyncExitStack() as stack:
        for taken in range(4):
            waits = asyncio.Event()
            entering = asyncio.ensure_future(
                stack.enter_async_context(connection(settings or Settings(), username, most=4, waiting=waits.set))
            )
            waiting = asyncio.ensure_future(waits.wait())
            await asyncio.wait({entering, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if waits.is_set():
                entering.cancel()
                await asyncio.wait({entering})
                return taken
            await entering
        return 4


@pytest.mark.parametrize("most", [1, 2, 4])
def test_no_more_than_allowed_hold_one_at_a_time_and_all_have_their_turn(most: int) -> None:
    now = peak = turns = 0

    async def one(full: asyncio.Event) -> None:
        nonlocal now, peak, turns
        async with connection(Settings(), "demo", most=most):
            now, turns = now + 1, turns + 1
            peak = max(peak, now)
            if now == most:
                full.set()
            await full.wait()
            now -= 1

    async def many() -> None:
        full = asyncio.Event()
        await asyncio.gather(*(one(full) for _ in range(3 * most)))

    asyncio.run(asyncio.wait_for(many(), LONG))
    assert (peak, turns) == (most, 3 * most)


def test_the_connections_of_another_process_count() -> None:
    assert asyncio.run(free_connections()) == 4
    with another_process(3):
        assert asyncio.run(free_connections()) == 1
    assert asyncio.run(free_connections()) == 4


def test_who_may_take_fewer_takes_the_first_ones() -> None:
    async def take() -> None:
        async with connection(Settings(), "demo", most=2):
            pass

    with another_process(2):
        assert asyncio.run(free_connections()) == 2
        with pytest.raises(TimeoutError):
            asyncio.run(asyncio.wait_for(take(), 0.3))


def test_a_killed_process_frees_its_connections_for_one_that_waits() -> None:
    waits = 0

    async def take() -> None:
        async with connection(Settings(), "demo", most=1, waiting=tell):
            pass

    def tell() -> None:
        nonlocal waits
        waits += 1
        holder.kill()

    with another_process(1) as holder:
        asyncio.run(asyncio.wait_for(take(), LONG))
    assert waits == 1


def test_other_accounts_have_connections_of_their_own() -> None:
    elsewhere = Settings(token_url="https://identity.example/auth/realms/CDSE/protocol/openid-connect/token")
    with another_process(4):
        assert asyncio.run(free_connections("demo")) == 0
        assert asyncio.run(free_connections(" Demo ")) == 0, "the service does not tell upper from lower case"
        assert asyncio.run(free_connections("somebody")) == 4
        assert asyncio.run(free_connections("demo", elsewhere)) == 4


def test_who_stops_waiting_keeps_no_place_in_the_line() -> None:
    async def give_up() -> None:
        async with connection(Settings(), "demo", most=1):
            waits = asyncio.Event()
            waiter = asyncio.ensure_future(take(waits))
            await waits.wait()
            waiter.cancel()
            await asyncio.wait({waiter})
            assert waiter.cancelled()
        assert await free_connections() == 4

    async def take(waits: asyncio.Event) -> None:
        async with connection(Settings(), "demo", most=1, waiting=waits.set):
            pytest.fail("it was held by another")

    asyncio.run(give_up())


def test_a_connection_taken_in_the_moment_of_cancelling_is_given_back() -> None:
    async def cancelled_after(turns: int) -> None:
        task = asyncio.ensure_future(take())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        assert await free_connections() == 4

    async def take() -> None:
        async with connection(Settings(), "demo", most=4):
            await asyncio.sleep(LONG)

    for turns in range(8):
        asyncio.run(cancelled_after(turns))


def test_an_error_within_frees_it_and_passes() -> None:
    async def fail() -> None:
        async with connection(Settings(), "demo", most=1):
            raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(fail())
    assert asyncio.run(free_connections()) == 4


def test_a_long_list_of_products_does_not_keep_others_waiting() -> None:
    async def race() -> int:
        here, waits = asyncio.Event(), asyncio.Event()
        greedy = asyncio.ensure_future(many(here, waits))
        await here.wait()
        async with connection(Settings(), "demo", most=1, waiting=waits.set):
            greedy.cancel()
        await asyncio.wait({greedy})
        return overtaken

    async def many(here: asyncio.Event, waits: asyncio.Event) -> None:
        nonlocal overtaken
        while True:
            async with connection(Settings(), "demo", most=1):
                here.set()
                overtaken += waits.is_set()
                await asyncio.sleep(0.01)

    overtaken = 0
    # The two may meet at the head of the line for a moment, and again at the second look.
    assert asyncio.run(asyncio.wait_for(race(), LONG)) <= 3


def test_the_lock_files_are_private_and_do_not_name_the_account() -> None:
    asyncio.run(free_connections("somebody@example.org"))
    files = sorted(Path(os.environ["XDG_RUNTIME_DIR"]).rglob("*.lock"))
    assert [path.name for path in files] == ["0.lock", "1.lock", "2.lock", "3.lock"]
    assert {path.parent.stat().st_mode & 0o777 for path in files} == {0o700}
    assert not any("somebody" in str(path) for path in files)


def test_a_runtime_directory_that_cannot_be_used_is_told() -> None:
    Path(os.environ["XDG_RUNTIME_DIR"], "s2dl").write_bytes(b"")
    with pytest.raises(DiskError, match="Check free space and permissions"):
        asyncio.run(free_connections())
