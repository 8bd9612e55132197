"""Every tile's square, against the grid as ESA publishes it."""

from __future__ import annotations

import ast
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
