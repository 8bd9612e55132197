"""The ground of the map: tiles to choose from where there is a network, else land, lakes and a graticule."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import ipyleaflet
import ipywidgets
import shapely

from s2dl.panel.ask.land import GROUND, Land
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
        layers, control = ([_graticule()], _land_of(state, leaflet)) if offline else (_tiles(), _switch())
        laid = offline, [*layers, control]
        leaflet.layers = (*layers, *(layer for layer in leaflet.layers if layer not in before))
        leaflet.controls = (*(each for each in leaflet.controls if each not in before), control)
        for each in before:
            each.close()

    lay(None)
    state.observe(lay, "settings")


def _land_of(state: PanelState, leaflet: ipyleaflet.Map) -> ipyleaflet.WidgetControl:
    """Make land and lakes, which come when the page has drawn the rest, for they take a while to load."""
    land = Land(leaflet=leaflet.model_id)

    def lay(_: Any) -> None:
        state.pulse.soon(lambda: land.lay(leaflet))

    if state.drawn:
        lay(None)
    else:
        state.observe(lay, "drawn")
    return ipyleaflet.WidgetControl(widget=land, position="bottomleft")


def _switch() -> ipyleaflet.LayersControl:
    return ipyleaflet.LayersControl(position="topright")


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tiles() -> list[ipyleaflet.TileLayer]:
    """The grounds to choose from where there is a network; the first is shown."""
    streets = ipyleaflet.basemap_to_tiles(ipyleaflet.basemaps.OpenStreetMap.Mapnik)
    imagery = ipyleaflet.basemap_to_tiles(ipyleaflet.basemaps.Esri.WorldImagery)
    credit = "Sentinel-2 cloudless 2020 by EOX IT Services GmbH (contains modified Copernicus Sentinel data 2020)"
    cloudless = ipyleaflet.TileLayer(url=_CLOUDLESS, attribution=credit, max_zoom=16)
    for layer, name in ((streets, "OpenStreetMap"), (imagery, "Esri imagery"), (cloudless, "Sentinel-2 cloudless")):
        layer.name, layer.base, layer.visible = name, True, layer is streets
    return [cloudless, imagery, streets]


def _graticule() -> ipyleaflet.GeoJSON:
    """Meridians and parallels, every five degrees: something to move by where there are no tiles."""
    lines = [shapely.LineString([(east, -85), (east, 85)]) for east in range(-180, 181, 5)]
    lines += [shapely.LineString([(-180, north), (180, north)]) for north in range(-85, 86, 5)]
    style = {"color": "#888888", "weight": 0.6, "opacity": 0.7, "interactive": False, "pane": GRATICULE}
    features = [
        {"type": "Feature", "properties": {"style": style}, "geometry": shapely.geometry.mapping(line)}
        for line in lines
    ]
    return ipyleaflet.GeoJSON(data={"type": "FeatureCollection", "features": features}, name="Graticule")
