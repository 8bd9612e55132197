"""Blanks: places left open in what is written once for many products, as long as what belongs there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from s2dl.demo.world.labels import stamp

if TYPE_CHECKING:
    from s2dl.demo.world.scene import Scene

__all__ = ["GRANULE", "NAME", "VIEW", "Filling"]

NAME = "@" * 60
"""The product's name, without ``.SAFE``."""
GRANULE = "#" * 34
"""The granule's folder."""
VIEW = "%" * 22
"""Tile and sensing time, as the names of images begin."""


class Filling(NamedTuple):
    """What one product puts into the blanks."""

    name: str
    granule: str
    view: str

    @classmethod
    def of(cls, scene: Scene) -> Filling:
        """Return what belongs into the blanks for a product."""
        return cls(scene.name.removesuffix(".SAFE"), scene.granule, f"T{scene.tile}_{stamp(scene.sensing)}")

    def text(self, form: str) -> str:
        """Return a text with its blanks filled in."""
        return form.replace(NAME, self.name).replace(GRANULE, self.granule).replace(VIEW, self.view)

    def data(self, form: bytes) -> bytes:
        """Return bytes with their blanks filled in."""
        for blank, value in zip((NAME, GRANULE, VIEW), self, strict=True):
            form = form.replace(blank.encode(), value.encode())
        return form
