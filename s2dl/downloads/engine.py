"""Many products at a time: each to its end, whatever that is, and events for whoever watches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from s2dl import events
from s2dl.access.identity import session_for
from s2dl.downloads.attempts import Fetcher
from s2dl.downloads.plan import Plan
from s2dl.downloads.run import Run
from s2dl.downloads.transfer import Connections
from s2dl.downloads.unzipping import Unzip, unzip_listed
from s2dl.errors import LoginError, S2dlError
from s2dl.product import Product
from s2dl.report import SceneResult

__all__ = ["carry_out"]

_TICK = 0.1

_log = logging.getLogger(__name__)


async def carry_out(plan: Plan, run: Run, *, concurrent: int, unzip: Unzip | None) -> list[SceneResult]:
    """Do what a plan says, `concurrent` transfers at a time; a product that fails fails none of the others.

    Raises
    ------
    LoginError
        No account, or it was refused: nothing can be fetched.
    """
    run.emit(events.DownloadPlanned(len(plan.fetch), plan.size, len(plan.settled)))
    settled = [await _settled(each, run, unzip) for each in plan.settled]
    return settled + (await _fetched(plan, run, concurrent, unzip) if plan.fetch else [])


async def _settled(result: SceneResult, run: Run, unzip: Unzip | None) -> SceneResult:
    """An archive that was here already is unzipped, too."""
    result = await asyncio.to_thread(unzip_listed, result, run.progress, unzip)
    return _told(result, run)


async def _fetched(plan: Plan, run: Run, concurrent: int, unzip: Unzip | None) -> list[SceneResult]:
    await session_for(run.settings).token(run.http)
    slots = asyncio.Semaphore(concurrent)
    connections = Connections(run.settings)
    with ThreadPoolExecutor(concurrent, thread_name_prefix="s2dl-transfer") as threads:
        fetcher = Fetcher(run, connections, threads)
        ticker = asyncio.create_task(_tick(plan, fetcher))
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(_to_its_end(each, fetcher, slots, unzip)) for each in plan.fetch]
        except* LoginError as refused:
            raise _first(refused) from None
        finally:
            ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticker
            connections.close()
    return [task.result() for task in tasks]


async def _to_its_end(product: Product, fetcher: Fetcher, slots: asyncio.Semaphore, unzip: Unzip | None) -> SceneResult:
    run = fetcher.run
    try:
        async with slots:
            result = await fetcher.fetch(product)
        result = await asyncio.to_thread(unzip_listed, result, run.progress, unzip)
    except LoginError:
        raise
    except S2dlError as error:
        _log.warning("%s", error)
        result = SceneResult(product.name, "failed", reason=str(error))
    except asyncio.CancelledError:
        _told(SceneResult(product.name, "cancelled", reason="stopped"), run)
        raise
    return _told(result, run)


def _told(result: SceneResult, run: Run) -> SceneResult:
    run.emit(events.SceneFinished(result.name, result.status, result.reason, result.size))
    return result


async def _tick(plan: Plan, fetcher: Fetcher) -> None:
    """Say how far things are, ten times a second."""
    sizes = {product.name: product.size for product in plan.fetch}
    emit = fetcher.run.emit
    started = time.monotonic()
    while True:
        await asyncio.sleep(_TICK)
        received = fetcher.received
        for name, transfer in list(fetcher.running.items()):
            received += transfer.received
            emit(events.SceneProgress(name, transfer.received, sizes[name]))
        speed = received / (time.monotonic() - started)
        remaining = (plan.size - received) / speed if speed > 0 and plan.size >= received else None
        emit(events.Totals(received, plan.size, fetcher.done, len(plan.fetch), speed, remaining))


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
