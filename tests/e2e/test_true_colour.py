"""True colour of downloaded products: it lies on the map where their tile does."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pyproj import Transformer

import s2dl
from s2dl.demo import DataSpace
from s2dl.tiles import utm_bounds


@pytest.mark.parametrize("product_type", ["L1C", "L2A"])
@pytest.mark.parametrize("tile", ["32TPS", "19HCC"])
@pytest.mark.parametrize("unzip", [False, True], ids=["zip", "unzipped"])
def test_true_colour_of_a_downloaded_product(
    product_type: str, tile: str, unzip: bool, space: DataSpace, tmp_path: Path
) -> None:
    found = s2dl.search(tile=tile, start="2024-06", end="2024-08", product_type=product_type, progress=False)
    scene = found.head(1)
    assert s2dl.download(scene, tmp_path, unzip=unzip, keep_archive=not unzip, progress=False).ok
    (where,) = tmp_path.glob("*.SAFE" if unzip else "*.zip")
    epsg, square = utm_bounds(tile)
    west, south, east, north = Transformer.from_crs(epsg, 4326, always_xy=True).transform_bounds(*square)
    for size in (1024, 4096):  # of an L2A, the image of 60 m, and that of 10 m
        laid = s2dl.true_colour(where, size=size)
        (its_south, its_west), (its_north, its_east) = laid.bounds
        assert (its_west, its_south, its_east, its_north) == pytest.approx((west, south, east, north), abs=1e-4)
        colours = np.asarray(Image.open(io.BytesIO(laid.png)))
        assert (colours[..., 3] == 255).mean() > 0.85
        assert colours[..., :3].std() > 30
