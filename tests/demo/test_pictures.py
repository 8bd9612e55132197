"""Quicklooks of the embedded world: true places, seasons, clouds and swaths, and neighbours that fit together."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from PIL import Image
from pyproj import Transformer

from s2dl.demo.world import Scene, World
from s2dl.demo.world.grid import grid
from s2dl.demo.world.noise import noise
from s2dl.demo.world.picture import draw, pixels
from s2dl.demo.world.place import INNER, RIM, Place
from s2dl.earth import around

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SUMMER, WINTER = (datetime(2024, month, 1, tzinfo=UTC) for month in (7, 1))


@pytest.fixture(scope="module")
def world() -> World:
    return World(now=NOW)


def scenes_of(world: World, tile: str, start: datetime = SUMMER) -> list[Scene]:
    return list(world.find(start=start, end=start + timedelta(days=25), tiles={tile}, product_types={"S2MSI2A"}))


def whole_scene(world: World, tile: str, start: datetime = SUMMER, cloud: float = 0.0) -> Scene:
    """A scene that sees all of a tile, with a chosen cloud cover."""
    scene = scenes_of(world, tile, start)[0]
    return replace(scene, footprint=grid().outlines[grid().index[tile]], cloud_cover=cloud)


def bluish(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    red, green, blue = picture.astype(int).transpose(2, 0, 1)
    return (blue > red + 8) & (blue > green)


@pytest.mark.parametrize("tile", ["32NNG", "18GXR", "32WPT", "36MVD"], ids=["equator", "45 S", "65 N", "Victoria"])
def test_water_is_where_it_is_on_the_map(world: World, tile: str) -> None:
    picture = pixels(whole_scene(world, tile), 0)
    number = grid().index[tile]
    rows, columns = np.mgrid[4:343:7, 4:343:7]
    back = Transformer.from_crs(int(grid().epsg[number]), 4326, always_xy=True)
    lon, lat = back.transform(
        grid().ulx[number] + (columns + 0.5) * 320.0, grid().uly[number] - (rows + 0.5) * 320.0
    )  # what the service's quicklooks are: pixels of 320 m from the tile's upper left corner
    shores = around(lon.min(), lat.min(), lon.max(), lat.max())
    land, lakes = (shapely.union_all(shapely.make_valid(each)) for each in shores)
    wet = ~shapely.intersects_xy(land, lon, lat) | shapely.intersects_xy(lakes, lon, lat)
    edges = shapely.union_all([land.boundary, lakes.boundary])
    clear = shapely.distance(edges, shapely.points(lon, lat)) > 0.01
    assert 20 < (wet & clear).sum() < clear.sum() - 5
    assert (bluish(picture)[rows, columns] == wet)[clear].mean() > 0.97


def test_outside_the_footprint_it_is_black_inside_never(world: World) -> None:
    area = grid().outlines[grid().index["28PCV"]].area
    scene = next(s for s in scenes_of(world, "28PCV") if 0.1 < s.footprint.area / area < 0.9)
    picture = pixels(scene, 0)
    swath = shapely.Polygon(Place("28PCV").pixels(*shapely.get_coordinates(scene.footprint).T))
    rows, columns = np.mgrid[:343, :343] + 0.5
    sure = shapely.distance(swath.boundary, shapely.points(columns, rows)) > 1.0
    seen = shapely.intersects_xy(swath, columns, rows)
    assert sure.mean() > 0.95
    assert (picture.max(axis=-1)[sure & ~seen] == 0).all()
    assert (picture.max(axis=-1)[sure & seen] > 16).all()
    assert picture.shape == (343, 343, 3)


@pytest.mark.parametrize("cover", [5.0, 40.0, 85.0])
@pytest.mark.parametrize("tile", ["32TPS", "20MPV"])
def test_clouds_hide_the_share_that_the_catalogue_says(world: World, tile: str, cover: float) -> None:
    clear, cloudy = (pixels(whole_scene(world, tile, cloud=cloud), 0).astype(int) for cloud in (0.0, cover))
    hidden = (cloudy - clear).sum(axis=-1) > 270
    assert hidden.mean() * 100 == pytest.approx(cover, abs=4.0)


def test_clouds_cast_shadows_away_from_the_sun(world: World) -> None:
    clear, cloudy = (pixels(whole_scene(world, "20MPV", cloud=cloud), 0).astype(int) for cloud in (0.0, 15.0))
    change = (cloudy - clear).sum(axis=-1)
    bright, dark = change > 150, change < -30
    assert dark.any()

    def meets(down: int, right: int) -> float:
        return float(np.roll(bright, (down, right), axis=(0, 1))[dark].mean())

    assert meets(4, -4) > 0.5  # the tile lies south of the equator: its sun stands in the north-east
    assert meets(4, -4) > meets(-4, 4) + 0.2


def test_neighbours_fit_together(world: World) -> None:
    west, east = (pixels(whole_scene(world, tile), 0).astype(float) for tile in ("32TPS", "32TQS"))
    # The tile to the east begins 100 km, that is 312.5 pixels, further on: its every half pixel lies between two.
    mean = (west[:, 312:342] + west[:, 313:343]) / 2
    difference = np.abs(mean - east[:, :30])
    shuffled = np.abs(mean - east[::-1, :30])
    assert difference.mean() < 0.5 * shuffled.mean()
    assert np.abs(noise_of("32TPS")[:, 312:342] - noise_of("32TQS")[:, :30]).mean() < 0.1


def noise_of(tile: str) -> NDArray[np.float32]:
    return noise(Place(tile), 7, fading=0.4)[INNER]


def test_noise_goes_on_over_the_antimeridian() -> None:
    tiles = [grid().names[grid().tree.query(shapely.Point(lon, 52.0))[0]] for lon in (180.0, -180.0)]
    assert tiles[0][:2] == "60"
    assert tiles[1][:2] == "01"
    found = []
    for tile in tiles:
        column, row = Place(tile).pixels(np.array([180.0]), np.array([52.0]))[0].astype(int) + RIM
        found.append(noise(Place(tile), 7, fading=0.4)[row, column])
    assert found[0] == pytest.approx(found[1], abs=0.1)


@pytest.mark.parametrize(("tile", "whiter"), [("35VNJ", WINTER), ("18GXR", SUMMER)], ids=["Finland", "Chile"])
def test_snow_lies_in_the_winter_of_each_hemisphere(world: World, tile: str, whiter: datetime) -> None:
    shares = {
        start: (pixels(whole_scene(world, tile, start), 0).min(axis=-1) > 170).mean() for start in (SUMMER, WINTER)
    }
    assert shares[whiter] > shares[WINTER if whiter is SUMMER else SUMMER] + 0.05


def test_land_follows_the_climate(world: World) -> None:
    colours = {
        name: pixels(whole_scene(world, tile), 0).reshape(-1, 3).mean(axis=0)
        for name, tile in (("Sahara", "32QLM"), ("Atacama", "19KDQ"), ("Amazon", "20MPV"))
    }
    for desert in ("Sahara", "Atacama"):
        red, green, blue = colours[desert]
        assert red > green > blue
        assert red > 150
    red, green, blue = colours["Amazon"]
    assert green > red
    assert green > blue
    assert green < 120


def test_l1c_is_seen_through_the_air(world: World) -> None:
    scene = whole_scene(world, "20MPV")
    top, ground = (pixels(replace(scene, product_type=kind), 0) for kind in ("S2MSI1C", "S2MSI2A"))
    assert top[..., 2].mean() > ground[..., 2].mean() + 5


def test_quicklooks_are_the_same_every_time_and_differ_from_day_to_day(world: World) -> None:
    first, second = scenes_of(world, "32TPS")[:2]
    assert draw(first, 0) == draw(first, 0) != draw(second, 0)
    assert draw(first, 1) != draw(first, 0)
    picture = Image.open(io.BytesIO(draw(first, 0)))
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (343, 343))


@pytest.mark.parametrize("tile", ["01KAB", "60KYG", "33XVG", "01CCV", "31NDA"])
def test_pictures_of_odd_places(world: World, tile: str) -> None:
    """On the antimeridian, near the poles, on the equator: a picture without a hole."""
    scene = whole_scene(world, "32TPS")
    odd = replace(scene, tile=tile, footprint=grid().outlines[grid().index[tile]])
    assert (pixels(odd, 0)[2:-2, 2:-2].max(axis=-1) > 16).all()
