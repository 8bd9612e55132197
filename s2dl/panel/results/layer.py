"""Quicklooks and true-colour images on the map: image layers whose bytes are messages and never widget state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import ipyleaflet
import ipywidgets
from ipywidgets import Layout
from traitlets import Float, Int, List, Unicode

from s2dl.panel.fetch.words import scene_label
from s2dl.panel.state.on_map import MapPicture, OnMap, product_in
from s2dl.panel.state.state import PanelState

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MapPictures", "PictureLayer", "map_buttons_of", "quicklook_layer_of"]

_HERE = Path(__file__).parent
_PANE = "s2dl-quicklooks"
_HEIGHT = 393
"""Of the pane: over the footprints, whose colours would tint the pictures, and below what marks the selected ones."""
_NOTHING = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
"""One transparent pixel, until the page has the picture."""


class PictureLayer(ipyleaflet.ImageOverlay):  # type: ignore[misc]  # ipyleaflet has no types
    """An image layer in a pane of its own; the page gives it its address."""

    pane = Unicode(_PANE).tag(sync=True, o=True)
    url = Unicode(_NOTHING).tag(sync=True)


class MapPictures(anywidget.AnyWidget):
    """Brings the pictures' bytes to the page, and lists what lies on the map.

    Attributes
    ----------
    entries : list of dict
        What is listed, from top to bottom: key, label, kind.
    coming : int
        How many are on their way.
    opacity : float
        0 to 1.
    on_act : callable
        Called with ``"front"``, ``"remove"`` or ``"clear"`` and a key.
    """

    _esm = _HERE / "layer.js"
    entries: list[dict[str, str]] = List().tag(sync=True)  # type: ignore[assignment]  # a trait gives its value
    coming = Int(0).tag(sync=True)
    opacity = Float(1.0).tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_act: Callable[[str, str], None] = lambda *_: None
        self._bytes: dict[str, bytes] = {}
        self.on_msg(lambda _, message, __: self._hear(message))

    def show(self, layer: PictureLayer, png: bytes) -> None:
        """Show a picture in a layer, on every page that has this widget."""
        self._bytes[layer.model_id] = png
        self._tell(layer.model_id)

    def forget(self, layer: PictureLayer) -> None:
        """Let go of a layer's picture."""
        del self._bytes[layer.model_id]
        self.send({"tell": "gone", "layer": layer.model_id})

    def _tell(self, layer: str) -> None:
        self.send({"tell": "picture", "layer": layer}, [self._bytes[layer]])

    def _hear(self, message: dict[str, Any]) -> None:
        if message.get("ask") == "pictures":
            for layer in [*self._bytes]:
                self._tell(layer)
        else:
            self.on_act(message["do"], message.get("key", ""))


def quicklook_layer_of(state: PanelState, leaflet: ipyleaflet.Map) -> MapPictures:
    """Lay the pictures of a state onto a map, with a list on it that says which they are."""
    on_map = state.pictures.on_map
    on_map.say = state.say
    group = ipyleaflet.LayerGroup(name="Pictures")
    control = MapPictures()
    layers: dict[str, list[PictureLayer]] = {}

    def show(_: Any) -> None:
        pictures = {picture.key: picture for picture in on_map.pictures}
        gone = [layer for key in [*layers] if key not in pictures for layer in layers.pop(key)]
        new = [key for key in pictures if key not in layers]
        for key in new:
            layers[key] = _layers(pictures[key], on_map.opacity)
        group.layers = tuple(layer for key in pictures for layer in layers[key])
        for layer in gone:
            control.forget(layer)
            layer.close()
        for key in new:
            for layer in layers[key]:
                control.show(layer, pictures[key].png)
        control.entries = [_entry(picture) for picture in reversed(pictures.values())]

    def fade(_: Any) -> None:
        for layer in group.layers:
            layer.opacity = on_map.opacity

    on_map.observe(show, "pictures")
    on_map.observe(fade, "opacity")
    on_map.observe(lambda change: setattr(control, "coming", len(change.new)), "coming")
    control.observe(lambda change: setattr(on_map, "opacity", change.new), "opacity")
    control.on_act = lambda what, key: _act(on_map, what, key)
    leaflet.panes = {**leaflet.panes, _PANE: {"zIndex": _HEIGHT, "pointerEvents": "none"}}
    leaflet.add(group)
    leaflet.add(ipyleaflet.WidgetControl(widget=control, position="topright"))
    return control


def _layers(picture: MapPicture, opacity: float) -> list[PictureLayer]:
    """One layer; two of what lies across the antimeridian, for a map may come to it from either side."""
    (south, west), (north, east) = picture.bounds
    turns = (0, 360) if east > 180 else (0,)
    return [
        PictureLayer(bounds=[[south, west - turn], [north, east - turn]], opacity=opacity, name=picture.name)
        for turn in turns
    ]


def _entry(picture: MapPicture) -> dict[str, str]:
    return {"key": picture.key, "label": scene_label(picture.name), "kind": picture.kind}


def _act(on_map: OnMap, what: str, key: str) -> None:
    match what:
        case "front":
            on_map.to_front(key)
        case "remove":
            on_map.remove([key])
        case "clear":
            on_map.clear()


def map_buttons_of(state: PanelState) -> ipywidgets.HBox:
    """Make the buttons that lay pictures onto the map: quicklooks of the selection, true colour of the one in focus."""
    on_map = state.pictures.on_map
    look = ipywidgets.Button(layout=Layout(flex="1 1 auto", width="auto", margin="0 4px 0 0"), icon="map-o")
    colour = ipywidgets.Button(
        description="True colour", icon="picture-o", layout=Layout(flex="1 1 auto", width="auto", margin="0")
    )

    def missing() -> list[str]:
        return [name for name in state.selected_names if not on_map.has(name, "quicklook")]

    def show_look(_: Any) -> None:
        names, new = state.selected_names, missing()
        look.disabled = not names
        many = f"{len(new)} " if len(new) > 1 else ""
        look.description = "Take off map" if names and not new else f"Show {many}on map"
        look.tooltip = "Lay the quicklooks of the selected scenes onto the map, or take them off"

    def show_colour(_: Any) -> None:
        there = bool(state.focus) and product_in(Path(state.directory), state.focus) is not None
        colour.disabled = not there
        colour.tooltip = (
            "Lay this product's true-colour image onto the map" if there else "For products in the download directory"
        )

    def lay(_: Any) -> None:
        if missing():
            on_map.show(state.selected)
        else:
            on_map.remove([f"quicklook/{name}" for name in state.selected_names])

    def lay_colour(_: Any) -> None:
        path = product_in(Path(state.directory), state.focus)
        if path is not None:
            on_map.show_true_colour(state.focus, path)

    look.on_click(lay)
    colour.on_click(lay_colour)
    _when(show_look, (state, ["selected"]), (on_map, ["pictures", "coming"]))
    _when(show_colour, (state, ["focus", "directory", "report"]))
    # Room for the outline of the one that has the focus.
    return ipywidgets.HBox([look, colour], layout=Layout(overflow="visible"))


def _when(show: Callable[[Any], None], *sources: tuple[Any, Iterable[str]]) -> None:
    """Show now, and whenever one of these traits changes."""
    show(None)
    for source, traits in sources:
        source.observe(show, traits)
