"""Many products at a time: each to its end, whatever that is, and events for whoever watches.

Products are taken in the order given, which is the user's: all are of similar size, so that no other order shows
results earlier. Bytes flow for `concurrent` of them; a product that has all its bytes makes room for the next one
before it is made durable and unzipped.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from s2dl import events
from s2dl.access.identity import session_for
from s2dl.access.threads import in_thread
from s2dl.access.wire import Wires
from s2dl.downloads.attempts import Fetcher
from s2dl.downloads.failing import failed
from s2dl.downloads.orders import Watch
from s2dl.downloads.plan import Plan
from s2dl.downloads.run import Run
from s2dl.downloads.unzipping import Unzip, unzip_listed
from s2dl.errors import LoginError, S2dlError
from s2dl.product import Product
from s2dl.report import SceneResult

__all__ = ["carry_out"]

_TICK = 0.1

_log = logging.getLogger(__name__)


async def carry_out(
    plan: Plan, run: Run, *, concurrent: int, unzip: Unzip | None, patience: float = 0
) -> list[SceneResult]:
    """Do what a plan says, `concurrent` transfers at a time; a product that fails fails none of the others.

    Parameters
    ----------
    plan : Plan
    run : Run
        When its `control` is stopped, or the progress file is asked for, what is not finished ends as ``cancelled``.
    concurrent : int
    unzip : Unzip, optional
    patience : float
        Seconds to wait for the plan's offline products; each is fetched as it comes online.

    Raises
    ------
    LoginError
        No account, or it was refused: nothing can be fetched.
    """
    run.emit(events.DownloadPlanned(len(plan.fetch), plan.size, len(plan.settled)))
    results = [await _settled(each, run, unzip) for each in plan.settled]
    if plan.fetch or plan.offline:
        results += await _fetched(plan, run, concurrent, unzip, patience)
    return results


async def _settled(result: SceneResult, run: Run, unzip: Unzip | None) -> SceneResult:
    """An archive that was here already is unzipped, too."""
    if unzip is not None and not run.must_stop():
        result = await in_thread(
            lambda: unzip_listed(result, run.progress, unzip, lambda: not run.must_stop()), on_cancel=run.control.stop
        )
    return _told(result, run)


async def _fetched(plan: Plan, run: Run, concurrent: int, unzip: Unzip | None, patience: float) -> list[SceneResult]:
    watch = Watch(plan.offline, run, patience)
    async with _crew(run, concurrent, unzip) as crew:
        try:
            async with asyncio.TaskGroup() as group:
                crew.expect(plan.fetch)
                crew.tasks.append(group.create_task(crew.work(plan.fetch, watch, group)))
        except* S2dlError as refused:
            raise _first(refused) from None
    return crew.results() + [_told(each, run) for each in watch.results()]


@asynccontextmanager
async def _crew(run: Run, concurrent: int, unzip: Unzip | None) -> AsyncIterator[_Crew]:
    """A crew at work, with connections, threads and a ticker; all gone in the end."""
    wires = Wires(run.settings)
    with ThreadPoolExecutor(concurrent, thread_name_prefix="s2dl-transfer") as threads:
        crew = _Crew(Fetcher(run, wires, threads, concurrent), unzip)
        ticker = asyncio.create_task(crew.tick())
        try:
            yield crew
            crew.tell_totals()
        finally:
            ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticker
            wires.close()


@dataclass(slots=True)
class _Crew:
    """The tasks of a run, one a product, and what came of them."""

    fetcher: Fetcher
    unzip: Unzip | None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    taken: list[Product] = field(default_factory=list)
    ends: dict[str, SceneResult] = field(default_factory=dict)

    @property
    def run(self) -> Run:
        return self.fetcher.run

    def expect(self, products: tuple[Product, ...]) -> None:
        """These are to be brought to their ends, whatever happens before they are begun."""
        self.fetcher.totals.expect(products)
        self.taken += products

    async def work(self, products: tuple[Product, ...], watch: Watch, group: asyncio.TaskGroup) -> None:
        """Log in, which can be stopped as all else can; then begin what is expected, and later what comes online."""
        await session_for(self.run.settings).token(self.run.http)
        self._begin(products, group)
        async with contextlib.aclosing(watch.come_online()) as coming:
            async for product in coming:
                self.expect((product,))
                self._begin((product,), group)

    def _begin(self, products: tuple[Product, ...], group: asyncio.TaskGroup) -> None:
        self.tasks += [group.create_task(self._to_its_end(product)) for product in products]

    def results(self) -> list[SceneResult]:
        """One for each product; tasks that were stopped before they began have told of none."""
        for product in self.taken:
            if product.name not in self.ends:
                self._end(self._cancelled(product))
        return [self.ends[product.name] for product in self.taken]

    async def tick(self) -> None:
        """Say how far things are, ten times a second, and see whether to stop."""
        while True:
            if await asyncio.to_thread(self.run.must_stop):
                for task in self.tasks:
                    if not task.cancelling():
                        task.cancel()
            self.tell_totals()
            await asyncio.sleep(_TICK)

    def tell_totals(self) -> None:
        """Emit how far things are."""
        for event in self.fetcher.totals.events():
            self.run.emit(event)

    async def _to_its_end(self, product: Product) -> None:
        control = self.run.control
        try:
            result = await self.fetcher.fetch(product)
            if not control.stopped:
                result = await in_thread(
                    partial(unzip_listed, result, self.run.progress, self.unzip, lambda: not control.stopped),
                    on_cancel=control.stop,
                )
        except LoginError:
            raise
        except S2dlError as error:
            _log.info("%s", error)
            result = await failed(product, error, self.run)
        except asyncio.CancelledError:
            self._end(self._cancelled(product))
            raise
        except Exception as error:  # noqa: BLE001 - a mistake of ours in one product must not end the others' transfers
            _log.exception("%s: unexpected", product.name)
            reason = f"an error that s2dl did not expect ({type(error).__name__}: {error}); report it with the log"
            result = SceneResult(product.name, "failed", reason=reason)
        self._end(result)

    def _end(self, result: SceneResult) -> None:
        self.ends[result.name] = _told(result, self.run)

    def _cancelled(self, product: Product) -> SceneResult:
        return SceneResult(product.name, "cancelled", reason=self.run.control.reason or "stopped")


def _told(result: SceneResult, run: Run) -> SceneResult:
    run.emit(events.SceneFinished(result.name, result.status, result.reason, result.size))
    return result


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
