"""The Results tab: the table of scenes, and the quicklook of the one in focus beside it."""

from __future__ import annotations

import ipywidgets
from ipywidgets import Layout

from s2dl.panel.results.layer import map_buttons_of
from s2dl.panel.results.quicklook import quicklook_of
from s2dl.panel.results.table import table_of
from s2dl.panel.state.state import PanelState

__all__ = ["results_of"]


def results_of(state: PanelState) -> ipywidgets.HBox:
    """Make the Results tab of a state."""
    table = table_of(state)
    table.layout = Layout(flex="1 1 auto", width="auto", min_width="300px")
    beside = ipywidgets.VBox(
        [quicklook_of(state), map_buttons_of(state)],
        layout=Layout(flex="0 0 294px", width="294px", margin="0 0 0 6px", padding="0 2px 2px"),
    )
    return ipywidgets.HBox([table, beside])
