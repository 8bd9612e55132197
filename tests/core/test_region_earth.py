"""Regions on a round Earth: across the antimeridian, past ±180, over the poles; and how large they may be."""

from __future__ import annotations

import time

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from s2dl import read_region
from s2dl.errors import BadRegion
from s2dl.region import outline_for_request


@pytest.mark.parametrize(
    ("ring", "boxes"),
    [
        ("179 -18, -179 -18, -179 -16, 179 -16, 179 -18", [(-180, -18, -179, -16), (179, -18, 180, -16)]),
        ("170 -18, 190 -18, 190 -16, 170 -16, 170 -18", [(-180, -18, -170, -16), (170, -18, 180, -16)]),
        ("-190 -18, -170 -18, -170 -16, -190 -16, -190 -18", [(-180, -18, -170, -16), (170, -18, 180, -16)]),
        ("200 -18, 210 -18, 210 -16, 200 -16, 200 -18", [(-160, -18, -150, -16)]),
        ("350 -18, 10 -18, 10 -16, 350 -16, 350 -18", [(-10, -18, 10, -16)]),
        (
            "170 0, 180 0, -180 0, -170 0, -170 9, -180 9, 180 9, 170 9, 170 0",
            [(-180, 0, -170, 9), (170, 0, 180, 9)],
        ),
        ("-180 -60, 180 -60, 180 60, -180 60, -180 -60", [(-180, -60, 180, 60)]),
        ("0 -60, 360 -60, 360 60, 0 60, 0 -60", [(-180, -60, 180, 60)]),
        ("0 80, 90 80, 180 80, -90 80, 0 80", [(-180, 80, 180, 90)]),
        ("0 -80, -90 -80, 180 -80, 90 -80, 0 -80", [(-180, -90, 180, -80)]),
    ],
)
def test_longitudes_past_half_a_turn(ring: str, boxes: list[tuple[float, ...]]) -> None:
    region = read_region(f"POLYGON (({ring}))")
    assert region.is_valid
    assert region.symmetric_difference(shapely.union_all([shapely.box(*box) for box in boxes])).area < 1e-9


def test_pieces_on_both_sides_of_the_antimeridian_are_one_multipolygon() -> None:
    region = read_region("POLYGON ((-180 0, -180 1, 61 0, -119.75 1, -180 0))")
    assert region.geom_type == "MultiPolygon"
    assert region.is_valid


def test_a_hole_round_the_pole_leaves_a_ring() -> None:
    region = read_region("POLYGON ((0 70, 90 70, 180 70, -90 70, 0 70), (0 80, 90 80, 180 80, -90 80, 0 80))")
    assert region.area == pytest.approx(3_600)


@pytest.mark.parametrize(("epsg", "equal_area"), [(3413, 6931), (3031, 6932)])
def test_a_square_over_a_pole_is_that_square(epsg: int, equal_area: int) -> None:
    square = gpd.GeoSeries([shapely.box(-5e5, -3e5, 7e5, 6e5)], crs=epsg)
    region = read_region(square)
    true = square.segmentize(5_000).to_crs(equal_area)[0]
    back = gpd.GeoSeries([shapely.segmentize(region, 0.2)], crs=4326).to_crs(equal_area).make_valid()[0]
    assert back.symmetric_difference(true).area / true.area < 0.002
    assert region.covers(shapely.Point(12, 90 if epsg == 3413 else -90))


def test_edges_of_projected_data_stay_where_they_are() -> None:
    square = gpd.GeoSeries([shapely.box(0, 7e6, 1e6, 8e6)], crs=32632)
    region = read_region(square)
    true = square.segmentize(500).to_crs(4326)[0]
    assert region.hausdorff_distance(true) < 0.001
    assert len(shapely.get_coordinates(region)) < 500


@pytest.mark.parametrize(
    ("wkt", "area"),
    [
        ("MULTIPOLYGON (((0 0, 2 0, 2 2, 0 2, 0 0)), ((1 1, 3 1, 3 3, 1 3, 1 1)))", 7),
        ("POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (3 3, 6 3, 6 6, 3 6, 3 3))", 15),
        ("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))", 2),
    ],
)
def test_invalid_shapes_are_mended_without_losing_ground(wkt: str, area: float) -> None:
    assert read_region(wkt).area == pytest.approx(area)


