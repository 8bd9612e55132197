"""Plain functions over coroutines: from any thread, within any loop, after a fork, and with Ctrl-C."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Awaitable, Callable

import pytest

import s2dl
from s2dl.errors import S2dlError
from s2dl.sync import Work, awaitable, blocking, submit


async def double(number: int) -> int:
    """Double a number."""
    await asyncio.sleep(0)
    return 2 * number


async def where() -> tuple[int, asyncio.AbstractEventLoop]:
    return threading.get_ident(), asyncio.get_running_loop()


def in_a_child(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False, timeout=60
    )


class Tidying:
    """Work that waits for ever, and takes a moment to tidy up when it is cancelled."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.tidied = threading.Event()

    async def run(self) -> None:
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)
            self.tidied.set()


def test_a_plain_function_gives_the_result_and_looks_plain() -> None:
    """Run a coroutine function as a plain one."""
    plain = blocking(double)
    assert plain(21) == 42
    assert plain.__name__ == "double"
    assert plain.__doc__ == "Double a number."
    assert not inspect.iscoroutinefunction(inspect.unwrap(plain))


def test_errors_come_through() -> None:
    async def fail() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        blocking(fail)()


def test_everything_runs_on_one_loop_in_a_thread_of_its_own() -> None:
    first, second = blocking(where)(), blocking(where)()
    assert first == second
    assert first[0] != threading.get_ident()


def test_several_threads_at_once() -> None:
    together = threading.Barrier(8)
    plain = blocking(double)

    def ask(number: int) -> int:
        together.wait()
        return plain(number)

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(8))) == [2 * number for number in range(8)]


def test_waiting_threads_do_not_hold_each_other_up() -> None:
    opened: list[asyncio.Event] = []
    ready = threading.Event()

    async def wait() -> str:
        opened.append(asyncio.Event())
        ready.set()
        await opened[0].wait()
        return "after"

    async def open_it() -> str:
        opened[0].set()
        return "before"

    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(blocking(wait))
        assert ready.wait(10)
        assert blocking(open_it)() == "before"
        assert waiting.result(10) == "after"


def test_within_a_running_loop() -> None:
    async def cell() -> tuple[int, int]:
        return blocking(double)(1), await awaitable(double)(2)

    assert asyncio.run(cell()) == (2, 4)


def test_awaitables_are_coroutine_functions_that_run_on_the_engine() -> None:
    assert inspect.iscoroutinefunction(awaitable(double))
    assert asyncio.run(awaitable(where)()) == blocking(where)()


def test_on_the_engines_own_thread_a_plain_function_refuses_and_starts_nothing() -> None:
    started = []

    async def work() -> None:
        started.append(1)

    async def listener() -> None:
        blocking(work)()

    with pytest.raises(S2dlError, match="would wait for itself; call it from another thread"):
        blocking(listener)()
    blocking(double)(1)
    assert started == []


def test_the_result_of_work_cannot_be_waited_for_on_the_engine() -> None:
    async def listener() -> None:
        submit(double(1)).result()

    with pytest.raises(S2dlError, match="would wait for itself"):
        blocking(listener)()


def test_an_awaitable_works_on_the_engines_own_loop() -> None:
    async def listener() -> int:
        return await awaitable(double)(4)

    assert blocking(listener)() == 8


