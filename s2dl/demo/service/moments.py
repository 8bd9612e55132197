"""When a product came, was published and was last touched, and how the catalogues write a moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s2dl.demo.world import Scene

__all__ = ["iso", "modified", "originated"]


@lru_cache(maxsize=4096)
def iso(moment: datetime) -> str:
    """The catalogue's way to write a moment: UTC, six decimals, ``Z``."""
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def originated(scene: Scene) -> datetime:
    """When the product reached the service from its producer."""
    return min(scene.processed + timedelta(minutes=17, milliseconds=43), scene.published)


def modified(scene: Scene) -> datetime:
    """When its entry was last touched: with its publication, but for products that came twice."""
    return scene.published + (timedelta(0) if scene.has_checksum else timedelta(days=90, microseconds=329))
