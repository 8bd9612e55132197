"""The table of scenes: a small virtual table of our own, with a filter; it draws only the rows that are in sight."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from traitlets import Bool, List, Unicode

from s2dl.panel.results.scene_view import SceneView, link, script
from s2dl.panel.state.picking import Picking, Rule
from s2dl.panel.state.state import PanelState

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["SceneTable", "columns_of", "table_of"]

_COLUMNS = [
    {"key": "sensing", "label": "Sensing time (UTC)", "kind": "text", "width": "13em"},
    {"key": "product_type", "label": "Type", "kind": "text", "width": "5.6em"},
    {"key": "tile", "label": "Tile", "kind": "text", "width": "5.2em"},
    {"key": "cloud_cover", "label": "Cloud", "kind": "percent", "width": "6em"},
    {"key": "coverage", "label": "Covers", "kind": "percent", "width": "6em"},
    {"key": "relative_orbit", "label": "Orbit", "kind": "number", "width": "5em"},
    {"key": "platform", "label": "Sat.", "kind": "text", "width": "4.6em"},
    {"key": "size", "label": "Size", "kind": "size", "width": "5.4em"},
    {"key": "baseline", "label": "Baseline", "kind": "text", "width": "6.6em"},
    {"key": "available", "label": "State", "kind": "text", "width": "5.6em"},
    {"key": "name", "label": "Name", "kind": "text", "width": "minmax(41em, 1fr)"},
]


_ACTIONS = [
    {"key": "all", "label": "All shown", "title": "Select every row that the filter lets through (Ctrl+A)"},
    {"key": "none", "label": "None", "title": "Select nothing (Esc)"},
    {
        "key": "best_cover",
        "label": "Best cover",
        "title": "Select the clearest few of the shown scenes that cover the region together",
    },
    {
        "key": "latest_baseline",
        "label": "Newest baseline",
        "title": "Select the shown scenes that no newer processing supersedes",
    },
]


_NOTHING_YET = "What a search finds is listed here."


class SceneTable(SceneView):
    """A table with a filter, sortable, with multiple selection, by mouse and keyboard.

    The rows go to the page as messages, so that a saved notebook does not hold them.

    Attributes
    ----------
    filter : str
        Words; rows that have all of them are shown.
    sorting : list of (str, bool)
        Key of the column to sort by, empty for none, and whether it is descending.
    busy : bool
        The buttons wait.
    on_arrange : callable
        Called with the names that are shown, in their order, when the person filters or sorts.
    on_act : callable
        Called with the rule whose button was pressed.
    """

    _esm = script("scene_view.js", "table.js")
    columns = List(_COLUMNS).tag(sync=True)
    actions = List(_ACTIONS).tag(sync=True)
    label = Unicode("Scenes").tag(sync=True)
    empty = Unicode(_NOTHING_YET).tag(sync=True)
    filter = Unicode().tag(sync=True)
    sorting = List(["", False]).tag(sync=True)
    busy = Bool(False).tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_arrange: Callable[[list[str]], None] = lambda _: None
        self.on_act: Callable[[Rule], None] = lambda _: None
        self._rows: dict[str, list[Any]] = {}

    def show(self, rows: dict[str, list[Any]]) -> None:
        """Show rows, given column by column, on every page that has this widget."""
        self._rows = rows
        self.renew(rows.get("name", []))

    def rows(self) -> tuple[dict[str, Any], list[bytes]]:
        """Give all columns."""
        return {"rows": self._rows}, []

    def act(self, what: str, names: list[str]) -> None:
        """Tell what the person has filtered or sorted, or a button that was pressed."""
        match what:
            case "arrange":
                self.on_arrange(names)
            case "best_cover" | "latest_baseline":
                self.on_act(what)


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
    """Make the table of a state, which also says which scenes are visible."""
    table = SceneTable()
    picking = Picking(state)

    def renew() -> None:
        table.empty = _NOTHING_YET if state.scenes is None else "No scene matches; ask for more days, clouds or area."
        table.show({} if state.scenes is None else columns_of(state.scenes))

    def arranged(names: list[str]) -> None:
        state.visible = tuple(names)

    table.on_arrange = arranged
    table.on_act = picking.pick
    picking.observe(lambda change: setattr(table, "busy", change.new), "busy")
    link(state, table, renew, filtered=False)
    return table
