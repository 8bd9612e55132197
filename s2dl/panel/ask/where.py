"""Where: on the map or as a box, from a file, or by tile; one at a time."""

from __future__ import annotations

from typing import Any

import ipywidgets
from ipywidgets import Layout

from s2dl.panel.ask.fields import WIDE, error_of, follow, text_of
from s2dl.panel.ask.upload import Upload
from s2dl.panel.state.placing import LARGEST_UPLOAD
from s2dl.panel.state.state import PanelState
from s2dl.panel.state.values import BOX
from s2dl.panel.text import TextLine

__all__ = ["where_of"]


def where_of(state: PanelState) -> list[ipywidgets.Widget]:
    """Make the choice of the source, and the fields of each source, of which one's are in sight."""
    sources = ipywidgets.ToggleButtons(
        options=[("On the map", "map"), ("From a file", "file"), ("Tile", "tile")],
        tooltips=[
            "Draw rectangles and polygons, or write a box",
            "A vector file, or an image whose extent is meant",
            "Tiles of the MGRS grid, such as 32TPS",
        ],
        style={"button_width": "auto"},
    )
    sources.add_class("s2dl-sources")
    follow(state, sources, lambda form: form.where, lambda new: {"where": new})
    panes = {"map": _on_map(state), "file": _from_file(state), "tile": _tile(state)}

    def show(_: Any) -> None:
        for source, pane in panes.items():
            pane.layout.display = None if source == state.form.where else "none"

    show(None)
    state.observe(show, "form")
    return [sources, *panes.values()]


def _on_map(state: PanelState) -> ipywidgets.VBox:
    view = ipywidgets.Button(description="What the map shows", icon="crop", tooltip="Make it the area to search")
    clear = ipywidgets.Button(description="Clear", icon="eraser", tooltip="Take the area away")
    view.layout = Layout(flex="1 1 auto", width="auto")
    clear.layout = Layout(flex="0 0 84px", width="auto")
    view.on_click(lambda _: state.take_view())
    clear.on_click(lambda _: state.change(**dict.fromkeys(BOX, "")))
    return ipywidgets.VBox([_box(state), error_of(state, "box"), ipywidgets.HBox([view, clear])])


def _box(state: PanelState) -> ipywidgets.GridBox:
    """West, north, east and south, laid out as on a compass."""
    fields = []
    for name in BOX:
        field = ipywidgets.Text(
            description=name[0].upper(),
            placeholder="degrees",
            tooltip=f"{name.capitalize()}, degrees, with a dot: {'11.25' if name in {'west', 'east'} else '46.5'}",
            continuous_update=False,
            layout=Layout(width="auto", grid_area=name, margin="0"),
            style={"description_width": "16px"},
        )
        fields.append(
            follow(state, field, lambda form, name=name: getattr(form, name), lambda new, name=name: {name: new})
        )
    return ipywidgets.GridBox(
        fields,
        layout=Layout(
            grid_template_areas="'. north north .' 'west west east east' '. south south .'",
            grid_template_columns="1fr 1fr 1fr 1fr",
            grid_gap="4px 8px",
            margin="2px",
        ),
    )


def _from_file(state: PanelState) -> ipywidgets.VBox:
    upload = Upload(largest=LARGEST_UPLOAD)
    upload.when_sent(state.read_files, state.refuse_files)
    path = ipywidgets.Text(
        description="Or path",
        placeholder="on the notebook's machine",
        tooltip="A .shp, .zip, .kml, .kmz, .geojson, .gpkg, or an image whose extent is meant; also WKT",
        continuous_update=False,
        layout=Layout(width="auto"),
        style=WIDE,
    )
    path.observe(lambda change: state.read_path(change.new), "value")
    said = TextLine()

    def show(_: Any) -> None:
        said.value = "Reading…" if state.placing else state.placed

    state.observe(show, ["placing", "placed"])
    return ipywidgets.VBox([upload, path, error_of(state, "file"), said])


def _tile(state: PanelState) -> ipywidgets.VBox:
    field = text_of(
        state, "tile", "Tile", placeholder="32TPS, 32TQS", tooltip="Tile ids, with commas between them; also T32TPS"
    )
    return ipywidgets.VBox([field, error_of(state, "tile")])
