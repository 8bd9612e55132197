"""Footprints: where scenes lie, coloured by their clouds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.collections import PathCollection
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator

from s2dl.plots.look import Look, SelfShowing, Style, described, dress, is_light, look_of
from s2dl.scenes import asked_region

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from s2dl.region import RegionLike

    Geometries = NDArray[np.object_]

__all__ = ["footprints"]

_CLOUDS = mpl.colors.LinearSegmentedColormap.from_list("clouds", ["#14647e", "#4f9fa8", "#b5cfca", "#f4f1ea"])
_DARK, _LIGHT = "#20262d", "#ffffff"
_NAMED_TILES = 20
_STEEPEST = 75.0
"""Degrees of latitude beyond which the map is no longer stretched."""


def footprints(scenes: gpd.GeoDataFrame, region: RegionLike = None, *, style: Style = None) -> Figure:
    """Draw the footprints, coloured by cloud cover: the clearest on top, the region's outline over them.

    Parameters
    ----------
    scenes : GeoDataFrame
        As `s2dl.search` gives it; scenes without a footprint are left out.
    region : optional
        Whatever `s2dl.read_region` takes; by default that of the table's question.
    style : {"light", "dark"}, optional
        Colours; by default matplotlib's own (rcParams).

    Returns
    -------
    matplotlib.figure.Figure
        Longitude and latitude in degrees, equally scaled at the map's middle. What crosses the antimeridian is drawn
        in one piece. Shows itself as the result of a cell; ``figure.savefig(…)`` writes it.

    Raises
    ------
    BadInput
        The region or the style cannot be used.
    """
    look = look_of(style)
    where = asked_region(scenes, region)
    placed = scenes[~(scenes.geometry.isna() | scenes.geometry.is_empty)]
    # The cloudiest first: what lies on top, and shows its colour, is the clearest.
    placed = placed.sort_values("cloud_cover", ascending=False, na_position="first")
    shapes = _together(np.array([*placed.geometry, *([] if where is None else [where])], dtype=object))
    figure = SelfShowing(figsize=(7.5, 6.5), layout="compressed", facecolor=look.paper)
    axes = figure.add_subplot()
    fills = _draw(axes, shapes[: len(placed)], placed["cloud_cover"].to_numpy(), look)
    if where is not None:
        _outline(axes, shapes[-1:], look)
    _name_tiles(axes, placed["tile"].to_numpy(dtype=object, na_value=None), shapes[: len(placed)], fills)
    _arrange(axes, shapes, look, described(scenes))
    return figure


def _together(shapes: Geometries) -> Geometries:
    """Shapes on both sides of the antimeridian side by side, from 0 to 360 degrees, where that is narrower."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    west, _, east, _ = shapely.bounds(parts).T
    turn = np.where(west + east < 0, 360, 0)
    if _width(west + turn, east + turn) >= _width(west, east):
        return shapes
    places = shapely.get_coordinates(parts)
    places[:, 0] += np.repeat(turn, shapely.get_num_coordinates(parts))
    turned = shapely.set_coordinates(parts, places)
    return np.array([shapely.union_all(turned[owner == number]) for number in range(len(shapes))], dtype=object)


def _width(west: NDArray[np.float64], east: NDArray[np.float64]) -> float:
    return float(east.max(initial=-np.inf) - west.min(initial=np.inf))


def _paths(shapes: Geometries) -> list[Path]:
    """Paths with holes: each ring closed, outer and inner ones in opposite directions."""
    return [
        Path.make_compound_path(*(Path(shapely.get_coordinates(ring), closed=True) for ring in _rings(shape)))
        for shape in shapely.normalize(shapely.force_2d(shapes))
    ]


def _rings(shape: shapely.Geometry) -> Geometries:
    return np.asarray(shapely.get_rings(shapely.get_parts(shape)), dtype=object)


def _draw(axes: Axes, shapes: Geometries, clouds: NDArray[np.float64], look: Look) -> NDArray[np.float64]:
    scale = mpl.cm.ScalarMappable(mpl.colors.Normalize(0, 100), _CLOUDS)
    fills = np.asarray(scale.to_rgba(clouds))
    fills[np.isnan(clouds)] = mpl.colors.to_rgba(look.unknown)
    axes.add_collection(PathCollection(_paths(shapes), facecolors=fills, edgecolors=_DARK, linewidths=0.35, zorder=2))
    figure = axes.figure
    bar = figure.colorbar(scale, ax=axes, shrink=0.6, aspect=24, pad=0.02)
    bar.set_label("Cloud cover (%), the clearest on top", color=look.ink)
    bar.ax.tick_params(color=look.faint, labelcolor=look.ink)
    bar.outline.set_edgecolor(look.faint)
    return fills


def _outline(axes: Axes, region: Geometries, look: Look) -> None:
    paths = _paths(region)
    for colour, width in ((look.paper, 3.2), (look.region, 1.6)):
        axes.add_collection(PathCollection(paths, facecolors="none", edgecolors=colour, linewidths=width, zorder=5))


def _name_tiles(axes: Axes, tiles: Geometries, shapes: Geometries, fills: NDArray[np.float64]) -> None:
    """Write the tiles' names, each to be read on what lies on top there, unless they are too many to be read."""
    names = sorted({tile for tile in tiles if tile is not None})
    if len(names) > _NAMED_TILES:
        return
    for name in names:
        largest = max(np.flatnonzero(tiles == name), key=lambda row: float(shapely.area(shapes[row])))
        middle = shapely.point_on_surface(shapes[largest])
        on_top = np.flatnonzero(shapely.covers(shapes, middle)).max(initial=largest)
        ground = mpl.colors.to_hex(fills[on_top])
        axes.annotate(
            name, (middle.x, middle.y), ha="center", va="center", fontsize="small", zorder=6,
            color=_DARK if is_light(ground) else _LIGHT, path_effects=[withStroke(linewidth=2.5, foreground=ground)],
        )  # fmt: skip


def _arrange(axes: Axes, shapes: Geometries, look: Look, title: str) -> None:
    dress(axes, look, title)
    if len(shapes):
        west, south, east, north = shapely.total_bounds(shapes)
        margin = 0.04 * max(east - west, north - south)
        axes.set_xlim(west - margin, east + margin)
        axes.set_ylim(south - margin, north + margin)
        middle = np.clip((south + north) / 2, -_STEEPEST, _STEEPEST)
        axes.set_aspect(1 / np.cos(np.radians(middle)))
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda degrees, _: _degrees((degrees + 180) % 360 - 180, "EW")))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda degrees, _: _degrees(degrees, "NS")))


def _degrees(degrees: float, sides: str) -> str:
    side = "" if degrees in {0, -180} else sides[int(degrees < 0)]
    return f"{abs(degrees):.6g}°{side}"
