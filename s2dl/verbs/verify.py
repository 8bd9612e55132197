"""Verify: hash what a progress file lists, and fetch again what is not as it was."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from s2dl import events
from s2dl.access.http import Http
from s2dl.bars import listening
from s2dl.downloads.band_plan import make_band_plan
from s2dl.downloads.checking import Checked, check
from s2dl.downloads.choosing import Shelf
from s2dl.downloads.engine import carry_out
from s2dl.downloads.lock import hold
from s2dl.downloads.manifest import ProductFile
from s2dl.downloads.plan import Plan, Target, check_space
from s2dl.downloads.progress_file import ProgressFile
from s2dl.downloads.run import Run
from s2dl.downloads.source import folder_name
from s2dl.errors import BadInput, TransferError
from s2dl.files import disk_errors, given_path, set_aside
from s2dl.manifest import MANIFEST
from s2dl.product import Product
from s2dl.report import DownloadReport, SceneResult
from s2dl.verbs.common import Wanted, look_up, switched_on
from s2dl.verbs.planning import choosing

if TYPE_CHECKING:
    from pathlib import Path

    from s2dl.settings import Settings

__all__ = ["verify"]


async def verify(
    progress_file: str | os.PathLike[str],
    *,
    repair: bool = False,
    settings: Settings | None = None,
    progress: bool | None = None,
    on_event: events.Listener | None = None,
) -> DownloadReport:
    """Hash all that a progress file lists, and say what is intact, corrupt or missing.

    A file is intact when its MD5 is the listed one. Where an archive was removed after unzipping, the files of its
    folder are held against the manifest in it. The bands of a product that were fetched by themselves make one result.

    Parameters
    ----------
    progress_file : path
    repair : bool
        Fetch what is not intact. A damaged file stays until a verified one takes its place, so that a repair that
        fails loses nothing; everything that is intact is left alone. Unzipped folders are not made anew: the archive
        is fetched, a damaged folder is renamed to ``….mismatch``, and the next download with ``unzip`` unzips it.
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
    path = given_path("progress_file", progress_file).absolute()
    with disk_errors(path):
        if not path.exists():
            raise BadInput(f"There is no progress file {path}; check the path.")
    with listening(progress, on_event) as emit:
        if repair:
            results = await _mended(path, switched_on(settings), emit)
        else:
            results = [checked.result for checked in await check(ProgressFile(path), emit)]
        report = DownloadReport(tuple(results))
        emit(events.DownloadFinished(report.ok))
    return report


async def _mended(path: Path, settings: Settings, emit: events.Listener) -> list[SceneResult]:
    """Check, and repair what is not intact, while no download works with the progress file."""
    async with hold(path) as held:
        listed = ProgressFile(path)
        checked = await check(listed, emit)
        if not any(each.broken for each in checked):
            return [each.result for each in checked]
        async with Http(settings) as http:
            run = Run(http, settings, Target(path.parent, path), listed, emit, yield_asked=held.yield_asked)
            archives = await _repaired([each.result for each in checked if each.broken and not each.in_files], run)
            files = await _repaired_files([each for each in checked if each.in_files], run)
        mended = {result.name: result for result in archives}, {result.name: result for result in files}
        return [
            mended[each.in_files].get(each.result.name, each.result) if each.broken else each.result for each in checked
        ]


async def _repaired(broken: Sequence[SceneResult], run: Run) -> list[SceneResult]:
    """Fetch products anew, as they are in the catalogue now."""
    old = {result.name: result.path for result in broken}
    wanted = await _looked_up(old, run)
    online = tuple(product for product in wanted.products if product.online)
    offline = [
        SceneResult(each.name, "offline", old[each.name], reason="It is not intact, and the service keeps it offline.")
        for each in wanted.products
        if not each.online
    ]
    results = await _carried_out(Plan(online, (*wanted.lost, *offline)), run)
    return [await asyncio.to_thread(_without_old, result, old[result.name]) for result in results]


async def _repaired_files(broken: Sequence[Checked], run: Run) -> list[SceneResult]:
    """Fetch single files of products anew."""
    places = {each.result.name: frozenset(entry.file for entry in each.broken) for each in broken}
    wanted = await _looked_up(places, run)
    shelf = Shelf(partial(_named_again, places), run.target, run.progress, broken=frozenset().union(*places.values()))
    chooser = choosing(run.http, run.settings, shelf)
    run = replace(run, choosing=chooser)
    plan = await make_band_plan(wanted.products, run, chooser)
    return await _carried_out(replace(plan, settled=(*wanted.lost, *plan.settled)), run)


def _named_again(
    places: Mapping[str, frozenset[str]], name: str, listed: Iterable[ProductFile]
) -> tuple[ProductFile, ...]:
    """Of all files of a product those that are listed under some places; the manifest comes with them by itself."""
    folder = folder_name(name)
    found = {f"{folder}/{file.path}": file for file in listed}
    wanted = places[name] - {f"{folder}/{MANIFEST}"}
    if gone := wanted - found.keys():
        raise TransferError(f"{name}: its manifest does not name {min(gone)}; fetch its bands again.")
    return tuple(found[place] for place in sorted(wanted))


async def _looked_up(names: Iterable[str], run: Run) -> Wanted:
    return await look_up(run.http, run.settings, [Product(id="", name=name) for name in names])


async def _carried_out(plan: Plan, run: Run) -> list[SceneResult]:
    check_space(plan, run.target)
    return await carry_out(plan, run, concurrent=run.settings.concurrent_downloads, unzip=None)


def _without_old(result: SceneResult, old: Path | None) -> SceneResult:
    """What is damaged and no longer listed, an unzipped folder or a file of another name, is set aside."""
    if result.status != "downloaded" or old is None or old == result.path or not old.exists():
        return result
    what = "folder" if old.is_dir() else "file"
    return replace(result, reason=f"the damaged {what} was renamed to {set_aside(old).name}")
