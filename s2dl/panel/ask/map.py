"""The map: draw the region, see the footprints, click them."""

from __future__ import annotations

import math
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import ipyleaflet
import ipywidgets
import shapely
from shapely.geometry.base import BaseGeometry

from s2dl.errors import BadRegion
from s2dl.panel.ask.footprints import CLOUD_COLOURS, FOOTPRINTS, HIGHLIGHTS, footprints, highlights
from s2dl.panel.state.state import PanelState
from s2dl.region import read_region

__all__ = ["map_of"]

_NOTHING: dict[str, Any] = {"type": "FeatureCollection", "features": []}
_PANES = {"s2dl-ground": 250, FOOTPRINTS: 390, HIGHLIGHTS: 395}
"""From bottom to top; what is drawn lies above them all, at 400."""
_AREA = {"color": "#9a4dff", "weight": 2.5, "opacity": 1, "fill": False}
"""Without a filling, so that clicks reach the footprints under it."""


def map_of(state: PanelState) -> ipyleaflet.Map:
    """Make the map of a state; without tiles where the service runs on this machine, for there may be no network."""
    offline = _is_loopback(state.settings.base_url)
    found, chosen = (ipyleaflet.GeoJSON(data=_NOTHING, name=name) for name in ("Footprints", "Selected"))
    drawing = _drawing()
    ground: list[ipyleaflet.Layer] = [_graticule()] if offline else [_tiles()]
    leaflet = ipyleaflet.Map(
        layers=[*ground, found, chosen],
        controls=[ipyleaflet.ZoomControl(), drawing, ipyleaflet.ScaleControl(position="bottomleft"), _legend()],
        panes={pane: {"zIndex": height} for pane, height in _PANES.items()},
        center=(46.5, 11.5),
        zoom=6,
        scroll_wheel_zoom=True,
        world_copy_jump=True,
        zoom_control=False,
        attribution_control=not offline,
        layout=ipywidgets.Layout(height="470px", width="auto", flex="1 1 320px", min_width="300px"),
    )
    leaflet.add_class("s2dl-map")
    _link(state, leaflet, drawing, found, chosen)
    return leaflet


def _link(
    state: PanelState,
    leaflet: ipyleaflet.Map,
    drawing: ipyleaflet.DrawControl,
    found: ipyleaflet.GeoJSON,
    chosen: ipyleaflet.GeoJSON,
) -> None:
    on_map: BaseGeometry | None = None

    def drawn(change: Any) -> None:
        nonlocal on_map
        try:
            on_map = _region_of(change.new)
        except BadRegion as error:
            state.errors = state.errors | {"box": str(error)}
            return
        if not _same(on_map, state.region):
            state.region = on_map

    def show_region(_: Any) -> None:
        if _same(on_map, state.region):
            return
        drawing.data = _features(state.region)
        if state.region is not None:
            _look_at(leaflet, state.region.bounds)

    def show_found(_: Any) -> None:
        found.data = _NOTHING if state.scenes is None else footprints(state.scenes)

    def show_chosen(_: Any) -> None:
        chosen.data = _NOTHING if state.selected is None else highlights(state.selected)

    def clicked(properties: dict[str, Any] | None = None, **_: Any) -> None:
        if properties is not None:
            state.toggle(properties["name"])

    drawing.observe(drawn, "data")
    found.on_click(clicked)
    state.observe(show_region, "region")
    state.observe(show_found, "scenes")
    state.observe(show_chosen, "selected")
    show_region(None)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _drawing() -> ipyleaflet.DrawControl:
    shape = {"shapeOptions": _AREA}
    return ipyleaflet.DrawControl(
        rectangle=shape, polygon=shape, polyline={}, circle={}, circlemarker={}, marker={}, edit=True, remove=True
    )


def _region_of(features: list[dict[str, Any]]) -> BaseGeometry | None:
    """All that is drawn as one region."""
    return read_region({"type": "FeatureCollection", "features": features}) if features else None


def _features(region: BaseGeometry | None) -> list[dict[str, Any]]:
    """A region as drawn shapes, a feature for each part, so that each can be edited."""
    return [
        {"type": "Feature", "properties": {"style": _AREA}, "geometry": shapely.geometry.mapping(part)}
        for part in shapely.get_parts(region)
        if part is not None
    ]


def _same(one: BaseGeometry | None, other: BaseGeometry | None) -> bool:
    """Say whether two regions are equal as the map writes them, with six decimals."""
    if one is None or other is None:
        return one is other
    return bool(one.equals(other) or one.normalize().equals_exact(other.normalize(), 2e-6))


def _look_at(leaflet: ipyleaflet.Map, bounds: tuple[float, float, float, float]) -> None:
    """Move the map to a box; `fit_bounds` needs an event loop, which a thread has not."""
    west, south, east, north = bounds
    # The box takes a part of the map only, so that the footprints around it are seen, too.
    span = max((east - west) / 250, (north - south) / 125, 1e-6)
    leaflet.center = ((south + north) / 2, (west + east) / 2)
    # At zoom 0 a pixel is 360/256 of a degree.
    leaflet.zoom = max(2, min(14, math.floor(math.log2(360 / 256 / span))))


def _tiles() -> ipyleaflet.TileLayer:
    return ipyleaflet.basemap_to_tiles(ipyleaflet.basemaps.OpenStreetMap.Mapnik)


def _graticule() -> ipyleaflet.GeoJSON:
    """Meridians and parallels, every five degrees: something to move by where there are no tiles."""
    lines = [shapely.LineString([(east, -85), (east, 85)]) for east in range(-180, 181, 5)]
    lines += [shapely.LineString([(-180, north), (180, north)]) for north in range(-85, 86, 5)]
    style = {"color": "#888888", "weight": 0.6, "opacity": 0.7, "interactive": False, "pane": "s2dl-ground"}
    features = [
        {"type": "Feature", "properties": {"style": style}, "geometry": shapely.geometry.mapping(line)}
        for line in lines
    ]
    return ipyleaflet.GeoJSON(data={"type": "FeatureCollection", "features": features}, name="Graticule")


def _legend() -> ipyleaflet.WidgetControl:
    lower, entries = 0, ""
    for upper, colour in CLOUD_COLOURS.items():
        entries += f'<div><span style="background:{colour}"></span>{lower}&ndash;{upper} %</div>'
        lower = upper
    legend = ipywidgets.HTML(f'<div class="s2dl-legend"><b>Cloud cover</b>{entries}</div>')
    return ipyleaflet.WidgetControl(widget=legend, position="bottomright")
