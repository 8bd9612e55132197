"""The accessor ``scenes.s2dl``: what one can do with the table of scenes, as methods of it.

Importing this module registers it with pandas; `s2dl.search` and `s2dl.read_scenes` do so, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from s2dl.asking import asking
from s2dl.choice.baseline import latest_baseline
from s2dl.choice.cover import best_cover
from s2dl.choice.overpass import by_overpass
from s2dl.sync import blocking
from s2dl.verbs import download as _download
from s2dl.verbs import look as _look
from s2dl.verbs import preview as _preview

if TYPE_CHECKING:
    import os

    import geopandas as gpd
    from matplotlib.figure import Figure

    from s2dl.jobs import Job
    from s2dl.plots.animation import Animation
    from s2dl.plots.look import Style
    from s2dl.region import RegionLike
    from s2dl.report import DownloadReport, PreviewReport

__all__ = ["ScenesAccessor"]

_NEEDED = {"name", "geometry"}


@pd.api.extensions.register_dataframe_accessor("s2dl")
class ScenesAccessor:
    """Methods of the table of scenes, and of any subset of its rows.

    Parameters
    ----------
    scenes : GeoDataFrame
        What `s2dl.search` gave; one that was reprojected is taken back to EPSG:4326.

    Raises
    ------
    AttributeError
        The table has no columns ``name`` and ``geometry``, so that it is not one of scenes.
    """

    def __init__(self, scenes: gpd.GeoDataFrame) -> None:
        if lacking := _NEEDED.difference(scenes.columns):
            raise AttributeError(f"This is no table of scenes, it has no column {min(lacking)!r}.")
        crs = getattr(scenes, "crs", None)
        self._scenes = scenes if crs is None or crs == "EPSG:4326" else scenes.to_crs(4326)

    @property
    def total_size(self) -> int:
        """Sum of the sizes, bytes; scenes of unknown size count as 0."""
        return int(self._scenes["size"].sum())

    def best_cover(self, region: RegionLike = None) -> gpd.GeoDataFrame:
        """Choose the clearest few that cover a region; see `s2dl.choice.cover.best_cover`."""
        return best_cover(self._scenes, region)

    def latest_baseline(self) -> gpd.GeoDataFrame:
        """Leave out what a newer processing supersedes; see `s2dl.choice.baseline.latest_baseline`."""
        return latest_baseline(self._scenes)

    def by_overpass(self, region: RegionLike = None) -> gpd.GeoDataFrame:
        """Sum up by overpass; see `s2dl.choice.overpass.by_overpass`."""
        return by_overpass(self._scenes, region)

    def timeline(self, *, by: Literal["relative_orbit", "platform"] = "relative_orbit", style: Style = None) -> Figure:
        """Draw cloud cover over time; see `s2dl.plots.timeline`."""
        from s2dl.plots import timeline  # noqa: PLC0415 - matplotlib is heavy

        return timeline(self._scenes, by=by, style=style)

    def plot(self, region: RegionLike = None, *, style: Style = None) -> Figure:
        """Draw the footprints, coloured by clouds; see `s2dl.plots.footprints`."""
        from s2dl.plots import footprints  # noqa: PLC0415 - matplotlib is heavy

        return footprints(self._scenes, region, style=style)

    def gallery(self, *, columns: int | None = None, style: Style = None, **options: Any) -> Figure:
        """Draw the quicklooks side by side; see `s2dl.verbs.look.gallery`."""
        return blocking(_look.gallery)(self._scenes, columns=columns, style=style, **options)

    def animate(self, path: str | os.PathLike[str] | None = None, **options: Any) -> Animation:
        """Make a GIF of one tile through time; see `s2dl.verbs.look.animate`."""
        return blocking(_look.animate)(self._scenes, path, **options)

    def preview(self, directory: str | os.PathLike[str], **options: Any) -> PreviewReport:
        """Fetch the quicklooks; the same as ``s2dl.preview(scenes, directory, …)``."""
        return blocking(_preview.preview)(self._scenes, directory, **options)

    def download(self, directory: str | os.PathLike[str] | None = None, **options: Any) -> DownloadReport | Job:
        """Fetch the products, verified; the same as ``s2dl.download(scenes, directory, …)``."""
        done: DownloadReport | Job = asking(blocking(_download.download))(self._scenes, directory, **options)
        return done
