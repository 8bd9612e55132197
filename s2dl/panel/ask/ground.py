"""The ground of the map: tiles to choose from where there is a network, else land, lakes and a graticule."""

from __future__ import annotations

import ipyleaflet
import shapely

__all__ = ["GRATICULE", "GROUND", "ground_layers", "lay_land"]

GROUND = "s2dl-ground"
GRATICULE = "s2dl-graticule"
"""The map's panes that lie under all others."""

_CLOUDLESS = "https://tiles.maps.eox.at/wmts/1.0.0/s2cloudless-2020_3857/default/g/{z}/{y}/{x}.jpg"


def ground_layers(*, offline: bool) -> list[ipyleaflet.Layer]:
    """Make what can be shown at once."""
    return [_graticule()] if offline else _tiles()


def _tiles() -> list[ipyleaflet.TileLayer]:
    """The grounds to choose from where there is a network; the first is shown."""
    streets = ipyleaflet.basemap_to_tiles(ipyleaflet.basemaps.OpenStreetMap.Mapnik)
    imagery = ipyleaflet.basemap_to_tiles(ipyleaflet.basemaps.Esri.WorldImagery)
    credit = "Sentinel-2 cloudless 2020 by EOX IT Services GmbH (contains modified Copernicus Sentinel data 2020)"
    cloudless = ipyleaflet.TileLayer(url=_CLOUDLESS, attribution=credit, max_zoom=16)
    for layer, name in ((streets, "OpenStreetMap"), (imagery, "Esri imagery"), (cloudless, "Sentinel-2 cloudless")):
        layer.name, layer.base, layer.visible = name, True, layer is streets
    return [cloudless, imagery, streets]


def lay_land(leaflet: ipyleaflet.Map) -> None:
    """Lay land and lakes under all else; only now, for they take a while to load."""
    from s2dl.panel.basemap import basemap, sharpen  # noqa: PLC0415 - heavy, see above

    land = basemap()
    leaflet.layers = (land, *leaflet.layers)
    sharpen(land, leaflet)


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
