"""Progress bars: a listener that draws the engine's events with tqdm."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from tqdm.auto import tqdm

from s2dl import events

__all__ = ["Bars", "listening", "wanted"]

_log = logging.getLogger(__name__)


@contextmanager
def listening(progress: bool | None, on_event: events.Listener | None) -> Iterator[events.Listener]:
    """Give a function that hands each event to the bars, if wanted, and to the caller's listener.

    What a listener raises is logged: it must not end a download.
    """
    listeners: list[events.Listener] = [] if on_event is None else [on_event]

    def emit(event: events.Event) -> None:
        for listener in listeners:
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - a stranger's code may raise anything
                _log.exception("a listener failed on %s", event)

    if not wanted(progress):
        yield emit
        return
    with Bars() as bars:
        listeners.insert(0, bars)
        yield emit


def wanted(progress: bool | None) -> bool:
    """Say whether to draw bars: as told, else in notebooks and terminals, but not in scripts and logs."""
    if progress is not None:
        return progress
    return "ipykernel" in sys.modules or sys.stderr.isatty()


class Bars:
    """A bar for each product that is on its way, and one for the whole; a context manager and a listener."""

    def __init__(self) -> None:
        self._total: tqdm[Any] | None = None
        self._scenes: dict[str, tqdm[Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for bar in (*self._scenes.values(), self._total):
            if bar is not None:
                bar.close()

    def __call__(self, event: events.Event) -> None:
        """Draw an event."""
        match event:
            case events.PageReceived(found):
                self._whole("Searching", None, " products").update(found - self._whole("", None, "").n)
            case events.PreviewFinished(done=done, count=count):
                self._move(self._whole("Quicklooks", count, ""), done)
            case events.DownloadPlanned(count, size, _):
                if count:
                    self._close_whole()
                    self._whole("Download", size, "B", unit_scale=True)
            case events.Totals(received=received):
                self._move(self._whole("Download", None, "B"), received)
            case events.Verifying(hashed, size):
                self._move(self._whole("Verify", size, "B", unit_scale=True), hashed)
            case events.ScenesOffline(count):
                self._whole("Download", None, "B", unit_scale=True).set_postfix_str(f"{count} offline, waiting")
            case events.SceneStarted(name, size):
                self._scenes[name] = tqdm(
                    desc=_short(name), total=size or None, unit="B", unit_scale=True, leave=False, file=sys.stderr
                )
            case events.SceneProgress(name, received, _):
                self._move(self._scenes[name], received)
            case events.SceneRetrying(name, reason, _):
                self._scenes[name].set_postfix_str(reason[:60])
            case events.SceneFinished(name, size=size):
                self._end(name, size)

    def _whole(self, what: str, total: int | None, unit: str, *, unit_scale: bool = False) -> tqdm[Any]:
        if self._total is None:
            self._total = tqdm(desc=what, total=total, unit=unit, unit_scale=unit_scale, file=sys.stderr)
        return self._total

    def _close_whole(self) -> None:
        """Leave the bar of the step before, such as a verification before its repair."""
        if self._total is not None:
            self._total.close()
            self._total = None

    def _move(self, bar: tqdm[Any], to: int) -> None:
        bar.update(to - bar.n)

    def _end(self, name: str, size: int) -> None:
        bar = self._scenes.pop(name, None)
        if bar is not None:
            self._move(bar, size)
            bar.close()


def _short(name: str) -> str:
    """The telling parts of a product's name: platform and level, day, tile."""
    parts = name.removesuffix(".SAFE").split("_")
    return " ".join((parts[0], parts[1][3:], parts[2][:8], parts[5])) if len(parts) >= 7 else name[:40]
