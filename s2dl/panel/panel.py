"""Panel: the widget that people see; it lays out the parts and shows one state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets
from ipywidgets import Layout

from s2dl.panel.ask.form import form_of
from s2dl.panel.ask.map import map_of
from s2dl.panel.fetch.downloads import downloads_of
from s2dl.panel.results.quicklook import quicklook_of
from s2dl.panel.results.table import table_of
from s2dl.panel.state.state import PanelState
from s2dl.panel.text import StyleSheet, TextLine

if TYPE_CHECKING:
    from s2dl.region import RegionLike
    from s2dl.settings import Settings

__all__ = ["Panel"]

_SHARED = ("region", "query", "scenes", "selected", "report", "status")


class Panel(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Search, look and download beside a map.

    Parameters
    ----------
    region : optional
        Where to begin; whatever `s2dl.read_region` takes.
    settings : Settings, optional

    Attributes
    ----------
    region : shapely geometry or None
        What is drawn; set it to whatever `s2dl.read_region` takes.
    query : dict
        What region and form ask, as arguments of `s2dl.search`.
    scenes : GeoDataFrame or None
        What was found; may be set to the result of `s2dl.search`.
    selected : GeoDataFrame or None
        The chosen rows of `scenes`.
    report : DownloadReport or None
        What came of the last download.
    status : str
        The line that says what goes on.

    Raises
    ------
    BadInput
        A region or settings that cannot be used, when made or set.

    Examples
    --------
    >>> panel = s2dl.Panel(region=(11.0, 46.3, 11.6, 46.7))  # doctest: +SKIP
    >>> panel  # doctest: +SKIP
    """

    region = traitlets.Any(None)
    query = traitlets.Dict()
    scenes = traitlets.Any(None)
    selected = traitlets.Any(None)
    report = traitlets.Any(None)
    status = traitlets.Unicode()

    def __init__(self, region: RegionLike = None, settings: Settings | None = None) -> None:
        self._state = PanelState(region, settings)
        super().__init__(layout=Layout(width="100%", min_width="620px"))
        self.add_class("s2dl-panel")
        # Before the parts, so that what they show is in the variables already.
        self._share()
        self.children = _parts(self._state)

    def _share(self) -> None:
        """Keep the shared traits of panel and state the same; identity, for tables cannot be compared."""

        def to_panel(change: Any) -> None:
            if getattr(self, change.name) is not change.new:
                setattr(self, change.name, change.new)

        def to_state(change: Any) -> None:
            if getattr(self._state, change.name) is not change.new:
                setattr(self._state, change.name, change.new)
                # The state has read what it was given: a box is a polygon now.
                setattr(self, change.name, getattr(self._state, change.name))

        for name in _SHARED:
            setattr(self, name, getattr(self._state, name))
        self._state.observe(to_panel, _SHARED)
        self.observe(to_state, _SHARED)

    def search(self) -> None:
        """Do what the Search button does; returns at once."""
        self._state.search()

    def download(self) -> None:
        """Do what the Download button does; returns at once."""
        self._state.download()

    def stop(self) -> None:
        """Stop searching and downloading; what is complete stays."""
        self._state.stop_search()
        self._state.stop()

    def close(self) -> None:
        """Stop all work and take the widget away."""
        self._state.close()
        super().close()


def _parts(state: PanelState) -> list[ipywidgets.Widget]:
    top = ipywidgets.HBox([form_of(state), map_of(state)], layout=Layout(align_items="stretch"))
    table = table_of(state)
    table.layout = Layout(flex="1 1 auto", width="auto", min_width="300px")
    quicklook = quicklook_of(state)
    quicklook.layout = Layout(flex="0 0 290px", width="290px", margin="0 0 0 8px")
    results = ipywidgets.HBox([table, quicklook])
    return [StyleSheet(), top, _status(state), _summary(state), results, _orders(state), downloads_of(state)]


def _status(state: PanelState) -> TextLine:
    line = TextLine(role="status")
    line.add_class("s2dl-status")

    def show(_: Any) -> None:
        line.kind = "error" if state.trouble else "plain"
        line.value = state.status

    show(None)
    state.observe(show, ["status", "trouble"])
    return line


def _summary(state: PanelState) -> TextLine:
    line = TextLine()
    line.add_class("s2dl-summary")

    def show(_: Any) -> None:
        line.value = state.summary

    show(None)
    state.observe(show, ["scenes", "selected"])
    return line


def _orders(state: PanelState) -> ipywidgets.HBox:
    """Where downloads go, and the buttons that start and stop them."""
    directory = ipywidgets.Text(
        value=state.directory,
        description="Directory",
        tooltip="Where downloads go; it is made where it is missing",
        layout=Layout(flex="1 1 auto", width="auto"),
        style={"description_width": "64px"},
    )
    traitlets.link((state, "directory"), (directory, "value"))
    start = ipywidgets.Button(description="Download", icon="download", button_style="primary")
    stop = ipywidgets.Button(description="Stop", icon="stop", tooltip="What is complete stays")
    start.on_click(lambda _: state.download())
    stop.on_click(lambda _: state.stop())

    def show(_: Any) -> None:
        start.disabled = state.downloads.running
        stop.disabled = not state.downloads.running

    show(None)
    state.observe(show, "downloads")
    return ipywidgets.HBox([directory, start, stop], layout=Layout(margin="6px 0 0 0"))
