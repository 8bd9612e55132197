"""Carrying a download out: in this process, or in one of its own that outlives the notebook."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from s2dl import events
from s2dl.downloads.control import Control
from s2dl.errors import S2dlError
from s2dl.report import Report
from s2dl.settings import Settings

if TYPE_CHECKING:
    import geopandas as gpd

    from s2dl.jobs import Job

__all__ = ["detached", "downloaded"]


async def downloaded(
    scenes: gpd.GeoDataFrame,
    arguments: dict[str, Any],
    settings: Settings,
    on_event: events.Listener,
    control: Control,
) -> Report:
    """Download in this process; `arguments` are `s2dl.download`'s."""
    from s2dl.verbs.download import download  # noqa: PLC0415 - heavy: they wait for the first download

    report: Report = await download(
        scenes, **arguments, settings=settings, progress=False, on_event=on_event, control=control
    )
    return report


async def detached(
    scenes: gpd.GeoDataFrame,
    arguments: dict[str, Any],
    settings: Settings,
    on_event: events.Listener,
    on_job: Callable[[Job], None],
) -> Report:
    """Let a job download, and follow it; when the following is cancelled, the job goes on."""
    from s2dl.jobs.watching import follow  # noqa: PLC0415
    from s2dl.verbs.download import download  # noqa: PLC0415

    job: Job = await download(scenes, **arguments, wait=False, settings=settings)
    on_job(job)
    told = follow(lambda: (job.record, job.scenes))
    # One look at a time in a thread, so that nobody waits for the job's end when the following is cancelled.
    while (event := await asyncio.to_thread(next, told, None)) is not None:
        on_event(event)
    report = await asyncio.to_thread(lambda: job.report)
    if report is None:
        raise S2dlError(await asyncio.to_thread(lambda: job.reason))
    return report
