"""What a notebook shows of a panel where no kernel runs: its question, and what was found, as plain HTML and text."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

from s2dl.panel.state.state import PanelState

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["panel_html", "panel_text"]

_ROWS = 10
_LONGEST = 80
"""Characters of one value; a region may have thousands of corners."""


def panel_text(state: PanelState) -> str:
    """Write a panel in one line."""
    return f"s2dl.Panel: {state.summary or 'nothing searched yet'}"


def panel_html(state: PanelState) -> str:
    """Write a panel as a heading, its question and the first scenes."""
    asked = "".join(_row(name.replace("_", " "), _short(value)) for name, value in state.query.items())
    return (
        f"<div><p><b>Sentinel-2 panel</b>: {escape(state.summary or 'nothing searched yet')}. "
        "Run the cell to use it.</p>"
        f"<table><tbody>{asked}</tbody></table>{_scenes(state.scenes)}</div>"
    )


def _scenes(scenes: gpd.GeoDataFrame | None) -> str:
    if scenes is None or scenes.empty:
        return ""
    shown = scenes.head(_ROWS)
    rows = "".join(
        _row(str(name), "cloud cover unknown" if math.isnan(cloud) else f"{cloud:.1f} % cloud")
        for name, cloud in zip(shown["name"], shown["cloud_cover"], strict=True)
    )
    more = f"<p>and {len(scenes) - _ROWS} more</p>" if len(scenes) > _ROWS else ""
    return f"<table><tbody>{rows}</tbody></table>{more}"


def _row(name: str, value: str) -> str:
    return f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>"


def _short(value: Any) -> str:
    text = ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
