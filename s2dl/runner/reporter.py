"""Reporter: folds the engine's events into rows of the store, and hears from there whether to stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from s2dl import events
from s2dl.downloads.control import Control
from s2dl.errors import S2dlError
from s2dl.jobs.record import UNDER_WAY, Numbers, SceneRow, State
from s2dl.jobs.store import Store
from s2dl.report import SceneResult

__all__ = ["Reporter"]

_PAUSE = 0.5
"""Seconds between looks at the store, and between entries there."""
_HEARTBEAT = 30.0
"""Seconds without news after which there is a sign of life nevertheless."""

_log = logging.getLogger(__name__)


class Reporter:
    """Listens to a run; writes to the store from a thread of its own, twice a second at most.

    Parameters
    ----------
    store : Store
    job : int
    scenes : iterable of SceneRow
        Those that are known before the run.
    control : Control
        Stopped when the store says so.
    """

    def __init__(self, store: Store, job: int, scenes: Iterable[SceneRow], control: Control) -> None:
        self._store = store
        self._job = job
        self._control = control
        self._guard = threading.Lock()
        self._scenes = {scene.name: scene for scene in scenes}
        self._changed: set[str] = set()
        self._state: State = "running"
        self._note = ""
        self._pace = events.Totals(0, 0, 0, 0, 0.0, None)
        self._news = False
        self._told_at = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="s2dl-reporter", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def expect(self, scenes: Iterable[SceneRow]) -> None:
        """The scenes of a question are known now; blocks while the store takes them."""
        with self._guard:
            self._scenes = {scene.name: scene for scene in scenes}
            self._changed.clear()
            self._store.expect(self._job, self._scenes.values())
            self._note, self._news = "", True

    def final(self, results: Iterable[SceneResult] = ()) -> list[SceneRow]:
        """The rows that the store has not been told yet, as a report has them where there is one."""
        with self._guard:
            for result in results:
                path = None if result.path is None else str(result.path)
                self._change(
                    result.name,
                    status=result.status,
                    reason=result.reason,
                    path=path,
                    md5=result.md5,
                    seconds=result.seconds,
                    **({"size": result.size} if result.size else {}),
                )
            return [self._scenes[name] for name in self._changed]

    def __call__(self, event: events.Event) -> None:
        """Fold an event in."""
        with self._guard:
            self._news = self._news or event != self._pace  # while nothing moves, the same totals come again and again
            match event:
                case events.PageReceived(found):
                    self._note = f"searching, {found} found"
                case events.SceneStarted(name, size):
                    self._state, self._note = "running", ""
                    self._change(name, status="downloading", size=size, received=0, reason="")
                case events.SceneProgress(name, received, _):
                    self._change(name, status="downloading", received=received, reason="")
                case events.SceneRetrying(name, reason, wait):
                    _log.info("%s: %s; again in %.0f s", name, reason, wait)
                    self._change(name, status="retrying", reason=reason)
                case events.ScenesOffline(count, wait):
                    self._wait_for(count, wait)
                case events.SceneFinished(name, status, reason, size):
                    # An archive that is up to date has thousands that are skipped each night.
                    level = logging.DEBUG if status == "skipped" else logging.INFO
                    _log.log(level, "%s: %s%s", name, status, f" ({reason})" if reason else "")
                    self._finish(name, status, reason, size)
                case events.PreviewFinished(name, status):
                    self._change(name, status=status)
                case events.Totals():
                    self._pace = event

    def _wait_for(self, count: int, wait: float) -> None:
        if not any(scene.status in {"downloading", "retrying"} for scene in self._scenes.values()):
            self._state = "waiting"
        self._note = f"{count} offline, next look in {wait:.0f} s"

    def _finish(self, name: str, status: str, reason: str, size: int) -> None:
        got = {"received": size} if status == "downloaded" else {}
        self._change(name, status=status, reason=reason, **got)

    def _change(self, name: str, **values: Any) -> None:
        """Change a row; a listing may name scenes that the job does not."""
        if name in self._scenes:
            self._scenes[name] = replace(self._scenes[name], **values)
            self._changed.add(name)

    def _work(self) -> None:
        while not self._over.wait(_PAUSE):
            try:
                stop = self._tell() if self._due() else self._store.shall_stop(self._job)
            except S2dlError as error:  # such as a full disk: the run goes on, and the next entry may succeed
                _log.warning("%s", error)
            else:
                if stop:
                    self._control.stop("stopped by its user")

    def _due(self) -> bool:
        return self._news or time.monotonic() - self._told_at > _HEARTBEAT

    def _tell(self) -> bool:
        with self._guard:
            changed = {name: self._scenes[name] for name in self._changed}
            state, note, numbers = self._state, self._note, self._numbers()
            self._news = False
        stop = self._store.tell(self._job, state, note, numbers, changed.values())
        with self._guard:
            self._changed -= {name for name, row in changed.items() if self._scenes.get(name) is row}
        self._told_at = time.monotonic()
        return stop

    def _numbers(self) -> Numbers:
        scenes = self._scenes.values()
        return Numbers(
            received=sum(scene.received for scene in scenes),
            size=sum(scene.size for scene in scenes),
            done=sum(scene.status not in UNDER_WAY for scene in scenes),
            count=len(scenes),
            speed=self._pace.speed,
            remaining=self._pace.remaining,
        )
