"""Shapefiles, archives, KML, GeoPackages and text files as people have them, made here."""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
import struct
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from s2dl import read_region
from s2dl.errors import BadRegion

BOX = shapely.box(11, 45, 12, 46)
OTHER = shapely.box(21, 45, 22, 46)
RING = "11,45,0 12,45,0 12,46,0 11,46,0 11,45,0"


def shapefile(folder: Path, shape: shapely.Geometry = BOX, name: str = "field", crs: int | None = 4326) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / f"{name}.shp"
    if crs is None:
        gpd.GeoSeries([shape], crs=4326).to_file(path)
        path.with_suffix(".prj").unlink()
    else:
        gpd.GeoSeries([shape], crs=4326).to_crs(crs).to_file(path)
    return path


def packed(path: Path, members: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def parts_of(shp: Path, prefix: str = "") -> dict[str, bytes | str]:
    return {f"{prefix}{each.name}": each.read_bytes() for each in shp.parent.glob(f"{shp.stem}.*")}


def kml(inside: str, attributes: str = 'xmlns="http://www.opengis.net/kml/2.2"') -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><kml {attributes}>{inside}</kml>'


def polygon(ring: str = RING) -> str:
    return (
        "<Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
    )


@pytest.mark.parametrize("missing", [[], [".shx"], [".dbf"], [".prj"], [".shx", ".dbf", ".prj", ".cpg"]])
def test_a_shapefile_is_read_with_what_is_there_and_its_folder_stays_as_it_was(
    tmp_path: Path, missing: list[str]
) -> None:
    path = shapefile(tmp_path)
    for suffix in missing:
        path.with_suffix(suffix).unlink()
    before = sorted(tmp_path.iterdir())
    assert read_region(path).equals(BOX)
    assert sorted(tmp_path.iterdir()) == before


def test_a_shapefile_is_brought_from_its_crs_even_if_its_extensions_are_in_capitals(tmp_path: Path) -> None:
    path = shapefile(tmp_path, crs=32632)
    for each in list(tmp_path.iterdir()):
        each.rename(each.with_suffix(each.suffix.upper()))
    assert read_region(path.with_suffix(".SHP")).bounds == pytest.approx(BOX.bounds, abs=0.005)


def test_a_shapefile_in_metres_without_a_prj_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = shapefile(tmp_path, crs=32632)
    path.with_suffix(".prj").unlink()
    with pytest.raises(BadRegion, match=r"not degrees.*names no coordinate reference system.*\.prj"):
        read_region(path)


def test_a_shapefile_of_mars_is_refused(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    path.with_suffix(".prj").write_text(
        'GEOGCS["GCS_Mars_2000",DATUM["D_Mars_2000",SPHEROID["Mars_2000_IAU_IAG",3396190.0,169.89444722361179]],'
        'PRIMEM["Reference_Meridian",0.0],UNIT["Degree",0.0174532925199433]]'
    )
    with pytest.raises(BadRegion, match="another celestial body"):
        read_region(path)


def test_a_cut_shapefile_is_refused(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadRegion, match="truncated"):
        read_region(path)


def test_all_shapefiles_of_an_archive_are_united_in_whatever_folder_they_are(tmp_path: Path) -> None:
    first, second = shapefile(tmp_path / "one"), shapefile(tmp_path / "two", OTHER, "other", crs=3857)
    members = {**parts_of(first, "data/a b/"), **parts_of(second), "__MACOSX/._field.shp": b"\0\5\x16\7"}
    region = read_region(packed(tmp_path / "both.zip", members))
    assert region.symmetric_difference(BOX | OTHER).area < 1e-4


def test_an_archive_without_shapefile_may_hold_kml_or_geojson(tmp_path: Path) -> None:
    text = json.dumps(shapely.geometry.mapping(BOX))
    assert read_region(packed(tmp_path / "a.zip", {"x/field.geojson": text})).equals(BOX)
    assert read_region(packed(tmp_path / "b.zip", {"field.kml": kml(polygon())})).equals(BOX)


@pytest.mark.parametrize(
    "text",
    [
        kml(f"<Placemark>{polygon()}</Placemark>"),
        kml(f"<Document><Folder><Folder><Placemark>{polygon()}</Placemark></Folder></Folder></Document>"),
        kml(
            f"<Placemark><MultiGeometry><Point><coordinates>0,0</coordinates></Point>{polygon()}</MultiGeometry></Placemark>"
        ),
        kml(f"<Placemark><LinearRing><coordinates>{RING}</coordinates></LinearRing></Placemark>"),
        kml(f"<Placemark>{polygon('11,45 12,45 12,46 11,46')}</Placemark>"),
        kml(f"<Placemark>{polygon('11, 45, 0 12, 45, 0 12, 46, 0 11, 46, 0')}</Placemark>"),
        kml(f"<Placemark>{polygon()}</Placemark>", ""),
        kml(f"<Style id='a'><gx:x>1</gx:x></Style><Placemark>{polygon()}</Placemark>"),
        f"<Placemark>{polygon()}</Placemark>",
        "\ufeff\n" + kml(f"<Placemark>{polygon()}</Placemark>"),
        kml(polygon()).replace("<", "<k:").replace("<k:/", "</k:").replace("<k:?", "<?"),
        kml(
            "<GroundOverlay><LatLonBox><north>46</north><south>45</south><east>12</east><west>11</west></LatLonBox></GroundOverlay>"
        ),
        kml(
            "<GroundOverlay><gx:LatLonQuad><coordinates>11,45 12,45 12,46 11,46</coordinates></gx:LatLonQuad>"
            "</GroundOverlay>"
        ),
        kml(
            f"<NetworkLink><Link><href>http://example.org/x.kml</href></Link></NetworkLink><Placemark>{polygon()}</Placemark>"
        ),
    ],
    ids=range(14),
)
def test_kml_of_all_sorts(tmp_path: Path, text: str) -> None:
    path = tmp_path / "field.kml"
    path.write_text(text, encoding="utf-8")
    assert read_region(path).equals(BOX)
    assert read_region(packed(tmp_path / "field.kmz", {"doc.kml": text, "files/icon.png": b"\x89PNG"})).equals(BOX)


def test_holes_of_kml_stay_holes(tmp_path: Path) -> None:
    hole = (
        "<innerBoundaryIs><LinearRing><coordinates>"
        "11.2,45.2 11.4,45.2 11.4,45.4 11.2,45.4 11.2,45.2</coordinates></LinearRing></innerBoundaryIs></Polygon>"
    )
    path = tmp_path / "field.kml"
    path.write_text(kml(f"<Placemark>{polygon().replace('</Polygon>', hole)}</Placemark>"))
    assert read_region(path).area == pytest.approx(0.96)


def test_kml_in_utf_16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "field.kml"
    path.write_text(kml(polygon()).replace("UTF-8", "UTF-16"), encoding="utf-16")
    assert read_region(path).equals(BOX)


def test_kml_in_an_encoding_of_east_asia_is_read(tmp_path: Path) -> None:
    path = tmp_path / "field.kml"
    path.write_text(kml(f"<name>\u4e2d\u56fd</name>{polygon()}").replace("UTF-8", "GB2312"), encoding="gb2312")
    assert read_region(path).equals(BOX)


def test_a_ring_of_a_shapefile_that_is_left_open_is_closed(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    content = bytearray(path.read_bytes())
    content[-16:] = struct.pack("<2d", 11, 45.5)
    path.write_bytes(content)
    assert read_region(path).bounds == BOX.bounds


def test_points_beside_polygons_are_left_out_aloud(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "field.kml"
    path.write_text(kml(f"<Placemark><Point><coordinates>0,0</coordinates></Point></Placemark>{polygon()}"))
    with caplog.at_level(logging.WARNING, logger="s2dl"):
        assert read_region(path).equals(BOX)
    assert "1 points and lines of" in caplog.text


def test_every_layer_of_a_geopackage_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fields.gpkg"
    gpd.GeoSeries([BOX], crs=4326).to_file(path, layer="one")
    gpd.GeoSeries([OTHER], crs=4326).to_crs(3857).to_file(path, layer="two")
    gpd.GeoSeries([shapely.Point(0, 0)], crs=4326).to_file(path, layer="points")
    assert read_region(path).symmetric_difference(BOX | OTHER).area < 1e-4


@pytest.mark.parametrize("table", ["fields", "gpkg_contents", "gpkg_geometry_columns"])
def test_a_view_of_a_geopackage_is_refused_unread(tmp_path: Path, table: str) -> None:
    path = tmp_path / "fields.gpkg"
    gpd.GeoSeries([BOX], crs=4326).to_file(path, layer="fields")
    with contextlib.closing(sqlite3.connect(path)) as database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute(f"CREATE TABLE kept AS SELECT * FROM {table}")
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute(f"DROP TABLE {table}")
        endless = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT kept.* FROM r, kept"
        database.execute(f"CREATE VIEW {table.upper()} AS {endless}")
        database.commit()
    with pytest.raises(BadRegion, match=rf"'{table}' of .* is a view, not a table"):
        read_region(path)


def test_geojson_that_names_a_crs_is_brought_from_it(tmp_path: Path) -> None:
    there = gpd.GeoSeries([BOX], crs=4326).to_crs(32632)
    content = shapely.geometry.mapping(there[0]) | {"crs": {"type": "name", "properties": {"name": "EPSG:32632"}}}
    assert read_region(content).bounds == pytest.approx(BOX.bounds, abs=0.005)
    content["crs"] = {"type": "link", "properties": {"href": "http://example.org"}}
    with pytest.raises(BadRegion, match="does not name a CRS"):
        read_region(content)


def test_heights_and_measures_of_geojson_are_passed_over() -> None:
    ring = [[11, 45, 100, 7], [12, 45], [12, 46, 100], [11, 46, 100, 7], [11, 45]]
    geometry = {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "coordinates": [ring]}]}
    assert read_region({"type": "Feature", "properties": {}, "geometry": geometry}).equals(BOX)


def test_text_files(tmp_path: Path) -> None:
    feature = json.dumps({"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(BOX)})
    lines = tmp_path / "fields.geojsonl"
    lines.write_text(f"{feature}\n{feature.replace('11.0', '10.0')}\n")
    assert read_region(lines).bounds == (10, 45, 12, 46)
    wkt = tmp_path / "field.wkt"
    wkt.write_text(f"SRID=4326;{BOX.wkt}\n")
    assert read_region(wkt).equals(BOX)


BOMB = '<!DOCTYPE kml [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><kml>&b;</kml>'
EXTERNAL = '<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/hostname">]><kml>&a;</kml>'


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("bomb.kml", BOMB, "XML entities"),
        ("external.kml", EXTERNAL, "XML entities"),
        ("page.kml", "<html><body/></html>", "not KML"),
        ("deep.kml", "<kml>" + "<Folder>" * 2_000, "nests"),
        ("letters.kml", kml(polygon("a,b c,d e,f")), "no numbers"),
        ("run-on.kml", kml(polygon("11,45, 12,45, 12,46, 11,46")), "not longitude,latitude"),
        ("glued.kml", kml(polygon("11,45,0 12,45,0,12,46,0 11,46,0")), "not longitude,latitude"),
        ("blanks.kml", kml(polygon("11,45" + " " * 10_000_000 + "12")), "not longitude,latitude"),
        ("crowd.kml", kml(polygon("1,1 " * 4_000_001)), "more than 2,000,000 corners"),
        (
            "crowd.geojson",
            '{"type": "Polygon", "coordinates": [[' + "[1,1]," * 4_000_000,
            "more than 2,000,000 corners",
        ),
        ("infinite.kml", kml(polygon("nan,45 12,45 12,46")), "not finite"),
        ("nan.geojson", '{"type": "Polygon", "coordinates": [[[NaN, 1], [2, 3], [4, 5], [NaN, 1]]]}', "not a finite"),
        (
            "huge.geojson",
            '{"type": "Polygon", "coordinates": [[[1e999, 1], [2, 3], [4, 5], [1e999, 1]]]}',
            "not finite",
        ),
        ("binary.kml", b"PK\x03\x04", "looks like a zip archive"),
        ("v.vrt", "<VRTDataset rasterXSize='1'/>", "virtual file"),
        ("v.kml", "<OGRVRTDataSource/>", "virtual file"),
        ("v.tif", "<VRTDataset rasterXSize='1'/>", "virtual file"),
        ("v.gpkg", "<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>", "virtual file"),
        ("empty.shp", b"", "empty file"),
        ("noise.tif", b"noise", "not a TIFF image"),
        ("noise.shp", b"noise" * 100, "not a shapefile"),
        ("noise.gpkg", b"SQLite format 3\0" + bytes(200), "not a GeoPackage"),
        ("broken.gpkg", b"SQLite format 3\0" + bytes(52) + b"GPKG" + bytes(2_000), "cannot be read"),
        ("broken.tif", b"II*\0" + b"\xff" * 60, "cannot be read as TIFF"),
        ("alone.dat", b"\0" * 100, "no ENVI header"),
        ("notes.txt", b"hello", "known kind"),
        ("cut.zip", b"PK\x03\x04 and no more", "damaged zip"),
        ("topology.json", '{"type": "Topology", "objects": {}}', "TopoJSON"),
    ],
)
def test_hostile_and_broken_files_get_their_sentence(
    tmp_path: Path, name: str, content: bytes | str, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BadRegion, match=sentence):
        read_region(path)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("https://example.org/field.geojson", "remote address"),
        ("/vsicurl/https://example.org/field.shp", "virtual path"),
        ("/vsizip/field.zip/field.shp", "virtual path"),
        ("/vsimem/field.tif", "virtual path"),
        ("GPKG:field.gpkg", "no file"),
    ],
)
def test_what_is_not_on_this_disk_is_refused(source: str, sentence: str) -> None:
    with pytest.raises(BadRegion, match=sentence):
        read_region(source)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({}, "no shapefile"),
        ({"../field.shp": b"x"}, "outside of it"),
        ({"/etc/field.shp": b"x"}, "outside of it"),
        ({"c:\\field.shp": b"x"}, "outside of it"),
        ({"inner.zip": b"PK\x05\x06"}, "another archive"),
        ({"field.shp": b"<OGRVRTDataSource><OGRVRTLayer/>"}, "virtual file"),
        ({"field.shp": b"noise"}, "not a shapefile"),
        ({"doc.kml": BOMB}, "XML entities"),
        ({"zeros.shp": bytes(300 * 2**20)}, "would unpack to 300 MiB"),
        ({f"{at}.txt": b"" for at in range(10_001)}, "more than 10,000 files"),
    ],
    ids=["empty", "up", "root", "drive", "nested", "vrt", "noise", "entities", "bomb", "crowd"],
)
def test_hostile_archives_get_their_sentence(tmp_path: Path, members: dict[str, bytes | str], sentence: str) -> None:
    with pytest.raises(BadRegion, match=sentence):
        read_region(packed(tmp_path / "a.zip", members))


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "secret.zip", {"field.shp": b"0123456789"})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(BadRegion, match="password"):
        read_region(path)


def test_a_cut_archive_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "cut.zip", parts_of(shapefile(tmp_path / "one")))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(BadRegion, match="damaged zip"):
        read_region(path)
