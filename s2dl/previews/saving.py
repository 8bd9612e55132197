"""The files of a preview, side by side for many products: picture, KML, ENVI pair and manifest of each."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from s2dl import events
from s2dl.access.threads import in_thread
from s2dl.errors import BadAnswer, LoginMissing, S2dlError
from s2dl.files import archive_name, disk_errors, see_writable, set_aside, write_durably
from s2dl.previews import envi, kml
from s2dl.previews.account import Account
from s2dl.previews.manifest import check_manifest, fetch_manifest, manifest_on_disk
from s2dl.previews.placement import place
from s2dl.previews.quicklook import NoQuicklook, fetch_png, open_picture
from s2dl.product import parse_name
from s2dl.report import SceneResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from s2dl.access.http import Http
    from s2dl.product import Product
    from s2dl.settings import Settings

__all__ = ["save_previews"]

_AT_A_TIME = 4
_LARGEST_FILE = 32 * 2**20
"""Bytes; no file of a preview is larger, so that no larger one needs to be looked at."""


async def save_previews(
    http: Http, settings: Settings, products: Sequence[Product], folder: Path, emit: events.Listener
) -> list[SceneResult]:
    """Save the previews of products, a few at a time; what fails of one is in its result.

    Parameters
    ----------
    http : Http
    settings : Settings
    products : sequence of Product
    folder : Path
        Made where it is missing.
    emit : callable
        Gets a `PreviewFinished` for each product.

    Raises
    ------
    DiskError
        The folder cannot be written to.
    """
    see_writable(folder)
    one = _Saver(http, settings, Account(http, settings), folder)
    places = asyncio.Semaphore(_AT_A_TIME)
    done = 0

    async def save(product: Product) -> SceneResult:
        nonlocal done
        async with places:
            result = await one.save(product)
        done += 1
        emit(events.PreviewFinished(product.name, result.status, done, len(products)))
        return result

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(save(product)) for product in products]
    return [task.result() for task in tasks]


@dataclass(frozen=True, slots=True)
class _Saver:
    http: Http
    settings: Settings
    account: Account
    folder: Path

    async def save(self, product: Product) -> SceneResult:
        """Save what is missing of one product's preview."""
        started = time.monotonic()
        saved = SceneResult(product.name, "skipped")
        try:
            stem = archive_name(product.name).removesuffix(".zip").removesuffix(".SAFE")
            saved = await self._picture(product, stem)
            saved = await self._manifest(product, stem, saved)
        except S2dlError as error:
            reason = _joined(saved.reason, str(error))
            return replace(saved, status="failed", reason=reason, seconds=time.monotonic() - started)
        if saved.status == "skipped":
            return replace(saved, reason=_joined("already here", saved.reason))
        return replace(saved, seconds=time.monotonic() - started)

    async def _picture(self, product: Product, stem: str) -> SceneResult:
        """The quicklook, and what is made of it."""
        path = self.folder / f"{stem}.png"
        png = await asyncio.to_thread(_right_picture, product.name, path)
        try:
            png = png or await fetch_png(self.http, product, self.account)
        except NoQuicklook:
            reason = "the catalogue has no quicklook of it"
        else:
            reason = "" if _tile(product) else "its tile is not known, so that its quicklook has no place"
        files = await asyncio.to_thread(self._files, product, stem, png)
        written = await in_thread(partial(_put_all, self.folder, files))
        return SceneResult(
            product.name, "downloaded" if written else "skipped", path if png else None, len(png or b""), reason=reason
        )

    def _files(self, product: Product, stem: str, png: bytes | None) -> list[tuple[str, bytes]]:
        """Names and contents, of the picture first: all others can be made again from it."""
        files, placement = [], None
        if png is not None:
            picture = open_picture(product.name, png)
            files.append((f"{stem}.png", png))
            if tile := _tile(product):
                placement = place(tile, *picture.size)
                files += [(f"{stem}.dat", envi.data(picture)), (f"{stem}.hdr", envi.header(stem, placement))]
        written = _read(self.folder / f"{stem}.kml")
        if written is None or not kml.is_of(written, stem, placement):
            files.append((f"{stem}.kml", kml.document(product, placement, f"{stem}.png", self.settings)))
        return files

    async def _manifest(self, product: Product, stem: str, saved: SceneResult) -> SceneResult:
        path = self.folder / f"{stem}.safe"
        if await asyncio.to_thread(_is_manifest, product.name, path):
            return saved
        content = await asyncio.to_thread(manifest_on_disk, product.name, self.folder)
        if content is None and not product.online:
            return replace(saved, reason=_joined(saved.reason, "its manifest is offline with it"))
        try:
            content = content or await fetch_manifest(self.account, product, self.settings)
        except LoginMissing:
            return replace(saved, reason=_joined(saved.reason, "its manifest is given to accounts only (s2dl.login)"))
        await in_thread(partial(_put_all, self.folder, [(path.name, content)]))
        return replace(saved, status="downloaded")


def _tile(product: Product) -> str | None:
    said = parse_name(product.name)
    return product.tile or (said and said.tile)


def _put_all(folder: Path, files: Iterable[tuple[str, bytes]]) -> bool:
    """Write the files that are not there just so; says whether there were any."""
    written = [_put(folder / name, content) for name, content in files]
    return any(written)


def _put(path: Path, content: bytes) -> bool:
    was_there = os.path.lexists(path)  # asked first: another run may write the same file at any moment
    if _read(path) == content:
        return False
    if was_there:
        set_aside(path)
    with disk_errors(path):
        write_durably(path, content)
    return True


def _right_picture(name: str, path: Path) -> bytes | None:
    """The picture at `path`, if there is one that can be read."""
    content = _read(path)
    try:
        if content is not None:
            open_picture(name, content)
    except BadAnswer:
        return None
    return content


def _is_manifest(name: str, path: Path) -> bool:
    content = _read(path)
    try:
        if content is not None:
            check_manifest(name, content)
    except BadAnswer:
        return False
    return content is not None


def _read(path: Path) -> bytes | None:
    """A small file's content; None where there is no such file."""
    with disk_errors(path):
        return path.read_bytes() if path.is_file() and path.stat().st_size <= _LARGEST_FILE else None


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
