"""Look: quicklooks as contact sheet, as animation and on the map; and the true colour of what was downloaded."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import shapely

from s2dl import events
from s2dl.access.http import Http
from s2dl.access.threads import in_thread
from s2dl.bars import listening
from s2dl.errors import BadInput, LoginError, S2dlError, ServiceUnreachable
from s2dl.files import archive_name
from s2dl.previews.account import Account
from s2dl.previews.cache import Cache
from s2dl.previews.quicklook import NoQuicklook, fetch_png
from s2dl.product import parse_name
from s2dl.scenes import products_of
from s2dl.settings import Settings
from s2dl.verbs.common import ScenesLike, read_scenes_like, switched_on

if TYPE_CHECKING:
    from collections.abc import Awaitable

    import geopandas as gpd
    import pandas as pd
    from matplotlib.figure import Figure

    from s2dl.plots.animation import Animation
    from s2dl.plots.look import Style
    from s2dl.previews.overlay import Overlay
    from s2dl.product import Product

__all__ = ["animate", "gallery", "overlay", "true_colour"]

ProductLike: TypeAlias = "gpd.GeoDataFrame | pd.DataFrame | pd.Series[Any] | str | os.PathLike[str]"
"""A product's zip or folder, its name, or a row of the table of scenes."""

_AT_A_TIME = 4


async def gallery(
    scenes: gpd.GeoDataFrame,
    *,
    columns: int | None = None,
    style: Style = None,
    settings: Settings | None = None,
    progress: bool | None = None,
    on_event: events.Listener | None = None,
) -> Figure:
    """Fetch the quicklooks of scenes and draw them side by side.

    Needs no account where the service gives them to all. Quicklooks that were seen before come from the disk.

    Parameters
    ----------
    scenes : GeoDataFrame
        At most 200 rows.
    columns : int, optional
        Frames side by side, 1 to 20; by default as many as suit their number.
    style : {"light", "dark"}, optional
        Colours; by default matplotlib's own (rcParams).
    settings, progress, on_event
        As in `s2dl.search`.

    Returns
    -------
    matplotlib.figure.Figure
        Shows itself as the result of a cell. A scene without a quicklook has an empty frame that says why.

    Raises
    ------
    BadInput
        There are too many scenes, or an argument cannot be used.
    ServiceUnreachable
        The service cannot be reached at all.
    """
    from s2dl.plots.gallery import columns_for  # noqa: PLC0415 - matplotlib is heavy
    from s2dl.plots.gallery import gallery as draw  # noqa: PLC0415
    from s2dl.plots.look import look_of  # noqa: PLC0415

    columns_for(len(scenes), columns)
    look_of(style)
    pictures = await _pictures(scenes, settings, progress, on_event)
    return await in_thread(partial(draw, scenes, pictures, columns=columns, style=style))


async def animate(
    scenes: gpd.GeoDataFrame,
    path: str | os.PathLike[str] | None = None,
    *,
    seconds: float = 0.7,
    style: Style = None,
    settings: Settings | None = None,
    progress: bool | None = None,
    on_event: events.Listener | None = None,
) -> Animation:
    """Fetch the quicklooks of one tile and make a GIF of them, by time.

    Needs no account where the service gives them to all.

    Parameters
    ----------
    scenes : GeoDataFrame
        Of one tile, at most 120 rows. Those without a quicklook are left out, and the result says which.
    path : path, optional
        Where to write the GIF, too; a file that is there is replaced.
    seconds : float
        That each frame is shown, 0.05 to 30.
    style, settings, progress, on_event
        As in `gallery`.

    Returns
    -------
    Animation
        Shows itself as the result of a cell; ``animation.save(path)`` writes it.

    Raises
    ------
    BadInput
        The scenes are of several tiles, none has a quicklook, or an argument cannot be used.
    ServiceUnreachable
        The service cannot be reached at all.
    DiskError
        `path` cannot be written.
    """
    from s2dl.plots.animation import animated, animation, gif_path  # noqa: PLC0415 - matplotlib is heavy
    from s2dl.plots.look import look_of  # noqa: PLC0415

    if path is not None:
        gif_path(path)
    look_of(style)
    pictures = await _pictures(animated(scenes, seconds), settings, progress, on_event)
    made = await in_thread(partial(animation, scenes, pictures, seconds=seconds, style=style))
    if path is not None:
        await in_thread(partial(made.save, path))
    return made


async def overlay(scene: ScenesLike, *, settings: Settings | None = None) -> Overlay:
    """Fetch the quicklook of one scene and warp it to the map; needs no account where the service gives it to all.

    Parameters
    ----------
    scene : row, product name
        If several are given, the first.
    settings : Settings, optional

    Returns
    -------
    Overlay
        A PNG in Web Mercator, transparent where the satellite did not look, and its bounds.

    Raises
    ------
    BadInput
        No scene was given, or its tile is unknown.
    BadAnswer
        There is no quicklook, or it is no picture.
    ServiceError
        The service did not give it.
    """
    settings = switched_on(settings)
    async with Http(settings) as http:
        wanted = await read_scenes_like(http, settings, scene)
        if wanted.lost:
            raise BadInput(f"{wanted.lost[0].name}: {wanted.lost[0].reason}")
        if not wanted.products:
            raise BadInput("No scene was given; give a row of the table of scenes.")
        product = wanted.products[0]
        picture = await _quicklook(http, Account(http, settings), Cache(), product)
    tile = product.tile or getattr(parse_name(product.name), "tile", None)
    if tile is None:
        raise BadInput(f"{product.name}: the catalogue does not say its tile, so it has no place on the map.")
    return await in_thread(partial(_laid_out, picture, tile, _footprint(scene, product)))


