"""What a job's run does: ask its question, fetch its scenes, and end its session at the service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from s2dl import events
from s2dl.downloads.control import Control
from s2dl.jobs.record import SceneRow, Task
from s2dl.settings import Settings
from s2dl.verbs.account import leave
from s2dl.verbs.download import download
from s2dl.verbs.search import search

if TYPE_CHECKING:
    from s2dl.report import DownloadReport

__all__ = ["perform"]

T = TypeVar("T")

_LOOK = 0.2


async def perform(
    task: Task,
    scenes: Iterable[SceneRow],
    settings: Settings,
    *,
    expect: Callable[[Iterable[SceneRow]], None],
    on_event: events.Listener,
    control: Control,
    progress: bool | None,
) -> DownloadReport:
    """Carry out a task.

    Parameters
    ----------
    task : Task
    scenes : iterable of SceneRow
        Of a task without a question.
    settings : Settings
    expect : callable
        Is given the scenes that a question has found.
    on_event : callable
        Gets the engine's events.
    control : Control
        Stops it.
    progress : bool, optional
        Draw bars.

    Raises
    ------
    S2dlError
        As `search` and `download` do.
    asyncio.CancelledError
        It was stopped where no report can be given.
    """
    if task.question is None:
        # A table of names: each is looked up anew, and one that has vanished fails alone.
        wanted = pd.DataFrame({"name": [scene.name for scene in scenes]})
    else:
        asking = search(**task.question, settings=settings, progress=progress, on_event=on_event)
        wanted = await _unless_stopped(asking, control)
        rows = zip(wanted["name"], wanted["size"], strict=True)
        await asyncio.to_thread(expect, [SceneRow(name=name, size=int(size)) for name, size in rows])
    common: dict[str, Any] = {"settings": settings, "progress": progress, "on_event": on_event}
    work = download(wanted, task.directory, **task.options, **common, control=control)
    try:
        return await (_unless_stopped(work, control) if task.preview_only else work)
    finally:
        await leave(settings)


async def _unless_stopped(work: Coroutine[Any, Any, T], control: Control) -> T:
    """Await what has no switches of its own, and cancel it when stopped."""
    task = asyncio.ensure_future(work)
    try:
        while not task.done() and not control.stopped:
            await asyncio.wait({task}, timeout=_LOOK)
    finally:
        if not task.done():
            task.cancel()
    return await task
