"""Figures of scenes: the timeline of clouds, and the footprints on a plain map."""

from __future__ import annotations

from s2dl.plots.footprints import footprints
from s2dl.plots.timeline import timeline

__all__ = ["footprints", "timeline"]
