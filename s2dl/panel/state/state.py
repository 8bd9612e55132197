"""PanelState: all that the panel knows and does; no widget in it.

Methods start work and return at once; what comes of it shows in the traits, which observers watch. Traits may change on
the caller's thread or on the panel's own, never on the engine's.
"""

from __future__ import annotations

from typing import Any

from traitlets import observe

from s2dl.panel.state.asking import Asking
from s2dl.panel.state.code import python_code
from s2dl.panel.state.fetching import Fetching
from s2dl.panel.state.picture import Pictures
from s2dl.settings import Settings

__all__ = ["PanelState"]


class PanelState(Asking, Fetching):
    """What the panel shows: a question, a choice of what was found, and the work that goes on.

    Parameters
    ----------
    region : optional
        Whatever `s2dl.read_region` takes.
    settings : Settings, optional

    Attributes
    ----------
    pictures : Pictures
        The quicklook in focus.
    """

    def __init__(self, region: Any = None, settings: Settings | None = None) -> None:
        super().__init__(settings=settings)
        self.pictures = Pictures(lambda: self.settings, self.pulse)
        if region is not None:
            self.region = region

    @observe("focus")
    def _focus_changed(self, change: Any) -> None:
        scenes = self.scenes
        self.pictures.show(change.new, None if scenes is None else scenes[scenes["name"] == change.new])

    def as_python(self) -> str:
        """Write what was done as code that does it again: the search, the selection, the download."""
        scenes = self.scenes
        asked = self.query if scenes is None else scenes.attrs.get("query", self.query)
        everything = scenes is not None and len(self.selected_names) == len(scenes)
        was_downloaded = self.report is not None or self.downloads.running
        return python_code(
            asked,
            None if everything or not self.selected_names else self.selected_names,
            self.arguments() if was_downloaded else None,
        )

    def close(self) -> None:
        """Stop all work and tell no one any more."""
        self.stop_placing()
        self.stop_counting()
        self.stop_search()
        self.let_go()
        self.pictures.close()
        self.pulse.close()
        self.unobserve_all()
