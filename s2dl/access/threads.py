"""Blocking work in a thread that is not left behind: what holds a lock for it must not go before it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ended", "in_thread", "unbroken"]

T = TypeVar("T")


async def in_thread(function: Callable[[], T], *, on_cancel: Callable[[], object] | None = None) -> T:
    """Call in a thread; a cancellation waits until that has ended, and then goes on.

    Parameters
    ----------
    function : callable
    on_cancel : callable, optional
        Called at once when cancelled, to tell the function to hurry.
    """
    running = asyncio.ensure_future(asyncio.to_thread(function))
    if cancelled := await ended(running, on_cancel=on_cancel):
        running.exception()  # taken note of: it is of no interest any more
        raise cancelled
    return running.result()


async def unbroken(function: Callable[[], T]) -> T:
    """Call in a thread and give the result even when cancelled: what has been done counts."""
    running = asyncio.ensure_future(asyncio.to_thread(function))
    await ended(running)
    return running.result()


async def ended(
    running: asyncio.Future[Any], *, on_cancel: Callable[[], object] | None = None
) -> asyncio.CancelledError | None:
    """Wait until something has ended, and give the last cancellation that came meanwhile."""
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError as error:
            cancelled = error
            if on_cancel is not None:
                on_cancel()
    return cancelled
