"""Quicklooks: what a product looks like, drawn from noise in the tile's own geometry."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from s2dl.demo.world.grid import TILE_METRES, grid, to_metres

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2dl.demo.world.scene import Scene

__all__ = ["draw"]

_SIDE = 343
# Colours of the land by height of the noise: water, meadow, forest, rock.
_HEIGHTS = (0.0, 0.30, 0.34, 0.60, 0.85, 1.0)
_COLOURS = np.array(
    [(14, 32, 58), (30, 62, 84), (96, 112, 62), (52, 84, 44), (122, 104, 78), (176, 166, 150)], dtype=float
)
_CLOUD = np.array([238.0, 240.0, 244.0])
_EDGE = 0.12  # width of a cloud's soft edge, in noise


def draw(scene: Scene, seed: int) -> bytes:
    """Return a product's quicklook.

    Parameters
    ----------
    scene : Scene
        The product; outside its footprint the picture is black.
    seed : int
        The world's; the land of a tile stays the same through time, the clouds do not.

    Returns
    -------
    bytes
        JPEG, 343 x 343 pixels, RGB, north up in the tile's UTM square.
    """
    land = _noise(zlib.crc32(f"{seed} {scene.tile}".encode()), (3, 7, 19, 61))
    picture = np.stack([np.interp(land, _HEIGHTS, channel) for channel in _COLOURS.T], axis=-1)
    cloud = (scene.cloud_cover or 0.0) / 100.0
    if cloud > 0.0:
        sky = _noise(zlib.crc32(f"{seed} {scene.tile} {scene.sensing}".encode()), (4, 9, 23, 71))
        threshold = np.quantile(sky, 1.0 - cloud)
        opacity = np.clip((sky - threshold) / _EDGE + 0.5, 0.0, 1.0)[..., None]
        picture += (_CLOUD - picture) * opacity
    picture *= _seen(scene)[..., None]
    buffer = BytesIO()
    Image.fromarray(picture.astype(np.uint8)).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _noise(key: int, cells: tuple[int, ...]) -> NDArray[np.float64]:
    """Return smooth noise from 0 to 1 over the picture: random grids, ever finer and weaker, enlarged."""
    random = np.random.default_rng(key)
    total = np.zeros((_SIDE, _SIDE))
    for octave, count in enumerate(cells):
        coarse = Image.fromarray(random.random((count, count), dtype=np.float32))
        total += np.asarray(coarse.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)) * 0.5**octave
    total -= total.min()
    total /= total.max()
    return total


def _seen(scene: Scene) -> NDArray[np.bool_]:
    """Return which pixels the footprint covers, shape (343, 343)."""
    tiles = grid()
    number = tiles.index[scene.tile]
    project = to_metres(int(tiles.epsg[number]))
    mask = Image.new("1", (_SIDE, _SIDE))
    pen = ImageDraw.Draw(mask)
    for polygon in getattr(scene.footprint, "geoms", [scene.footprint]):
        lon, lat = np.array(polygon.exterior.coords).T
        x, y = project.transform(lon, lat)
        column = (x - tiles.ulx[number]) / TILE_METRES * _SIDE
        row = (tiles.uly[number] - y) / TILE_METRES * _SIDE
        pen.polygon([(c, r) for c, r in zip(column.tolist(), row.tolist(), strict=True)], fill=1)
    return np.asarray(mask)
