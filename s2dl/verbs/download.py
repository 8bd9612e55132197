"""Download: verified products on disk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, overload

from s2dl import events
from s2dl.access.http import Http
from s2dl.bars import listening
from s2dl.downloads.bands import chosen_files, read_bands
from s2dl.downloads.choosing import Shelf
from s2dl.downloads.control import Control
from s2dl.downloads.engine import carry_out
from s2dl.downloads.lock import hold
from s2dl.downloads.orders import patience_of
from s2dl.downloads.plan import Overwrite, check_space, make_ready, resolve_target
from s2dl.downloads.progress_file import ProgressFile
from s2dl.downloads.run import Run
from s2dl.downloads.space import free_space
from s2dl.downloads.wishes import check_overwrite, concurrent_of, unzip_of
from s2dl.errors import S2dlError
from s2dl.jobs import Job, add
from s2dl.report import DownloadReport
from s2dl.verbs.common import ScenesLike, in_order, read_scenes_like, switched_on
from s2dl.verbs.planning import choosing, plan_for, rehearse
from s2dl.verbs.preview import preview_instead

if TYPE_CHECKING:
    from s2dl.settings import Settings

__all__ = ["download"]


@overload
async def download(
    scenes: ScenesLike, directory: str | os.PathLike[str] | None = None, *,
    progress_file: str | os.PathLike[str] | None = None, unzip: bool | str | os.PathLike[str] | None = None,
    keep_archive: bool | None = None, overwrite: Overwrite = False, bands: str | Iterable[str] | None = None,
    concurrent: int | None = None,
    preview_only: bool | None = None, wait_offline: float | bool | None = None, dry_run: bool = False,
    take_over: bool = False, wait: Literal[True] = True, settings: Settings | None = None, progress: bool | None = None,
    on_event: events.Listener | None = None, control: Control | None = None,
) -> DownloadReport: ...  # fmt: skip
@overload
async def download(
    scenes: ScenesLike, directory: str | os.PathLike[str] | None = None, *,
    progress_file: str | os.PathLike[str] | None = None, unzip: bool | str | os.PathLike[str] | None = None,
    keep_archive: bool | None = None, overwrite: Overwrite = False, bands: str | Iterable[str] | None = None,
    concurrent: int | None = None,
    preview_only: bool | None = None, wait_offline: float | bool | None = None, dry_run: bool = False,
    take_over: bool = False, wait: Literal[False], settings: Settings | None = None, progress: bool | None = None,
    on_event: events.Listener | None = None, control: Control | None = None,
) -> Job: ...  # fmt: skip
async def download(
    scenes: ScenesLike,
    directory: str | os.PathLike[str] | None = None,
    *,
    progress_file: str | os.PathLike[str] | None = None,
    unzip: bool | str | os.PathLike[str] | None = None,
    keep_archive: bool | None = None,
    overwrite: Overwrite = False,
    bands: str | Iterable[str] | None = None,
    concurrent: int | None = None,
    preview_only: bool | None = None,
    wait_offline: float | bool | None = None,
    dry_run: bool = False,
    take_over: bool = False,
    wait: bool = True,
    settings: Settings | None = None,
    progress: bool | None = None,
    on_event: events.Listener | None = None,
    control: Control | None = None,
) -> DownloadReport | Job:
    """Fetch scenes, verified: what stands under a final name is complete and has the catalogue's MD5.

    With `bands`, only these images of each product are fetched, with the metadata that belong to them; each is held
    against the product's manifest and listed by itself. They lie at their own places in a folder ``<name>.SAFE.bands``,
    which nobody can take for a whole product.

    Parameters
    ----------
    scenes : GeoDataFrame, row or product names
        Any subset of what `search` gave.
    directory : path, optional
        Where ``<name>.zip`` go; by default the settings'.
    progress_file : path, optional
        Lists what is complete; ``md5sum -c`` reads it. Relative: within `directory`; absolute: sets the directory.
    unzip : bool or path, optional
        Unzip, into this directory or beside the archives.
    keep_archive : bool, optional
        False removes an archive after a checked unzip.
    overwrite : bool or "missing"
        False skips what is listed; ``"missing"`` fetches what is listed and gone; True fetches all. A file that is not
        listed and not what the catalogue says is never overwritten: it is renamed to ``….mismatch``.
    bands : str or iterable of str, optional
        ``"B01"`` … ``"B12"``, ``"B8A"``, ``"TCI"``, ``"SCL"``, ``"AOT"``, ``"WVP"``: the finest that the product has,
        or that of a pixel size in metres, as ``"B02_20m"``. A product that has no such band fails alone.
    concurrent : int, optional
        Transfers at a time, 1 to 4; by default the settings' ``concurrent_downloads``.
    preview_only : bool, optional
        True saves previews into the directory instead, as `preview` does; what concerns products has no effect then.
        By default the settings'.
    wait_offline : float or True, optional
        Seconds to wait for products that the service keeps offline, or True for as long as it takes; they are ordered
        where the setting ``order_url`` is set, and fetched when they come online. Without it they are reported.
    dry_run : bool
        Only say what would be done, of how many bytes, and what is free on the disk. Of bands, sizes are estimates
        until the product's manifest is here.
    take_over : bool
        If another download works with this progress file, ask it to yield, and go on from where it stopped: it ends
        within some seconds with a report in which the rest is ``cancelled``.
    wait : bool
        False hands the download to a process of its own, which outlives this one, and gives its `Job` at once.
    settings, progress, on_event
        As in `search`.
    control : Control, optional
        Switches to pause, resume and stop it from another thread; a stopped download gives its report.

    Returns
    -------
    DownloadReport
        Or a `Job`, with ``wait=False``.

    Raises
    ------
    BadInput, LoginError, ServiceOff, InUse, DiskError
        Nothing was begun, or nothing more can be. A product that fails alone is reported, not raised.
    """
    settings = switched_on(settings)
    at_a_time = concurrent_of(concurrent, settings)
    check_overwrite(overwrite)
    if not wait:
        return await asyncio.to_thread(
            _handed_over, scenes, directory, settings, progress_file=progress_file, unzip=unzip,
            keep_archive=keep_archive, overwrite=overwrite, bands=bands, concurrent=concurrent,
            preview_only=preview_only, wait_offline=wait_offline, dry_run=dry_run, take_over=take_over,
            on_event=on_event, control=control,
        )  # fmt: skip
    target = resolve_target(directory, progress_file, settings)
    only = None if bands is None else read_bands(bands)
    how = unzip_of(unzip, keep_archive, target.directory, settings, bands=only is not None)
    patience = patience_of(wait_offline)
    with listening(progress, on_event) as emit:
        async with Http(settings) as http:
            wanted = await read_scenes_like(http, settings, scenes)
            if settings.preview_only if preview_only is None else preview_only:
                report = await preview_instead(http, settings, wanted, target.directory, emit, dry_run=dry_run)
                emit(events.DownloadFinished(report.ok))
                return report
            if dry_run:
                said = await rehearse(wanted.products, target, overwrite, only)
                told = tuple(in_order(wanted.names, [*wanted.lost, *said]))
                return DownloadReport(told, await asyncio.to_thread(free_space, target.directory))
            await asyncio.to_thread(make_ready, target)
            async with hold(target.progress_file, take_over=take_over) as held:
                listed = ProgressFile(target.progress_file)
                run = Run(http, settings, target, listed, emit, control or Control(), held.yield_asked)
                if only is not None:
                    shelf = Shelf(partial(chosen_files, bands=only), target, listed, overwrite)
                    run = replace(run, choosing=choosing(http, settings, shelf))
                plan = await plan_for(run, wanted.products, overwrite, wait=patience is not None)
                plan = replace(plan, settled=(*wanted.lost, *plan.settled))
                check_space(plan, target, how)
                results = await carry_out(plan, run, concurrent=at_a_time, unzip=how, patience=patience or 0)
    report = DownloadReport(tuple(in_order(wanted.names, results)))
    emit(events.DownloadFinished(report.ok))
    return report


def _handed_over(
    scenes: ScenesLike, directory: str | os.PathLike[str] | None, settings: Settings, **options: Any
) -> Job:
    job = add(scenes=scenes, directory=directory, settings=settings, **options)
    try:
        return job.start(settings=settings)
    except S2dlError:
        job.remove()
        raise
