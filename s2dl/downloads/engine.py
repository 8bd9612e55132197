"""Many products at a time: attempts, verification, the progress file, unzipping; events for whoever watches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from s2dl import events
from s2dl.access.http import backoff
from s2dl.access.identity import session_for
from s2dl.downloads.archive import unzip
from s2dl.downloads.manifest import check_archive
from s2dl.downloads.progress_file import Entry, VerifiedBy
from s2dl.downloads.transfer import Cancelled, Connections, Transfer
from s2dl.errors import (
    BadAnswer,
    ChecksumMismatch,
    Incomplete,
    LoginError,
    S2dlError,
    ServiceError,
)
from s2dl.files import archive_name, disk_errors, replace_durably
from s2dl.report import SceneResult

if TYPE_CHECKING:
    from pathlib import Path

    from s2dl.access.http import Http
    from s2dl.downloads.plan import Plan, Target
    from s2dl.downloads.progress_file import ProgressFile
    from s2dl.product import Product
    from s2dl.settings import Settings

__all__ = ["Engine", "Unzip"]

ATTEMPTS = 4
_BUSY_SESSION = "DAT-ZIP-100"
_LONGEST_BUSY = 30 * 60.0
_TICK = 0.1

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unzip:
    """Unzip into `directory`; keep the archive or not."""

    directory: Path
    keep_archive: bool


class Engine:
    """Fetches what a plan names.

    Parameters
    ----------
    http : Http
        For tokens.
    settings : Settings
    target : Target
    progress : ProgressFile
        Held by the caller.
    emit : callable
        Takes each event.
    unzip : Unzip, optional
    """

    def __init__(
        self,
        http: Http,
        settings: Settings,
        target: Target,
        progress: ProgressFile,
        *,
        emit: events.Listener,
        unzip: Unzip | None = None,
    ) -> None:
        self._http = http
        self._settings = settings
        self._target = target
        self._progress = progress
        self._emit = emit
        self._unzip = unzip
        self._running: dict[str, Transfer] = {}
        self._received = 0
        self._done = 0

    async def run(self, plan: Plan, concurrent: int) -> list[SceneResult]:
        """Fetch all of the plan's products, `concurrent` at a time; one that fails fails none of the others.

        Raises
        ------
        LoginError
            No account, or it was refused: nothing more can be fetched.
        """
        self._emit(events.DownloadPlanned(len(plan.fetch), plan.size, len(plan.settled)))
        if not plan.fetch:
            return []
        session = session_for(self._settings)
        await session.token(self._http)
        slots = asyncio.Semaphore(concurrent)
        connections = Connections(self._settings)
        with ThreadPoolExecutor(concurrent, thread_name_prefix="s2dl-transfer") as threads:
            ticker = asyncio.create_task(self._tick(plan))
            try:
                async with asyncio.TaskGroup() as group:
                    tasks = [
                        group.create_task(self._settle(product, slots, connections, threads)) for product in plan.fetch
                    ]
            except* LoginError as refused:
                raise _first(refused) from None
            finally:
                ticker.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await ticker
                connections.close()
        return [task.result() for task in tasks]

    async def _settle(
        self, product: Product, slots: asyncio.Semaphore, connections: Connections, threads: ThreadPoolExecutor
    ) -> SceneResult:
        """Bring one product to its end, whatever that is."""
        try:
            async with slots:
                result = await self._fetch(product, connections, threads)
            result = await self._unzipped(product, result)
        except LoginError:
            raise
        except S2dlError as error:
            _log.warning("%s", error)
            result = SceneResult(product.name, "failed", reason=str(error))
        except asyncio.CancelledError:
            self._finished(SceneResult(product.name, "cancelled", reason="stopped"))
            raise
        self._finished(result)
        return result

    def _finished(self, result: SceneResult) -> None:
        self._done += 1
        self._emit(events.SceneFinished(result.name, result.status, result.reason, result.size))

    async def _fetch(self, product: Product, connections: Connections, threads: ThreadPoolExecutor) -> SceneResult:
        """Attempt a product until it is verified on disk, or there is no hope."""
        session = session_for(self._settings)
        self._emit(events.SceneStarted(product.name, product.size))
        started, attempt = time.monotonic(), 1
        token: str | None = None
        unauthorized = False
        while True:
            try:
                token = await session.token(self._http, refused=token if unauthorized else None)
                return await self._attempt(product, token, connections, threads)
            except (ServiceError, Incomplete, ChecksumMismatch) as error:
                busy = isinstance(error, ServiceError) and error.code == _BUSY_SESSION
                unauthorized = isinstance(error, ServiceError) and error.status == 401
                if not self._worth_another(error, attempt, busy=busy, waited=time.monotonic() - started):
                    raise
                wait = 0.0 if unauthorized else _wait(error, attempt, busy=busy)
                self._emit(events.SceneRetrying(product.name, str(error), wait))
            await asyncio.sleep(wait)
            attempt += 0 if busy else 1

    def _worth_another(self, error: S2dlError, attempt: int, *, busy: bool, waited: float) -> bool:
        if busy:
            return waited < _LONGEST_BUSY
        if isinstance(error, ChecksumMismatch):
            return attempt < 2
        if isinstance(error, ServiceError) and error.status is not None and not isinstance(error, BadAnswer):
            passing = error.status >= 500 or error.status in {401, 408, 425, 429}
            return passing and attempt < ATTEMPTS
        return attempt < ATTEMPTS

    async def _attempt(
        self, product: Product, token: str, connections: Connections, threads: ThreadPoolExecutor
    ) -> SceneResult:
        """Fetch, check, rename and list one product; a part file stays when it fails."""
        path = self._target.directory / archive_name(product.name)
        part = path.with_name(f"{path.name}.part")
        transfer = Transfer(product, part, token=token, connections=connections, settings=self._settings)
        started = time.monotonic()
        self._running[product.name] = transfer
        try:
            digest = await _in_thread(transfer, threads)
            self._received += transfer.received
        finally:
            del self._running[product.name]
        await asyncio.to_thread(self._keep, product, part, path, digest, transfer.received)
        return SceneResult(
            product.name, "downloaded", path, transfer.received, digest, seconds=time.monotonic() - started
        )

    def _keep(self, product: Product, part: Path, path: Path, digest: str, size: int) -> None:
        """Give a verified file its final name, and list it; in this order, so that the list never says too much."""
        with disk_errors(path):
            if product.md5 is None:
                check_archive(part, product.name)
            replace_durably(part, path)
        verified_by: VerifiedBy = "manifest" if product.md5 is None else "md5"
        self._progress.add(
            Entry(
                path.name,
                digest,
                product.name,
                product.id,
                size,
                verified_by=verified_by,
                catalogue_md5=product.md5,
            )
        )

    async def _unzipped(self, product: Product, result: SceneResult) -> SceneResult:
        if self._unzip is None or result.path is None:
            return result
        return await asyncio.to_thread(unzip_listed, product.name, result, self._progress, self._unzip)

    async def _tick(self, plan: Plan) -> None:
        """Say how far things are, ten times a second."""
        started = time.monotonic()
        while True:
            await asyncio.sleep(_TICK)
            received = self._received
            for name, transfer in list(self._running.items()):
                received += transfer.received
                size = next(each.size for each in plan.fetch if each.name == name)
                self._emit(events.SceneProgress(name, transfer.received, size))
            speed = received / (time.monotonic() - started)
            remaining = (plan.size - received) / speed if speed > 0 and plan.size >= received else None
            self._emit(events.Totals(received, plan.size, self._done, len(plan.fetch), speed, remaining))


def unzip_listed(name: str, result: SceneResult, progress: ProgressFile, how: Unzip) -> SceneResult:
    """Unzip a listed archive, note it in the progress file, and remove the archive if it is not to be kept."""
    if result.path is None:
        return result
    try:
        folder, fresh = unzip(result.path, how.directory)
    except (S2dlError, OSError) as error:
        return replace(result, status="failed", reason=str(error))
    reason = f"unzipped to {folder}" if fresh else f"{folder} was there already and was left as it is"
    entry = progress.find(name)
    if entry is not None and fresh:
        entry = replace(entry, extracted=str(folder))
        progress.add(entry)
    if entry is not None and fresh and not how.keep_archive:
        progress.add(replace(entry, kind="removed"))
        with disk_errors(result.path):
            result.path.unlink()
        return replace(result, path=folder, reason=f"{reason}, archive removed")
    return replace(result, reason="; ".join(part for part in (result.reason, reason) if part))


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


def _wait(error: S2dlError, attempt: int, *, busy: bool) -> float:
    asked = error.retry_after if isinstance(error, ServiceError) else None
    return backoff(attempt + 5, asked) if busy else backoff(attempt, asked)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
