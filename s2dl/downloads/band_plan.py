"""What has to be done for each product of which only some files are wanted; decided before a large file moves."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from s2dl.downloads.bands import Band, chosen_files, estimated_size
from s2dl.downloads.choosing import Shelf
from s2dl.downloads.failing import failed
from s2dl.downloads.plan import OFFLINE, Overwrite, Plan, Target
from s2dl.downloads.progress_file import ProgressFile
from s2dl.errors import LoginError, S2dlError
from s2dl.product import Product
from s2dl.report import SceneResult

if TYPE_CHECKING:
    from s2dl.downloads.choosing import Choosing
    from s2dl.downloads.run import Run

__all__ = ["make_band_plan", "rehearsed"]

_AT_A_TIME = 4
_LOOK = 0.1


async def make_band_plan(products: Iterable[Product], run: Run, choosing: Choosing, *, wait: bool = False) -> Plan:
    """Decide what each product needs: its manifest is read, so that the plan says how many bytes that is.

    Parameters
    ----------
    products : iterable of Product
        Doubles are taken once.
    run : Run
        Once it must stop, the products that are left are settled as cancelled.
    choosing : Choosing
    wait : bool
        Whether offline products will be waited for; else they are settled as such.

    Raises
    ------
    LoginError
        The service gives manifests to accounts only.
    """
    wanted = {product.name: product for product in products}
    places = asyncio.Semaphore(_AT_A_TIME)
    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(_looked_at(each, run, choosing, places)) for name, each in wanted.items()}
        group.create_task(_cancel_when_stopped(tasks.values(), run))
    fates = [_cancelled(name, run) if task.cancelled() else task.result() for name, task in tasks.items()]
    for fate in fates:
        if isinstance(fate, LoginError):
            raise fate
    left = [fate for fate in fates if isinstance(fate, Product)]
    late = [product for product in left if not product.online]
    settled = [fate for fate in fates if isinstance(fate, SceneResult)]
    if not wait:
        settled += [SceneResult(each.name, "offline", size=each.size, reason=OFFLINE) for each in late]
    fetch = tuple(product for product in left if product.online)
    return Plan(fetch, tuple(settled), tuple(late) if wait else (), in_files=True)


async def _looked_at(
    product: Product, run: Run, choosing: Choosing, places: asyncio.Semaphore
) -> SceneResult | Product | LoginError:
    """What came of a product; itself, with the size of what is missing of it, where something is."""
    async with places:
        try:
            missing = await (choosing.missing(product) if product.online else choosing.missing_by_kept(product))
        except LoginError as error:
            return error
        except S2dlError as error:  # one that cannot be looked at fails alone
            return await failed(product, error, run)
    if missing is None:
        return product
    return replace(product, size=missing.size) if missing else missing.settled


async def _cancel_when_stopped(tasks: Collection[asyncio.Task[SceneResult | Product | LoginError]], run: Run) -> None:
    while tasks and (await asyncio.wait(tasks, timeout=_LOOK))[1]:
        if await asyncio.to_thread(run.must_stop):
            for task in tasks:
                task.cancel()
            return


def _cancelled(name: str, run: Run) -> SceneResult:
    return SceneResult(name, "cancelled", reason=run.control.reason or "stopped before it was looked at")


async def rehearsed(
    products: Iterable[Product], bands: Collection[Band], target: Target, progress: ProgressFile, overwrite: Overwrite
) -> list[SceneResult]:
    """Say what would be done, without the service: where no manifest is here, the size is an estimate."""
    shelf = Shelf(partial(chosen_files, bands=bands), target, progress, overwrite, touch=False)
    each = {product.name: product for product in products}.values()
    return await asyncio.to_thread(lambda: [_rehearsed(product, bands, shelf) for product in each])


def _rehearsed(product: Product, bands: Collection[Band], shelf: Shelf) -> SceneResult:
    try:
        missing = shelf.look_by_kept(product)
    except S2dlError as error:
        return SceneResult(product.name, "failed", reason=str(error))
    if missing is not None and not missing:
        return missing.settled
    if not product.online:
        return SceneResult(product.name, "offline", size=product.size, reason=OFFLINE)
    if missing is None:
        size = estimated_size(product, bands)
        return SceneResult(product.name, "planned", size=size, reason="to fetch; its size is an estimate")
    return SceneResult(product.name, "planned", size=missing.size, reason="to fetch")
