"""Asking: searches for what the question says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from traitlets import Bool, observe

from s2dl import events
from s2dl.panel.state.choice import Choice
from s2dl.panel.state.counting import Counting
from s2dl.panel.state.outcome import Failure, outcome
from s2dl.panel.state.placing import Placing
from s2dl.settings import Settings
from s2dl.sync import Work, submit

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Asking"]


class Asking(Choice, Placing, Counting):
    """Asks the catalogue and shows what it finds.

    Attributes
    ----------
    searching : bool
    failure : Failure or None
        Why the last search gave nothing.
    """

    searching = Bool(False)
    failure: Failure | None = None

    def __init__(self, settings: Settings | None = None) -> None:
        self._search: Work[gpd.GeoDataFrame] | None = None
        super().__init__(settings=settings)

    @observe("drawn")
    def _warm_up(self, _: Any) -> None:
        """Load what a search will need, while the person still looks at the map."""
        submit(asyncio.to_thread(_load))

    def search(self) -> None:
        """Ask the catalogue; a search that is under way is dropped for the new one."""
        if not self.is_whole():
            self.say("Mend what is marked in the form, then search.", trouble=True)
            return
        self.stop_search()
        self.stop_counting()
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
        self.failure = found if isinstance(found, Failure) else None
        if isinstance(found, Failure):
            self.say(found.sentence, trouble=not found.stopped)
        else:
            self.scenes = found
            # Only now, when all observers have the scenes.
            self.say(_found_words(len(found)))
        self.searching = False


def _found_words(count: int) -> str:
    if not count:
        return "Found nothing; widen the dates, the clouds or the region."
    return f"Found {count:,} scene{'' if count == 1 else 's'}; select rows of the table, or footprints on the map."


def _load() -> None:
    """Load the heavy libraries, and give tables their accessor: whoever takes one from the panel can use it."""
    import s2dl.accessor  # noqa: PLC0415
    import s2dl.verbs.search  # noqa: F401, PLC0415


async def _found(query: dict[str, Any], settings: Settings, on_event: Callable[[events.Event], None]) -> Any:
    await asyncio.to_thread(_load)
    from s2dl.verbs.search import search  # noqa: PLC0415 - loaded now

    return await search(**query, settings=settings, progress=False, on_event=on_event)
