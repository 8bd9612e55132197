"""Where a quicklook lies, against GDAL's own arithmetic and against what real products say of themselves."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rasterio.features import rasterize
from rasterio.transform import Affine
from rasterio.warp import transform

from s2dl.errors import BadInput
from s2dl.previews.placement import Placement, place
from s2dl.product import parse_name
from s2dl.tiles import utm_bounds

TILES = ["32TPS", "18LTM", "49WDM", "56JMM", "46UEU", "01LAC", "60KXF", "01WCV", "60WXV", "31NAA", "30MZD", "33XWG"]


def real_products(shared: Path) -> Iterator[tuple[str, bytes]]:
    """Names and MTD_TL.xml of all products that have one, in folders and in archives."""
    safe = shared / "data" / "s2_safe"
    for path in safe.glob("trees/*.SAFE/GRANULE/*/MTD_TL.xml"):
        yield path.parents[2].name, path.read_bytes()
    for archive in safe.glob("*/*.zip"):
        with zipfile.ZipFile(archive) as zipped:
            for member in zipped.namelist():
                if member.endswith("/MTD_TL.xml"):
                    yield archive.name.partition(".")[0], zipped.read(member)


def geoposition(metadata: bytes) -> tuple[int, float, float, float]:
    """EPSG code, left, top and width in metres, as a product's granule metadata has them."""
    root = ET.fromstring(metadata)
    code = str(root.findtext(".//HORIZONTAL_CS_CODE")).removeprefix("EPSG:")
    at = root.find(".//Geoposition[@resolution='10']")
    columns = root.findtext(".//Size[@resolution='10']/NCOLS")
    assert at is not None
    return int(code), float(str(at.findtext("ULX"))), float(str(at.findtext("ULY"))), 10 * float(str(columns))


def test_real_products_lie_where_their_own_metadata_says(shared: Path) -> None:
    checked = set()
    for name, metadata in real_products(shared):
        said = parse_name(name)
        assert said is not None
        epsg, left, top, size = geoposition(metadata)
        quicklook, other = place(said.tile, 343, 343), place(said.tile, 512, 512)
        assert (quicklook.epsg, quicklook.left, quicklook.top) == (epsg, left, top)
        assert other.bounds == (left, top - size, left + size, top)
        checked.add(said.tile)
    assert checked == {"18LTM", "49WDM", "34UCF", "56JMM", "46UEU", "56JKT"}


def test_real_preview_images_have_these_pixels(shared: Path, tmp_path: Path) -> None:
    safe = shared / "data" / "s2_safe"
    archive = next(safe.glob("zips/*_T56JKT_*.zip"))
    with zipfile.ZipFile(archive) as zipped:
        member = next(name for name in zipped.namelist() if name.endswith("_PVI.jp2"))
        path = Path(zipped.extract(member, tmp_path))
    for tile, image in [
        ("56JKT", path),
        ("18LTM", next(safe.glob("trees/*_T18LTM_*.SAFE/GRANULE/*/QI_DATA/*PVI.jp2"))),
    ]:
        with rasterio.open(image) as opened:
            here = place(tile, opened.width, opened.height)
            assert opened.shape == (343, 343)
            assert opened.transform[:6] == here.transform
            assert opened.crs.to_epsg() == here.epsg


def test_a_quicklook_has_pixels_of_320_m_and_ends_40_m_short() -> None:
    here = place("T32TPS", 343, 343)
    assert here == Placement(32632, 600_000.0, 5_200_020.0, 320.0, 320.0, 343, 343)
    assert here.transform == (320.0, 0.0, 600_000.0, 0.0, -320.0, 5_200_020.0)
    _, (left, bottom, right, top) = utm_bounds("32TPS")
    assert here.bounds == (left, bottom + 40, right - 40, top)


@given(tile=st.sampled_from(TILES), width=st.integers(1, 11_000), height=st.integers(1, 11_000))
def test_any_other_picture_fills_the_tile(tile: str, width: int, height: int) -> None:
    here = place(tile, width, height)
    epsg, bounds = utm_bounds(tile)
    assert here.epsg == epsg
    assert here.bounds == pytest.approx(bounds, abs=1e-6) or (width, height) == (343, 343)


@pytest.mark.parametrize("tile", TILES)
def test_corners_are_where_gdal_has_them(tile: str) -> None:
    here = place(tile, 343, 343)
    left, bottom, right, top = here.bounds
    longitudes, latitudes = transform(
        f"EPSG:{here.epsg}", "EPSG:4326", [left, right, right, left], [top, top, bottom, bottom]
    )
    for corner, longitude, latitude in zip(here.corners, longitudes, latitudes, strict=True):
        assert math.remainder(corner[0] - longitude, 360) == pytest.approx(0, abs=1e-9)
        assert corner[1] == pytest.approx(latitude, abs=1e-9)


@pytest.mark.parametrize("tile", TILES)
def test_corners_go_around_the_tile_without_a_jump_at_the_antimeridian(tile: str) -> None:
    (west, north), (east, _), (_, south), (again_west, _) = place(tile, 343, 343).corners
    assert 0 < east - west < 10
    assert abs(again_west - west) < 1
    assert south < north


def test_tiles_across_the_antimeridian_go_past_it() -> None:
    assert place("01LAC", 343, 343).corners[0][0] == pytest.approx(-180.7248, abs=1e-4)
    assert max(longitude for longitude, _ in place("60WXV", 343, 343).corners) > 177


@pytest.mark.parametrize(("tile", "width"), [("32TPS", 0), ("32TPS", -1), ("99XXX", 343), ("", 343)])
def test_what_cannot_be_placed_is_refused(tile: str, width: int) -> None:
    with pytest.raises(BadInput):
        place(tile, width, 343)


def test_the_swath_in_a_real_quicklook_ends_where_its_footprint_does_and_nowhere_else(shared: Path) -> None:
    trees = shared / "data" / "s2_safe" / "trees"
    item = json.loads(next(trees.glob("expected_stac/*_T18LTM_*.json")).read_text(encoding="utf-8"))
    with Image.open(next(trees.glob("*_T18LTM_*.SAFE/*-ql.jpg"))) as quicklook:
        seen = np.asarray(quicklook.convert("L")) > 16
    here = place("18LTM", 343, 343)
    edges = shapely.segmentize(shapely.geometry.shape(item["geometry"]), 0.01)
    footprint = shapely.transform(
        edges, lambda points: np.column_stack(transform("EPSG:4326", f"EPSG:{here.epsg}", *points.T))
    )

    def agreement(right: float, up: float) -> float:
        moved = replace(here, left=here.left + right, top=here.top + up)
        inside = rasterize([footprint], out_shape=seen.shape, transform=Affine(*moved.transform)).astype(bool)
        return float(np.sum(inside & seen) / np.sum(inside | seen))

    steps = (-640, -320, 0, 320, 640)
    assert max((agreement(right, up), right, up) for right in steps for up in steps)[1:] == (0, 0)
    assert agreement(0, 0) > 0.997
