"""Tally: the engine's events, counted into pictures of a download that widgets can show."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from s2dl import events
from s2dl.report import DownloadReport, Report, SceneResult, Status

__all__ = ["Downloads", "SceneDownload", "Tally"]

_UNDER_WAY = {"waiting", "downloading", "retrying"}


@dataclass(frozen=True, slots=True)
class SceneDownload:
    """How far one scene is; sizes in bytes, 0 unknown; `path` of the file once it is there.

    `status` is ``waiting``, ``downloading``, ``retrying`` or one of the report's; `preview` says that it is that of a
    preview, and not of the product.
    """

    name: str
    size: int = 0
    received: int = 0
    status: str = "waiting"
    reason: str = ""
    path: str = ""
    preview: bool = False

    @property
    def good(self) -> bool:
        """Whether it is where it should be."""
        return self.status in Report.good


@dataclass(frozen=True, slots=True)
class Downloads:
    """How far a download is: `received` of `size` bytes, bytes per second, seconds left (None unknown).

    `begun` is False of what is only chosen.
    """

    scenes: tuple[SceneDownload, ...] = ()
    received: int = 0
    size: int = 0
    speed: float = 0.0
    remaining: float | None = None
    running: bool = False
    paused: bool = False
    begun: bool = True

    @property
    def done(self) -> int:
        """How many scenes are where they should be."""
        return sum(scene.good for scene in self.scenes)

    @property
    def unfinished(self) -> tuple[str, ...]:
        """Names of the scenes that have reached their end and are not where they should be."""
        return tuple(scene.name for scene in self.scenes if scene.status not in _UNDER_WAY and not scene.good)


class Tally:
    """Takes the events of one download on the engine's thread, and gives pictures of it on any.

    Parameters
    ----------
    sizes : dict
        Bytes by name of the scenes that are downloaded.
    earlier : iterable of SceneDownload
        The scenes of the download that this one tries again, in the order in which to show them.
    """

    def __init__(self, sizes: dict[str, int], earlier: Iterable[SceneDownload] = ()) -> None:
        self._guard = threading.Lock()
        self._scenes = {scene.name: scene for scene in earlier}
        self._scenes |= {name: SceneDownload(name, size) for name, size in sizes.items()}
        self._totals = events.Totals(0, sum(sizes.values()), 0, len(sizes), 0.0, None)
        self._running = True

    def take(self, event: events.Event) -> None:
        """Count an event."""
        with self._guard:
            match event:
                case events.Totals():
                    self._totals = event
                case events.SceneStarted(name, size):
                    self._change(name, size=size, status="downloading", received=0)
                case events.SceneProgress(name, received, _):
                    self._change(name, received=received, status="downloading", reason="")
                case events.SceneRetrying(name, reason, _):
                    self._change(name, status="retrying", reason=reason, received=0)
                case events.SceneFinished(name, status, reason, size):
                    received = size if status == "downloaded" else self._scenes[name].received
                    self._change(name, status=status, reason=reason, received=received)
                case events.PreviewFinished(name, status):
                    self._change(name, status=status, preview=True, size=0)

    def _change(self, name: str, **values: object) -> None:
        self._scenes[name] = replace(self._scenes[name], **values)  # type: ignore[arg-type]  # fields of its own

    def finish(self, report: Report) -> DownloadReport:
        """Take the report of a download that came to its end; give it with what an earlier one had got."""
        with self._guard:
            self._running = False
            for result in report:
                received = result.size if result.status in report.good else self._scenes[result.name].received
                path = "" if result.path is None else str(result.path)
                self._change(result.name, status=result.status, reason=result.reason, received=received, path=path)
                if self._scenes[result.name].preview:
                    self._change(result.name, size=received)
            known = {result.name: result for result in report}
            return DownloadReport(tuple(known.get(each.name) or _result(each) for each in self._scenes.values()))

    def ended_early(self, status: Status, reason: str) -> DownloadReport:
        """Take note that it ended before its end, give what was under way this status, and report what is known."""
        with self._guard:
            self._running = False
            for scene in self._scenes.values():
                if scene.status in _UNDER_WAY:
                    self._change(scene.name, status=status, reason=reason)
            return DownloadReport(tuple(_result(scene) for scene in self._scenes.values()))

    def picture(self) -> Downloads:
        """How far it is now."""
        with self._guard:
            scenes, totals = tuple(self._scenes.values()), self._totals
            return Downloads(
                scenes,
                received=sum(scene.received for scene in scenes),
                size=sum(scene.size for scene in scenes),
                speed=totals.speed if self._running else 0.0,
                remaining=totals.remaining if self._running else None,
                running=self._running,
            )


def _result(scene: SceneDownload) -> SceneResult:
    path = Path(scene.path) if scene.path else None
    size = scene.received if scene.good else 0
    return SceneResult(scene.name, scene.status, path, size, reason=scene.reason)  # type: ignore[arg-type]  # ended: one of the report's
