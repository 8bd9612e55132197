"""The table of scenes, made piece by piece while the next pages are under way: sooner ready, and in less memory."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from s2dl.choice.baseline import latest_baseline
from s2dl.choice.overpass import enough_coverage
from s2dl.scenes import joined, scenes_of

if TYPE_CHECKING:
    from types import TracebackType

    import geopandas as gpd

    from s2dl.product import Product
    from s2dl.query import Query

__all__ = ["GrowingTable"]

_PIECE = 1_000


class GrowingTable:
    """Takes products page by page, in a ``with`` block, and gives the table of them all.

    Parameters
    ----------
    query : Query
        What was asked, with what it wants of the table as a whole.

    Attributes
    ----------
    found : int
        How many products it has taken.
    """

    def __init__(self, query: Query) -> None:
        self.found = 0
        self._query = query
        self._loose: list[Product] = []
        self._pieces: list[Future[gpd.GeoDataFrame]] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="s2dl-table")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def add(self, products: list[Product]) -> None:
        """Take a page."""
        self.found += len(products)
        self._loose += products
        if len(self._loose) >= _PIECE:
            self._make_piece(self._settled())

    def _settled(self) -> int:
        """How many of the loose ones no later one can share the sensing time of, if they come in its order.

        So the pieces need not be sorted once more when they are joined.
        """
        count, last = len(self._loose), self._loose[-1].sensing_start
        while count and self._loose[count - 1].sensing_start == last:
            count -= 1
        return count

    def _make_piece(self, count: int) -> None:
        piece, self._loose = self._loose[:count], self._loose[count:]
        if piece:
            self._pieces.append(self._thread.submit(scenes_of, piece, self._query))

    async def whole(self) -> gpd.GeoDataFrame:
        """The table of all that was taken.

        Raises
        ------
        BadAnswer
            A footprint cannot be read.
        """
        self._make_piece(len(self._loose))
        return await asyncio.wrap_future(self._thread.submit(self._whole))

    def _whole(self) -> gpd.GeoDataFrame:
        query = self._query
        scenes = joined([piece.result() for piece in self._pieces]) if self._pieces else scenes_of((), query)
        if query.latest_baseline:
            scenes = latest_baseline(scenes)
        if query.min_coverage is not None:
            scenes = enough_coverage(scenes, query.region, least=query.min_coverage)
        return scenes if query.limit is None else scenes.tail(query.limit).reset_index(drop=True)
