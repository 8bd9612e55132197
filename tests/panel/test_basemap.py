"""The map's ground without tiles: the whole Earth from afar, shores in detail from near, and no more than is needed."""

from __future__ import annotations

import json
from typing import Any

import ipyleaflet
import ipywidgets
import pytest
import shapely

from s2dl.panel.ask.land import Land
from s2dl.panel.ask.map import map_of
from s2dl.panel.basemap import Nearby, everywhere
from s2dl.panel.state.state import PanelState

from .pages import FakePage, eventually

Box = tuple[float, float, float, float]


def look(nearby: Nearby, zoom: int, box: Box) -> bytes | None:
    """Let the map show a box (west, south, east, north), as the browser says it."""
    west, south, east, north = box
    return nearby.look(((south, west), (north, east)), zoom)


def shapes(geojson: bytes | None) -> dict[str, shapely.Geometry]:
    return {
        feature["properties"]["className"]: shapely.make_valid(shapely.geometry.shape(feature["geometry"]))
        for feature in json.loads(geojson or b"")["features"]
    }


def test_the_whole_earth_is_not_large() -> None:
    found = shapes(everywhere())
    assert found["s2dl-land"].covers(shapely.Point(11.35, 46.5))
    assert not found["s2dl-land"].covers(shapely.Point(15.0, 43.0))
    assert found["s2dl-lakes"].covers(shapely.Point(33.0, -1.0))
    assert len(everywhere()) < 700_000


def test_land_goes_on_beyond_the_antimeridian() -> None:
    land = shapes(everywhere())["s2dl-land"]
    assert land.covers(shapely.Point(-226.0, 62.0))  # eastern Siberia, from the west
    assert land.covers(shapely.Point(210.0, 65.0))  # Alaska, from the east


def test_shores_come_in_detail_and_go_again() -> None:
    nearby = Nearby()
    land = shapes(look(nearby, 9, (11.5, 45.0, 13.0, 46.0)))["s2dl-land"]
    assert nearby.inside
    assert land.covers(shapely.Point(11.9, 45.4))
    assert not land.covers(shapely.Point(12.8, 45.1))
    assert look(nearby, 4, (-20.0, 20.0, 40.0, 60.0)) is None
    assert not nearby.inside


def test_a_view_over_the_antimeridian() -> None:
    land = look(Nearby(), 7, (178.0, 66.0, 182.0, 68.0))
    assert shapes(land)["s2dl-land"].covers(shapely.box(179.5, 67.1, 180.5, 67.4))


def test_small_moves_need_nothing() -> None:
    nearby = Nearby()
    assert look(nearby, 9, (11.5, 45.0, 13.0, 46.0)) is not None
    assert look(nearby, 9, (11.7, 45.1, 13.2, 46.1)) is None
    assert nearby.inside
    assert look(nearby, 9, (14.5, 45.0, 16.0, 46.0)) is not None


def test_a_wide_view_that_does_not_fit_the_zoom_is_not_believed() -> None:
    """Zoom and bounds come one after the other."""
    nearby = Nearby()
    assert look(nearby, 12, (-180.0, -80.0, 180.0, 80.0)) is None
    assert not nearby.inside


def test_what_lies_in_view_does_not_overlap() -> None:
    """Or the browser would leave out what lies twice, and show the seams."""
    land = json.loads(look(Nearby(), 7, (8.0, 48.0, 12.0, 51.0)) or b"")  # a corner of four cells lies in it
    parts = land["features"][0]["geometry"]["coordinates"]
    polygons = [shapely.make_valid(shapely.Polygon(outer, inner)) for outer, *inner in parts]
    assert sum(each.area for each in polygons) == pytest.approx(shapely.union_all(polygons).area)


def on_map(leaflet: ipyleaflet.Map, kind: type[ipywidgets.Widget]) -> list[Any]:
    layers = [layer for layer in leaflet.layers if isinstance(layer, kind)]
    shown = [getattr(control, "widget", control) for control in leaflet.controls]
    return layers + [each for each in shown if isinstance(each, kind)]


def test_a_page_gets_the_land_as_messages_and_no_notebook_saves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S2DL_BASE_URL", "http://127.0.0.1:8000/odata/v1")
    state = PanelState()
    leaflet = map_of(state)
    (land,) = on_map(leaflet, Land)
    page = FakePage(land)
    state.drawn = True
    eventually(lambda: [message["kind"] for message, _ in page.told] == ["everywhere", "sight"])
    leaflet.zoom = 9
    leaflet.set_trait("bounds", ((45.0, 11.5), (46.0, 13.0)))
    assert page.told[-1][0] == {"kind": "sight", "near": True}

    page.told.clear()
    page.say({"ask": "all"})
    assert [message["kind"] for message, _ in page.told] == ["everywhere", "near", "sight"]
    assert page.told[1][1][0] != page.told[0][1][0]
    saved = [str(each.get_state()) for each in [*leaflet.layers, leaflet, land]]
    assert sum(map(len, saved)) - len(land._esm) < 40_000
    state.close()


def test_the_ground_follows_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles only where the service is elsewhere: beside one on this machine there may be no network."""
    state = PanelState()
    leaflet = map_of(state)
    ground, *others = leaflet.layers
    (picker,) = on_map(leaflet, ipywidgets.Dropdown)
    for name, host in (
        ("OpenStreetMap", "openstreetmap"),
        ("Esri imagery", "arcgisonline"),
        ("Sentinel-2 cloudless", "eox"),
    ):
        picker.value = name
        (tiles,) = ground.layers
        assert host in tiles.url, "no page asks for tiles that are not shown"
        assert tiles.attribution
    for host in ("127.0.0.1:8000", "localhost:8000", "[::1]:8000"):
        state.use_settings(state.settings.model_copy(update={"base_url": f"http://{host}/odata/v1"}))
        assert on_map(leaflet, ipywidgets.Dropdown) == []
        assert leaflet.layers[0].name == "Graticule"
        (before,) = on_map(leaflet, Land)
        assert not before.spare
        assert [*leaflet.layers[1:]] == others
    state.use_settings(state.settings.model_copy(update={"base_url": "https://example.org/odata/v1"}))
    assert [*leaflet.layers[1:]] == others
    assert "openstreetmap" in leaflet.layers[0].layers[0].url
    assert before.comm is None, "the page would keep its land"
    (land,) = on_map(leaflet, Land)
    page = FakePage(land)
    page.say({"ask": "all"})
    assert page.told == [], "there are tiles"
    for _ in range(2):
        page.say({"tiles": "missing"})
    eventually(lambda: len(page.told) >= 2)
    assert [message["kind"] for message, _ in page.told].count("everywhere") == 1
    state.close()
