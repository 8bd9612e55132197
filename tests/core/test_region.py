"""Every way to say where gives the same valid area in EPSG:4326, or one clear sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from s2dl.errors import BadRegion
from s2dl.region import fits_request, outline_for_request, read_region

BOX = shapely.box(11, 45, 12, 46)
WKT = "POLYGON ((11 45, 12 45, 12 46, 11 46, 11 45))"
GEOMETRY: dict[str, Any] = {"type": "Polygon", "coordinates": [[[11, 45], [12, 45], [12, 46], [11, 46], [11, 45]]]}
FEATURE = {"type": "Feature", "properties": {"type": "field"}, "geometry": GEOMETRY}


class Interface:
    __geo_interface__ = FEATURE


@pytest.mark.parametrize(
    "source",
    [
        (11, 45, 12, 46),
        [11.0, 45.0, 12.0, 46.0],
        ("11", "45.0", " 12", "46"),
        np.array([11, 45, 12, 46]),
        BOX.bounds,
        WKT,
        f"  {WKT.lower()}",
        "POLYGON Z ((11 45 7, 12 45 7, 12 46 7, 11 46 7, 11 45 7))",
        "GEOMETRYCOLLECTION (POINT (0 0), POLYGON ((11 45, 12 45, 12 46, 11 46, 11 45)))",
        GEOMETRY,
        FEATURE,
        {"type": "FeatureCollection", "features": [FEATURE, {**FEATURE, "geometry": None}]},
        {"type": "GeometryCollection", "geometries": [GEOMETRY]},
        BOX,
        shapely.MultiPolygon([BOX]),
        shapely.force_3d(BOX, 100),
        Interface(),
        gpd.GeoSeries([BOX], crs=4326),
        gpd.GeoSeries([BOX, None], crs=4326),
        gpd.GeoDataFrame({"a": [1]}, geometry=[BOX], crs=4326),
        gpd.GeoDataFrame({"a": [1]}, geometry=[BOX]),
        gpd.GeoDataFrame(geometry=[BOX], crs=4326).rename_geometry("outline"),
    ],
    ids=lambda source: f"{type(source).__name__} {str(source)[:30]}",
)
def test_one_square_in_all_forms(source: object) -> None:
    region = read_region(source)
    assert region.equals(BOX)
    assert not region.has_z


@pytest.mark.parametrize("name", ["field.geojson", "FIELD.JSON", "polygons of mine.geojson"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_geojson_file(tmp_path: Path, name: str, encoding: str) -> None:
    path = tmp_path / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [FEATURE]}), encoding=encoding)
    assert read_region(path).equals(BOX)
    assert read_region(str(path)).equals(BOX)


def test_a_file_may_be_named_like_wkt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "polygon.geojson").write_text(json.dumps(GEOMETRY))
    monkeypatch.chdir(tmp_path)
    assert read_region("polygon.geojson").equals(BOX)


@pytest.mark.parametrize("epsg", [3857, 32632, 3035, 2056])
def test_a_geodataframe_is_brought_from_its_crs(epsg: int) -> None:
    fine = gpd.GeoSeries([shapely.segmentize(shapely.box(8, 46, 9, 47), 0.01)], crs=4326)
    there = gpd.GeoDataFrame(geometry=fine.to_crs(epsg))
    region = read_region(there)
    assert region.symmetric_difference(fine[0]).area < 1e-6
    assert region.bounds == pytest.approx((8, 46, 9, 47), abs=1e-6)


def test_metres_without_a_crs_are_refused() -> None:
    metres = gpd.GeoSeries([BOX], crs=4326).to_crs(32632).set_crs(None, allow_override=True)
    with pytest.raises(BadRegion, match=r"not degrees of longitude and latitude.*names its CRS"):
        read_region(metres)


def test_a_geodataframe_that_cannot_be_projected_is_refused() -> None:
    far = gpd.GeoSeries([shapely.box(1e30, 1e30, 2e30, 2e30)], crs=32632)
    with pytest.raises(BadRegion):
        read_region(far)


def test_several_shapes_become_their_union() -> None:
    parts = gpd.GeoSeries([shapely.box(11, 45, 11.6, 46), shapely.box(11.5, 45, 12, 46)], crs=4326)
    assert read_region(parts).equals(BOX)


def test_a_box_across_the_antimeridian_has_two_parts_of_the_same_area() -> None:
    region = read_region((179, -18, -178, -16))
    assert region.geom_type == "MultiPolygon"
    assert sorted(part.bounds for part in shapely.get_parts(region)) == [(-180, -18, -178, -16), (179, -18, 180, -16)]


def test_a_bow_tie_is_mended() -> None:
    region = read_region("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")
    assert region.is_valid
    assert region.area == pytest.approx(2)


def test_a_ring_that_is_left_open_is_closed() -> None:
    assert read_region("POLYGON ((11 45, 12 45, 12 46, 11 46))").equals(BOX)


def test_a_hole_stays_a_hole() -> None:
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    assert read_region(ring.wkt).area == pytest.approx(8)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (shapely.box(0, 0, 1e-11, 1e-11), "smaller than a millimetre"),
        ((11, 46, 12, 45), r"south \(46\) must be less than its north \(45\)"),
        ((11, 45, 12), "four numbers .* 3 were given"),
        (("11,5", "45", "12", "46"), r"'11,5' has a comma; write decimals with a dot, like '11\.5'"),
        (("a", 45, 12, 46), "'a' is not a number of degrees"),
        ((None, 45, 12, 46), "None is not a number of degrees"),
        ((float("nan"), 45, 12, 46), "give finite numbers"),
        ((11, 45, float("inf"), 46), "give finite numbers"),
        ((11, 45, 12, 91), "Latitudes lie between -90 and 90"),
        ((11, 45, 181, 46), "Longitudes lie between -180 and 180"),
        ((11, 45, 11, 46), "no width"),
        ((), "0 were given"),
        ("POLYGON ((11 45, 12 45", "This WKT cannot be read"),
        ("CURVEPOLYGON (CIRCULARSTRING (11 45, 12 46, 13 45, 12 44, 11 45))", "This WKT cannot be read.*Nonlinear"),
        ("POLYGON EMPTY", "empty"),
        ("POINT (11 45)", "Point without an area.*buffer"),
        ("LINESTRING (11 45, 12 46)", "LineString without an area"),
        ("POLYGON ((0 0, 1 0, 2 0, 0 0))", "without an area"),
        ("11, 45, 12, 46", "neither WKT nor a file"),
        ("", "neither WKT nor a file"),
        ("no such file.geojson", "There is no file"),
        ("x" * 5_000 + ".geojson", "geojson|cannot be read|no file"),
        ("nul\0byte.geojson", "no file|cannot be read"),
        ({}, "no geometry"),
        ({"type": "FeatureCollection", "features": []}, "no geometry"),
        ({"type": "FeatureCollection", "features": None}, "no geometry"),
        ({"type": "FeatureCollection", "features": 5}, "cannot be read"),
        ({"type": "Polygon"}, "cannot be read"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]]]}, "cannot be read"),
        ({"type": "Triangle", "coordinates": []}, "cannot be read"),
        (shapely.Polygon(), "empty"),
        (shapely.Point(1, 1), "without an area"),
        (shapely.box(0, 0, 20, 100), "not degrees"),
        (gpd.GeoSeries([], crs=4326), "empty"),
        (gpd.GeoDataFrame({"name": ["field"]}), "no geometry column"),
        (7, "cannot be read from a int"),
        (None, "cannot be read from a NoneType"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_input_gets_one_sentence(source: object, sentence: str) -> None:
    with pytest.raises(BadRegion, match=sentence):
        read_region(source)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe\x00\x01", b"[1, 2]", b"[" * 100_000, b"5", b""])
def test_a_broken_file_gets_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.geojson"
    path.write_bytes(content)
    with pytest.raises(BadRegion, match=r"broken\.geojson"):
        read_region(path)


def test_a_directory_named_like_a_file_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "folder.geojson").mkdir()
    with pytest.raises(BadRegion, match="There is no file"):
        read_region(tmp_path / "folder.geojson")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.geojson"
    with path.open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(BadRegion, match="larger than 64 MiB"):
        read_region(path)


KEYS = ["type", "coordinates", "features", "geometry", "geometries"]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=20,
)
TYPES = ["Polygon", "MultiPolygon", "Point", "Feature", "FeatureCollection", "GeometryCollection", "X"]


@given(st.fixed_dictionaries({"type": st.sampled_from(TYPES)}, optional=dict.fromkeys(KEYS[1:], JSON)))
def test_any_json_gives_a_valid_area_or_a_clear_error(content: dict[str, Any]) -> None:
    try:
        region = read_region(content)
    except BadRegion:
        return
    assert region.is_valid
    assert region.area > 0


def test_a_geojson_that_holds_itself_is_refused() -> None:
    content: dict[str, Any] = {"type": "Feature"}
    content["geometry"] = content
    with pytest.raises(BadRegion):
        read_region(content)


LONGITUDES = st.floats(-180, 180).map(lambda value: round(value, 6))
LATITUDES = st.floats(-90, 90).map(lambda value: round(value, 6))


@given(LONGITUDES, LATITUDES, LONGITUDES, LATITUDES)
def test_any_box_is_valid_and_reads_back_as_itself(west: float, south: float, east: float, north: float) -> None:
    assume(south < north)
    assume(west != east)
    assume((west, east) != (180, -180))
    region = read_region((west, south, east, north))
    assert region.is_valid
    width = east - west if east > west else 360 - west + east
    assert region.area == pytest.approx(width * (north - south))
    assert read_region(shapely.to_wkt(region, rounding_precision=-1)) == region


@st.composite
def coastlines(draw: st.DrawFn) -> BaseGeometry:
    """Ragged outlines of hundreds of corners, anywhere on Earth, the edges of the map among them."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    corners = draw(st.integers(80, 1_500))
    middle = draw(st.tuples(st.sampled_from([-175.0, -20.5, 0, 178.0]), st.sampled_from([-85.0, 0, 47.0, 86.0])))
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radius = draw(st.sampled_from([0.05, 0.8, 6.0])) * rng.uniform(0.5, 1, corners)
    points = np.column_stack([middle[0] + radius * np.cos(angles), middle[1] + radius * np.sin(angles)])
    shape = shapely.make_valid(shapely.Polygon(points)).intersection(shapely.box(-180, -90, 180, 90))
    return read_region(shape)


@given(coastlines())
@settings(max_examples=40)
def test_a_requests_outline_is_short_and_loses_nothing(region: BaseGeometry) -> None:
    assert read_region(shapely.to_wkt(region, rounding_precision=-1)) == region
    text = outline_for_request(region)
    assert len(text) <= 2_000
    outline = shapely.from_wkt(text)
    assert outline.is_valid
    assert outline.buffer(2e-6).covers(region)
    west, south, east, north = outline.bounds
    assert west >= -180
    assert south >= -90
    assert east <= 180
    assert north <= 90
    if fits_request(region):
        assert outline.symmetric_difference(region).area < 1e-4
