"""The made-up world's tiling grid is the real one."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from s2dl.demo.world.grid import TILE_METRES, grid, split_at_antimeridian, to_metres

SHARED = Path(os.environ.get("S2DL_SHARED", Path(__file__).parents[2] / ".." / "shared"))
NAMES = SHARED / "data" / "grid" / "sentinel2_tiling_grid_centroids.zip"
LAND = SHARED / "data" / "grid" / "sentinel-2-grid_LAND.parquet"


@pytest.mark.parametrize(
    ("tile", "epsg", "ulx", "uly"),
    [
        ("32TPS", 32632, 600000, 5200020),
        ("18LTM", 32718, 199980, 8700040),
        ("01CEJ", 32701, 499980, 900040),
        ("60WWT", 32660, 499980, 7300020),
    ],
)
def test_square_of_a_real_tile(tile: str, epsg: int, ulx: int, uly: int) -> None:
    tiles = grid()
    number = tiles.index[tile]
    assert (tiles.epsg[number], tiles.ulx[number], tiles.uly[number]) == (epsg, ulx, uly)


@pytest.mark.parametrize("tile", ["31VGE", "32XMG", "32TIS", "61TPS", "32TPW"])
def test_squares_that_do_not_exist(tile: str) -> None:
    assert tile not in grid().index


@pytest.mark.parametrize("tile", ["32TPS", "18LTM", "33XVG", "01KAB", "60KXF", "01CEH"])
def test_outline_projects_back_to_the_square(tile: str) -> None:
    tiles = grid()
    number = tiles.index[tile]
    lon, lat = shapely.get_coordinates(tiles.outlines[number]).T
    x, y = to_metres(int(tiles.epsg[number])).transform(lon, lat)
    assert np.ptp(x) == pytest.approx(TILE_METRES, abs=1)
    assert np.ptp(y) == pytest.approx(TILE_METRES, abs=1)
    assert (x.min(), y.max()) == pytest.approx((tiles.ulx[number], tiles.uly[number]), abs=1)


def test_outline_across_the_antimeridian_is_split() -> None:
    tiles = grid()
    bounds = shapely.bounds(tiles.outlines)
    crossing = tiles.outlines[(bounds[:, 0] < -180) | (bounds[:, 2] > 180)]
    assert len(crossing) > 100
    for outline in crossing[::17]:
        parts = split_at_antimeridian(outline)
        west, _, east, _ = parts.bounds
        assert (west, east) == (-180.0, 180.0)
        assert parts.is_valid
        assert parts.area == pytest.approx(outline.area)


@pytest.mark.skipif(not NAMES.exists(), reason="the published tiling grid is not here")
def test_same_tiles_as_the_published_grid() -> None:
    published = gpd.read_file(NAMES)
    assert set(published["tile_id"]) == set(grid().names)


@pytest.mark.skipif(not LAND.exists(), reason="the published land tiles are not here")
def test_same_squares_as_the_published_land_tiles() -> None:
    pytest.importorskip("pyarrow")
    tiles = grid()
    land = gpd.read_parquet(LAND)
    number = [tiles.index[name] for name in land["tile"]]
    bounds = land["utm_bounds"].str.strip("()").str.split(",", expand=True).astype(float).to_numpy()
    assert (tiles.epsg[number] == land["epsg"]).all()
    assert (tiles.ulx[number] == bounds[:, 0]).all()
    assert (tiles.uly[number] == bounds[:, 3]).all()
