"""The region from files: by path, or as a page has sent them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from s2dl.panel.ask.upload import Upload
from s2dl.panel.state import placing
from s2dl.panel.state.state import PanelState

from .conftest import Watched

FIELDS = [shapely.box(11, 46, 12, 47), shapely.box(13, 46, 14, 47)]


@pytest.fixture
def panel(state: PanelState) -> Watched:
    return Watched(state)


@pytest.fixture(autouse=True)
def private(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Where temporary files go; none may be left there."""
    folder = tmp_path / "private"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def geojson() -> bytes:
    return json.dumps(shapely.geometry.mapping(shapely.MultiPolygon(FIELDS))).encode()


def test_a_path_is_read_and_its_box_shown(panel: Watched, tmp_path: Path) -> None:
    path = tmp_path / "fields.geojson"
    path.write_bytes(geojson())
    panel.state.read_path(f" {path} ")
    panel.until(lambda: panel.state.placed)
    assert panel.state.placed.endswith("fields.geojson: 2 areas")
    assert panel.state.region.equals(shapely.MultiPolygon(FIELDS))
    assert (panel.state.form.where, panel.state.form.box) == ("file", ("11", "46", "14", "47"))
    assert shapely.from_wkt(panel.state.query["region"]).equals(panel.state.region)


def test_a_shapefile_is_read_with_what_lies_beside_it(panel: Watched, tmp_path: Path) -> None:
    gpd.GeoSeries(FIELDS, crs="EPSG:4326").to_crs("EPSG:32632").to_file(tmp_path / "fields.shp")
    files = {path.name: path.read_bytes() for path in tmp_path.glob("fields.*")}
    panel.state.read_files(files)
    panel.until(lambda: panel.state.placed)
    assert panel.state.region.bounds == pytest.approx((11, 46, 14, 47), abs=0.02)


def test_names_from_a_page_lead_nowhere_else(panel: Watched, tmp_path: Path) -> None:
    panel.state.read_files({"../../outside.geojson": geojson()})
    panel.until(lambda: panel.state.placed)
    assert panel.state.placed == "outside.geojson: 2 areas"
    assert not list(tmp_path.rglob("outside.geojson"))


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"fields.dbf": b"dbf"}, "fields.dbf only belongs to another file"),
        ({"fields.geojson": b"no json"}, "fields.geojson"),
        ({"fields.txt": b"words"}, "fields.txt"),
        ({"..": b"words"}, "area"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_file(
    panel: Watched, private: Path, files: dict[str, bytes], sentence: str
) -> None:
    panel.state.read_files(files)
    panel.until(lambda: panel.state.errors)
    assert sentence in panel.state.errors["file"]
    assert str(private) not in panel.state.errors["file"]
    assert panel.state.region is None
    assert not panel.state.placing


def test_a_missing_path_is_said_and_the_next_one_mends_it(panel: Watched, tmp_path: Path) -> None:
    panel.state.read_path(str(tmp_path / "none.geojson"))
    panel.until(lambda: panel.state.errors)
    assert "There is no file" in panel.state.errors["file"]
    panel.state.read_path("POLYGON ((11 46, 12 46, 12 47, 11 46))")
    panel.until(lambda: panel.state.placed)
    assert panel.state.errors == {}


def test_what_the_map_shows_becomes_the_region(state: PanelState) -> None:
    state.take_view()
    assert "not been drawn" in state.errors["box"]
    state.view = (11.0, 46.0, 12.0, 47.0)
    state.take_view()
    assert state.region.bounds == (11, 46, 12, 47)
    assert state.errors == {}


def sent(upload: Upload, content: object, piece: bytes = b"") -> None:
    upload._handle_custom_msg(content, [memoryview(piece)])


def test_pieces_become_files_and_too_many_are_refused(panel: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    upload, whole = Upload(largest=1_000), geojson()
    upload.when_sent(panel.state.read_files, panel.state.refuse_files)
    sent(upload, {"begin": True})
    for at in range(0, len(whole), 50):
        sent(upload, {"piece": "fields.geojson"}, whole[at : at + 50])
    sent(upload, {"end": True})
    panel.until(lambda: panel.state.placed)
    sent(upload, {"begin": True})
    sent(upload, {"piece": "fields.geojson"}, bytes(2_000))
    assert "2.0 kB are too much to send" in panel.state.errors["file"]
    assert panel.state.placed == ""
    sent(upload, {"refused": 5_000_000_000})
    assert "5.0 GB are too much" in panel.state.errors["file"]
    monkeypatch.setattr(placing, "LARGEST_UPLOAD", 10)
    panel.state.read_files({"fields.geojson": whole})
    assert "path" in panel.state.errors["file"]
