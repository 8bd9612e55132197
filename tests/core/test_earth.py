"""Land and lakes that come with s2dl: where they are, without a crack, the same on both sides of the antimeridian."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from s2dl.earth import around, turned, whole
from s2dl.earth.rings import decoded, encoded
from s2dl.earth.shores import ASSET

LAND = {
    "Bolzano": (11.35, 46.5),
    "Crete": (24.8, 35.25),
    "Amazon": (-62.0, -5.0),
    "Sahara": (8.0, 24.0),
    "Chukotka": (179.0, 67.5),
    "and over the antimeridian": (-179.0, 67.0),
    "Antarctica": (0.0, -80.0),
}
SEA = {
    "Adriatic": (15.0, 43.0),
    "Skagerrak": (9.0, 58.0),
    "Gulf of Guinea": (0.0, 0.0),
    "Caspian": (51.0, 42.0),
    "South Pacific": (-180.0, -45.0),
    "North Pole": (0.0, 89.9),
}
LAKES = {"Victoria": (33.0, -1.0), "Superior": (-87.5, 47.7), "Ladoga": (31.5, 61.0), "Baikal": (108.0, 53.5)}


def covered(polygons: np.ndarray, lon: float, lat: float) -> bool:
    return bool(shapely.intersects_xy(shapely.make_valid(polygons), lon, lat).any())


def near(lon: float, lat: float):
    return around(lon - 0.5, lat - 0.5, lon + 0.5, lat + 0.5)


@pytest.mark.parametrize("place", LAND)
def test_land(place: str) -> None:
    shores = near(*LAND[place])
    assert covered(shores.land, *LAND[place])
    assert not covered(shores.lakes, *LAND[place])
    assert covered(whole().land, *LAND[place])


@pytest.mark.parametrize("place", SEA)
def test_sea(place: str) -> None:
    assert not covered(near(*SEA[place]).land, *SEA[place])
    assert not covered(whole().land, *SEA[place])


@pytest.mark.parametrize("place", LAKES)
def test_lakes_lie_on_land(place: str) -> None:
    shores = near(*LAKES[place])
    assert covered(shores.lakes, *LAKES[place])
    assert covered(shores.land, *LAKES[place])
    assert covered(whole().lakes, *LAKES[place])


@given(st.floats(0.0, 359.0), st.floats(-89.0, 88.0))
def test_the_earth_is_round(lon: float, lat: float) -> None:
    here = around(lon, lat, lon + 1.0, lat + 1.0)
    there = around(lon - 360.0, lat, lon - 359.0, lat + 1.0)
    for one, other in zip(here, there, strict=True):
        same = shapely.equals_exact(one, turned(other, 360.0), 1e-9)
        assert len(one) == len(other)
        assert same.all()


def test_no_crack_between_cells_nor_at_the_antimeridian() -> None:
    inland = {"Germany and Austria": (9.5, 47.5, 10.5, 50.5), "Chukotka": (179.2, 67.0, 180.8, 67.4)}
    for box in inland.values():
        land = shapely.union_all(shapely.make_valid(around(*box).land))
        assert land.covers(shapely.box(*box))


def test_the_antimeridian_is_no_shore() -> None:
    edges = shapely.boundary(shapely.union_all(shapely.make_valid(around(179.0, 66.5, 181.0, 68.5).land)))
    along = shapely.intersection(edges, shapely.LineString([(180.0, 66.5), (180.0, 68.5)]).buffer(1e-3))
    assert along.length < 0.05


def test_coarse_and_fine_shores_agree() -> None:
    box = shapely.box(6.0, 36.0, 19.0, 47.0)
    fine, coarse = (
        shapely.union_all(shapely.intersection(shapely.make_valid(shores.land), box))
        for shores in (around(*box.bounds), whole())
    )
    assert shapely.symmetric_difference(fine, coarse).area < 0.04 * fine.area


rings = st.lists(st.tuples(st.integers(0, 60_000), st.integers(0, 60_000)), min_size=3, max_size=30, unique=True)


@given(st.lists(st.lists(rings, min_size=1, max_size=3), max_size=4))
def test_polygons_are_read_as_they_were_written(shapes: list[list[list[tuple[int, int]]]]) -> None:
    pitch, corner = 1e-4, (-5.1, 44.9)
    polygons = np.empty(len(shapes), dtype=object)
    for number, shape in enumerate(shapes):
        outer, *inner = (np.array(ring) * pitch + corner for ring in shape)
        polygons[number] = shapely.Polygon(outer, inner)
    back = decoded(encoded(polygons, corner, pitch), corner, pitch)
    assert len(back) == len(polygons)
    assert shapely.equals_exact(back, polygons, pitch / 100).all()


def test_polygons_that_do_not_fit_are_refused() -> None:
    wide = np.array([shapely.box(0.0, 0.0, 7.0, 1.0)], dtype=object)
    with pytest.raises(ValueError, match="lattice"):
        encoded(wide, (0.0, 0.0), 1e-4)
    with pytest.raises(ValueError, match="lattice"):
        encoded(wide, (0.5, 0.0), 1e-2)


def test_what_vanishes_on_the_lattice_is_left_out() -> None:
    speck = np.array([shapely.box(0.0, 0.0, 1e-6, 1e-6)], dtype=object)
    assert len(decoded(encoded(speck, (0.0, 0.0), 1e-4), (0.0, 0.0), 1e-4)) == 0


def test_the_asset_stays_small() -> None:
    assert ASSET.stat().st_size < 3_000_000


def test_a_place_is_read_without_the_rest_of_the_earth() -> None:
    code = (
        "import zipfile, s2dl.earth as e; read = []; old = zipfile.ZipFile.read;"
        "zipfile.ZipFile.read = lambda self, name: (read.append(name), old(self, name))[1];"
        "e.around(11.0, 46.0, 12.0, 47.0); print(len(read))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == 2  # land and lakes of one cell


def test_poles_and_beyond() -> None:
    assert len(around(0.0, -90.0, 1.0, -89.5).land) == len(around(0.0, -95.0, 1.0, -89.5).land) == 1
    assert len(around(0.0, 89.5, 1.0, 95.0).land) == 0