async def true_colour(
    where: ProductLike, *, size: int = 1024, tile: str | None = None, settings: Settings | None = None
) -> Overlay:
    """Show a downloaded product in true colour, at screen resolution, for the map.

    Its TCI is read through the image's resolution levels, never whole; where there is none, bands 4, 3 and 2 are
    composed as bright as a TCI (see `s2dl.previews.true_colour.compose`).

    Parameters
    ----------
    where : path, row, product name
        A product's zip or ``.SAFE`` folder, L1C or L2A, also of the long names before 2016-12-06. A scene or a name is
        looked for in the settings' directory.
    size : int
        Pixels of the image's longer side, 64 to 4096; an image that has fewer is not enlarged.
    tile : str, optional
        Needed of a product of several tiles only.
    settings : Settings, optional

    Returns
    -------
    Overlay
        A PNG in Web Mercator, transparent where there are no data, and its bounds.

    Raises
    ------
    BadInput
        There is no such product on this disk, its image is empty, truncated or damaged, or an argument is wrong.
    DiskError
        The disk cannot be read.
    """
    from s2dl.previews.overlay import Overlay  # noqa: PLC0415 - rasterio is heavy
    from s2dl.previews.true_colour import true_colour as read  # noqa: PLC0415
    from s2dl.previews.true_colour_files import true_colour_files  # noqa: PLC0415

    path = await asyncio.to_thread(_on_disk, where, Settings.given(settings))
    files = await asyncio.to_thread(true_colour_files, path, tile)

    async def make() -> bytes:
        return msgspec.msgpack.encode(await in_thread(partial(read, files, size)))

    packed = await Cache().get_or_make(f"true colour 1 {size} {files.fingerprint}", make)
    return msgspec.msgpack.decode(packed, type=Overlay)


async def _pictures(
    scenes: gpd.GeoDataFrame, settings: Settings | None, progress: bool | None, on_event: events.Listener | None
) -> dict[str, bytes | str]:
    """The quicklooks by name, a few at a time; or why there is none, in few words.

    Raises
    ------
    ServiceUnreachable
        Not even the first could be had.
    """
    settings = switched_on(settings)
    pictures: dict[str, bytes | str] = {}
    slots = asyncio.Semaphore(_AT_A_TIME)
    with listening(progress, on_event) as emit:
        async with Http(settings) as http:
            wanted = await read_scenes_like(http, settings, scenes)
            fetch = partial(_quicklook, http, Account(http, settings), Cache())
            count = len(wanted.products)

            async def one(product: Product) -> None:
                async with slots:
                    pictures[product.name] = picture = await _picture(fetch(product), pictures)
                status = "downloaded" if isinstance(picture, bytes) else "failed"
                emit(events.PreviewFinished(product.name, status, len(pictures), count))

            tasks = [asyncio.ensure_future(one(product)) for product in wanted.products]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
    return pictures | {lost.name: "not in the catalogue any more" for lost in wanted.lost}


async def _picture(coming: Awaitable[bytes], before: dict[str, bytes | str]) -> bytes | str:
    try:
        return await coming
    except NoQuicklook:
        return "no quicklook"
    except LoginError:
        return "needs a login"
    except ServiceUnreachable:
        if not before:
            raise
        return "the service did not answer"
    except S2dlError:
        return "the quicklook cannot be read"


async def _quicklook(http: Http, account: Account, cache: Cache, product: Product) -> bytes:
    key = f"quicklook 1 {product.name} {product.quicklook_url}"
    return await cache.get_or_make(key, lambda: fetch_png(http, product, account))


def _laid_out(picture: bytes, tile: str, footprint: Any) -> Overlay:
    from s2dl.previews.overlay import overlay_of_tile  # noqa: PLC0415 - rasterio is heavy

    return overlay_of_tile(picture, tile, footprint)


def _footprint(scene: ScenesLike, product: Product) -> Any:
    """The footprint of the first row, or what the catalogue says of a name; None unknown."""
    if product.footprint is not None:
        return shapely.from_wkt(product.footprint)
    geometry: Any = getattr(scene, "geometry", None)
    return geometry.iloc[0] if hasattr(geometry, "iloc") else geometry


def _on_disk(where: ProductLike, settings: Settings) -> Path:
    """The path of a product: as given, or by its name in the settings' directories.

    Raises
    ------
    BadInput
        It is not there.
    """
    if isinstance(where, str | os.PathLike):
        name = os.fspath(where)
        path = Path(name).expanduser()
        if path.exists() or path.name != name:
            return path
    else:
        rows = products_of(where)
        if len(rows) != 1:
            raise BadInput(f"{len(rows)} scenes were given; true colour is of one at a time.")
        name = rows[0].name
    safe = name if name.endswith(".SAFE") else f"{name}.SAFE"
    zipped = archive_name(safe)
    folders = [settings.directory, *([settings.unzip_directory] if settings.unzip_directory else [])]
    for folder in folders:
        for each in (safe, zipped, zipped.replace(".SAFE.zip", ".zip")):
            if (folder.expanduser() / each).exists():
                return folder.expanduser() / each
    raise BadInput(
        f"There is no product {name} in {' or '.join(str(each.expanduser().absolute()) for each in folders)}; "
        "download it, or give its path."
    )
