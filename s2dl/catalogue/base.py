"""What every catalogue can do."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from s2dl.product import Product
    from s2dl.query import Query

__all__ = ["Catalogue"]


class Catalogue(Protocol):
    """A place that lists products."""

    def pages(self, query: Query) -> AsyncGenerator[list[Product], None]:
        """Give all products that match, each once, page by page as they come.

        The newest come first where `limit` is set. A page that fails after all retries is left out while the others
        are given, and raised in the end as `PartialListing`.
        """
        ...

    async def count(self, query: Query) -> int:
        """Count the products that match."""
        ...

    async def by_names(self, names: Sequence[str]) -> list[Product]:
        """Look products up by their exact names (with ``.SAFE``); unknown ones are left out."""
        ...
