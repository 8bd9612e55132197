"""What could not be had of a listing, and how it is said."""

from __future__ import annotations

from s2dl.errors import PartialListing, ServiceError

__all__ = ["Failures"]


class Failures:
    """Pages that failed after all retries, while the listing went on without them."""

    def __init__(self) -> None:
        self._missing: list[str] = []
        self._first: ServiceError | None = None

    def add(self, missing: str, error: ServiceError) -> None:
        """Note what is `missing`, and why."""
        self._missing.append(missing)
        self._first = self._first or error

    def raise_if_any(self, *, found: int) -> None:
        """Raise what failed, if anything did.

        Raises
        ------
        PartialListing
            Something was found beside it.
        ServiceError
            Nothing was.
        """
        if self._first is None:
            return
        if not found:
            raise self._first
        raise PartialListing(
            f"The search is not complete: {len(self._missing)} pages could not be had "
            f"({'; '.join(self._missing[:3])}). "
            f"What was found is in this error's `scenes`. {self._first}",
            missing=tuple(self._missing),
            status=self._first.status,
        ) from self._first
