"""Overlays: a picture in its place on the map, as GDAL itself would put it there."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from core.made_images import at, plain, png
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyproj import Transformer

from s2dl.errors import BadAnswer, BadInput
from s2dl.previews.overlay import Overlay, overlay, overlay_of_tile
from s2dl.previews.placement import Placement, place

TILES = ["32TPS", "31NAA", "30NZF", "56HLH", "33WXS", "18LTM", "49WDM"]
ACROSS = ["01KAB", "60KZF"]


def run(*words: str | Path) -> str:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True).stdout


def textured(side: int = 343) -> np.ndarray[Any, Any]:
    """Smooth hills of colour, nowhere black."""
    y, x = np.mgrid[:side, :side] / side
    waves = [np.sin(9 * x + 4 * y), np.cos(13 * y), np.sin(7 * x * y + 1)]
    return np.stack([(140 + 90 * each) for each in waves], axis=-1).astype(np.uint8)


def as_tif(path: Path, pixels: np.ndarray[Any, Any], placement: Placement) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", width=placement.width, height=placement.height, count=3, dtype="uint8",
        crs=f"EPSG:{placement.epsg}", transform=rasterio.Affine(*placement.transform),
    ) as file:  # fmt: skip
        file.write(pixels.transpose(2, 0, 1))
    return path


def pixels_of(laid: Overlay) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(laid.png)))


@pytest.mark.parametrize("tile", TILES)
@pytest.mark.parametrize("side", [343, 512])
def test_it_lies_where_gdalwarp_puts_it_and_looks_the_same(tile: str, side: int, tmp_path: Path) -> None:
    placement = place(tile, side, side)
    laid = overlay(png(textured(side)), placement)
    ours = laid.save(tmp_path / "ours.tif")
    edges = json.loads(run("gdalinfo", "-json", ours))["cornerCoordinates"]
    (west, north), (east, south) = edges["upperLeft"], edges["lowerRight"]

    # Where the outline of the picture really is: its edges, point by point.
    left, bottom, right, top = placement.bounds
    outline = shapely.segmentize(shapely.box(left, bottom, right, top), placement.pixel_x)
    x, y = Transformer.from_crs(placement.epsg, 3857, always_xy=True).transform(*outline.exterior.coords.xy)
    assert [west, south, east, north] == pytest.approx([min(x), min(y), max(x), max(y)], abs=0.1)

    theirs = tmp_path / "theirs.tif"
    rows, columns = pixels_of(laid).shape[:2]
    run(
        "gdalwarp", "-q", "-t_srs", "EPSG:3857", "-r", "bilinear", "-dstalpha",
        "-te", *(repr(each) for each in (west, south, east, north)), "-ts", str(columns), str(rows),
        as_tif(tmp_path / "source.tif", textured(side), placement), theirs,
    )  # fmt: skip
    with rasterio.open(theirs) as file:
        expected = file.read().transpose(1, 2, 0)
    here, there = pixels_of(laid), expected
    both = (here[..., 3] == 255) & (there[..., 3] == 255)
    assert both.mean() > 0.85
    assert ((here[..., 3] > 0) != (there[..., 3] > 0)).mean() < 0.01
    assert np.abs(here[both].astype(int) - there[both]).mean() < 0.5


@pytest.mark.parametrize("tile", TILES)
def test_it_keeps_about_its_own_resolution(tile: str) -> None:
    rows, columns = pixels_of(overlay_of_tile(png(textured()), tile)).shape[:2]
    assert 330 < rows < 380
    assert 330 < columns < 380


@pytest.mark.parametrize("tile", ACROSS)
def test_a_tile_across_the_antimeridian_is_in_one_piece(tile: str) -> None:
    laid = overlay_of_tile(png(plain((200, 100, 50))), tile)
    (south, west), (north, east) = laid.bounds
    assert west < 180 < east < west + 2
    assert -90 < south < north < south + 1.2
    longitudes = [longitude % 360 for longitude, _ in place(tile, 343, 343).corners]
    assert (west, east) == pytest.approx((min(longitudes), max(longitudes)), abs=1e-4)
    assert at(laid, (west + east) / 2, (south + north) / 2) == (200, 100, 50, 255)


def test_bounds_are_those_of_the_corners() -> None:
    (south, west), (north, east) = overlay_of_tile(png(plain((9, 99, 9))), "18LTM").bounds
    longitudes, latitudes = zip(*place("18LTM", 343, 343).corners, strict=True)
    assert (south, west, north, east) == pytest.approx(
        (min(latitudes), min(longitudes), max(latitudes), max(longitudes)), abs=1e-4
    )


def test_outside_of_the_tile_it_is_transparent() -> None:
    laid = overlay_of_tile(png(plain((200, 100, 50))), "32TPS")
    (south, west), (north, _) = laid.bounds
    assert at(laid, west + 0.003, (south + north) / 2)[3] == 0


def swath(black: int = 0) -> np.ndarray[Any, Any]:
    """A third is outside of the swath; within it lie a black lake and, at its edge, a bright cloud."""
    pixels = plain((90, 120, 60))
    pixels[:, :114] = black
    pixels[150:180, 200:230] = 0
    return pixels


def lonlat(tile: str, column: float, row: float) -> tuple[float, float]:
    placement = place(tile, 343, 343)
    x, y = placement.left + column * placement.pixel_x, placement.top - row * placement.pixel_y
    longitude, latitude = Transformer.from_crs(placement.epsg, 4326, always_xy=True).transform(x, y)
    return float(longitude), float(latitude)


@pytest.mark.parametrize("black", [0, 9])
@pytest.mark.parametrize("known", [True, False])
def test_what_the_satellite_did_not_see_is_transparent_and_dark_lakes_are_not(black: int, known: bool) -> None:
    edges = [(114, 0), (343, 0), (343, 343), (114, 343)]
    footprint = shapely.Polygon([lonlat("32TPS", *edge) for edge in edges]) if known else None
    laid = overlay_of_tile(png(swath(black)), "32TPS", footprint)
    assert at(laid, *lonlat("32TPS", 50, 165))[3] == 0
    assert at(laid, *lonlat("32TPS", 215, 165)) == (0, 0, 0, 255)
    assert at(laid, *lonlat("32TPS", 300, 165)) == (90, 120, 60, 255)


def test_black_water_at_the_edge_stays_where_the_footprint_says_that_it_was_seen() -> None:
    pixels = plain((90, 120, 60))
    pixels[:40] = 0
    whole = shapely.Polygon([lonlat("32TPS", *edge) for edge in [(0, 0), (343, 0), (343, 343), (0, 343)]])
    sea = lonlat("32TPS", 170, 20)
    assert at(overlay_of_tile(png(pixels), "32TPS", whole), *sea) == (0, 0, 0, 255)
    assert at(overlay_of_tile(png(pixels), "32TPS"), *sea)[3] == 0


def test_a_bright_cloud_outside_of_a_coarse_footprint_stays() -> None:
    narrow = shapely.Polygon([lonlat("32TPS", *edge) for edge in [(200, 0), (343, 0), (343, 343), (200, 343)]])
    laid = overlay_of_tile(png(plain((240, 240, 245))), "32TPS", narrow)
    assert at(laid, *lonlat("32TPS", 50, 165)) == (240, 240, 245, 255)


def test_a_footprint_split_at_the_antimeridian_is_understood() -> None:
    edges = [lonlat("01KAB", *edge) for edge in [(0, 0), (343, 0), (343, 343), (0, 343)]]
    around = shapely.Polygon([(longitude % 360, latitude) for longitude, latitude in edges])
    east = shapely.transform(around & shapely.box(180, -90, 360, 90), lambda xy: xy - [360, 0])
    split = shapely.union_all([around & shapely.box(0, -90, 180, 90), east])
    laid = overlay_of_tile(png(plain((0, 0, 0))), "01KAB", split)
    assert (pixels_of(laid)[..., 3] > 0).mean() > 0.9


def test_a_notebook_shows_it() -> None:
    laid = overlay_of_tile(png(plain((1, 99, 9))), "32TPS")
    assert laid._repr_png_() == laid.png
    assert Image.open(io.BytesIO(laid.png)).mode == "RGBA"


def test_a_real_quicklook(shared: Path) -> None:
    (jpeg,) = shared.glob("data/s2_safe/trees/*T18LTM*/*-ql.jpg")
    laid = overlay_of_tile(jpeg.read_bytes(), "18LTM")
    assert at(laid, -77.6, -12.3)[3] == 0  # the swath begins further east
    assert at(laid, -77.22, -12.09)[3] == 255  # San Lorenzo island
    opacity = pixels_of(laid)[..., 3]
    assert 0.5 < (opacity == 255).mean() < 0.8


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"\xff\xd8\xff\xe0 no more", png(plain((1, 2, 3)))[:200], b"%PDF-1.4"]
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(BadAnswer, match="not a picture that can be read"):
        overlay_of_tile(content, "32TPS")


@pytest.mark.parametrize("side", [5_000, 20_000])
def test_far_too_large_a_picture_is_refused(side: int) -> None:
    buffer = io.BytesIO()
    Image.new("1", (side, side)).save(buffer, "PNG")
    with pytest.raises(BadAnswer, match=r"pixels and was refused|decompression bomb"):
        overlay_of_tile(buffer.getvalue(), "32TPS")


def test_another_shape_than_its_placement_is_refused() -> None:
    with pytest.raises(BadInput, match="343 x 343 pixels, its placement 512 x 512"):
        overlay(png(plain((1, 2, 3))), place("32TPS", 512, 512))


def test_it_is_saved_as_geotiff_only(tmp_path: Path) -> None:
    laid = overlay_of_tile(png(plain((1, 99, 9))), "32TPS")
    with pytest.raises(BadInput, match=r"ends in \.tif"):
        laid.save(tmp_path / "a.png")
    saved = laid.save(tmp_path / "a.tif")
    with rasterio.open(saved) as file:
        assert file.crs.to_epsg() == 3857
        assert (file.read().transpose(1, 2, 0) == pixels_of(laid)).all()


@given(st.integers(1, 60), st.integers(1, 60))
def test_any_shape_fills_its_tile(columns: int, rows: int) -> None:
    laid = overlay_of_tile(png(np.full((rows, columns, 3), 200, np.uint8)), "32TPS")
    assert np.allclose(laid.bounds, overlay_of_tile(png(plain((9, 9, 99), 100)), "32TPS").bounds, atol=0.004)


def test_it_is_short_in_a_terminal_and_a_picture_in_a_notebook() -> None:
    shown = Overlay(b"PNG" * 1_000, ((46.0, 11.0), (47.0, 12.5)))
    assert repr(shown) == "Overlay(11.000, 46.000, 12.500, 47.000; 3,000 bytes of PNG)"
    assert shown._repr_png_() == shown.png
