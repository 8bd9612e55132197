"""Products that the service keeps offline: ordered where that is set up, and watched until they come online."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from typing import TYPE_CHECKING

from s2dl import events
from s2dl.access.answers import is_passing
from s2dl.catalogue import open_catalogue
from s2dl.catalogue.deleted import fates
from s2dl.downloads.workspace import Orders, orders_path, place_orders
from s2dl.errors import BadInput, ServiceError
from s2dl.report import SceneResult

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from s2dl.downloads.run import Run
    from s2dl.product import Product

__all__ = ["Watch", "patience_of"]

_FIRST_PAUSE = 4.0
"""Seconds before the first look: what is on its way already may be there at once."""
_LONGEST_PAUSE = 300.0
"""Seconds between looks in the end: retrieval takes hours, and the catalogue is everybody's."""
_GROWTH = 1.5

_log = logging.getLogger(__name__)


def patience_of(wait_offline: float | bool | None) -> float | None:
    """Seconds to wait for offline products; None not to, infinity for as long as it takes.

    Raises
    ------
    BadInput
        It is none of None, a number of seconds, and True.
    """
    if wait_offline is None or wait_offline is False:
        return None
    if wait_offline is True:
        return math.inf
    if isinstance(wait_offline, int | float) and wait_offline >= 0:
        return float(wait_offline)
    raise BadInput(f"wait_offline: {wait_offline!r} is not a time; give seconds, True (as long as it takes) or None.")


class Watch:
    """Offline products that are waited for.

    ``async for product in watch.come_online()`` gives each as it comes; what did not come has a `result`.

    Parameters
    ----------
    products : sequence of Product
    run : Run
    patience : float
        Seconds.
    """

    def __init__(self, products: Sequence[Product], run: Run, patience: float) -> None:
        self._waiting = {product.name: product for product in products}
        self._run = run
        self._patience = patience
        self._orders = Orders(orders_path(run.target.progress_file))
        self._gone: dict[str, str] = {}
        self._trouble = ""
        self._may_order = bool(run.settings.order_url)
        self._began = time.monotonic()

    async def come_online(self) -> AsyncGenerator[Product, None]:
        """Give each product when the catalogue says that it is online, until all are or patience ends.

        The catalogue is asked for all of them at a time. A look or an order that fails is tried again with the next.

        Raises
        ------
        LoginError
            Orders need an account.
        """
        self._began = time.monotonic()
        pause = _FIRST_PAUSE
        while self._waiting:
            await self._order()
            wait = min(pause, self._began + self._patience - time.monotonic())
            if wait <= 0:
                return
            self._run.emit(events.ScenesOffline(len(self._waiting), wait))
            await asyncio.sleep(wait)
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)
            for product in await self._look():
                self._orders.forget(product.name)
                yield product

    def results(self) -> list[SceneResult]:
        """What came of those that did not come online: offline still, or vanished meanwhile."""
        waited = _span(time.monotonic() - self._began)
        vanished = [SceneResult(name, "failed", reason=reason) for name, reason in self._gone.items()]
        return vanished + [self._result(product, waited) for product in self._waiting.values()]

    def _result(self, product: Product, waited: str) -> SceneResult:
        ordered = self._orders.placed(product.name)
        said = [f"The service keeps it offline; waited {waited}"]
        if ordered is not None:
            said.append(f"ordered on {ordered:%Y-%m-%d %H:%M} UTC")
        if self._trouble:
            said.append(self._trouble)
        return SceneResult(product.name, "offline", size=product.size, reason=", ".join(said))

    async def _order(self) -> None:
        products = [each for each in self._waiting.values() if self._orders.placed(each.name) is None]
        if not products or not self._may_order:
            return
        try:
            await place_orders(products, self._run, self._orders)
        except (ServiceError, BadInput) as error:
            _log.warning("%s", error)
            self._trouble = str(error)
            self._may_order = isinstance(error, ServiceError) and (error.status is None or is_passing(error.status))
        else:
            self._trouble = ""

    async def _look(self) -> list[Product]:
        names = list(self._waiting)
        catalogue = open_catalogue(self._run.http, self._run.settings)
        try:
            listed = {product.name: product for product in await catalogue.by_names(names)}
        except ServiceError as error:
            _log.warning("offline products could not be looked up: %s", error)
            return []
        if missing := [name for name in names if name not in listed]:
            self._gone |= await fates(self._run.http, self._run.settings, missing)
        came = [product for product in listed.values() if product.online and product.name in self._waiting]
        for name in (*self._gone, *(product.name for product in came)):
            self._waiting.pop(name, None)
        return came


def _span(seconds: float) -> str:
    """Seconds as people say them."""
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
