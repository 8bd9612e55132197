"""Tables of scenes as files: all comes back as it was, and nothing hostile comes in."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import geopandas.testing
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from core.made_scenes import product, table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s2dl.errors import BadInput, DiskError
from s2dl.product import Product
from s2dl.query import Query
from s2dl.scene_files import is_scene_file, read_scenes, write_scenes
from s2dl.scenes import scenes_of

SUFFIXES = [".parquet", ".geojson"]


@pytest.fixture(params=SUFFIXES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"scenes{request.param}"


def some_scenes() -> gpd.GeoDataFrame:
    holed = shapely.Point(10.5, 46.5).buffer(0.3).difference(shapely.Point(10.5, 46.5).buffer(0.1))
    split = shapely.union_all([shapely.box(179, 0, 180, 1), shapely.box(-180, 0, -179, 1)])
    scenes: gpd.GeoDataFrame = scenes_of(
        [
            product(cloud=95.136736479015, sensing_start=datetime(2024, 6, 1, 10, 15, 59, 24_001, tzinfo=UTC)),
            product(footprint=holed.wkt, online=False, size=10**12, orbit_direction="descending", baseline="0400"),
            product(footprint=split.wkt, cloud=1 / 3, quicklook_url="https://example.org/odata/v1/Assets(1)/$value"),
            Product(id="", name="S2A_OPER_PRD_MSIL1C_PDMC_20160101T000000_R022_V20160101T101559.SAFE"),
        ],
        Query.build((10, 46, 11, 47), start="2024-06", product_type="L2A", cloud_cover=(0, 99.5)),
    )  # fmt: skip
    return scenes


def same(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> None:
    """Equal to the last bit: values, dtypes, columns, index, shapes, CRS and question."""
    geopandas.testing.assert_geodataframe_equal(one, other)
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.drop(columns="geometry")), pd.DataFrame(other.drop(columns="geometry")), check_exact=True
    )
    assert list(one.geometry.to_wkb()) == list(other.geometry.to_wkb())
    assert one.attrs == other.attrs


def test_a_table_comes_back_as_it_was(path: Path) -> None:
    scenes = some_scenes()
    assert write_scenes(scenes, path) == path
    same(read_scenes(path), scenes)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_an_empty_table_comes_back_as_it_was(path: Path) -> None:
    scenes = some_scenes().head(0)
    same(read_scenes(write_scenes(scenes, path)), scenes)


def test_a_table_without_a_question_has_none(path: Path) -> None:
    scenes = some_scenes()
    scenes.attrs = {}
    assert "query" not in read_scenes(write_scenes(scenes, path)).attrs


def test_a_subset_gets_a_fresh_index_and_loses_columns_of_ones_own(path: Path) -> None:
    scenes = some_scenes()
    own = scenes.assign(rank=[object()] * len(scenes)).iloc[[2, 0]]
    same(read_scenes(write_scenes(own, path)), scenes.iloc[[2, 0]].reset_index(drop=True))


def test_what_a_subset_of_columns_lacks_is_missing(path: Path) -> None:
    scenes = some_scenes()
    few = read_scenes(write_scenes(scenes[["name", "geometry"]], path))
    assert few.dtypes.equals(scenes.dtypes)
    assert few["name"].tolist() == scenes["name"].tolist()
    assert few["md5"].isna().all()
    assert few["size"].tolist() == [0] * len(few)


def test_the_question_asks_again(path: Path) -> None:
    question = read_scenes(write_scenes(some_scenes(), path)).attrs["query"]
    assert Query.build(**question).to_dict() == question


def test_others_can_read_both_kinds(tmp_path: Path) -> None:
    scenes = some_scenes()
    parquet = gpd.read_parquet(write_scenes(scenes, tmp_path / "a.parquet"))
    assert parquet.attrs["query"] == scenes.attrs["query"]
    assert parquet.crs == scenes.crs
    collection = json.loads(write_scenes(scenes, tmp_path / "a.geojson").read_text(encoding="utf-8"))
    assert collection["type"] == "FeatureCollection"
    assert [set(feature) for feature in collection["features"]] == [{"type", "properties", "geometry"}] * len(scenes)
    shapes = [feature["geometry"] for feature in collection["features"]]
    times = [feature["properties"]["sensing_start"] for feature in collection["features"]]
    assert [shape is None for shape in shapes] == scenes.geometry.isna().tolist()
    assert "2024-06-01T10:15:59.024001Z" in times
    assert None in times


NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_]{0,40}\.SAFE", fullmatch=True)
TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30)
TIMES = st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PRODUCTS = st.builds(
    Product,
    id=st.uuids().map(str),
    name=NAMES,
    product_type=TEXTS,
    tile=TEXTS,
    sensing_start=TIMES,
    published=TIMES,
    relative_orbit=st.none() | st.integers(1, 143),
    cloud_cover=st.none() | st.floats(0, 100),
    size=st.integers(0, 10**12),
    online=st.booleans(),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(PRODUCTS, max_size=4))
def test_any_table_comes_back_as_it_was(path: Path, products: list[Product]) -> None:
    scenes = table(*products)
    same(read_scenes(write_scenes(scenes, path)), scenes)


def test_a_file_that_is_there_is_replaced_whole_or_not_at_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_scenes(some_scenes(), path)

    def full(self: Path, *_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(DiskError, match="No space left"):
            write_scenes(some_scenes().head(1), path)
    same(read_scenes(path), some_scenes())


@pytest.mark.parametrize("name", ["scenes.csv", "scenes", "scenes.parquet.gz"])
def test_a_path_that_says_no_format_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"does not say its format; end it in \.parquet"):
        write_scenes(some_scenes(), tmp_path / name)
    with pytest.raises(BadInput, match="does not say its format"):
        read_scenes(tmp_path / name)
    assert not is_scene_file(tmp_path / name)


def test_a_file_that_is_not_there_is_told(path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_scenes(path)


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no column 'name'"):
        write_scenes(some_scenes().drop(columns="name"), tmp_path / "a.parquet")


# Hostile files


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PAR1",
        b"PAR1" + b"\x00" * 64 + b"PAR1",
        b"PK\x03\x04 a zip",
        b"<html>",
        b"null",
        b"[]",
        b'{"features": 3}',
        b'{"features": [null]}',
        b'{"features": [{"properties": {"name": "a"}}]}',
        b'{"features": [{"properties": [1], "geometry": null}]}',
        b'{"features": [{"properties": {"name": "a"}, "geometry": {"type": "Polygon", "coordinates": "x"}}]}',
        b"[" * 100_000,
        pickle.dumps({"features": []}),
        b"\xff\xfe\x00",
    ],
)
def test_what_is_not_of_its_kind_is_refused_in_one_sentence(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"'scenes\.\w+' cannot be read as Geo(Parquet|JSON) of scenes"):
        read_scenes(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_a_damaged_file_is_refused_or_read_but_never_crashes(path: Path, data: st.DataObject) -> None:
    content = bytearray(write_scenes(some_scenes(), path).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    try:
        scenes = read_scenes(path)
    except BadInput:
        return
    assert scenes.dtypes.equals(some_scenes().dtypes)


def feature(**properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": None, "properties": {"name": "S2A_x.SAFE"} | properties}


def write_features(path: Path, *features: dict[str, Any], **members: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}), encoding="utf-8")
    return path


HOSTILE = [
    {"name": "../../etc/passwd"},
    {"name": "a/../../b.SAFE"},
    {"name": "C:\\Windows\\x.SAFE"},
    {"name": "/etc/passwd"},
    {"name": "a..b"},
    {"name": ""},
    {"name": None},
    {"name": "x\x00.SAFE"},
    {"name": "x" * 300},
    {"id": "1)/../../Users(2"},
    {"id": "a?b=c"},
    {"quicklook_url": "file:///etc/passwd"},
    {"quicklook_url": "javascript:alert(1)"},
    {"quicklook_url": "https://a\r\nHost: b"},
    {"quicklook_url": "//example.org/x"},
    {"s3_path": "/eodata/../../secret"},
    {"size": -1},
    {"size": 10**15},
    {"size": 10**400},
    {"size": "many"},
    {"size": None},
    {"online": "yes"},
    {"relative_orbit": 144},
    {"relative_orbit": 22.5},
    {"relative_orbit": 10**9},
    {"cloud_cover": float("inf")},
    {"cloud_cover": [1]},
    {"coverage": "<b>"},
    {"sensing_start": "yesterday"},
    {"sensing_start": {"a": 1}},
    {"tile": "x" * 5_000},
    {"tile": "a\x1b[31m"},
    {"md5": "x\ny"},
]


@pytest.mark.parametrize("properties", HOSTILE, ids=lambda each: str(each)[:40])
def test_a_value_that_no_scene_has_is_refused(tmp_path: Path, properties: dict[str, Any]) -> None:
    path = write_features(tmp_path / "a.geojson", feature(), feature(**properties))
    with pytest.raises(BadInput, match=r"'a\.geojson'") as refused:
        read_scenes(path)
    assert len(str(refused.value)) < 400
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "shape",
    [
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 95], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [5e6, 5], [0, 0]]]},
    ],
)
def test_a_footprint_that_no_scene_has_is_refused(tmp_path: Path, shape: dict[str, Any]) -> None:
    path = write_features(tmp_path / "a.geojson", feature() | {"geometry": shape})
    with pytest.raises(BadInput, match="footprint"):
        read_scenes(path)


def test_unknown_properties_are_dropped(tmp_path: Path) -> None:
    path = write_features(tmp_path / "a.geojson", feature(evil="<script>", __class__="x"))
    assert list(read_scenes(path).columns) == list(some_scenes().columns)


@pytest.mark.parametrize(
    "question",
    [
        {"region": "/etc/secret.geojson"},
        {"region": 5},
        {"settings": {"base_url": "https://example.org"}},
        {"progress_file": "/etc/x"},
        "limit",
        [1],
        {"limit": float("nan"), "name": "x" * 9_000_000},
    ],
)
def test_a_question_that_cannot_be_one_is_left_out_and_said(
    tmp_path: Path, question: Any, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_features(tmp_path / "a.geojson", feature(), query=question)
    assert "query" not in read_scenes(path).attrs
    assert "was left out" in caplog.text


def parquet_of(path: Path, columns: dict[str, pa.Array], metadata: dict[bytes, bytes] | None = None) -> Path:
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
    known = {b"geo": json.dumps(geo).encode()}
    pq.write_table(pa.table(columns).replace_schema_metadata(known | (metadata or {})), path)
    return path


UTM = b'{"primary_column": "g", "columns": {"g": {"encoding": "WKB", "crs": {"id": {"code": 32632}}}}}'
ONE_SHAPE = pa.array([shapely.to_wkb(shapely.box(0, 0, 1, 1))])


def test_plain_geoparquet_of_others_is_read(tmp_path: Path) -> None:
    path = parquet_of(
        tmp_path / "a.parquet",
        {
            "name": pa.array(["S2A_x.SAFE"]),
            "relative_orbit": pa.array([22], pa.int64()),
            "sensing_start": pa.array([datetime(2024, 6, 1, tzinfo=UTC)], pa.timestamp("ns", "UTC")),
            "geometry": ONE_SHAPE,
            "nested": pa.array([{"a": [1]}]),
        },
    )
    scenes = read_scenes(path)
    assert scenes.dtypes.equals(some_scenes().dtypes)
    assert scenes["relative_orbit"].tolist() == [22]
    assert scenes["sensing_start"][0] == pd.Timestamp("2024-06-01", tz="UTC")
    assert scenes.geometry[0].equals(shapely.box(0, 0, 1, 1))


class Trap:
    """Shows, if it is ever unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (exec, ("import builtins; builtins.trapped = True",))


