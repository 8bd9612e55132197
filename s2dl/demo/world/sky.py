"""Clouds of a scene and the shadows that they cast."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from s2dl.demo.world.noise import noise
from s2dl.demo.world.place import INNER, Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2dl.demo.world.scene import Scene

__all__ = ["Sky", "sky"]

_EDGE = 0.45  # width of a cloud's soft edge, in noise
_FAR, _NEAR = 4, 9  # pixels that shadows lie off by a high and a low sun


class Sky(NamedTuple):
    """Of each pixel, shape (`SIDE`, `SIDE`): how much of it clouds hide, 0 to 1, their brightness, 0 to 255, shadow."""

    hidden: NDArray[np.float32]
    bright: NDArray[np.float32]
    shadow: NDArray[np.float32]


def sky(scene: Scene, seed: int, seen: NDArray[np.bool_]) -> Sky | None:
    """Return the clouds of a scene, None for a clear one; they hide its share of what is `seen`."""
    cover = (scene.cloud_cover or 0.0) / 100.0
    if cover <= 0.0 or not seen.any():
        return None
    place = Place(scene.tile)
    salt = zlib.crc32(f"{seed} {scene.sensing}".encode())
    field = noise(place, salt, coarsest=8, fading=0.68)
    depth = field - np.quantile(field[INNER][seen], 1.0 - cover)
    hidden = np.clip(depth / _EDGE + 0.5, 0.0, 1.0)
    down, right = np.gradient(field)
    bright = np.clip(226.0 + 14.0 * depth + 60.0 * (right + down), 190.0, 252.0)
    low = abs(float(place.knots[1].mean())) / 80.0
    length = round(_FAR + (_NEAR - _FAR) * min(low, 1.0))
    north = length if place.knots[1].mean() < 0.0 else -length
    cast = Image.fromarray((hidden * 255.0).astype(np.uint8)).filter(ImageFilter.BoxBlur(1.5))
    shadow = np.roll(np.asarray(cast, np.float32) / 255.0, (north, -length), axis=(0, 1))
    return Sky(*(each[INNER] for each in (hidden, bright, shadow)))
