"""The true-colour image inside all products: one stock picture, so that listing a product draws and packs nothing.

It is JPEG 2000, 366 x 366 pixels of 300 m, which fill a tile. Its bytes say no place, for they are the same in every
product; the name of the image does, which holds the tile. `draw_stock` made it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["ASSET", "SIDE", "is_true_colour", "stock"]

ASSET = Path(__file__).parent / "stock_tci.jp2"
SIDE = 366
"""Pixels: a tile's 109 800 m divide evenly, so that the picture ends where the tile does."""


@cache
def stock() -> bytes:
    """Return the stock picture."""
    return ASSET.read_bytes()


def is_true_colour(path: str) -> bool:
    """Return whether the path of an image is that of a true-colour one."""
    return "_TCI" in path