def test_pickles_in_metadata_are_never_loaded(tmp_path: Path) -> None:
    bomb = pickle.dumps(Trap())
    pandas = {"index_columns": [], "columns": [{"name": "name", "pandas_type": "object", "numpy_type": "object",
               "metadata": {"pickle": bomb.hex()}}], "column_indexes": []}  # fmt: skip
    field = pa.field("name", pa.string(), metadata={
        b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": bomb,
    })  # fmt: skip
    geo = {"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
    schema = pa.schema([field, pa.field("geometry", pa.binary())]).with_metadata(
        {b"geo": json.dumps(geo).encode(), b"pandas": json.dumps(pandas).encode(), b"PANDAS_ATTRS": bomb}
    )
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table([pa.array(["S2A_x.SAFE"]), ONE_SHAPE], schema=schema), path)
    with pytest.raises(BadInput):
        read_scenes(path)
    import builtins

    assert not hasattr(builtins, "trapped")


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"name": pa.array(["../x"])}, "name that no scene has"),
        ({"name": pa.array([["a"]])}, "cannot be read as GeoParquet"),
        ({"name": pa.array([1])}, "cannot be read as GeoParquet|kind"),
        ({"name": pa.array(["a"]), "size": pa.array(["b"])}, "cannot be read as GeoParquet"),
        ({"name": pa.array(["a"]), "tile": pa.array(["x" * 100_000])}, "has a value of 100000 bytes"),
        ({"name": pa.array(["a"]), "geometry": pa.array([b"\x00" * 20])}, "cannot be read as GeoParquet"),
        ({"name": pa.array(["a"]), "geometry": pa.array(["POINT (1 2)"])}, "cannot be read as GeoParquet"),
        ({"title": pa.array(["a"])}, "no column 'name'"),
    ],
)
def test_hostile_parquet_is_refused(tmp_path: Path, columns: dict[str, pa.Array], reason: str) -> None:
    path = parquet_of(tmp_path / "a.parquet", {"geometry": ONE_SHAPE} | columns)
    with pytest.raises(BadInput, match=reason):
        read_scenes(path)


