"""ENVI pairs, opened by GDAL."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import rasterio
from core.test_placement import TILES, geoposition, real_products
from PIL import Image

from s2dl.previews import envi
from s2dl.previews.placement import Placement, place
from s2dl.product import parse_name


def picture(width: int = 343, height: int = 343) -> Image.Image:
    """No two rows, columns or bands alike."""
    rows, columns = np.mgrid[:height, :width]
    return Image.fromarray(np.stack([rows % 256, columns % 251, (rows + columns) % 241], axis=-1).astype(np.uint8))


def pair(folder: Path, image: Image.Image, placement: Placement, name: str = "quicklook") -> Path:
    path = folder / f"{name}.dat"
    path.write_bytes(envi.data(image))
    path.with_suffix(".hdr").write_bytes(envi.header(name, placement))
    return path


@pytest.mark.parametrize("tile", TILES)
@pytest.mark.parametrize("shape", [(343, 343), (512, 512), (200, 301)])
def test_gdal_finds_pixels_and_place(tmp_path: Path, tile: str, shape: tuple[int, int]) -> None:
    image, here = picture(*shape), place(tile, *shape)
    with rasterio.open(pair(tmp_path, image, here)) as opened:
        assert opened.driver == "ENVI"
        assert (opened.width, opened.height) == shape
        assert opened.crs.to_epsg() == here.epsg
        assert opened.transform[:6] == pytest.approx(here.transform, abs=1e-9)
        assert opened.dtypes == ("uint8",) * 3
        assert opened.descriptions == ("Red", "Green", "Blue")
        assert np.array_equal(opened.read(), np.asarray(image).transpose(2, 0, 1))
    assert {path.name for path in tmp_path.iterdir()} == {"quicklook.dat", "quicklook.hdr"}


@pytest.mark.parametrize(("tile", "zone"), [("32TPS", "32, North"), ("18LTM", "18, South"), ("01LAC", "1, South")])
def test_the_map_info_names_zone_and_hemisphere(tile: str, zone: str) -> None:
    here = place(tile, 343, 343)
    header = envi.header("quicklook", here).decode()
    line = next(line for line in header.splitlines() if line.startswith("map info"))
    assert line == f"map info = {{UTM, 1, 1, {here.left}, {here.top}, 320.0, 320.0, {zone}, WGS-84, units=Meters}}"


def test_the_map_info_alone_would_do(tmp_path: Path) -> None:
    here = place("18LTM", 343, 343)
    path = pair(tmp_path, picture(), here)
    header = path.with_suffix(".hdr")
    lines = header.read_text().splitlines()
    header.write_text("\n".join(line for line in lines if not line.startswith("coordinate system")))
    with rasterio.open(path) as opened:
        assert opened.crs.to_epsg() == 32718
        assert opened.transform[:6] == here.transform


def test_gdalinfo_agrees_with_the_metadata_of_real_products(shared: Path, tmp_path: Path) -> None:
    program = shutil.which("gdalinfo")
    if program is None:
        pytest.skip("gdalinfo is not installed")
    count = 0
    for name, metadata in real_products(shared):
        said = parse_name(name)
        assert said is not None
        epsg, left, top, size = geoposition(metadata)
        path = pair(tmp_path, picture(), place(said.tile, 343, 343), name)
        done = subprocess.run([program, "-json", str(path)], capture_output=True, text=True, check=True)
        info = json.loads(done.stdout)
        corners = info["cornerCoordinates"]
        assert (corners["upperLeft"], corners["lowerRight"]) == ([left, top], [left + size - 40, top - size + 40])
        assert f'ID["EPSG",{epsg}]]' in info["coordinateSystem"]["wkt"]
        count += 1
    assert count >= 6
