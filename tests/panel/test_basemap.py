"""The map's ground without tiles: the whole Earth from afar, shores in detail from near, and no more than is needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ipyleaflet
import pytest
import shapely

from s2dl.panel.basemap import basemap, sharpen

Look = Callable[[int, tuple[float, float, float, float]], None]


@pytest.fixture
def ground() -> ipyleaflet.LayerGroup:
    return basemap()


@pytest.fixture
def look(ground: ipyleaflet.LayerGroup) -> Look:
    """Let the map show a box (west, south, east, north) at a zoom, as the browser says it."""
    leaflet = ipyleaflet.Map(zoom=2)
    sharpen(ground, leaflet)

    def look(zoom: int, box: tuple[float, float, float, float]) -> None:
        west, south, east, north = box
        leaflet.zoom = zoom
        leaflet.set_trait("bounds", ((south, west), (north, east)))

    return look


def shapes(data: dict[str, Any]) -> dict[str, shapely.Geometry]:
    return {
        feature["properties"]["style"]["className"]: shapely.make_valid(shapely.geometry.shape(feature["geometry"]))
        for feature in data["features"]
    }


def test_the_whole_earth_is_there_at_once_and_is_not_large(ground: ipyleaflet.LayerGroup) -> None:
    everywhere, near = ground.layers
    found = shapes(everywhere.data)
    assert found["s2dl-land"].covers(shapely.Point(11.35, 46.5))
    assert not found["s2dl-land"].covers(shapely.Point(15.0, 43.0))
    assert found["s2dl-lakes"].covers(shapely.Point(33.0, -1.0))
    assert (everywhere.visible, near.visible) == (True, False)
    assert len(json.dumps(everywhere.data)) < 700_000


def test_land_goes_on_beyond_the_antimeridian(ground: ipyleaflet.LayerGroup) -> None:
    land = shapes(ground.layers[0].data)["s2dl-land"]
    assert land.covers(shapely.Point(-226.0, 62.0))  # eastern Siberia, from the west
    assert land.covers(shapely.Point(210.0, 65.0))  # Alaska, from the east


def test_clicks_go_through(ground: ipyleaflet.LayerGroup) -> None:
    for feature in ground.layers[0].data["features"]:
        assert feature["properties"]["style"]["interactive"] is False


def test_shores_come_in_detail_and_go_again(ground: ipyleaflet.LayerGroup, look: Look) -> None:
    everywhere, near = ground.layers
    look(9, (11.5, 45.0, 13.0, 46.0))
    assert (everywhere.visible, near.visible) == (False, True)
    land = shapes(near.data)["s2dl-land"]
    assert land.covers(shapely.Point(11.9, 45.4))
    assert not land.covers(shapely.Point(12.8, 45.1))
    look(4, (-20.0, 20.0, 40.0, 60.0))
    assert (everywhere.visible, near.visible) == (True, False)


def test_a_view_over_the_antimeridian(ground: ipyleaflet.LayerGroup, look: Look) -> None:
    look(7, (178.0, 66.0, 182.0, 68.0))
    assert shapes(ground.layers[1].data)["s2dl-land"].covers(shapely.box(179.5, 67.1, 180.5, 67.4))


def test_small_moves_send_nothing(ground: ipyleaflet.LayerGroup, look: Look) -> None:
    look(9, (11.5, 45.0, 13.0, 46.0))
    sent: list[object] = []
    ground.layers[1].observe(sent.append, "data")
    look(9, (11.7, 45.1, 13.2, 46.1))
    assert sent == []
    look(9, (14.5, 45.0, 16.0, 46.0))
    assert len(sent) == 1


def test_a_wide_view_that_does_not_fit_the_zoom_is_not_believed(ground: ipyleaflet.LayerGroup, look: Look) -> None:
    """Zoom and bounds come one after the other."""
    look(12, (-180.0, -80.0, 180.0, 80.0))
    assert ground.layers[1].visible is False


def test_what_lies_in_view_does_not_overlap(ground: ipyleaflet.LayerGroup, look: Look) -> None:
    """Or the browser would leave out what lies twice, and show the seams."""
    look(7, (8.0, 48.0, 12.0, 51.0))  # a corner of four cells lies in it
    parts = ground.layers[1].data["features"][0]["geometry"]["coordinates"]
    polygons = [shapely.make_valid(shapely.Polygon(outer, inner)) for outer, *inner in parts]
    assert sum(each.area for each in polygons) == pytest.approx(shapely.union_all(polygons).area)