@pytest.mark.parametrize(
    ("geo", "reason"),
    [
        (b"nonsense", "cannot be read"),
        (b'{"primary_column": "geometry", "columns": {}}', "cannot be read"),
        (b'{"primary_column": "shape", "columns": {"shape": {"encoding": "WKB"}}}', "cannot be read"),
        (b'{"primary_column": "geometry", "columns": {"geometry": {"encoding": "point"}}}', "EPSG:4326 as WKB"),
        (b'{"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "crs": null}}}', "EPSG:4326"),
        (UTM, "EPSG:4326"),
    ],
)
def test_parquet_that_is_not_in_degrees_is_refused(tmp_path: Path, geo: bytes, reason: str) -> None:
    columns = {"name": pa.array(["a"]), "geometry": ONE_SHAPE}
    with pytest.raises(BadInput, match=reason):
        read_scenes(parquet_of(tmp_path / "a.parquet", columns, {b"geo": geo}))


def test_a_small_file_that_repeats_a_huge_text_is_found_out(tmp_path: Path) -> None:
    rows = 200_000
    huge = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, "int32")), pa.array(["x" * 1_000_000]))
    shapes = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, "int32")), ONE_SHAPE)
    path = parquet_of(tmp_path / "a.parquet", {"name": huge, "geometry": shapes})
    assert path.stat().st_size < 100_000
    with pytest.raises(BadInput, match="a value of 1000000 bytes"):
        read_scenes(path)


def test_a_file_of_too_many_rows_is_refused(tmp_path: Path) -> None:
    rows = 5_000_001
    names = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, "int32")), pa.array(["a"]))
    shapes = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, "int32")), ONE_SHAPE)
    with pytest.raises(BadInput, match="5000001 rows"):
        read_scenes(parquet_of(tmp_path / "a.parquet", {"name": names, "geometry": shapes}))


def test_too_large_a_file_is_refused_unread(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(600 * 2**20)
    with pytest.raises(BadInput, match="larger than"):
        read_scenes(path)
