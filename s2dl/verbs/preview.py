"""Preview: quicklooks as files, or as bytes to show."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from s2dl import events
from s2dl.access.http import Http
from s2dl.bars import listening
from s2dl.errors import BadAnswer, BadInput, S2dlError
from s2dl.files import archive_name, disk_errors, write_durably
from s2dl.previews.quicklook import fetch_png
from s2dl.report import PreviewReport, SceneResult
from s2dl.verbs.common import ScenesLike, in_order, read_scenes_like, switched_on

if TYPE_CHECKING:
    from s2dl.product import Product
    from s2dl.settings import Settings

__all__ = ["preview", "quicklook"]

_PREVIEWS_AT_A_TIME = 4


async def quicklook(scene: ScenesLike, *, settings: Settings | None = None) -> bytes:
    """Fetch the quicklook of one scene; needs no account.

    Parameters
    ----------
    scene : row, product name
        If several are given, the first.
    settings : Settings, optional

    Returns
    -------
    bytes
        A PNG.

    Raises
    ------
    BadAnswer
        There is none, or it is no picture.
    ServiceError
        The service did not give it.
    """
    settings = switched_on(settings)
    async with Http(settings) as http:
        wanted = await read_scenes_like(http, settings, scene)
        if wanted.lost:
            raise BadAnswer(f"{wanted.lost[0].name}: {wanted.lost[0].reason}")
        if not wanted.products:
            raise BadInput("No scene was given; give a row of the table of scenes.")
        return await fetch_png(http, wanted.products[0])


async def preview(
    scenes: ScenesLike,
    directory: str | os.PathLike[str],
    *,
    settings: Settings | None = None,
    progress: bool | None = None,
    on_event: events.Listener | None = None,
) -> PreviewReport:
    """Save the quicklooks of scenes as ``<name>.png``; needs no account.

    Parameters
    ----------
    scenes : GeoDataFrame, row or product names
    directory : path
        Made where it is missing. A quicklook that is there already is left.
    settings, progress, on_event
        As in `search`.

    Returns
    -------
    PreviewReport
        Each result's path is its PNG.

    Raises
    ------
    DiskError
        The directory cannot be written to.
    """
    settings = switched_on(settings)
    folder = Path(directory).expanduser().absolute()
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with listening(progress, on_event) as emit:
        async with Http(settings) as http:
            wanted = await read_scenes_like(http, settings, scenes)
            results = [*wanted.lost, *await _previews(http, wanted.products, folder, emit)]
    return PreviewReport(tuple(in_order(wanted.names, results)))


async def _previews(
    http: Http, products: tuple[Product, ...], folder: Path, emit: events.Listener
) -> list[SceneResult]:
    slots = asyncio.Semaphore(_PREVIEWS_AT_A_TIME)
    done = 0

    async def one(product: Product) -> SceneResult:
        nonlocal done
        async with slots:
            result = await _preview(http, product, folder)
        done += 1
        emit(events.PreviewFinished(product.name, result.status, done, len(products)))
        return result

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(product)) for product in products]
    return [task.result() for task in tasks]


async def _preview(http: Http, product: Product, folder: Path) -> SceneResult:
    try:
        path = folder / archive_name(product.name).replace(".SAFE.zip", ".png")
        if path.is_file():
            return SceneResult(product.name, "skipped", path, path.stat().st_size, reason="already here")
        picture = await fetch_png(http, product)
        with disk_errors(path):
            await asyncio.to_thread(write_durably, path, picture)
    except S2dlError as error:
        return SceneResult(product.name, "failed", reason=str(error))
    return SceneResult(product.name, "downloaded", path, len(picture))
