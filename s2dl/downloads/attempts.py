"""One product, whole or some files of it: attempt after attempt, until it is verified on disk or there is no hope."""

from __future__ import annotations

import asyncio
import errno
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import partial

from s2dl import events
from s2dl.access.credentials import find_credentials
from s2dl.access.identity import session_for
from s2dl.access.slots import connection
from s2dl.access.threads import ended, in_thread, unbroken
from s2dl.access.wire import Wires
from s2dl.downloads.choosing import Choosing, manifest_file
from s2dl.downloads.control import Control
from s2dl.downloads.keeping import keep, keep_content
from s2dl.downloads.manifest import check_archive
from s2dl.downloads.pace import StallGuard
from s2dl.downloads.parts import Part
from s2dl.downloads.patience import Patience
from s2dl.downloads.run import Run
from s2dl.downloads.source import Source, folder_name
from s2dl.downloads.totals import Totals
from s2dl.downloads.transfer import Cancelled, Transfer
from s2dl.errors import DiskError, Incomplete, LoginError, S2dlError, TransferError
from s2dl.product import Product
from s2dl.report import SceneResult
from s2dl.settings import Settings

__all__ = ["Fetcher"]

_LOOKS = 20
"""How often a stall is looked for within `download_timeout`."""
_LONGEST_LOOK = 0.5
_PAUSE = 0.1

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Fetcher:
    """Fetches products one by one, in as many tasks at a time as it is called from.

    Attributes
    ----------
    run : Run
    wires : Wires
    threads : ThreadPoolExecutor
        With a thread for each of `most`.
    most : int
        Transfers at a time; only so many of the account's connections are taken.
    totals : Totals
    """

    run: Run
    wires: Wires
    threads: ThreadPoolExecutor
    most: int
    totals: Totals = field(default_factory=Totals)
    _places: asyncio.Semaphore = field(init=False)
    _full: bool = field(default=False, init=False)
    _began: dict[str, float] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.most)

    async def fetch(self, product: Product) -> SceneResult:
        """Attempt a product until it is verified on disk.

        Raises
        ------
        S2dlError
            There is no hope.
        """
        fetched, choosing = False, self.run.choosing
        try:
            result = await (self._archive(product) if choosing is None else self._files(product, choosing))
            fetched = True
        except DiskError as error:
            self._full = self._full or _is_full(error)
            raise
        finally:
            self.totals.settle(product, fetched=fetched)
        began = self._began.get(product.name)
        return result if began is None else replace(result, seconds=time.monotonic() - began)

    async def _archive(self, product: Product) -> SceneResult:
        source = Source(product)
        size, digest = await self._to_disk(source)
        return SceneResult(product.name, "downloaded", source.path(self.run.target.directory), size, digest)

    async def _files(self, product: Product, choosing: Choosing) -> SceneResult:
        """Fetch what is missing of a product's files, side by side; what fails of one keeps no other from its end.

        The manifest gets its place when all that it vouches for has been held against it.
        """
        directory, missing = self.run.target.directory, await choosing.missing(product)
        self.totals.expect([replace(product, size=missing.size)])
        if not missing:
            return missing.settled
        sources = [Source(product, file) for file in missing.files]
        ends = await asyncio.gather(*map(self._to_disk, sources), return_exceptions=True)
        if errors := [end for end in ends if isinstance(end, BaseException)]:
            raise next((error for error in errors if isinstance(error, LoginError)), errors[0])
        if missing.manifest is not None:
            source = Source(product, manifest_file(missing.manifest))
            await unbroken(partial(keep_content, source, missing.manifest, directory, self.run.progress))
        return SceneResult(product.name, "downloaded", directory / folder_name(product.name), missing.size)

    async def _to_disk(self, source: Source) -> tuple[int, str]:
        """Bring a source to its final name and into the progress file; gives size and MD5."""
        run, product = self.run, source.product
        async with self._places:
            await self._may_begin(product)
            whose = run.target.progress_file.name
            part = Part(run.target.directory, product, run.settings.data_url, source.file, progress_file=whose)
            part.drop_other_version()
            if product.name not in self._began:
                self._began[product.name] = time.monotonic()
                run.emit(events.SceneStarted(product.name, self.totals.size_of(product)))
            digest = await self._received(source, part)
        size = await unbroken(partial(keep, source, part.path, run.target.directory, digest, run.progress))
        if source.file is not None:
            self.totals.have(product, size)
        return size, digest

    async def _may_begin(self, product: Product) -> None:
        while self.run.control.paused:  # noqa: ASYNC110 - other threads switch it, to whom an asyncio.Event is no use
            await asyncio.sleep(_PAUSE)
        if self._full:
            raise DiskError(f"{product.name}: not begun, since the disk is full; make room, then run it again.")

    async def _received(self, source: Source, part: Part) -> str:
        """All bytes in the part file, verified; gives their MD5."""
        run, product, patience = self.run, source.product, Patience()
        session = session_for(run.settings)
        token: str | None = None
        while True:
            transfer: Transfer | None = None
            try:
                async with self._connection(product):
                    token = await session.token(run.http, refused=token if patience.refused else None)
                    transfer = Transfer(
                        source, part, token=token, wires=self.wires, control=run.control, settings=run.settings
                    )
                    digest = await self._transferred(transfer)
                if source.checksum is None:
                    await in_thread(lambda: _check_from_within(part, product))
            except (LoginError, DiskError):
                raise
            except S2dlError as error:
                wait = patience.wait_after(
                    error,
                    resumed=transfer is not None and transfer.resumed,
                    held=transfer is not None and transfer.held,
                )
                if wait is None:
                    raise
                _log.info("%s The next attempt comes in %.1f s.", error, wait)
                run.emit(events.SceneRetrying(product.name, str(error), wait))
            else:
                return digest
            await asyncio.sleep(wait)

    def _connection(self, product: Product) -> AbstractAsyncContextManager[None]:
        """One of the account's connections, for the length of an attempt; waited for visibly."""
        run = self.run
        username = find_credentials(run.settings).username
        waits = events.SceneRetrying(product.name, "waiting for a free connection of the account", 0)
        return connection(run.settings, username, most=self.most, waiting=lambda: run.emit(waits))

    async def _transferred(self, transfer: Transfer) -> str:
        self.totals.begin(transfer)
        try:
            return await _in_thread(transfer, self.threads, self.run.settings, self.run.control)
        finally:
            self.totals.end(transfer)


