"""Where water is in a picture: the sea beyond Natural Earth's coastlines, and its lakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from PIL import Image, ImageDraw, ImageFilter

from s2dl.demo.world.place import RIM, WIDE, Place
from s2dl.earth import around

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Shore", "shore"]

_FINER = 2  # drawn so much larger than shown, so that edges are smooth
_BLUR = 5  # pixels over which the sea's ground falls away; divides `WIDE`


class Shore(NamedTuple):
    """Shares of pixels, 0 to 1, shape (`WIDE`, `WIDE`); `shallow` is 0 far from land and nears 0.5 at the coast."""

    sea: NDArray[np.float32]
    lakes: NDArray[np.float32]
    shallow: NDArray[np.float32]


def shore(place: Place) -> Shore:
    """Return where water is in a picture and its rim."""
    shapes = around(*place.bounds)
    box = shapely.box(*place.bounds)
    land, lakes = (_drawn(place, polygons[shapely.intersects(polygons, box)]) for polygons in shapes)
    shallow = land.reduce(_BLUR).filter(ImageFilter.GaussianBlur(1)).resize(land.size, Image.Resampling.BICUBIC)
    return Shore(1.0 - _share(land), _share(lakes), _share(shallow))


def _drawn(place: Place, polygons: NDArray[np.object_]) -> Image.Image:
    side = WIDE * _FINER
    mask = Image.new("L", (side, side))
    pen = ImageDraw.Draw(mask)
    for polygon in polygons:
        for ring, filling in ((polygon.exterior, 255), *((hole, 0) for hole in polygon.interiors)):
            at = (place.pixels(*shapely.get_coordinates(ring).T) + RIM) * _FINER - 0.5
            pen.polygon(at.ravel().tolist(), fill=filling)
    return mask.reduce(_FINER)


def _share(mask: Image.Image) -> NDArray[np.float32]:
    return np.asarray(mask, np.float32) / np.float32(255.0)
