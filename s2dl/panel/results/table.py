"""The table of scenes: a small virtual table of our own; it draws only the rows that are in sight."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
from traitlets import Int, List, Unicode

from s2dl.panel.state.state import PanelState

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["SceneTable", "table_of"]

_HERE = Path(__file__).parent

_COLUMNS = [
    {"key": "sensing", "label": "Sensing time (UTC)", "kind": "text", "width": "12em"},
    {"key": "product_type", "label": "Type", "kind": "text", "width": "5.6em"},
    {"key": "tile", "label": "Tile", "kind": "text", "width": "4.6em"},
    {"key": "cloud_cover", "label": "Cloud", "kind": "percent", "width": "6em"},
    {"key": "coverage", "label": "Covers", "kind": "percent", "width": "6em"},
    {"key": "relative_orbit", "label": "Orbit", "kind": "number", "width": "5em"},
    {"key": "platform", "label": "Sat.", "kind": "text", "width": "4em"},
    {"key": "size", "label": "Size", "kind": "size", "width": "5.4em"},
    {"key": "baseline", "label": "Baseline", "kind": "text", "width": "6em"},
    {"key": "available", "label": "State", "kind": "text", "width": "5em"},
    {"key": "name", "label": "Name", "kind": "text", "width": "minmax(37em, 1fr)"},
]


class SceneTable(anywidget.AnyWidget):
    """A sortable table with multiple selection, by mouse and keyboard.

    The rows go to the page as messages, so that a saved notebook does not hold them.

    Attributes
    ----------
    selected : list of int
        Positions of the selected rows, ascending.
    active : int
        Position of the row that was selected last; -1 for none.
    """

    _esm = _HERE / "table.js"
    columns = List(_COLUMNS).tag(sync=True)
    label = Unicode("Scenes").tag(sync=True)
    empty = Unicode("What a search finds is listed here.").tag(sync=True)
    selected = List(Int()).tag(sync=True)
    active = Int(-1).tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._rows: dict[str, list[Any]] = {column["key"]: [] for column in _COLUMNS}
        self.on_msg(lambda *_: self._tell())

    def show(self, rows: dict[str, list[Any]]) -> None:
        """Show rows, given column by column, on every page that has this widget."""
        self._rows = rows
        self._tell()

    def _tell(self) -> None:
        self.send({"rows": self._rows})


def columns_of(scenes: gpd.GeoDataFrame) -> dict[str, list[Any]]:
    """Write scenes as plain columns; None is unknown."""
    percent = {"cloud_cover": scenes["cloud_cover"], "coverage": scenes["coverage"] * 100}
    plain = {key: scenes[key] for key in ("product_type", "tile", "relative_orbit", "platform", "baseline", "name")}
    columns = {
        "sensing": scenes["sensing_start"].dt.strftime("%Y-%m-%d %H:%M"),
        "available": scenes["online"].map({True: "online", False: "offline"}),
        "size": scenes["size"].where(scenes["size"] > 0),
        **percent,
        **plain,
    }
    return {key: column.astype("object").where(column.notna(), None).tolist() for key, column in columns.items()}


def table_of(state: PanelState) -> SceneTable:
    """Make the table of a state, its selection tied to the state's both ways."""
    table = SceneTable()
    names: list[str] = []

    def show(_: Any) -> None:
        nonlocal names
        scenes = state.scenes
        names = [] if scenes is None else scenes["name"].tolist()
        table.selected, table.active = [], -1
        table.show({} if scenes is None else columns_of(scenes))

    def show_selected(_: Any) -> None:
        wanted = set(state.selected_names)
        rows = [row for row, name in enumerate(names) if name in wanted]
        if rows != table.selected:
            table.selected = rows

    def show_active(change: Any) -> None:
        table.active = names.index(change.new) if change.new in names else -1

    def take(_: Any) -> None:
        chosen = [names[row] for row in table.selected if row < len(names)]
        if state.scenes is not None and set(chosen) != set(state.selected_names):
            state.select(chosen, names[table.active] if 0 <= table.active < len(names) else "")

    state.observe(show, "scenes")
    state.observe(show_selected, "selected")
    state.observe(show_active, "focus")
    table.observe(take, "selected")
    return table
