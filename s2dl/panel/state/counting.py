"""Counting: how many products the question would find, asked for as soon as the form is quiet."""

from __future__ import annotations

import asyncio
from typing import Any

from traitlets import Unicode, observe

from s2dl.panel.state.outcome import Failure, outcome
from s2dl.panel.state.question import Question
from s2dl.panel.state.speaking import Speaking
from s2dl.settings import Settings
from s2dl.sync import Work, submit

__all__ = ["Counting"]

_QUIET = 0.6
"""Seconds without a change before the catalogue is asked."""
_BOUNDS = {"region", "tile", "name"}
_COSTLY = {"latest_baseline", "min_coverage", "limit"}
"""Limits that only a whole search can apply; the count is then too high, so it says "about"."""


class Counting(Question, Speaking):
    """Counts what the question would find.

    Attributes
    ----------
    counted : str
        ``About 143 products``; empty while there is nothing to count.
    """

    counted = Unicode()

    def __init__(self, **kwargs: Any) -> None:
        self._count: Work[int] | None = None
        super().__init__(**kwargs)

    @observe("query", "errors", "settings")
    def _question_changed(self, _: Any) -> None:
        self.stop_counting()
        if self.errors or not _BOUNDS & set(self.query):
            return
        query = {name: value for name, value in self.query.items() if name not in _COSTLY}
        self._count = work = submit(_counted(query, self.settings))
        work.when_done(lambda work: self.pulse.soon(lambda: self._was_counted(work)))

    def _was_counted(self, work: Work[int]) -> None:
        if work is not self._count:
            return
        self._count = None
        found = outcome(work, "The count")
        if isinstance(found, Failure):
            self.counted = f"No count: {found.sentence.removeprefix('The count: ')}"
        else:
            self.counted = f"About {found:,} product{'' if found == 1 else 's'}" if found else "No product is like this"

    def stop_counting(self) -> None:
        """Drop the count that is under way, and the one that is shown."""
        if self._count is not None:
            self._count.cancel()
            self._count = None
        self.counted = ""


async def _counted(query: dict[str, Any], settings: Settings) -> int:
    await asyncio.sleep(_QUIET)
    from s2dl.verbs.search import count  # noqa: PLC0415 - heavy: it waits for the first count

    return await count(**query, settings=settings)
