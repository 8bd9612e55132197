"""How far a run is: bytes, products, speed and time left, as events."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from s2dl import events
from s2dl.downloads.pace import Speed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2dl.downloads.transfer import Transfer
    from s2dl.product import Product

__all__ = ["Totals"]


class Totals:
    """What has been done so far, and what is left."""

    def __init__(self) -> None:
        self._speed = Speed()
        self._running: list[Transfer] = []
        self._sizes: dict[str, int] = {}
        self._parts: Counter[str] = Counter()
        self._ended = self._settled = 0
        self._here = self._received = 0

    def expect(self, products: Iterable[Product]) -> None:
        """These are to be fetched, too; one that is expected already has another size than was thought."""
        self._sizes |= {product.name: product.size for product in products}

    def size_of(self, product: Product) -> int:
        """Bytes that are to be fetched of it."""
        return self._sizes[product.name]

    def begin(self, transfer: Transfer) -> None:
        """An attempt begins."""
        self._running.append(transfer)

    def end(self, transfer: Transfer) -> None:
        """An attempt is over; whether it was the last one of its product, `settle` says."""
        self._running.remove(transfer)
        self._received += transfer.received

    def have(self, product: Product, size: int) -> None:
        """One file of a product that is fetched in several is there."""
        self._parts[product.name] += size

    def settle(self, product: Product, *, fetched: bool) -> None:
        """A product has reached its end."""
        size = self._sizes[product.name]
        self._parts.pop(product.name, None)
        self._settled += size
        if fetched:
            self._ended += 1
            self._here += size

    def events(self) -> list[events.Event]:
        """How far things are now."""
        under_way = self._parts.copy()
        for transfer in self._running:
            under_way[transfer.source.product.name] += transfer.position
        running = dict.fromkeys(transfer.source.product.name for transfer in self._running)
        each: list[events.Event] = [events.SceneProgress(name, under_way[name], self._sizes[name]) for name in running]
        speed = self._speed.at(self._received + sum(transfer.received for transfer in self._running))
        size, come = sum(self._sizes.values()), under_way.total()
        left = size - self._settled - come
        remaining = left / speed if speed > 0 and left >= 0 else None
        return [*each, events.Totals(self._here + come, size, self._ended, len(self._sizes), speed, remaining)]
