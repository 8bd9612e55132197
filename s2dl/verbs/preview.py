"""Preview: quicklooks as files that know where they lie, or as bytes to show."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from s2dl import events
from s2dl.access.http import Http
from s2dl.bars import listening
from s2dl.errors import BadAnswer, BadInput
from s2dl.previews.account import Account
from s2dl.previews.quicklook import fetch_png
from s2dl.previews.saving import save_previews
from s2dl.report import DownloadReport, PreviewReport, SceneResult
from s2dl.verbs.common import ScenesLike, Wanted, in_order, read_scenes_like, switched_on

if TYPE_CHECKING:
    from s2dl.settings import Settings

__all__ = ["preview", "preview_instead", "quicklook"]


async def quicklook(scene: ScenesLike, *, settings: Settings | None = None) -> bytes:
    """Fetch the quicklook of one scene; needs no account where the service gives it to everybody.

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
        return await fetch_png(http, wanted.products[0], Account(http, settings))


async def preview(
    scenes: ScenesLike,
    directory: str | os.PathLike[str],
    *,
    settings: Settings | None = None,
    progress: bool | None = None,
    on_event: events.Listener | None = None,
) -> PreviewReport:
    """Save what there is to see of scenes before they are downloaded.

    Of each product, under its name without ``.SAFE``: the quicklook as ``.png``; ``.kml``, the footprint and the
    quicklook in its true place; ``.dat`` with ``.hdr``, the quicklook as a georeferenced ENVI image of three bands; and
    ``.safe``, its manifest, which is taken from the product where that lies in the directory; else it needs an account.

    Parameters
    ----------
    scenes : GeoDataFrame, row or product names
    directory : path
        Made where it is missing. Files that are there and right are left; others under these names are renamed
        ``….mismatch``.
    settings, progress, on_event
        As in `search`.

    Returns
    -------
    PreviewReport
        Each result's path is its PNG. The reason says what there is not: the quicklook, where the catalogue has none,
        and the manifest, without an account or of an offline product. Whatever else is lacking makes it ``failed``.

    Raises
    ------
    DiskError
        The directory cannot be written to.
    """
    settings = switched_on(settings)
    folder = Path(directory).expanduser().absolute()
    with listening(progress, on_event) as emit:
        async with Http(settings) as http:
            wanted = await read_scenes_like(http, settings, scenes)
            results = [*wanted.lost, *await save_previews(http, settings, wanted.products, folder, emit)]
    return PreviewReport(tuple(in_order(wanted.names, results)))


async def preview_instead(
    http: Http, settings: Settings, wanted: Wanted, folder: Path, emit: events.Listener, *, dry_run: bool
) -> DownloadReport:
    """Save previews where a download was asked for, as its argument ``preview_only`` says; gives a download's report.

    Parameters
    ----------
    http : Http
    settings : Settings
    wanted : Wanted
        The scenes.
    folder : Path
    emit : callable
        Gets a `PreviewFinished` for each product.
    dry_run : bool
        Only say what would be previewed.

    Raises
    ------
    DiskError
        The folder cannot be written to.
    """
    if dry_run:
        results = [SceneResult(each.name, "planned", reason="to preview") for each in wanted.products]
    else:
        results = await save_previews(http, settings, wanted.products, folder, emit)
    return DownloadReport(tuple(in_order(wanted.names, [*wanted.lost, *results])))
