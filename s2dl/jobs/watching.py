"""A job's progress as the engine's events, so that bars and listeners follow it like a download of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from s2dl import events
from s2dl.jobs.record import UNDER_WAY

if TYPE_CHECKING:
    from s2dl.jobs.record import Record, SceneRow

__all__ = ["follow"]

_PAUSE = 0.5


def follow(look: Callable[[], tuple[Record, list[SceneRow]]]) -> Iterator[events.Event]:
    """Look twice a second, and give what is new as events, until the job's run is over."""
    seen: dict[str, SceneRow] = {}
    planned = (0, 0)
    while True:
        record, scenes = look()
        numbers = record.numbers
        if (numbers.count, numbers.size) != planned:
            planned = (numbers.count, numbers.size)
            yield events.DownloadPlanned(numbers.count, numbers.size, 0)
        for scene in scenes:
            before = seen.get(scene.name)
            if scene != before:
                yield from _news(scene, begun=before is not None and before.status != "waiting")
                seen[scene.name] = scene
        yield events.Totals(
            numbers.received, numbers.size, numbers.done, numbers.count, numbers.speed, numbers.remaining
        )
        if not record.active:
            yield events.DownloadFinished(record.state == "done")
            return
        time.sleep(_PAUSE)


def _news(scene: SceneRow, *, begun: bool) -> Iterator[events.Event]:
    if scene.status not in UNDER_WAY:
        yield events.SceneFinished(scene.name, scene.status, scene.reason, scene.size)
    elif scene.status != "waiting":
        if not begun:
            yield events.SceneStarted(scene.name, scene.size)
        if scene.status == "retrying":
            yield events.SceneRetrying(scene.name, scene.reason, 0.0)
        yield events.SceneProgress(scene.name, scene.received, scene.size)
