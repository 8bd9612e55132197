"""The extent of images: geocoded, in ground range by control points, in slant range by grids beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.transform import Affine

from s2dl import read_region
from s2dl.errors import BadRegion

NOWHERE = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
pytestmark = NOWHERE

SKEWED = Affine(0.01, 0.002, 11, 0.001, -0.01, 46)


def image(path: Path, values: Any = None, driver: str = "GTiff", **profile: Any) -> Path:
    values = np.zeros((40, 30), dtype=np.float32) if values is None else np.asarray(values, dtype=np.float32)
    height, width = values.shape
    with rasterio.open(
        path, "w", driver=driver, width=width, height=height, count=1, dtype="float32", **profile
    ) as target:
        target.write(values, 1)
    return path


def grids(folder: Path, latitude: str, longitude: str, east: float = 0.0, **profile: Any) -> None:
    columns, rows = np.meshgrid(np.arange(30), np.arange(40))
    image(folder / longitude, 11 + east + 0.01 * columns + 0.002 * rows, "ENVI", **profile)
    image(folder / latitude, 46 - 0.01 * rows + 0.001 * columns, "ENVI", **profile)


def test_a_turned_geocoded_image_gives_its_four_corners(tmp_path: Path) -> None:
    region = read_region(image(tmp_path / "a.tif", crs="EPSG:4326", transform=SKEWED))
    corners = [SKEWED @ at for at in ((0, 0), (30, 0), (30, 40), (0, 40))]
    assert region.symmetric_difference(shapely.Polygon(corners)).area < 1e-9


def test_an_image_over_the_pole_contains_it(tmp_path: Path) -> None:
    region = read_region(
        image(tmp_path / "a.tif", crs="EPSG:3413", transform=Affine(1e4, 0, -150_000, 0, -1e4, 200_000))
    )
    assert region.covers(shapely.box(-180, 89, 180, 90))
    assert region.bounds[1] > 87


def test_an_image_of_the_whole_earth_is_no_strip_at_the_antimeridian(tmp_path: Path) -> None:
    world = image(tmp_path / "a.tif", np.zeros((18, 36)), crs="EPSG:4326", transform=Affine(10, 0, 0, 0, -10, 90))
    assert read_region(world).area == pytest.approx(360 * 180)
    belt = image(tmp_path / "b.tif", np.zeros((2, 34)), crs="EPSG:4326", transform=Affine(10, 0, -170, 0, -10, 10))
    assert read_region(belt).area == pytest.approx(340 * 20)


@pytest.mark.parametrize("name", ["scene.dat", "scene.img", "scene", "scene_pwr", "scene.slc"])
def test_an_envi_image_under_all_its_names(tmp_path: Path, name: str) -> None:
    path = image(tmp_path / name, driver="ENVI", crs="EPSG:4326", transform=Affine(0.01, 0, 11, 0, -0.01, 46))
    assert read_region(path).bounds == pytest.approx((11, 45.6, 11.3, 46))


@pytest.mark.parametrize("turn", [0, 170])
def test_ground_control_points_give_the_outline(tmp_path: Path, turn: int) -> None:
    places = [(0, 0), (30, 0), (30, 40), (0, 40), (15, 20)]
    points = [
        GroundControlPoint(row=row, col=col, x=(8 + turn + 0.1 * col + 0.02 * row + 180) % 360 - 180, y=46 - 0.1 * row)
        for col, row in places
    ]
    region = read_region(image(tmp_path / "a.tif", gcps=points, crs=CRS.from_epsg(4326)))
    width = sum(part.bounds[2] - part.bounds[0] for part in shapely.get_parts(region))
    assert width == pytest.approx(3.8, abs=0.01)
    assert region.bounds[1] == pytest.approx(42, abs=0.01)
    assert region.bounds[3] == pytest.approx(46, abs=0.01)


def test_control_points_amid_an_image_are_extended_to_its_corners(tmp_path: Path) -> None:
    points = [
        GroundControlPoint(row=row, col=col, x=11 + 0.01 * col, y=46 - 0.01 * row)
        for col, row in [(10, 10), (20, 10), (20, 30), (10, 30)]
    ]
    region = read_region(image(tmp_path / "a.tif", gcps=points, crs=CRS.from_epsg(4326)))
    assert region.bounds == pytest.approx((11, 45.6, 11.3, 46), abs=0.002)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("scene_pwr_lat", "scene_pwr_lon"),
        ("scene_pwr_lat.dat", "scene_pwr_lon.dat"),
        ("scene_lat.img", "scene_lon.img"),
        ("scene_pwr.lat", "scene_pwr.lon"),
        ("Scene_pwr_Latitude.dat", "Scene_pwr_Longitude.dat"),
        ("lat", "lon"),
        ("latitude.img", "longitude.img"),
    ],
)
def test_grids_beside_a_slant_range_image(tmp_path: Path, latitude: str, longitude: str) -> None:
    path = image(tmp_path / "scene_pwr", driver="ENVI")
    grids(tmp_path, latitude, longitude)
    region = read_region(path)
    assert region.bounds == pytest.approx((11, 45.61, 11.368, 46.029), abs=0.001)
    assert read_region(path.with_name("scene_pwr.hdr")).equals(region)


def test_open_margins_of_grids_are_left_out(tmp_path: Path) -> None:
    path = image(tmp_path / "scene.dat", driver="ENVI")
    columns, rows = np.meshgrid(np.arange(30), np.arange(40))
    amid = (columns > 4) & (rows > 9)
    image(tmp_path / "scene_lon.dat", np.where(amid, 11 + 0.01 * columns, 0), "ENVI")
    image(tmp_path / "scene_lat.dat", np.where(amid, 46 - 0.01 * rows, 0), "ENVI")
    assert read_region(path).bounds == pytest.approx((11.05, 45.61, 11.29, 45.9), abs=0.001)


def test_images_of_one_kind_are_united_and_others_refused(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    one, two = image(tmp_path / "one.dat", driver="ENVI"), image(tmp_path / "b" / "two.dat", driver="ENVI")
    grids(tmp_path, "one_lat.dat", "one_lon.dat")
    grids(tmp_path / "b", "two_lat.dat", "two_lon.dat", east=5)
    assert read_region([one, two]).bounds == pytest.approx((11, 45.61, 16.368, 46.029), abs=0.001)
    geocoded = image(tmp_path / "a.tif", crs="EPSG:4326", transform=SKEWED)
    with pytest.raises(BadRegion, match=r"slant range image and .*a\.tif' is a geocoded image"):
        read_region([one, two, geocoded])


def test_images_that_do_not_say_where_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRegion, match="does not say where it lies"):
        read_region(image(tmp_path / "plain.tif"))
    with pytest.raises(BadRegion, match=r"does not say where it lies.*plain_lat"):
        read_region(image(tmp_path / "plain.dat", driver="ENVI"))
    with pytest.raises(BadRegion, match="does not say where it lies"):
        read_region(image(tmp_path / "identity.tif", crs="EPSG:32632", transform=Affine.identity()))
    with pytest.raises(BadRegion, match="no coordinate reference system"):
        read_region(image(tmp_path / "metres.tif", transform=Affine(10, 0, 500_000, 0, -10, 5_000_000)))
    with pytest.raises(BadRegion, match="geotransform that is not finite"):
        read_region(image(tmp_path / "nan.tif", crs="EPSG:4326", transform=Affine(np.nan, 0, 11, 0, -1, 46)))
    grids(tmp_path, "flat_lat", "flat_lon")
    image(tmp_path / "flat_lat", np.zeros((40, 30)), "ENVI")
    image(tmp_path / "flat_lon", np.zeros((40, 30)), "ENVI")
    with pytest.raises(BadRegion, match="hold no latitudes"):
        read_region(image(tmp_path / "flat", driver="ENVI"))


def test_an_image_of_mars_is_refused(tmp_path: Path) -> None:
    mars = CRS.from_wkt(
        'GEOGCS["Mars",DATUM["D_Mars_2000",SPHEROID["Mars_2000",3396190,169.8944]],'
        'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
    )
    with pytest.raises(BadRegion, match="another celestial body"):
        read_region(image(tmp_path / "a.tif", crs=mars, transform=SKEWED))


def test_a_list_of_nothing_and_a_missing_image(tmp_path: Path) -> None:
    with pytest.raises(BadRegion, match="There is no file"):
        read_region([tmp_path / "none.tif"])
