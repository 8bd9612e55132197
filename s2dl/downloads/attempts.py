"""One product: attempt after attempt, until it is verified on disk or there is no hope."""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from s2dl import events
from s2dl.access.http import backoff
from s2dl.access.identity import session_for
from s2dl.downloads.manifest import check_archive
from s2dl.downloads.progress_file import Entry, VerifiedBy
from s2dl.downloads.run import Run
from s2dl.downloads.transfer import Cancelled, Connections, Transfer
from s2dl.errors import BadAnswer, ChecksumMismatch, Incomplete, S2dlError, ServiceError
from s2dl.files import archive_name, disk_errors, replace_durably
from s2dl.product import Product
from s2dl.report import SceneResult

__all__ = ["Fetcher"]

ATTEMPTS = 4
_ATTEMPTS_AT_OTHER_BYTES = 2
_BUSY_SESSION = "DAT-ZIP-100"
_LONGEST_BUSY = 30 * 60.0
_BUSY_HEADSTART = 5
"""Waits for a free session begin where those after errors have doubled five times."""


@dataclass(slots=True)
class Fetcher:
    """Fetches products one by one, in as many tasks at a time as it is called from.

    Attributes
    ----------
    run : Run
    connections : Connections
    threads : ThreadPoolExecutor
        With a thread for each task.
    running : dict
        The transfers under way, by product name.
    received : int
        Bytes of the products that have arrived.
    done : int
        How many have.
    """

    run: Run
    connections: Connections
    threads: ThreadPoolExecutor
    running: dict[str, Transfer] = field(default_factory=dict)
    received: int = 0
    done: int = 0

    async def fetch(self, product: Product) -> SceneResult:
        """Attempt a product until it is verified on disk.

        Raises
        ------
        S2dlError
            There is no hope.
        """
        run = self.run
        session = session_for(run.settings)
        run.emit(events.SceneStarted(product.name, product.size))
        started, attempt = time.monotonic(), 1
        token: str | None = None
        refused = False
        while True:
            try:
                token = await session.token(run.http, refused=token if refused else None)
                return await self._attempt(product, token)
            except (ServiceError, Incomplete, ChecksumMismatch) as error:
                busy = isinstance(error, ServiceError) and error.code == _BUSY_SESSION
                hope = time.monotonic() - started < _LONGEST_BUSY if busy else _may_pass(error, attempt)
                if not hope:
                    raise
                refused = isinstance(error, ServiceError) and error.status == 401
                wait = 0.0 if refused else _wait(error, attempt + _BUSY_HEADSTART if busy else attempt)
                run.emit(events.SceneRetrying(product.name, str(error), wait))
            await asyncio.sleep(wait)
            attempt += 0 if busy else 1

    async def _attempt(self, product: Product, token: str) -> SceneResult:
        """Fetch, check, rename and list a product; a part file stays when it fails."""
        path = self.run.target.directory / archive_name(product.name)
        part = path.with_name(f"{path.name}.part")
        transfer = Transfer(product, part, token=token, connections=self.connections, settings=self.run.settings)
        started = time.monotonic()
        self.running[product.name] = transfer
        try:
            digest = await _in_thread(transfer, self.threads)
            self.received += transfer.received
            self.done += 1
        finally:
            del self.running[product.name]
        await asyncio.to_thread(self._keep, product, part, path, digest)
        seconds = time.monotonic() - started
        return SceneResult(product.name, "downloaded", path, transfer.received, digest, seconds)

    def _keep(self, product: Product, part: Path, path: Path, digest: str) -> None:
        """Give a verified file its final name, and list it; in this order, so that the list never says too much."""
        verified_by: VerifiedBy = "manifest" if product.md5 is None else "md5"
        with disk_errors(path):
            if verified_by == "manifest":
                check_archive(part, product.name)
            replace_durably(part, path)
            size = path.stat().st_size
        entry = Entry(path.name, digest, product.name, product.id, size)
        self.run.progress.add(replace(entry, verified_by=verified_by, catalogue_md5=product.md5))


async def _in_thread(transfer: Transfer, threads: ThreadPoolExecutor) -> str:
    """Run a transfer in its thread; when cancelled, stop it and wait until it has let go of its file."""
    running = asyncio.get_running_loop().run_in_executor(threads, transfer.run)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        transfer.cancel()
        with contextlib.suppress(Cancelled, S2dlError):
            await running
        raise


def _may_pass(error: S2dlError, attempt: int) -> bool:
    """Say whether another attempt is worth it."""
    if isinstance(error, ChecksumMismatch):
        return attempt < _ATTEMPTS_AT_OTHER_BYTES
    if isinstance(error, ServiceError) and error.status is not None and not isinstance(error, BadAnswer):
        return attempt < ATTEMPTS and (error.status >= 500 or error.status in {401, 408, 425, 429})
    return attempt < ATTEMPTS


def _wait(error: S2dlError, attempt: int) -> float:
    return backoff(attempt, error.retry_after if isinstance(error, ServiceError) else None)
