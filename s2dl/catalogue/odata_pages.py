"""How a long OData listing is walked: windows of time, four pages in flight, nothing lost and nothing silent.

The service ends each listing at its largest ``$skip`` (422 beyond it, see
https://documentation.dataspace.copernicus.eu/APIs/OData.html), so a longer one is continued in a new window that begins
at the last sensing time seen. All products of a datatake share that time, so the windows overlap there and the caller
drops doubles.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, TypeAlias

from s2dl.catalogue.odata_entry import Entry
from s2dl.catalogue.partial import Failures
from s2dl.catalogue.seasons import Window
from s2dl.errors import BadAnswer, ServiceError

__all__ = ["DEEPEST", "PAGE", "Page", "walk"]

PAGE = 1_000
"""Largest ``$top``."""
DEEPEST = 10_000
"""Largest ``$skip``."""
IN_FLIGHT = 4


@dataclass(frozen=True, slots=True)
class Page:
    """Raw products, and whether the service says that more follow."""

    entries: list[Entry]
    more: bool


Fetch: TypeAlias = Callable[[Window, int], Coroutine[Any, Any, Page]]
"""Fetches the page of a window that begins after so many products."""
Sensed: TypeAlias = Callable[[Entry], datetime | None]
"""Tells an entry's sensing time, by which the service has sorted."""


async def walk(
    fetch: Fetch,
    windows: Iterable[Window],
    sensed: Sensed,
    *,
    newest_first: bool,
    long: bool,
    failures: Failures,
) -> AsyncGenerator[list[Entry], None]:
    """Give the entries of all windows page by page; some entries come twice, for example where windows meet.

    Parameters
    ----------
    fetch : callable
    windows : iterable of Window
        In the order in which they are to be listed.
    sensed : callable
        The sensing time of an entry, by which the service has sorted.
    newest_first : bool
    long : bool
        The listings surely have many pages, so that the first need not be waited for.
    failures : Failures
        Takes the pages that could not be had; the walk goes on without them.

    Raises
    ------
    BadAnswer
        More products share one sensing time than the service lists.
    """
    async with contextlib.aclosing(_beginnings(fetch, windows, failures, long=long)) as beginnings:
        async for window, beginning in beginnings:
            rest: Window | None = window
            pages = beginning
            while rest is not None:
                last: Page | None = None
                async with contextlib.aclosing(pages):
                    async for page in pages:
                        yield page.entries
                        last = page
                rest = None if last is None else _continued(rest, last, sensed, newest_first=newest_first)
                if rest is not None:
                    pages = _at_once(fetch, rest, failures)


async def _beginnings(
    fetch: Fetch, windows: Iterable[Window], failures: Failures, *, long: bool
) -> AsyncGenerator[tuple[Window, AsyncGenerator[Page, None]], None]:
    """Each window with its pages; where these are few, the first ones of several windows are fetched ahead."""
    if long:
        for window in windows:
            yield window, _at_once(fetch, window, failures)
        return
    async with contextlib.aclosing(_ahead(fetch, ((window, 0) for window in windows), failures)) as first_pages:
        async for window, first in first_pages:
            yield window, _following(fetch, window, first, failures)


async def _at_once(fetch: Fetch, window: Window, failures: Failures) -> AsyncGenerator[Page, None]:
    """The pages of a window that has many, without waiting for the first."""
    requests = ((window, skip) for skip in range(0, DEEPEST + 1, PAGE))
    async with contextlib.aclosing(_ahead(fetch, requests, failures)) as pages:
        async for _, page in pages:
            if page.more and len(page.entries) < PAGE:
                break  # the service's pages are shorter than was asked for: step by their true length
            yield page
            if not page.more:
                return
        else:
            return
    async with contextlib.aclosing(_following(fetch, window, await fetch(window, 0), failures)) as pages_again:
        async for page in pages_again:
            yield page


def _continued(window: Window, last: Page, sensed: Sensed, *, newest_first: bool) -> Window | None:
    """The window that lists what lies beyond the deepest page; None where there is nothing."""
    if not last.more:
        return None
    turn = sensed(last.entries[-1])
    if turn == (window.end if newest_first else window.start):
        raise BadAnswer(
            f"The search: more than {DEEPEST:,} products share the sensing time {turn}, and the service lists no more; "
            "narrow the question by tile or product type."
        )
    return replace(window, end=turn) if newest_first else replace(window, start=turn)


async def _following(fetch: Fetch, window: Window, first: Page, failures: Failures) -> AsyncGenerator[Page, None]:
    """The first page and those after it, in their order, until one says that none follow."""
    yield first
    if not first.more:
        return
    size = len(first.entries)
    requests = ((window, skip) for skip in range(size, DEEPEST + 1, size))
    async with contextlib.aclosing(_ahead(fetch, requests, failures)) as pages:
        async for _, page in pages:
            yield page
            if not page.more:
                return


async def _ahead(
    fetch: Fetch, requests: Iterator[tuple[Window, int]], failures: Failures
) -> AsyncGenerator[tuple[Window, Page], None]:
    """Fetch pages in their order, with some in flight ahead of the one that is waited for."""
    flying: deque[tuple[Window, int, asyncio.Task[Page]]] = deque()

    def depart() -> None:
        for window, skip in islice(requests, IN_FLIGHT - len(flying)):
            flying.append((window, skip, asyncio.create_task(fetch(window, skip))))

    depart()
    try:
        while flying:
            window, skip, task = flying.popleft()
            page: Page | None = None
            try:
                page = await task
            except ServiceError as error:
                failures.add(f"products {skip + 1:,} and on of those sensed {window}", error)
            depart()  # before the page is worked on, which takes its time
            if page is not None:
                yield window, page
    finally:
        for _, _, task in flying:
            task.cancel()
        await asyncio.gather(*(task for _, _, task in flying), return_exceptions=True)