async def _in_thread(transfer: Transfer, threads: ThreadPoolExecutor, settings: Settings, control: Control) -> str:
    """Run a transfer in its thread and end it when it stalls; when cancelled, wait until it has let go of its file."""
    guard = StallGuard(settings)
    look = min(settings.download_timeout / _LOOKS, _LONGEST_LOOK)
    running = asyncio.get_running_loop().run_in_executor(threads, transfer.run)
    try:
        while not (await asyncio.wait({running}, timeout=look))[0]:
            if control.paused:
                guard.begin_again(transfer.position)
            elif guard.has_stalled(transfer.position):
                transfer.end(_stalled(transfer, settings))
    except asyncio.CancelledError:
        transfer.end(Cancelled())
        await ended(running)
        running.exception()  # taken note of: it is of no interest any more
        raise
    return running.result()


def _stalled(transfer: Transfer, settings: Settings) -> Incomplete:
    return Incomplete(
        f"{transfer.source.name}: fewer than {settings.download_speed:,} bytes came in "
        f"{settings.download_timeout:g} s; the connection was given up."
    )


def _check_from_within(part: Part, product: Product) -> None:
    """Check a product without checksum; bytes that are wrong are not gone on from."""
    try:
        check_archive(part.path, product.name)
    except TransferError:
        part.drop()
        raise


def _is_full(error: DiskError) -> bool:
    return isinstance(error.__cause__, OSError) and error.__cause__.errno in {errno.ENOSPC, errno.EDQUOT}
