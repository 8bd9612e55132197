"""How far a run is: bytes, products, speed and time left, as events."""

from __future__ import annotations

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
        self._count = self._size = 0
        self._ended = self._settled = 0
        self._here = self._received = 0

    def expect(self, products: Iterable[Product]) -> None:
        """These are to be fetched, too."""
        for product in products:
            self._count += 1
            self._size += product.size

    def begin(self, transfer: Transfer) -> None:
        """An attempt begins."""
        self._running.append(transfer)

    def end(self, transfer: Transfer) -> None:
        """An attempt is over; whether it was the last one of its product, `settle` says."""
        self._running.remove(transfer)
        self._received += transfer.received

    def settle(self, product: Product, *, fetched: bool) -> None:
        """A product has reached its end."""
        self._settled += product.size
        if fetched:
            self._ended += 1
            self._here += product.size

    def events(self) -> list[events.Event]:
        """How far things are now."""
        each: list[events.Event] = [
            events.SceneProgress(transfer.product.name, transfer.position, transfer.product.size)
            for transfer in self._running
        ]
        under_way = sum(transfer.position for transfer in self._running)
        speed = self._speed.at(self._received + sum(transfer.received for transfer in self._running))
        left = self._size - self._settled - under_way
        remaining = left / speed if speed > 0 and left >= 0 else None
        return [*each, events.Totals(self._here + under_way, self._size, self._ended, self._count, speed, remaining)]
