"""Verify: hash what a progress file lists, and fetch again what is not as it was."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from s2dl import events
from s2dl.access.http import Http
from s2dl.bars import listening
from s2dl.downloads.checking import check
from s2dl.downloads.engine import carry_out
from s2dl.downloads.lock import hold
from s2dl.downloads.plan import Plan, Target, check_space
from s2dl.downloads.progress_file import ProgressFile
from s2dl.downloads.run import Run
from s2dl.errors import BadInput
from s2dl.files import set_aside
from s2dl.product import Product
from s2dl.report import DownloadReport, SceneResult
from s2dl.verbs.common import in_order, look_up, switched_on

if TYPE_CHECKING:
    from s2dl.settings import Settings

__all__ = ["verify"]

_BROKEN = {"corrupt", "missing", "failed"}


async def verify(
    progress_file: str | os.PathLike[str],
    *,
    repair: bool = False,
    settings: Settings | None = None,
    progress: bool | None = None,
    on_event: events.Listener | None = None,
) -> DownloadReport:
    """Hash all that a progress file lists, and say what is intact, corrupt or missing.

    A file is intact when its MD5 is the listed one. Where an archive was removed after unzipping, its folder is looked
    for, and its files are not hashed.

    Parameters
    ----------
    progress_file : path
    repair : bool
        Fetch what is not intact. A damaged file stays until a verified one takes its place, so that a repair that
        fails loses nothing; everything that is intact is left alone. Unzipped folders are not made anew: the archive
        is fetched, and the next download with ``unzip`` unzips it.
    settings, progress, on_event
        As in `search`.

    Returns
    -------
    DownloadReport
        In the order of the file. After a repair ``downloaded`` stands where it was mended.

    Raises
    ------
    BadInput
        It is not there, or not a progress file.
    InUse
        A repair only: a download works with it.
    LoginError, ServiceError, DiskError
        A repair only: nothing could be fetched.
    """
    path = Path(progress_file).expanduser().absolute()
    if not path.exists():
        raise BadInput(f"There is no progress file {path}; check the path.")
    with listening(progress, on_event) as emit:
        results = await _mended(path, switched_on(settings), emit) if repair else await check(ProgressFile(path), emit)
        report = DownloadReport(tuple(results))
        emit(events.DownloadFinished(report.ok))
    return report


async def _mended(path: Path, settings: Settings, emit: events.Listener) -> list[SceneResult]:
    """Check, and repair what is not intact, while no download works with the progress file."""
    async with hold(path) as held:
        listed = ProgressFile(path)
        results = await check(listed, emit)
        broken = [result for result in results if result.status in _BROKEN]
        if not broken:
            return results
        async with Http(settings) as http:
            run = Run(http, settings, Target(path.parent, path), listed, emit, yield_asked=held.yield_asked)
            mended = await _repaired(broken, run)
        return [*in_order([each.name for each in results], [*results, *mended])]


async def _repaired(broken: Sequence[SceneResult], run: Run) -> list[SceneResult]:
    """Fetch products anew, as they are in the catalogue now."""
    old = {result.name: result.path for result in broken}
    wanted = await look_up(run.http, run.settings, [Product(id="", name=name) for name in old])
    online = tuple(product for product in wanted.products if product.online)
    offline = [
        SceneResult(each.name, "offline", old[each.name], reason="It is not intact, and the service keeps it offline.")
        for each in wanted.products
        if not each.online
    ]
    plan = Plan(online, (*wanted.lost, *offline))
    check_space(plan, run.target)
    results = await carry_out(plan, run, concurrent=run.settings.concurrent_downloads, unzip=None)
    return [await asyncio.to_thread(_without_old, result, old[result.name]) for result in results]


def _without_old(result: SceneResult, old: Path | None) -> SceneResult:
    """A damaged file under another name, as adopted ones may have, is no longer listed: it is set aside."""
    if result.status != "downloaded" or old is None or old == result.path or not old.is_file():
        return result
    return replace(result, reason=f"the damaged file was renamed to {set_aside(old).name}")
