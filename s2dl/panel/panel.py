"""Panel: the widget that people see; it lays out the parts and shows one state."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets
from ipywidgets import Layout

from s2dl.errors import BadInput, S2dlError
from s2dl.panel.layout import parts_of
from s2dl.panel.reading import panel_html, panel_text
from s2dl.panel.state.state import PanelState

if TYPE_CHECKING:
    import geopandas as gpd

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
    compact : bool
        Less high, with the rarer limits folded away: for Voilà and small windows.

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

    def __init__(self, region: RegionLike = None, settings: Settings | None = None, *, compact: bool = False) -> None:
        self._state = PanelState(region, settings)
        super().__init__(layout=Layout(width="100%", min_width="620px"))
        self.add_class("s2dl-panel")
        if compact:
            self.add_class("s2dl-compact")
        # Before the parts, so that what they show is in the variables already.
        self._share()
        self.children = parts_of(self._state, self.close, compact=compact)

    def _share(self) -> None:
        """Keep the shared traits of panel and state the same; identity, for tables cannot be compared."""

        def to_panel(change: Any) -> None:
            if getattr(self, change.name) is not change.new:
                setattr(self, change.name, change.new)

        def to_state(change: Any) -> None:
            if getattr(self._state, change.name) is not change.new:
                try:
                    setattr(self._state, change.name, change.new)
                finally:
                    # The state has read what it was given, a box is a polygon now; or refused it.
                    setattr(self, change.name, getattr(self._state, change.name))

        for name in _SHARED:
            setattr(self, name, getattr(self._state, name))
        self._state.observe(to_panel, _SHARED)
        self.observe(to_state, _SHARED)

    def search(self) -> None:
        """Do what the Search button does; returns at once."""
        self._state.search()

    async def search_async(self) -> gpd.GeoDataFrame:
        """Do what the Search button does, and wait for what it finds.

        Returns
        -------
        GeoDataFrame
            The panel's `scenes`.

        Raises
        ------
        BadInput
            What the form says is not a whole question.
        S2dlError
            The search failed, or was stopped.
        """
        state, loop = self._state, asyncio.get_running_loop()
        ended = asyncio.Event()

        def hear(change: Any) -> None:
            if not change.new:
                loop.call_soon_threadsafe(ended.set)

        state.observe(hear, "searching")
        try:
            state.search()
            if state.errors:
                raise BadInput(" ".join(state.errors.values()))
            if state.searching:
                await ended.wait()
        except asyncio.CancelledError:
            state.stop_search()
            raise
        finally:
            state.unobserve(hear, "searching")
        if state.failure is not None:
            raise S2dlError(state.failure.sentence)
        return state.scenes

    def copy_as_python(self) -> str:
        """Give code that repeats what was done here: the search, the selection, the download."""
        return self._state.as_python()

    def download(self) -> None:
        """Do what the Download button does; returns at once."""
        self._state.download()

    def stop(self) -> None:
        """Stop searching and downloading; what is complete stays."""
        self._state.stop_search()
        self._state.stop()

    def close(self) -> None:
        """Stop all work and take the widget away, with all that it is made of."""
        self._state.close()
        parts = list(_parts_below(self))
        super().close()
        for part in parts:
            part.close()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any] | None:
        """Show the widget, and a summary where no kernel runs."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        return {**bundle, "text/plain": panel_text(self._state), "text/html": panel_html(self._state)}


def _parts_below(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
    """All widgets that a widget is made of, however deep."""
    for name in ("children", "controls", "layers", "widget", "layout", "style"):
        below = getattr(widget, name, None)
        for part in (below,) if isinstance(below, ipywidgets.Widget) else below or ():
            yield part
            yield from _parts_below(part)
