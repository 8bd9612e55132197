"""What the figures share: one that shows itself in a notebook, colours on light and dark, plain axes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import matplotlib as mpl
from matplotlib.figure import Figure

from s2dl.errors import BadInput

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

__all__ = ["Look", "SelfShowing", "Style", "described", "dress", "is_light", "look_of"]

Style: TypeAlias = Literal["light", "dark"] | None
"""None: the colours of matplotlib's rcParams."""

_PIXELS_PER_INCH = 100
_SHARPNESS = 2


class SelfShowing(Figure):
    """A figure that a notebook shows as the result of a cell, without pyplot: once, and sharp.

    Where matplotlib's own inline display is switched on, that one draws it instead.
    """

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=_SHARPNESS * _PIXELS_PER_INCH)
        width, height = self.get_size_inches()
        return buffer.getvalue(), {"width": int(width * _PIXELS_PER_INCH), "height": int(height * _PIXELS_PER_INCH)}


@dataclass(frozen=True, slots=True)
class Look:
    """Colours: of the paper, of text and lines, of what stays in the background, of what is unknown, of the region."""

    paper: str
    ink: str
    faint: str
    unknown: str
    region: str


_LIGHT = Look("#ffffff", "#20262d", "#dfe3e8", "#9aa3ad", "#c2185b")
_DARK = Look("#15191e", "#e6e9ed", "#333b44", "#7b8590", "#ff6fa5")


def look_of(style: Style) -> Look:
    """The colours of a style.

    Raises
    ------
    BadInput
        There is no such style.
    """
    match style:
        case "light":
            return _LIGHT
        case "dark":
            return _DARK
        case None:
            colours = mpl.rcParams
            return Look(
                paper=colours["figure.facecolor"],
                ink=colours["text.color"],
                faint=colours["grid.color"],
                unknown=_LIGHT.unknown,
                region=_LIGHT.region if is_light(colours["figure.facecolor"]) else _DARK.region,
            )
        case _:
            raise BadInput(f"style: {style!r} is unknown; it is 'light', 'dark' or None for matplotlib's own colours.")


def is_light(colour: str) -> bool:
    """Say whether dark text is read better on a colour than light text."""
    red, green, blue = mpl.colors.to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5


def dress(axes: Axes, look: Look, title: str) -> None:
    """Give axes the colours of a look, thin lines, and a title on the left."""
    axes.set_facecolor(look.paper)
    axes.set_title(title, loc="left", color=look.ink, fontsize="large", pad=12)
    axes.grid(visible=True, color=look.faint, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(color=look.faint, labelcolor=look.ink, which="both")
    axes.xaxis.label.set_color(look.ink)
    axes.yaxis.label.set_color(look.ink)
    axes.xaxis.get_offset_text().set_color(look.ink)
    for side, spine in axes.spines.items():
        spine.set_color(look.faint)
        spine.set_visible(side in {"left", "bottom"})


def described(scenes: gpd.GeoDataFrame) -> str:
    """Number of scenes, their types and the days from first to last, in one line."""
    number = f"{len(scenes)} scene{'' if len(scenes) == 1 else 's'}"
    types = " and ".join(sorted(scenes["product_type"].dropna().unique()))
    days = scenes["sensing_start"].dropna()
    first, last = ("", "") if days.empty else (f"{day.day} {day:%b %Y}" for day in (days.min(), days.max()))
    between = first if first == last else f"{first} \N{EN DASH} {last}"
    return ", ".join(part for part in (number, types, between) if part)
