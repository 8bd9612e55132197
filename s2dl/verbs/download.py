"""Download: verified products on disk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from s2dl import events
from s2dl.access.http import Http
from s2dl.bars import listening
from s2dl.downloads.engine import carry_out
from s2dl.downloads.lock import hold
from s2dl.downloads.plan import Overwrite, check_space, make_plan, make_ready, resolve_target
from s2dl.downloads.progress_file import ProgressFile
from s2dl.downloads.run import Run
from s2dl.downloads.unzipping import Unzip
from s2dl.errors import BadInput
from s2dl.report import DownloadReport, SceneResult
from s2dl.verbs.common import ScenesLike, read_scenes_like, switched_on

if TYPE_CHECKING:
    from s2dl.product import Product
    from s2dl.settings import Settings

__all__ = ["download"]


async def download(
    scenes: ScenesLike,
    directory: str | os.PathLike[str] | None = None,
    *,
    progress_file: str | os.PathLike[str] | None = None,
    unzip: bool | str | os.PathLike[str] | None = None,
    keep_archive: bool | None = None,
    overwrite: Overwrite = False,
    concurrent: int | None = None,
    dry_run: bool = False,
    settings: Settings | None = None,
    progress: bool | None = None,
    on_event: events.Listener | None = None,
) -> DownloadReport:
    """Fetch scenes, verified: what stands under a final name is complete and has the catalogue's MD5.

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
        False skips what is listed; ``"missing"`` fetches what is listed and gone; True fetches all.
    concurrent : int, optional
        Transfers at a time, at most the settings' ``concurrent_downloads``… 4.
    dry_run : bool
        Only say what would be done.
    settings, progress, on_event
        As in `search`.

    Returns
    -------
    DownloadReport

    Raises
    ------
    BadInput, LoginError, ServiceOff, InUse, DiskError
        Nothing was begun, or nothing more can be. A product that fails alone is reported, not raised.
    """
    settings = switched_on(settings)
    at_a_time = _concurrent(concurrent, settings)
    target = resolve_target(directory, progress_file, settings)
    how = _unzip(unzip, keep_archive, target.directory, settings)
    with listening(progress, on_event) as emit:
        async with Http(settings) as http:
            products = await read_scenes_like(http, settings, scenes)
            if dry_run:
                listed = ProgressFile(target.progress_file)
                plan = await asyncio.to_thread(make_plan, products, target, listed, overwrite, touch=False)
                planned = [SceneResult(each.name, "planned", size=each.size, reason="to fetch") for each in plan.fetch]
                return DownloadReport(_in_order(products, [*plan.settled, *planned]))
            await asyncio.to_thread(make_ready, target)
            with hold(target.progress_file):
                run = Run(http, settings, target, ProgressFile(target.progress_file), emit)
                plan = await asyncio.to_thread(make_plan, products, target, run.progress, overwrite)
                check_space(target, plan.size)
                results = await carry_out(plan, run, concurrent=at_a_time, unzip=how)
    report = DownloadReport(_in_order(products, results))
    emit(events.DownloadFinished(report.ok))
    return report


def _concurrent(concurrent: int | None, settings: Settings) -> int:
    if concurrent is None:
        return settings.concurrent_downloads
    if isinstance(concurrent, bool) or not isinstance(concurrent, int) or not 1 <= concurrent <= 4:
        raise BadInput(f"concurrent: {concurrent!r} must be 1 to 4, the connections that an account has.")
    return concurrent


def _unzip(
    unzip: bool | str | os.PathLike[str] | None, keep_archive: bool | None, directory: Path, settings: Settings
) -> Unzip | None:
    wanted = settings.unzip if unzip is None else unzip
    if wanted is False:
        return None
    folder = (settings.unzip_directory or directory) if wanted is True else Path(wanted)
    return Unzip(folder.expanduser().absolute(), settings.keep_archive if keep_archive is None else keep_archive)


def _in_order(products: list[Product], results: Iterable[SceneResult]) -> tuple[SceneResult, ...]:
    by_name = {result.name: result for result in results}
    return tuple(by_name[name] for name in dict.fromkeys(product.name for product in products))
