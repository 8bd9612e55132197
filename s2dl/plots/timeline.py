"""Timeline: the cloud cover of scenes over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.lines import Line2D

from s2dl.errors import BadInput
from s2dl.plots.look import Look, SelfShowing, Style, described, dress, look_of

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["timeline"]

_COLOURS = ("#2b83c6", "#e69f00", "#0fa37f", "#cc79a7", "#d55e00", "#8f7ee6", "#5dc1ee", "#b3a429")
"""After Okabe and Ito, for colour-blind people too; bright enough for dark paper, dark enough for light."""

_LEGEND = 16
_LARGEST, _SMALLEST = 130.0, 14.0
_UNKNOWN = -5.0


def timeline(
    scenes: gpd.GeoDataFrame, *, by: Literal["relative_orbit", "platform"] = "relative_orbit", style: Style = None
) -> Figure:
    """Draw cloud cover over time: a dot a scene, as large as its coverage of the region.

    Parameters
    ----------
    scenes : GeoDataFrame
        As `s2dl.search` gives it; scenes without a time are left out.
    by : {"relative_orbit", "platform"}
        What the colours tell.
    style : {"light", "dark"}, optional
        Colours; by default matplotlib's own (rcParams).

    Returns
    -------
    matplotlib.figure.Figure
        Shows itself as the result of a cell; ``figure.savefig(…)`` writes it. Scenes of unknown cloud cover are crosses
        below the axis. All dots are alike where there is no region.

    Raises
    ------
    BadInput
        `by` or `style` is unknown.
    """
    if by not in {"relative_orbit", "platform"}:
        raise BadInput(f"by: {by!r} is unknown; the colours tell 'relative_orbit' or 'platform'.")
    look = look_of(style)
    timed = scenes[scenes["sensing_start"].notna()]
    figure = SelfShowing(figsize=(9, 4.2), layout="constrained", facecolor=look.paper)
    axes = figure.add_subplot()
    kinds = sorted(timed[by].dropna().unique())
    colours = _colours(kinds)
    dot = pd.Series([colours.get(kind, look.unknown) for kind in timed[by]], index=timed.index, dtype=object)
    _draw(axes, timed, dot, look)
    _arrange(axes, timed, look)
    labels = {f"Orbit {kind}" if by == "relative_orbit" else str(kind): colours[kind] for kind in kinds}
    _explain(axes, labels, timed, look)
    return figure


def _colours(kinds: list[object]) -> dict[object, str]:
    """A colour for each kind: of the chosen ones while they last, else along a scale."""
    if len(kinds) <= len(_COLOURS):
        return dict(zip(kinds, _COLOURS, strict=False))
    scale = mpl.colormaps["turbo"](np.linspace(0.05, 0.95, len(kinds)))
    return {kind: mpl.colors.to_hex(colour) for kind, colour in zip(kinds, scale, strict=True)}


def _sizes(scenes: gpd.GeoDataFrame) -> pd.Series[float]:
    """Areas of dots, in square points: by coverage, and smaller where there are many."""
    coverage: pd.Series[float] = scenes["coverage"]
    most = coverage.max()
    share = (coverage / most if most > 0 else coverage).fillna(0.4)
    crowding = min(max((80 / max(len(scenes), 1)) ** 0.5, 0.22), 1)
    sizes: pd.Series[float] = (_SMALLEST + (_LARGEST - _SMALLEST) * share) * crowding
    return sizes


def _draw(axes: Axes, scenes: gpd.GeoDataFrame, colours: pd.Series[str], look: Look) -> None:
    known = scenes["cloud_cover"].notna().to_numpy()
    times = scenes["sensing_start"].dt.tz_localize(None).to_numpy()
    sizes = _sizes(scenes).to_numpy()
    # The largest first, so that none is hidden.
    order = np.argsort(-sizes[known], kind="stable")
    axes.scatter(
        times[known][order],
        scenes["cloud_cover"].to_numpy()[known][order],
        s=sizes[known][order],
        c=colours[known].iloc[order].to_list(),
        alpha=0.9,
        edgecolors=look.paper,
        linewidths=0.35,
        clip_on=False,
        zorder=3,
    )
    axes.scatter(
        times[~known], np.full((~known).sum(), _UNKNOWN), s=22, c=colours[~known].to_list(), marker="x", linewidths=1.2
    )


def _arrange(axes: Axes, scenes: gpd.GeoDataFrame, look: Look) -> None:
    dress(axes, look, described(scenes))
    axes.grid(visible=False, axis="x")
    axes.spines["left"].set_visible(False)
    axes.set_ylabel("Cloud cover (%)")
    axes.set_yticks(range(0, 101, 25))
    axes.set_ylim(2 * _UNKNOWN if scenes["cloud_cover"].isna().any() else -2, 102)
    if scenes.empty:
        axes.set_xticks([])
        return
    locator = AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]  # matplotlib has no types here
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    first, last = scenes["sensing_start"].min(), scenes["sensing_start"].max()
    margin = max((last - first) * 0.03, pd.Timedelta(days=1))
    axes.set_xlim((first - margin).tz_localize(None), (last + margin).tz_localize(None))


def _explain(axes: Axes, labels: dict[str, str], scenes: gpd.GeoDataFrame, look: Look) -> None:
    """Legend: the colours, the sizes where they differ, the crosses where there are any."""
    entries = [_entry(label, colour) for label, colour in list(labels.items())[:_LEGEND]]
    if len(labels) > _LEGEND:
        entries.append(_entry(f"and {len(labels) - _LEGEND} more", "none"))
    if scenes["coverage"].nunique() > 1:
        sizes = _sizes(scenes)
        extremes = scenes["coverage"].argmin(), scenes["coverage"].argmax()
        entries += [
            _entry(_covers(scenes["coverage"].iloc[row]), look.unknown, size=sizes.iloc[row]) for row in extremes
        ]
    if scenes["cloud_cover"].isna().any():
        entries.append(_entry("clouds unknown", look.unknown, marker="x", size=30))
    if entries:
        axes.legend(
            handles=entries, loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, labelcolor=look.ink,
            fontsize="small", borderaxespad=0,
        )  # fmt: skip


def _covers(share: float) -> str:
    return f"covers {share:.0%}" if share >= 0.01 else "covers under 1%"


def _entry(label: str, colour: str, *, marker: str = "o", size: float = 60) -> Line2D:
    return Line2D([], [], linestyle="", marker=marker, color=colour, markersize=size**0.5, label=label)
