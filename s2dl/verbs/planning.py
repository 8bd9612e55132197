"""What a download has to do: whole products, or some files of each."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from functools import partial
from typing import TYPE_CHECKING

from s2dl.access.threads import in_thread
from s2dl.downloads.band_plan import make_band_plan, rehearsed
from s2dl.downloads.bands import Band
from s2dl.downloads.choosing import Choosing, Shelf
from s2dl.downloads.plan import Overwrite, Plan, Target, make_plan
from s2dl.downloads.progress_file import ProgressFile
from s2dl.previews.account import Account
from s2dl.previews.manifest import fetch_manifest
from s2dl.report import SceneResult

if TYPE_CHECKING:
    from s2dl.access.http import Http
    from s2dl.downloads.run import Run
    from s2dl.product import Product
    from s2dl.settings import Settings

__all__ = ["choosing", "plan_for", "rehearse"]


def choosing(http: Http, settings: Settings, shelf: Shelf) -> Choosing:
    """A `Choosing` for which the service gives the manifests, over the user's account."""
    return Choosing(shelf, partial(fetch_manifest, Account(http, settings), settings=settings))


async def plan_for(run: Run, products: Iterable[Product], overwrite: Overwrite, *, wait: bool) -> Plan:
    """Decide what each product needs; `wait`: those that are offline are waited for."""
    if run.choosing is not None:
        return await make_band_plan(products, run, run.choosing, wait=wait)
    look = partial(make_plan, products, run.target, run.progress, overwrite, wait=wait, must_stop=run.must_stop)
    return await in_thread(look, on_cancel=run.control.stop)


async def rehearse(
    products: Iterable[Product], target: Target, overwrite: Overwrite, bands: Collection[Band] | None
) -> list[SceneResult]:
    """Say what would come of each product; touch nothing, and ask nobody."""
    listed = ProgressFile(target.progress_file)
    if bands is not None:
        return await rehearsed(products, bands, target, listed, overwrite)
    plan = await asyncio.to_thread(make_plan, products, target, listed, overwrite, touch=False)
    planned = [SceneResult(each.name, "planned", size=each.size, reason="to fetch") for each in plan.fetch]
    return [*plan.settled, *planned]
