"""The ground of the map: tiles to choose from where there is a network, else land, lakes and a graticule.

Land comes, too, when there should be tiles and none of them arrives.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import ipyleaflet
import ipywidgets
import shapely

from s2dl.panel.ask.land import GROUND, Land
from s2dl.panel.basemap import FAR
from s2dl.panel.state.state import PanelState

__all__ = ["GRATICULE", "GROUND", "ground_of"]

GRATICULE = "s2dl-graticule"
"""The map's pane of meridians and parallels, over the land and under all else."""

_CLOUDLESS = "https://tiles.maps.eox.at/wmts/1.0.0/s2cloudless-2020_3857/default/g/{z}/{y}/{x}.jpg"


def ground_of(state: PanelState, leaflet: ipyleaflet.Map) -> None:
    """Lay the ground under a map; without tiles where the service runs on this machine, for there may be no network."""
    laid: tuple[bool, list[ipywidgets.Widget]] | None = None

    def lay(_: Any) -> None:
        nonlocal laid
        offline = _is_loopback(state.settings.base_url)
        if laid is not None and laid[0] == offline:
            return
        before = laid[1] if laid is not None else []
        ground = _graticule() if offline else ipyleaflet.LayerGroup(name="Ground")
        controls = [_land_of(state, leaflet, spare=not offline), *([] if offline else [_choice_for(ground)])]
        laid = offline, [ground, *controls]
        leaflet.layers = (ground, *(layer for layer in leaflet.layers if layer not in before))
        leaflet.controls = (*(each for each in leaflet.controls if each not in before), *controls)
        for each in before:
            # With what is in it, or the page would keep that.
            for part in (*getattr(each, "layers", ()), getattr(each, "widget", None), each):
                if part is not None:
                    part.close()

    lay(None)
    state.observe(lay, "settings")


def _land_of(state: PanelState, leaflet: ipyleaflet.Map, *, spare: bool) -> ipyleaflet.WidgetControl:
    """Make land and lakes, which come when the page has drawn the rest, for they take a while to load."""
    land = Land(leaflet=leaflet.model_id, spare=spare)
    is_laid = False

    def lay(_: Any) -> None:
        nonlocal is_laid
        if not is_laid:
            is_laid = True
            state.pulse.soon(lambda: land.lay(leaflet))

    if spare:
        land.on_msg(lambda _, content, __: lay(None) if content.get("tiles") == "missing" else None)
    elif state.drawn:
        lay(None)
    else:
        state.observe(lay, "drawn")
    return ipyleaflet.WidgetControl(widget=land, position="bottomleft")


def _choice_for(ground: ipyleaflet.LayerGroup) -> ipyleaflet.WidgetControl:
    """Make the choice of tiles.

    Only those that are shown are on the map: ipyleaflet's own control has the page fetch the others, too, unseen.
    """
    picker = ipywidgets.Dropdown(
        options=[*_TILES], description="Map", tooltip="What lies under all else", style={"description_width": "32px"}
    )
    picker.layout = ipywidgets.Layout(width="190px")

    def show(_: Any) -> None:
        before, ground.layers = ground.layers, (_TILES[picker.value](),)
        for layer in before:
            layer.close()

    show(None)
    picker.observe(show, "value")
    control = ipyleaflet.WidgetControl(widget=picker, position="topright")
    picker.add_class("s2dl-tiles")
    return control


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _cloudless() -> ipyleaflet.TileLayer:
    credit = "Sentinel-2 cloudless 2020 by EOX IT Services GmbH (contains modified Copernicus Sentinel data 2020)"
    return ipyleaflet.TileLayer(url=_CLOUDLESS, attribution=credit, max_zoom=16)


_TILES: dict[str, Callable[[], ipyleaflet.TileLayer]] = {
    "OpenStreetMap": lambda: ipyleaflet.basemap_to_tiles(ipyleaflet.basemaps.OpenStreetMap.Mapnik),
    "Esri imagery": lambda: ipyleaflet.basemap_to_tiles(ipyleaflet.basemaps.Esri.WorldImagery),
    "Sentinel-2 cloudless": _cloudless,
}
"""The grounds to choose from where there is a network; the first is shown."""


def _graticule() -> ipyleaflet.GeoJSON:
    """Meridians and parallels, every five degrees: something to move by where there are no tiles."""
    far = int(360 - FAR)  # as land is drawn
    lines = [shapely.LineString([(east, -85), (east, 85)]) for east in range(-far, far + 1, 5)]
    lines += [shapely.LineString([(-far, north), (far, north)]) for north in range(-85, 86, 5)]
    style = {"color": "#888888", "weight": 0.6, "opacity": 0.7, "interactive": False, "pane": GRATICULE}
    features = [
        {"type": "Feature", "properties": {"style": style}, "geometry": shapely.geometry.mapping(line)}
        for line in lines
    ]
    return ipyleaflet.GeoJSON(data={"type": "FeatureCollection", "features": features}, name="Graticule")
