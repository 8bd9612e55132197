"""Animation: the quicklooks of one tile through time, as a GIF."""

from __future__ import annotations

import base64
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.animation import PillowWriter
from matplotlib.figure import Figure
from PIL import Image

from s2dl.errors import BadInput
from s2dl.files import disk_errors, write_durably
from s2dl.plots.gallery import day_of, tile_of
from s2dl.plots.look import Style, look_of

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import geopandas as gpd

__all__ = ["MOST", "Animation", "animated", "animation", "gif_path"]

MOST = 120
"""Frames; the writer holds all of them."""
_INCHES = (4.3, 4.6)
_PIXELS_PER_INCH = 100


@dataclass(frozen=True, slots=True)
class Animation:
    """A GIF that a notebook shows as the result of a cell.

    Attributes
    ----------
    gif : bytes
    frames : tuple of str
        Names of the scenes that it shows, by time.
    left_out : tuple of str
        Names of those that have no picture.
    """

    gif: bytes
    frames: tuple[str, ...]
    left_out: tuple[str, ...] = ()

    def __repr__(self) -> str:
        without = f", {len(self.left_out)} left out for want of a quicklook" if self.left_out else ""
        return f"<Animation of {len(self.frames)} frames{without}, {len(self.gif):,} bytes>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"image/gif": base64.b64encode(self.gif).decode(), "text/plain": repr(self)}

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the GIF; a file that is there is replaced.

        Returns
        -------
        Path
            The absolute path.

        Raises
        ------
        BadInput
            The path does not end in ``.gif``.
        DiskError
            It cannot be written.
        """
        target = gif_path(path)
        with disk_errors(target):
            write_durably(target, self.gif)
        return target


def gif_path(path: str | os.PathLike[str]) -> Path:
    """Absolute path of a GIF to be.

    Raises
    ------
    BadInput
        It does not end in ``.gif``.
    """
    target = Path(path).expanduser().absolute()
    if target.suffix.lower() != ".gif":
        raise BadInput(f"{target.name!r}: an animation is a GIF; give a name that ends in .gif.")
    return target


def animated(scenes: gpd.GeoDataFrame, seconds: float) -> gpd.GeoDataFrame:
    """Put scenes into the order of time, if they can be animated.

    Raises
    ------
    BadInput
        There are none, too many, or of several tiles; or `seconds` is out of range.
    """
    if not 0.05 <= seconds <= 30:
        raise BadInput(f"seconds: {seconds} is out of range; give 0.05 to 30 for each frame.")
    tiles = sorted(scenes["tile"].dropna().unique())
    if len(tiles) > 1:
        named = ", ".join(tiles[:6]) + (" and others" if len(tiles) > 6 else "")
        raise BadInput(
            f"An animation shows one tile, these scenes are of {named}; choose, as scenes[scenes.tile == {tiles[0]!r}]."
        )
    timed = scenes[scenes["sensing_start"].notna()].sort_values("sensing_start", kind="stable")
    if timed.empty:
        raise BadInput("There is no scene with a time to animate; give rows of what s2dl.search returned.")
    if len(timed) > MOST:
        raise BadInput(f"An animation has at most {MOST} frames, not {len(timed)}; give fewer, as scenes.head({MOST}).")
    return timed


def animation(
    scenes: gpd.GeoDataFrame, pictures: Mapping[str, bytes | str], *, seconds: float = 0.7, style: Style = None
) -> Animation:
    """Draw the scenes of one tile as a GIF that repeats, each with day, tile and clouds.

    Parameters
    ----------
    scenes : GeoDataFrame
        As `s2dl.search` gives it, of one tile; at most 120.
    pictures : mapping of str to bytes or str
        By product name: a PNG, or a few words that say why there is none; such scenes are left out.
    seconds : float
        That each frame is shown, 0.05 to 30.
    style : {"light", "dark"}, optional
        Colours; by default matplotlib's own (rcParams).

    Raises
    ------
    BadInput
        The scenes are not of one tile, none has a picture, or an argument is out of range.
    """
    rows = animated(scenes, seconds).to_dict("records")
    look = look_of(style)
    shown = [scene for scene in rows if isinstance(pictures.get(scene["name"]), bytes)]
    left_out = tuple(scene["name"] for scene in rows if scene not in shown)
    if not shown:
        raise BadInput("None of these scenes has a quicklook, so there is nothing to animate.")
    figure = Figure(figsize=_INCHES, facecolor=look.paper)
    axes = figure.add_axes((0.04, 0.03, 0.92, 0.92 * _INCHES[0] / _INCHES[1]))
    axes.set_axis_off()
    writer = PillowWriter(fps=1 / seconds)  # type: ignore[arg-type]  # it takes any number
    with tempfile.TemporaryDirectory(prefix="s2dl-") as folder:
        path = Path(folder) / "animation.gif"
        with disk_errors(path):
            with writer.saving(figure, str(path), _PIXELS_PER_INCH):
                for scene in shown:
                    axes.clear()
                    axes.set_axis_off()
                    axes.imshow(_opened(pictures[scene["name"]]))
                    axes.set_title(f"{day_of(scene)}   {tile_of(scene)}", loc="left", color=look.ink, fontsize=11)
                    writer.grab_frame(facecolor=look.paper)
            gif = path.read_bytes()
    return Animation(gif, tuple(scene["name"] for scene in shown), left_out)


def _opened(picture: Any) -> Image.Image:
    return Image.open(io.BytesIO(picture), formats=("PNG",))
