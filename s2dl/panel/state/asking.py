"""Asking: searches for what the question says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from traitlets import Bool

from s2dl import events
from s2dl.panel.state.choice import Choice
from s2dl.panel.state.outcome import Failure, outcome
from s2dl.panel.state.question import Question
from s2dl.panel.state.speaking import Speaking
from s2dl.settings import Settings
from s2dl.sync import Work, submit

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Asking"]


class Asking(Question, Choice, Speaking):
    """Asks the catalogue and shows what it finds.

    Attributes
    ----------
    searching : bool
    """

    searching = Bool(False)

    def __init__(self, settings: Settings | None = None) -> None:
        self._search: Work[gpd.GeoDataFrame] | None = None
        super().__init__(settings=settings)

    def search(self) -> None:
        """Ask the catalogue; a search that is under way is dropped for the new one."""
        if not self.is_whole():
            self.say("Mend what is marked in the form, then search.", trouble=True)
            return
        self.stop_search()
        self.searching = True
        self.say("Searching…")
        self._search = work = submit(_found(self.query, self.settings, self._on_page))
        work.when_done(lambda work: self.pulse.soon(lambda: self._searched(work)))

    def stop_search(self) -> None:
        """Drop the search that is under way."""
        if self._search is not None:
            self._search.cancel()

    def _on_page(self, event: events.Event) -> None:
        if isinstance(event, events.PageReceived):
            self.pulse.beat(lambda: self._say_found(event.found))

    def _say_found(self, found: int) -> None:
        if self.searching:
            self.say(f"Searching… {found} products so far")

    def _searched(self, work: Work[gpd.GeoDataFrame]) -> None:
        if work is not self._search:
            return
        self._search = None
        found = outcome(work, "The search")
        if isinstance(found, Failure):
            self.say(found.sentence, trouble=not found.stopped)
        else:
            self.scenes = found
            # Only now, when all observers have the scenes.
            self.say("Found nothing; widen the dates, the clouds or the region." if found.empty else self.summary)
        self.searching = False


async def _found(query: dict[str, Any], settings: Settings, on_event: Callable[[events.Event], None]) -> Any:
    from s2dl.verbs.search import search  # noqa: PLC0415 - heavy: it waits for the first search

    return await search(**query, settings=settings, progress=False, on_event=on_event)