def test_cancelling_an_awaitable_waits_for_its_tidying_up() -> None:
    work = Tidying()

    async def cell() -> None:
        task = asyncio.ensure_future(awaitable(work.run)())
        assert await asyncio.to_thread(work.began.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert work.tidied.is_set()

    asyncio.run(cell())


def test_a_time_out_waits_for_the_tidying_up() -> None:
    work = Tidying()

    async def cell() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await awaitable(work.run)()
        assert work.tidied.is_set()

    asyncio.run(cell())


def test_work_can_be_stopped_and_says_when_it_has() -> None:
    tidying = Tidying()
    called: list[bool] = []
    ended = threading.Event()

    def tell(each: Work[None]) -> None:
        called.append(each.done)
        ended.set()

    work = submit(tidying.run())
    work.when_done(tell)
    assert tidying.began.wait(10)
    assert not work.done
    work.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        work.result()
    assert work.done
    assert tidying.tidied.is_set()
    assert ended.wait(10)
    assert called == [True]
    work.cancel()


def test_work_that_is_stopped_at_once_ends() -> None:
    work = submit(Tidying().run())
    work.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        work.result(10)


def test_waiting_may_end_before_the_work_does() -> None:
    tidying = Tidying()
    work = submit(tidying.run())
    with pytest.raises(TimeoutError):
        work.result(0.01)
    assert not work.done
    work.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        work.result(10)


INTERRUPTED = """
import asyncio, sys
from s2dl.sync import blocking

async def work():
    try:
        print("began", flush=True)
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0.2)
        print("tidied", flush=True)

try:
    blocking(work)()
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""

IN_A_LOOP = INTERRUPTED.replace("    blocking(work)()\n", "    asyncio.run(awaitable(work)())\n").replace(
    "import blocking", "import awaitable"
)


@pytest.mark.parametrize("code", [INTERRUPTED, IN_A_LOOP], ids=["plain", "awaited"])
def test_ctrl_c_cancels_and_waits_for_the_tidying_up(code: str) -> None:
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "began\n"
            child.send_signal(signal.SIGINT)
            assert child.stdout.read().splitlines() == ["tidied", "interrupted"]
            assert child.wait(30) == 0
        finally:
            child.kill()


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="there is no fork here")
def test_after_a_fork_there_is_a_new_engine() -> None:
    done = in_a_child(
        """
        import os, warnings
        warnings.simplefilter("ignore")
        from s2dl.sync import blocking

        async def double(number):
            return 2 * number

        assert blocking(double)(1) == 2
        child = os.fork()
        if child == 0:
            os._exit(blocking(double)(20))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), blocking(double)(3))
        """
    )
    assert (done.stdout, done.returncode) == ("40 6\n", 0), done.stderr


def test_the_engine_does_not_keep_a_process_alive() -> None:
    done = in_a_child(
        """
        import asyncio
        from s2dl.sync import submit
        submit(asyncio.sleep(600))
        print("bye")
        """
    )
    assert (done.stdout, done.returncode) == ("bye\n", 0), done.stderr


NEST = """
    import asyncio, sys
    {block}
    from s2dl import nest
    from s2dl.sync import awaitable, blocking

    async def double(number):
        await asyncio.sleep(0.01)
        return 2 * number

    async def cell():
        before = blocking(double)(1)
        try:
            asyncio.run(awaitable(double)(2))
        except RuntimeError as error:
            print("refused", flush=True)
        nest()
        inside = asyncio.run(awaitable(double)(2))
        looped = asyncio.get_running_loop().run_until_complete(awaitable(double)(3))
        print(before, inside, looped, await awaitable(double)(4), blocking(double)(5))

    asyncio.run(cell())
"""


@pytest.mark.parametrize("block", ["", "sys.modules['nest_asyncio2'] = None"], ids=["as installed", "nest_asyncio"])
def test_nest_allows_asyncio_run_in_a_cell(block: str) -> None:
    done = in_a_child(NEST.format(block=block))
    assert done.stdout.splitlines() == ["refused", "2 4 6 8 10"], done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("wrap", [blocking, awaitable])
def test_arguments_are_passed_on(wrap: Callable[..., Callable[..., object]]) -> None:
    async def join(*parts: str, by: str) -> str:
        return by.join(parts)

    answer = wrap(join)("a", "b", by="-")
    if isinstance(answer, Awaitable):
        answer = asyncio.run(answer)  # type: ignore[arg-type]  # a coroutine
    assert answer == "a-b"


@pytest.mark.parametrize("name", ["search", "count", "preview", "download", "verify", "login"])
def test_plain_functions_show_their_parameters(name: str) -> None:
    parameters = inspect.signature(getattr(s2dl, name)).parameters
    assert "settings" in parameters
    assert not {"args", "kwargs"} & set(parameters)
