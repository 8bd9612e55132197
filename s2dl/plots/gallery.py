"""Contact sheet: the quicklooks of scenes side by side, each with day, tile and clouds."""

from __future__ import annotations

import io
import math
import textwrap
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.patches import Rectangle
from PIL import Image

from s2dl.errors import BadInput
from s2dl.plots.look import SelfShowing, Style, described, look_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from s2dl.plots.look import Look

__all__ = ["MOST", "NO_QUICKLOOK", "columns_for", "day_of", "gallery", "tile_of"]

NO_QUICKLOOK = "no quicklook"

MOST = 200
"""Scenes of one sheet; more would make a picture that browsers do not show."""

# Inches.
_WIDTH = 9.0
_LARGEST = 3.0
_MARGIN = 0.12
_HEADING = 0.42
_SHARP = 200
"""Pixels an inch, as a sharp screen shows it."""


def gallery(
    scenes: gpd.GeoDataFrame, pictures: Mapping[str, bytes | str], *, columns: int | None = None, style: Style = None
) -> Figure:
    """Draw a contact sheet, in the order of the table.

    Parameters
    ----------
    scenes : GeoDataFrame
        As `s2dl.search` gives it; at most 200 rows.
    pictures : mapping of str to bytes or str
        By product name: a PNG, or a few words that say why there is none.
    columns : int, optional
        Frames side by side, 1 to 20; by default as many as suit their number.
    style : {"light", "dark"}, optional
        Colours; by default matplotlib's own (rcParams).

    Returns
    -------
    matplotlib.figure.Figure
        Shows itself as the result of a cell; ``figure.savefig(…)`` writes it. A scene without a picture has an empty
        frame that says so.

    Raises
    ------
    BadInput
        There are too many scenes, or `columns` or `style` cannot be used.
    """
    across = columns_for(len(scenes), columns)
    look = look_of(style)
    cell = min(_LARGEST, (_WIDTH - 2 * _MARGIN) / across)
    side = 0.95 * cell
    letters = min(max(0.085 * 72 * side, 4.5), 10.0)
    row = side + 3.6 * letters / 72
    width, height = _width(across, cell), _HEADING + row * max(1, math.ceil(len(scenes) / across))
    figure = SelfShowing(figsize=(width, height), facecolor=look.paper)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.text(_MARGIN, _HEADING / 2, described(scenes), color=look.ink, fontsize=11, va="center", parse_math=False)
    for number, scene in enumerate(scenes.to_dict("records")):
        left, top = _MARGIN + number % across * cell, _HEADING + number // across * row
        _frame(axes, pictures.get(scene["name"], NO_QUICKLOOK), (left, top, side), letters, look)
        axes.text(
            left, top + side + 0.3 * letters / 72, f"{day_of(scene)}\n{tile_of(scene)}", color=look.ink,
            fontsize=letters, va="top", linespacing=1.15, parse_math=False,
        )  # fmt: skip
    # Coordinates are inches from the upper left corner; pictures would set limits of their own.
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="auto")
    return figure


def day_of(scene: Mapping[Hashable, Any]) -> str:
    """The day of sensing, as a caption says it."""
    start = scene["sensing_start"]
    return "day unknown" if pd.isna(start) else f"{start.day} {start:%b %Y}"


def tile_of(scene: Mapping[Hashable, Any]) -> str:
    """Tile and clouds, as a caption says them."""
    tile = "tile unknown" if pd.isna(scene["tile"]) else str(scene["tile"])
    cloud = scene["cloud_cover"]
    return f"{tile}  clouds unknown" if pd.isna(cloud) else f"{tile}  {cloud:.0f} % cloud"


def columns_for(number: int, columns: int | None) -> int:
    """How many frames stand side by side.

    Raises
    ------
    BadInput
        There are too many scenes, or `columns` is out of range.
    """
    if number > MOST:
        raise BadInput(
            f"A contact sheet shows at most {MOST} scenes, not {number}; give fewer, as scenes.head({MOST})."
        )
    if columns is None:
        return min(max(number, 1), 10, max(3, math.ceil(math.sqrt(number))))
    if not 1 <= columns <= 20:
        raise BadInput(f"columns: {columns} is out of range; give 1 to 20.")
    return columns


def _width(across: int, cell: float) -> float:
    return max(2 * _MARGIN + across * cell, 5.0)  # the heading needs room


def _frame(axes: Axes, picture: bytes | str, at: tuple[float, float, float], letters: float, look: Look) -> None:
    left, top, side = at
    if isinstance(picture, bytes):
        thumbnail = Image.open(io.BytesIO(picture), formats=("PNG",))
        thumbnail.thumbnail((round(side * _SHARP), round(side * _SHARP)))
        axes.imshow(thumbnail, extent=(left, left + side, top + side, top), aspect="auto")
        return
    axes.add_patch(Rectangle((left, top), side, side, fill=False, edgecolor=look.faint, linewidth=0.8))
    axes.text(
        left + side / 2, top + side / 2, textwrap.fill(picture, 18), color=look.unknown, fontsize=letters,
        ha="center", va="center", parse_math=False,
    )  # fmt: skip
