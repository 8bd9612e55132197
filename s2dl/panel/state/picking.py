"""Picking: one click selects the best cover, or what no newer processing supersedes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

from traitlets import Bool, HasTraits

from s2dl.panel.state.outcome import Failure, outcome
from s2dl.sync import Work, submit

if TYPE_CHECKING:
    import geopandas as gpd

    from s2dl.panel.state.asking import Asking

__all__ = ["Picking", "Rule"]

Rule = Literal["best_cover", "latest_baseline"]


class Picking(HasTraits):
    """Selects among the visible scenes by a rule, off the caller's thread, and says what came of it.

    Parameters
    ----------
    state : Asking
        Whose scenes they are.

    Attributes
    ----------
    busy : bool
    """

    busy = Bool(False)

    def __init__(self, state: Asking) -> None:
        super().__init__()
        self._state = state

    def pick(self, rule: Rule) -> None:
        """Select by a rule; returns at once. What is picked is picked among the visible scenes."""
        state, scenes = self._state, self._state.scenes
        if self.busy:
            return
        if scenes is None or not state.visible:
            state.say("There are no scenes to choose from; search first, or clear the filter.", trouble=True)
            return
        among = scenes[state.among(state.visible)]
        self.busy = True
        work = submit(_picked(rule, among, state.region))
        work.when_done(lambda work: state.pulse.soon(lambda: self._take(work, rule, scenes, len(among))))

    def _take(self, work: Work[gpd.GeoDataFrame], rule: Rule, scenes: gpd.GeoDataFrame, among: int) -> None:
        self.busy = False
        picked = outcome(work, "The choice")
        if isinstance(picked, Failure):
            self._state.say(picked.sentence, trouble=True)
        elif self._state.scenes is scenes:
            self._state.select(picked["name"])
            self._state.say(_words(rule, picked, among))


def _words(rule: Rule, picked: gpd.GeoDataFrame, among: int) -> str:
    chosen = f"{len(picked)} of {among} scene{'' if among == 1 else 's'}"
    if rule == "latest_baseline":
        return f"Newest baseline: {chosen}; {'the others are' if len(picked) < among else 'none is'} superseded."
    share = picked.attrs["uncovered"]
    left = f"{100 * share:.3g} % of the region stays open." if share else "the whole region is covered."
    return f"Best cover: {chosen}; {left}"


async def _picked(rule: Rule, scenes: gpd.GeoDataFrame, region: Any) -> gpd.GeoDataFrame:
    from s2dl.choice.baseline import latest_baseline  # noqa: PLC0415 - heavy: it waits for the first click
    from s2dl.choice.cover import best_cover  # noqa: PLC0415
    from s2dl.scenes import asked_region  # noqa: PLC0415

    if rule == "latest_baseline":
        return await asyncio.to_thread(latest_baseline, scenes)
    # The table's own question knows its region; a table from elsewhere is asked for the one on the map.
    return await asyncio.to_thread(best_cover, scenes, region if asked_region(scenes) is None else None)
