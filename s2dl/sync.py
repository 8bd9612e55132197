"""The engine's loop in a thread of its own; plain functions over coroutines; `nest`.

Which thread a widget's callback runs on changes with the notebook kernel's version, and a kernel's own loop may be busy
or patched; so the engine depends on neither.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import inspect
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Generic, ParamSpec, TypeVar

from s2dl.errors import S2dlError

__all__ = ["Work", "awaitable", "blocking", "nest", "submit"]

P = ParamSpec("P")
T = TypeVar("T")


class _Loop:
    """An event loop that runs in a daemon thread for as long as the process lives."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="s2dl-engine", daemon=True)
        self.thread.start()


_guard = threading.Lock()
_current: _Loop | None = None


def _engine() -> _Loop:
    """The process's loop, made when first needed and anew in a forked child."""
    global _current  # noqa: PLW0603 - one loop a process is the point
    with _guard:
        if _current is None or _current.pid != os.getpid():
            _current = _Loop()
        return _current


def _unlock_in_child() -> None:
    """Forget a lock that another thread held when the process was forked."""
    global _guard  # noqa: PLW0603
    _guard = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock_in_child)


class Work(Generic[T]):
    """A coroutine at work on the engine's loop, once it was told to begin or its result was asked for.

    Parameters
    ----------
    coroutine : coroutine
    """

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine
        self._ended: concurrent.futures.Future[T] = concurrent.futures.Future()
        self._task: asyncio.Task[T] | None = None
        self._begun = False
        self._loop = _engine().loop

    def begin(self) -> None:
        """Start it, and return at once."""
        if not self._begun:
            self._begun = True
            self._loop.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        self._task = self._loop.create_task(self._coroutine)
        self._task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self._ended.set_exception(concurrent.futures.CancelledError())
        elif error := task.exception():
            self._ended.set_exception(error)
        else:
            self._ended.set_result(task.result())

    @property
    def done(self) -> bool:
        """True when it has ended, one way or another."""
        return self._ended.done()

    def cancel(self) -> None:
        """Ask it to stop; it has stopped, with all tidied up, when it is `done`."""
        self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        elif not self._ended.done():
            self._coroutine.close()
            self._ended.set_exception(concurrent.futures.CancelledError())

    def when_done(self, callback: Callable[[Work[T]], None]) -> None:
        """Call back on the engine's thread when it has ended."""
        self._ended.add_done_callback(lambda _: callback(self))

    def result(self, timeout: float | None = None) -> T:
        """Wait for the result; Ctrl-C cancels the work, waits until it has tidied up, and goes on as KeyboardInterrupt.

        Raises
        ------
        concurrent.futures.CancelledError
            It was cancelled.
        """
        _refuse_to_wait_for_itself()
        try:
            # Begun in here: however early Ctrl-C comes, nothing is at work that would not be cancelled.
            self.begin()
            return self._ended.result(timeout)
        except KeyboardInterrupt:
            self.cancel()
            concurrent.futures.wait([self._ended])
            raise

    async def wait(self) -> T:
        """Await the result on any loop; cancellation is passed on and waited for."""
        ended = asyncio.wrap_future(self._ended)
        try:
            return await asyncio.shield(ended)
        except asyncio.CancelledError:
            if not self.done:
                self.cancel()
            await asyncio.wait([ended])
            ended.exception()  # looked at, so that asyncio does not log it as lost
            raise


def _refuse_to_wait_for_itself() -> None:
    if threading.current_thread() is _engine().thread:
        raise S2dlError(
            "A plain s2dl function was called from within an event listener, which would wait for itself; "
            "call it from another thread, or await the one of s2dl.aio."
        )


def submit(coroutine: Coroutine[Any, Any, T]) -> Work[T]:
    """Start a coroutine on the engine's loop and return at once."""
    work = Work(coroutine)
    work.begin()
    return work


def blocking(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Make a plain function of a coroutine function: it runs on the engine's loop and the caller waits."""

    @functools.wraps(function)
    def plain(*args: P.args, **kwargs: P.kwargs) -> T:
        _refuse_to_wait_for_itself()
        return Work(function(*args, **kwargs)).result()

    return _unmarked(plain)


def awaitable(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Make a coroutine function that works on any loop: it runs on the engine's, and the caller awaits it."""

    @functools.wraps(function)
    async def elsewhere(*args: P.args, **kwargs: P.kwargs) -> T:
        return await submit(function(*args, **kwargs)).wait()

    return elsewhere


def _unmarked(function: Callable[P, T]) -> Callable[P, T]:
    """Hide the wrapped coroutine function, which tools would take for a sign that the plain one must be awaited.

    Its signature is kept, which notebooks show and complete from.
    """
    function.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]  # functions take any attribute
    del function.__wrapped__  # type: ignore[attr-defined]  # functools.wraps sets it
    return function


def nest() -> None:
    """Allow ``asyncio.run(s2dl.aio.search(…))`` and ``loop.run_until_complete(…)`` in a notebook's cell.

    Patches the running loop with ``nest_asyncio2`` where the kernel brings it (ipykernel 7.3 and later), else with
    ``nest_asyncio``. Nothing in s2dl needs it: ``s2dl.search(…)`` and ``await s2dl.aio.search(…)`` work without.

    Notes
    -----
    The price: the patch holds for the kernel's whole life. With ``nest_asyncio`` on ipykernel 7.4 a click on a widget
    during such a call is lost, and an error message appears in the log.
    """
    try:
        import nest_asyncio2 as patch  # noqa: PLC0415 - loaded on request only
    except ImportError:
        import nest_asyncio as patch  # noqa: PLC0415
    patch.apply()
