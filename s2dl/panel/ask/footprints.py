"""Footprints as slim GeoJSON features, coloured by cloud cover."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import shapely

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "CLOUD_COLOURS",
    "FOOTPRINTS",
    "HIGHLIGHTS",
    "UNKNOWN_COLOUR",
    "cloud_colour",
    "collection",
    "footprints",
    "highlights",
]

CLOUD_COLOURS = {10: "#0072b2", 30: "#56b4e9", 60: "#e6ab02", 100: "#d55e00"}
"""Colour by upper limit in percent; blue to orange, told apart by colour-blind people, on light and dark ground."""
UNKNOWN_COLOUR = "#999999"

FOOTPRINTS = "s2dl-footprints"
HIGHLIGHTS = "s2dl-highlights"
"""The map's panes that they are drawn in."""

_DIGITS = 4
"""Of degrees, for drawing: about ten metres."""


def cloud_colour(percent: float) -> str:
    """Give the colour of a cloud cover; NaN is unknown."""
    if math.isnan(percent):
        return UNKNOWN_COLOUR
    return next(colour for limit, colour in CLOUD_COLOURS.items() if percent <= limit)


def footprints(scenes: gpd.GeoDataFrame) -> dict[str, Any]:
    """Make the layer of all footprints: features with a name and a style, nothing else."""
    # Many lie on top of one another: their fillings must not add up to a solid colour.
    filling = min(0.2, 0.6 / max(len(scenes), 1))
    styles = (
        {"color": cloud_colour(cloud), "weight": 1.5, "fillOpacity": filling, "pane": FOOTPRINTS}
        for cloud in scenes["cloud_cover"].astype("float64")
    )
    return collection(scenes, styles)


def highlights(scenes: gpd.GeoDataFrame) -> dict[str, Any]:
    """Make the layer of the selected footprints; clicks go through it."""
    style = {"color": "#e0007a", "weight": 3, "fillOpacity": 0.08, "interactive": False, "pane": HIGHLIGHTS}
    return collection(scenes, (style for _ in range(len(scenes))))


def collection(scenes: gpd.GeoDataFrame, styles: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Make a GeoJSON collection of scenes, a style each; scenes without a footprint are left out."""
    shapes = shapely.transform(scenes.geometry.to_numpy(), lambda coordinates: coordinates.round(_DIGITS))
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": name, "style": style},
                "geometry": shapely.geometry.mapping(shape),
            }
            for name, shape, style in zip(scenes["name"], shapes, styles, strict=True)
            if shape is not None
        ],
    }
