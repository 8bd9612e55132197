"""Footprints on the map: coloured by cloud cover, with a tooltip; hover and clicks go both ways.

A layer of our own, drawn by Leaflet in the page: what is found goes there as messages, so that a saved notebook does
not hold it, and only the number of a row comes back, where ipyleaflet's GeoJSON sends whole features with every move.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely
from traitlets import Dict

from s2dl.earth import turned
from s2dl.panel.ask.layer import MapLayer
from s2dl.panel.basemap import FAR
from s2dl.panel.scripts import joined
from s2dl.panel.state.state import PanelState

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd

__all__ = ["CLOUD_COLOURS", "FOOTPRINTS", "HIGHLIGHTS", "UNKNOWN_COLOUR", "Footprints", "cloud_colour", "footprints_of"]

_HERE = Path(__file__).parent

CLOUD_COLOURS = {10: "#0072b2", 30: "#56b4e9", 60: "#e6ab02", 100: "#d55e00"}
"""Colour by upper limit in percent; blue to orange, told apart by colour-blind people, on light and dark ground."""
UNKNOWN_COLOUR = "#999999"

FOOTPRINTS = "s2dl-footprints"
HIGHLIGHTS = "s2dl-highlights"
"""The map's panes that they are drawn in."""


def cloud_colour(percent: float) -> str:
    """Give the colour of a cloud cover; NaN is unknown."""
    if math.isnan(percent):
        return UNKNOWN_COLOUR
    return next(colour for limit, colour in CLOUD_COLOURS.items() if percent <= limit)


class Footprints(MapLayer):
    """Legend, and the layer of footprints on the map in whose corner the legend stands."""

    _esm = joined([_HERE / "leaflet.js", _HERE / "footprints.js"])
    panes = Dict({"found": FOOTPRINTS, "chosen": HIGHLIGHTS}).tag(sync=True)
    legend = Dict().tag(sync=True)
    kinds = ("found", "visible", "chosen", "hover")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(legend=_legend(), **kwargs)


def footprints_of(state: PanelState, leaflet: str) -> Footprints:
    """Make the footprints of a state on a map."""
    layer = Footprints(leaflet=leaflet)
    names: list[str] = []
    rows: dict[str, int] = {}

    def show(_: Any) -> None:
        nonlocal names, rows
        names = [] if state.scenes is None else state.scenes["name"].tolist()
        rows = {name: row for row, name in enumerate(names)}
        layer.tell("found", *drawn(state.scenes))
        # What was told of them before was of the earlier scenes.
        show_visible(None)
        show_chosen(None)

    def show_chosen(_: Any) -> None:
        layer.tell("chosen", {}, [_numbers(rows[name] for name in state.selected_names if name in rows)])

    def show_visible(_: Any) -> None:
        everything = len(state.visible) == len(names)
        shown = [] if everything else [_numbers(rows[name] for name in state.visible if name in rows)]
        layer.tell("visible", {"all": everything}, shown)

    def show_hover(change: Any) -> None:
        layer.tell("hover", {"row": rows.get(change.new, -1)}, [])

    def take(_: Any, content: dict[str, Any], __: Any) -> None:
        match content:
            case {"click": int(row)} if 0 <= row < len(names):
                state.toggle(names[row])
            case {"hover": int(row)}:
                state.hover = names[row] if 0 <= row < len(names) else ""

    layer.on_msg(take)
    # In the order in which the page must hear of it.
    state.observe(show, "scenes")
    state.observe(show_chosen, "selected")
    state.observe(show_visible, "visible")
    state.observe(show_hover, "hover")
    return layer


def drawn(scenes: gpd.GeoDataFrame | None) -> tuple[dict[str, Any], list[bytes]]:
    """Write footprints as a message: labels and colours by row, and the rings as numbers.

    Returns
    -------
    dict, list of bytes
        The buffers are: longitude and latitude in turn (float32, degrees), the index of each ring's end in positions,
        and the row that each ring belongs to (int32). Holes are left out: footprints have none. What lies near the
        antimeridian is there twice, a turn of the Earth apart.
    """
    if scenes is None:
        return {"labels": [], "colours": []}, [b"", b"", b""]
    import numpy as np  # noqa: PLC0415 - there are scenes, so it is loaded

    parts, owners = _beyond(*shapely.get_parts(scenes.geometry.to_numpy(), return_index=True))
    rings = shapely.get_exterior_ring(parts)
    ends = np.cumsum(shapely.get_num_coordinates(rings))
    content = {
        "labels": [_label(*fields) for fields in _fields(scenes)],
        "colours": [cloud_colour(cloud) for cloud in scenes["cloud_cover"].astype("float64")],
    }
    return content, [shapely.get_coordinates(rings).astype("float32").tobytes(), _bytes(ends), _bytes(owners)]


def _beyond(parts: np.ndarray[Any, Any], owners: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], ...]:
    """The parts, and once more what lies near the antimeridian, for maps that show its other side."""
    import numpy as np  # noqa: PLC0415 - as above

    west, _, east, _ = shapely.bounds(parts).T
    sides = ((east > FAR, -360.0), (west < -FAR, 360.0))
    copies = [turned(parts[side], degrees) for side, degrees in sides]
    return np.concatenate([parts, *copies]), np.concatenate([owners, *(owners[side] for side, _ in sides)])


def _fields(scenes: gpd.GeoDataFrame) -> Any:
    days = scenes["sensing_start"].dt.strftime("%Y-%m-%d %H:%M")
    return zip(days, _text(scenes["product_type"]), _text(scenes["tile"]), scenes["cloud_cover"], strict=True)


def _text(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.astype("object").where(column.notna(), "unknown")


def _label(day: object, product_type: str, tile: str, cloud: float) -> str:
    clouds = "cloud unknown" if math.isnan(cloud) else f"{cloud:.0f} % cloud"
    return f"{day if isinstance(day, str) else 'time unknown'} · {product_type} · {tile} · {clouds}"


def _numbers(numbers: Any) -> bytes:
    import numpy as np  # noqa: PLC0415 - as above

    return _bytes(np.fromiter(numbers, dtype="int32"))


def _bytes(numbers: np.ndarray[Any, Any]) -> bytes:
    return numbers.astype("int32").tobytes()


def _legend() -> dict[str, str]:
    lower, words = 0, {}
    for upper, colour in CLOUD_COLOURS.items():
        words[f"{lower} to {upper} %"] = colour
        lower = upper
    return words | {"unknown": UNKNOWN_COLOUR}
