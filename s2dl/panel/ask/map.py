"""The map: draw the region, see the footprints, click them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import ipyleaflet
import ipywidgets
import shapely
from shapely.geometry.base import BaseGeometry

from s2dl.earth import turned
from s2dl.errors import BadRegion
from s2dl.panel.ask.footprints import FOOTPRINTS, HIGHLIGHTS, footprints_of
from s2dl.panel.ask.ground import GRATICULE, GROUND, ground_of
from s2dl.panel.ask.tiles import tile_outline
from s2dl.panel.state.state import PanelState
from s2dl.panel.state.values import bounds_of
from s2dl.region import read_region

__all__ = ["map_of"]

_PANES = {GROUND: 150, GRATICULE: 160, FOOTPRINTS: 390, HIGHLIGHTS: 395}
"""From bottom to top; tiles lie at 200, and what is drawn lies above them all, at 400."""
_AREA = {"color": "#9a4dff", "weight": 2.5, "opacity": 1, "fill": False}
"""Without a filling, so that clicks reach the footprints under it."""
_TILE = {"color": "#9a4dff", "weight": 2.5, "dashArray": "6 6", "fill": False, "interactive": False}
_MOST_CORNERS = 3000


def map_of(state: PanelState) -> ipyleaflet.Map:
    """Make the map of a state."""
    drawing = _drawing()
    leaflet = ipyleaflet.Map(
        layers=(),
        controls=[ipyleaflet.ZoomControl(), drawing, ipyleaflet.ScaleControl(position="bottomleft")],
        panes={pane: {"zIndex": height} for pane, height in _PANES.items()},
        center=(46.5, 11.5),
        zoom=6,
        scroll_wheel_zoom=True,
        world_copy_jump=True,
        zoom_control=False,
        # ipyleaflet's own option shows it twice.
        attribution_control=False,
        layout=ipywidgets.Layout(height="auto", width="auto", flex="1 1 320px", min_width="300px", min_height="470px"),
    )
    leaflet.add(ipyleaflet.AttributionControl(position="bottomright"))
    legend = footprints_of(state, leaflet.model_id)
    leaflet.add(ipyleaflet.WidgetControl(widget=legend, position="bottomright"))
    leaflet.add_class("s2dl-map")
    ground_of(state, leaflet)
    _link(state, leaflet, drawing)
    _show_tiles_asked(state, leaflet)
    return leaflet


def _link(state: PanelState, leaflet: ipyleaflet.Map, drawing: ipyleaflet.DrawControl) -> None:
    on_map: BaseGeometry | None = None
    ours: list[dict[str, Any]] = []

    def drawn(change: Any) -> None:
        nonlocal on_map
        if change.new == ours:
            return
        try:
            on_map = _region_of(change.new)
        except BadRegion as error:
            state.errors = state.errors | {"box": str(error)}
            return
        if not _same(on_map, state.region):
            state.region = on_map

    def show_region(_: Any) -> None:
        nonlocal on_map, ours
        if _same(on_map, state.region):
            return
        on_map, ours = state.region, _features(state.region)
        drawing.data = ours
        if state.region is not None:
            _look_at(leaflet, state.region)

    def looked(change: Any) -> None:
        state.view = _visible(change.new)

    leaflet.observe(looked, "bounds")
    drawing.observe(drawn, "data")
    state.observe(show_region, "region")
    show_region(None)


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
        for part in shapely.get_parts(None if region is None else _in_one_piece(_drawable(region)))
        if part is not None
    ]


def _drawable(region: BaseGeometry) -> BaseGeometry:
    """Give a region with few enough corners for a page to draw; what is searched is the region itself."""
    if shapely.get_num_coordinates(region) <= _MOST_CORNERS:
        return region
    west, south, east, north = bounds_of(region)
    return region.simplify(max(east - west, north - south) / 1000)


def _same(one: BaseGeometry | None, other: BaseGeometry | None) -> bool:
    """Say whether two regions are equal as the map writes them, with six decimals."""
    if one is None or other is None:
        return one is other
    return bool(one.equals(other) or one.normalize().equals_exact(other.normalize(), 2e-6))


def _look_at(leaflet: ipyleaflet.Map, shape: BaseGeometry) -> None:
    """Move the map to a shape; `fit_bounds` needs an event loop, which a thread has not."""
    west, south, east, north = bounds_of(shape)
    # The box takes a part of the map only, so that the footprints around it are seen, too.
    span = max((east - west) / 250, (north - south) / 125, 1e-6)
    with leaflet.hold_sync():  # told one after the other, the map would stop on its way to the centre, and zoom there
        leaflet.center = ((south + north) / 2, ((west + east) / 2 + 180) % 360 - 180)
        # At zoom 0 a pixel is 360/256 of a degree.
        leaflet.zoom = max(2, min(14, math.floor(math.log2(360 / 256 / span))))


def _in_one_piece(shape: BaseGeometry) -> BaseGeometry:
    """A shape that lies across the antimeridian, drawn on the side of it where `_look_at` looks."""
    west, _, east, _ = bounds_of(shape)
    if east <= 180:
        return shape
    turn = -360.0 if (west + east) / 2 >= 180 else 0.0
    parts = shapely.get_parts(shape)
    moved = [turned(parts[[at]], turn + (360.0 if part.bounds[2] <= 0 else 0.0))[0] for at, part in enumerate(parts)]
    return shapely.union_all(moved)


def _visible(bounds: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Write the map's bounds as west, south, east, north; a map may show the Earth several times over."""
    if not bounds:
        return ()
    (south, west), (north, east) = bounds
    if east - west >= 360:
        west, east = -180.0, 180.0
    else:
        west, east = ((degrees + 180) % 360 - 180 for degrees in (west, east))
    return west, max(south, -90.0), east, min(north, 90.0)


def _show_tiles_asked(state: PanelState, leaflet: ipyleaflet.Map) -> None:
    """Outline the tiles that the question names, and look at them."""
    outlines = ipyleaflet.GeoJSON(data=_outlines(()), name="Tiles")
    leaflet.add(outlines)
    shown: tuple[str, ...] = ()

    def show(_: Any) -> None:
        nonlocal shown
        asked = tuple(state.query.get("tile", ()))
        if asked == shown:
            return
        shown = asked
        outlines.data = _outlines(asked)
        if asked and state.region is None:
            _look_at(leaflet, shapely.union_all([tile_outline(tile) for tile in asked]))

    state.observe(show, "query")
    show(None)


def _outlines(tiles: Iterable[str]) -> dict[str, Any]:
    features = [
        {"type": "Feature", "properties": {"style": _TILE}, "geometry": shapely.geometry.mapping(outline)}
        for outline in (_in_one_piece(tile_outline(tile)) for tile in tiles)
    ]
    return {"type": "FeatureCollection", "features": features}