def test_a_local_crs_and_an_unknown_one_are_refused() -> None:
    with pytest.raises(BadRegion, match="not known"):
        read_region({"type": "Polygon", "coordinates": [], "crs": {"properties": {"name": "EPSG:1"}}} | SQUARE)
    local = 'LOCAL_CS["grid of the field",UNIT["metre",1]]'
    with pytest.raises(BadRegion, match="without a place on Earth"):
        read_region(gpd.GeoSeries([shapely.box(0, 0, 1, 1)], crs=local))


SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}


def test_a_ring_of_100_000_corners_and_a_scribble_of_as_many() -> None:
    rng = np.random.default_rng(1)
    angles = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    radius = 3 * (1 + np.cumsum(rng.normal(0, 1, len(angles))) / 1_500)
    region = read_region(shapely.Polygon(np.column_stack([20 + radius * np.cos(angles), 45 + radius * np.sin(angles)])))
    assert len(shapely.get_coordinates(region)) > 90_000
    outline = shapely.from_wkt(outline_for_request(region))
    assert outline.covers(region)
    assert outline.area < 1.4 * region.area
    with pytest.raises(BadRegion, match="crosses itself"):
        read_region(shapely.Polygon(rng.uniform(0, 10, (20_000, 2))))


def test_a_star_of_very_many_long_spikes_is_refused() -> None:
    angles = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    radius = np.where(np.arange(len(angles)) % 2, 0.3, 3)
    with pytest.raises(BadRegion, match="more tangled than an outline is"):
        read_region(shapely.Polygon(np.column_stack([radius * np.cos(angles), radius * np.sin(angles)])))


def test_very_many_shapes_are_united_soon() -> None:
    lon, lat = np.meshgrid(np.arange(-170, 170, 2), np.arange(-80, 80, 0.7))
    boxes = shapely.box(lon.ravel(), lat.ravel(), lon.ravel() + 0.5, lat.ravel() + 0.5)
    before = time.process_time()
    region = read_region(gpd.GeoSeries(boxes, crs=4326))
    assert shapely.get_num_geometries(region) == len(boxes)
    assert time.process_time() - before < 4  # a plain union takes longer


@pytest.mark.parametrize("epsg", [32632, 3857, 2154])
def test_degrees_that_were_given_a_projected_crs_are_found_out(epsg: int) -> None:
    with pytest.raises(BadRegion, match=r"look like degrees.*probably EPSG:4326"):
        read_region(gpd.GeoSeries([shapely.box(11, 45, 12, 46)], crs=epsg))


def test_coordinates_that_no_projection_has_are_refused_soon() -> None:
    with pytest.raises(BadRegion, match="none of its coordinate reference system"):
        read_region(gpd.GeoSeries([shapely.box(0, 0, 1e300, 1e300)], crs=32632))


def test_far_too_many_corners_are_refused() -> None:
    angles = np.linspace(0, 2 * np.pi, 2_000_001)
    circle = shapely.Polygon(np.column_stack([np.cos(angles), np.sin(angles)]))
    with pytest.raises(BadRegion, match="more than 2,000,000 corners"):
        read_region(circle)


@st.composite
def scattered(draw: st.DrawFn) -> shapely.Geometry:
    """Islands anywhere, at the antimeridian and the poles too."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    number, size = draw(st.integers(1, 300)), draw(st.sampled_from([0.01, 0.5, 8.0]))
    middle, spread = (
        draw(st.sampled_from([(0, 0), (180, 60), (-179, -88), (100, 89)])),
        draw(st.sampled_from([1, 30, 180])),
    )
    lon = middle[0] + rng.uniform(-spread, spread, number)
    lat = np.clip(middle[1] + rng.uniform(-spread, spread, number) / 2, -89.9, 89.9)
    shapes = shapely.buffer(shapely.points(lon, lat), size * rng.uniform(0.1, 1, number), quad_segs=4)
    return shapely.intersection(shapely.union_all(shapes), shapely.box(-360, -90, 360, 90))


@given(scattered())
@settings(max_examples=60)
def test_a_requests_outline_contains_the_region_and_is_short(shape: shapely.Geometry) -> None:
    region = read_region(shape)
    assert read_region(shapely.to_wkt(region, rounding_precision=-1)) == region
    text = outline_for_request(region)
    outline = shapely.from_wkt(text)
    assert len(text) <= 2_000
    assert shapely.get_num_geometries(outline) <= 20
    assert outline.is_valid
    assert outline.covers(region)
