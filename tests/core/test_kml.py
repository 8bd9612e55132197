"""KML of a preview: valid by the schemas, with the picture where GDAL has it, and with nothing that acts on its own."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import rasterio
import shapely
from core.test_envi import pair, picture
from core.test_placement import TILES
from hypothesis import given
from hypothesis import strategies as st
from rasterio.warp import transform

import s2dl
from s2dl.errors import BadAnswer
from s2dl.previews import kml
from s2dl.previews.placement import place
from s2dl.product import Product

NAMES = {"": "http://www.opengis.net/kml/2.2", "gx": "http://www.google.com/kml/ext/2.2"}
STEM = "S2B_MSIL2A_20240601T101559_N0510_R065_T32TPS_20240601T160141"
BOX = "POLYGON ((10.3 46, 11.7 46, 11.7 46.9, 10.3 46.9, 10.3 46))"


def product(**fields: Any) -> Product:
    known: dict[str, Any] = {
        "id": "6c2b6c1e-0000-4000-8000-000000000001",
        "name": f"{STEM}.SAFE",
        "tile": "32TPS",
        "sensing_start": datetime(2024, 6, 1, 10, 15, 59, 24_000, tzinfo=UTC),
        "cloud_cover": 27.24,
        "relative_orbit": 65,
        "orbit_direction": "descending",
        "quicklook_url": "https://example.org/Assets(1)/$value",
        "footprint": BOX,
    }
    return Product(**known | fields)


def written(product: Product, tile: str | None = "32TPS") -> bytes:
    return kml.document(product, tile and place(tile, 343, 343), f"{STEM}.png", s2dl.Settings())


def validate(content: bytes) -> None:
    """Hold it against the OGC's schema, which takes in Google's; both come with fastkml."""
    etree = pytest.importorskip("lxml.etree")
    validator = pytest.importorskip("fastkml.validator")
    validator.get_schema_parser().assertValid(etree.fromstring(content))


def points(element: ET.Element | None) -> list[tuple[float, float]]:
    assert element is not None
    assert element.text is not None
    return [(float(longitude), float(latitude)) for longitude, latitude in re.findall(r"(\S+),(\S+)", element.text)]


@pytest.mark.parametrize("tile", TILES)
def test_corners_are_those_of_the_image(tmp_path: Path, tile: str) -> None:
    here = place(tile, 343, 343)
    with rasterio.open(pair(tmp_path, picture(), here)) as opened:
        left, bottom, right, top = opened.bounds
        expected = transform(opened.crs, "EPSG:4326", [left, right, right, left], [bottom, bottom, top, top])
    content = written(product(), tile)
    validate(content)
    quad = points(ET.fromstring(content).find(".//gx:LatLonQuad/coordinates", NAMES))
    assert len(quad) == 4
    for (longitude, latitude), x, y in zip(quad, *expected, strict=True):
        assert (longitude - x + 180) % 360 - 180 == pytest.approx(0, abs=2e-9)
        assert latitude == pytest.approx(y, abs=2e-9)


def test_it_says_what_people_want_to_know() -> None:
    content = written(product())
    validate(content)
    root = ET.fromstring(content)
    assert root.findtext("Document/name", None, NAMES) == STEM
    assert root.findtext(".//Icon/href", None, NAMES) == f"{STEM}.png"
    assert {each.text for each in root.iterfind(".//when", NAMES)} == {"2024-06-01T10:15:59Z"}
    said = str(root.findtext(".//GroundOverlay/description", None, NAMES))
    for each in ("2024-06-01T10:15:59Z", "27.2 %", "65, descending", "https://example.org/Assets(1)/$value"):
        assert each in said
    settings = s2dl.Settings()
    assert f'href="{settings.data_url}/Products(6c2b6c1e-0000-4000-8000-000000000001)/$value"' in said
    assert f'href="{settings.base_url}/Products(6c2b6c1e-0000-4000-8000-000000000001)"' in said


def test_what_is_not_known_is_said_so() -> None:
    bare = product(
        sensing_start=None,
        cloud_cover=None,
        relative_orbit=None,
        orbit_direction=None,
        quicklook_url=None,
        footprint=None,
    )
    content = written(bare, None)
    validate(content)
    root = ET.fromstring(content)
    assert str(root.findtext("Document/description", None, NAMES)).count("unknown") == 3
    assert root.find(".//GroundOverlay", NAMES) is None
    assert root.find(".//Placemark", NAMES) is None


ACROSS = "MULTIPOLYGON (((179 -17, 180 -17, 180 -16, 179 -16, 179 -17)), ((-180 -17, -179 -17, -179 -16, -180 -17)))"
HOLE = "POLYGON ((10 46, 10 47, 11 47, 11 46, 10 46), (10.2 46.2, 10.4 46.2, 10.4 46.4, 10.2 46.2))"


@pytest.mark.parametrize("footprint", [BOX, ACROSS, HOLE])
def test_the_footprint_is_the_products(footprint: str) -> None:
    content = written(product(footprint=footprint))
    validate(content)
    polygons = []
    for element in ET.fromstring(content).iterfind(".//Placemark//Polygon", NAMES):
        outer = points(element.find("outerBoundaryIs/LinearRing/coordinates", NAMES))
        inner = [points(ring) for ring in element.iterfind("innerBoundaryIs/LinearRing/coordinates", NAMES)]
        assert shapely.LinearRing(outer).is_ccw
        polygons.append(shapely.Polygon(outer, inner))
    assert shapely.MultiPolygon(polygons).equals(shapely.from_wkt(footprint))


@pytest.mark.parametrize("footprint", ["POLYGON ((1 2", "nonsense", "POLYGON ((0 0, 1 0, 1 inf, 0 0))"])
def test_a_footprint_that_cannot_be_read_is_told(footprint: str) -> None:
    with pytest.raises(BadAnswer, match="footprint"):
        written(product(footprint=footprint))


@pytest.mark.parametrize("footprint", ["POLYGON EMPTY", "POINT (1 2)", "LINESTRING (0 0, 1 1)"])
def test_a_footprint_without_area_is_left_out(footprint: str) -> None:
    content = written(product(footprint=footprint))
    validate(content)
    assert ET.fromstring(content).find(".//Placemark", NAMES) is None


NASTY = st.text() | st.sampled_from(["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "]]>", "\0\x1b"])


@given(direction=NASTY, url=NASTY | NASTY.map("https://a/".__add__), identity=NASTY)
def test_texts_from_outside_stay_texts(direction: Any, url: str, identity: str) -> None:
    content = written(product(orbit_direction=direction, quicklook_url=url, id=identity))
    validate(content)
    for each in ET.fromstring(content).iterfind(".//description", NAMES):
        tags = re.findall(r"<[^>]*>", str(each.text))
        assert {re.sub(r'href="[^"]*"', "", tag) for tag in tags} <= {"<b>", "</b>", "<br/>", "<a >", "</a>"}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "http//no"])
def test_only_links_to_the_web_are_links(url: str) -> None:
    assert url.encode() not in written(product(quicklook_url=url))


def test_our_own_reader_finds_the_area_again(tmp_path: Path) -> None:
    path = tmp_path / f"{STEM}.kml"
    path.write_bytes(written(product()))
    area = s2dl.read_region(path)
    assert area.covers(shapely.from_wkt(BOX).buffer(-1e-3))
    assert area.bounds == pytest.approx((10.29, 45.934, 11.755, 46.946), abs=1e-3)


def test_a_document_is_known_again_by_name_and_place() -> None:
    here, other = place("32TPS", 343, 343), place("32TPS", 512, 512)
    content = written(product())
    assert kml.is_of(content, STEM, here)
    assert kml.is_of(written(product(cloud_cover=1.0)), STEM, here)
    assert kml.is_of(written(product(), None), STEM, None)
    assert not kml.is_of(content, STEM, other)
    assert not kml.is_of(content, STEM, None)
    assert not kml.is_of(content, "another", here)
    assert not kml.is_of(content[:-20], STEM, here)
    assert not kml.is_of(b"", STEM, here)
    assert not kml.is_of(b'<!DOCTYPE a [<!ENTITY b "c">]><kml/>', STEM, here)
