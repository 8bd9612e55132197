"""Quicklooks: what a product looks like, drawn in the tile's own geometry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from s2dl.demo.world.ground import ground
from s2dl.demo.world.place import SIDE, Place
from s2dl.demo.world.sky import sky

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2dl.demo.world.scene import Scene

__all__ = ["draw", "pixels"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AIR = np.array([118.0, 138.0, 168.0], np.float32)[:, None, None]  # what scatters back to L1C; L2A is corrected for it
_HAZE = 0.12
_FINER = 4  # the swath is drawn so much larger than shown, for Pillow's polygons are a pixel too wide
_DARKEST = 3  # where something is seen; black is for where nothing is


def draw(scene: Scene, seed: int) -> bytes:
    """Return a product's quicklook.

    Parameters
    ----------
    scene : Scene
        The product; outside its footprint the picture is black.
    seed : int
        The world's; the land of a tile stays the same through time but for the seasons, the clouds do not.

    Returns
    -------
    bytes
        JPEG, 343 x 343 pixels of 320 m, RGB, north up from the upper left corner of the tile's UTM square.
    """
    buffer = BytesIO()
    Image.fromarray(pixels(scene, seed)).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def pixels(scene: Scene, seed: int) -> NDArray[np.uint8]:
    """Return a product's quicklook as red, green and blue, shape (343, 343, 3); black outside the footprint."""
    seen = _seen(scene)
    day = (scene.sensing - _EPOCH) / timedelta(days=1)
    picture = ground(scene.tile, seed, day)
    clouds = sky(scene, seed, seen)
    if clouds is not None:
        picture = picture * (1.0 - 0.45 * clouds.shadow)
        picture += (clouds.bright - picture) * clouds.hidden
    if scene.product_type == "S2MSI1C":
        picture = picture + (_AIR - picture) * _HAZE
    picture = np.clip(picture, _DARKEST, 255.0) * seen
    return np.ascontiguousarray(picture.astype(np.uint8).transpose(1, 2, 0))


def _seen(scene: Scene) -> NDArray[np.bool_]:
    """Return which pixels the footprint covers, shape (343, 343)."""
    place = Place(scene.tile)
    mask = Image.new("L", (SIDE * _FINER, SIDE * _FINER))
    pen = ImageDraw.Draw(mask)
    for polygon in getattr(scene.footprint, "geoms", [scene.footprint]):
        corners = place.pixels(*np.array(polygon.exterior.coords).T)
        pen.polygon((corners * _FINER - 0.5).ravel().tolist(), fill=255)
    return np.asarray(mask.reduce(_FINER)) > 127
