"""Every tile's square, against the grid as ESA publishes it."""

from __future__ import annotations

import ast
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import s2dl
from s2dl import tiles
from s2dl.errors import BadInput


@pytest.mark.parametrize("name", ["32TPS", "T32TPS", "t32tps"])
def test_one_tile(name: str) -> None:
    assert tiles.utm_bounds(name) == (32632, (600000.0, 5090220.0, 709800.0, 5200020.0))


@pytest.mark.parametrize(
    ("name", "epsg", "bounds"),
    [
        ("01CEH", 32701, (499980.0, 690220.0, 609780.0, 800020.0)),
        ("54PXA", 32654, (600000.0, 1490220.0, 709800.0, 1600020.0)),
    ],
)
def test_tiles_of_both_hemispheres(name: str, epsg: int, bounds: tuple[float, ...]) -> None:
    assert tiles.utm_bounds(name) == (epsg, bounds)


def test_every_tile_on_land(shared: Path) -> None:
    grid = pd.read_parquet(shared / "data/grid/sentinel-2-grid_LAND.parquet", columns=["tile", "epsg", "utm_bounds"])
    wrong = [
        tile
        for tile, epsg, bounds in zip(grid["tile"], grid["epsg"], grid["utm_bounds"], strict=True)
        if tiles.utm_bounds(tile) != (int(epsg), ast.literal_eval(bounds))
    ]
    assert len(grid) == 20_430
    assert not wrong


def test_the_tiles_of_the_earth_and_of_land(shared: Path) -> None:
    everywhere = tiles.tiles_of(shapely.box(-180, -90, 180, 90))
    grid = pd.read_parquet(shared / "data/grid/sentinel-2-grid_LAND.parquet", columns=["tile"])
    assert len(everywhere) == len(set(everywhere)) == 56_686  # as ESA publishes them
    assert set(grid["tile"]) <= set(everywhere)
    assert all(tiles.utm_bounds(tile) for tile in everywhere)


@pytest.mark.parametrize(
    ("region", "found"),
    [
        ((11.2, 46.4, 11.3, 46.5), ["32TPS"]),
        ((11.2, 46.4, 12.2, 46.5), ["32TPS", "32TQS"]),
        ((-59, -0.1, -58.9, 0.1), ["21MTV", "21NTA"]),
        ((179.5, -17, -179.5, -16.5), ["01KAB", "01KBB", "60KYG"]),
        ((5, 60, 5.2, 60.2), ["32VKM"]),
        ((20, 78, 20.1, 78.1), ["33XXG"]),
    ],
)
def test_the_tiles_of_a_region(region: tuple[float, ...], found: list[str]) -> None:
    assert tiles.tiles_of(s2dl.read_region(region)) == found


@pytest.mark.parametrize("tile", ["32TPS", "60KYG", "01CDH", "33XXG"])
def test_a_region_may_be_said_by_a_tile_or_a_product(tile: str) -> None:
    region = s2dl.read_region(tile)
    epsg, bounds = tiles.utm_bounds(tile)
    square = gpd.GeoSeries([region], crs=4326).segmentize(0.02).to_crs(epsg)[0]
    assert square.symmetric_difference(shapely.box(*bounds)).area < 1e-3 * tiles.SIZE**2
    assert tile in tiles.tiles_of(region)
    assert s2dl.read_region(f"S2A_MSIL2A_20240610T101031_N0510_R022_T{tile}_20240610T162259.SAFE").equals(region)
    assert s2dl.read_region([f"T{tile}", tile]).equals(region)


def test_a_region_of_no_tile_is_named() -> None:
    with pytest.raises(s2dl.errors.BadRegion, match="'32TAS' is not a tile id"):
        s2dl.read_region("32TAS")


@pytest.mark.parametrize("name", ["", "32TP", "32TPSX", "61TPS", "00TPS", "32IPS", "32TAS", "32TPZ", "٣٢TPS"])
def test_what_is_no_tile_is_named(name: str) -> None:
    with pytest.raises(BadInput, match="not a tile id; it looks like 32TPS"):
        tiles.utm_bounds(name)


@given(st.text(max_size=7) | st.from_regex(r"T?[0-6][0-9][A-Z]{3}", fullmatch=True))
def test_any_text_is_a_square_or_a_clear_error(name: str) -> None:
    try:
        epsg, (left, bottom, right, top) = tiles.utm_bounds(name)
    except BadInput:
        return
    zone = int(name.upper().removeprefix("T")[:2])
    assert epsg in {32600 + zone, 32700 + zone}
    assert right - left == top - bottom == tiles.SIZE
    assert left % 60 == 0
    assert (top if epsg < 32700 else top - 10_000_000) % 60 == 0
