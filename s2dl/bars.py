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

_IN_NOTEBOOK = any(each.__module__ == "tqdm.notebook" for each in tqdm.__mro__)

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


class _SceneBar:
    """The bar of a scene, which is gone when that is complete.

    In a notebook its place is emptied, too: what is saved of it, or rendered after it has run, as Voilà does, would say
    that a widget is missing there.
    """

    def __init__(self, name: str, size: int) -> None:
        options: dict[str, Any] = {"display": False} if _IN_NOTEBOOK else {}
        self.line: tqdm[Any] = tqdm(
            desc=_short(name), total=size or None, unit="B", unit_scale=True, leave=False, file=sys.stderr, **options
        )
        self._place = _displayed(self.line) if _IN_NOTEBOOK else None

    @property
    def complete(self) -> bool:
        """True when the scene is wholly there; of one of unknown size nobody can tell."""
        total = self.line.total
        return total is not None and self.line.n >= total

    def begin_again(self, name: str, size: int) -> None:
        """Go on as the bar of another scene."""
        self.line.set_postfix_str("", refresh=False)
        self.line.set_description(_short(name), refresh=False)
        self.line.reset(size)

    def close(self) -> None:
        """Be gone; in a notebook the red bar of a scene that was not completed stays."""
        self.line.close()
        if self._place is not None and (self.complete or self.line.total is None):
            self._place.update({"text/html": ""}, raw=True)


def _displayed(bar: Any) -> Any:
    """Show a notebook's bar; gives a handle on its place."""
    from IPython.display import display  # noqa: PLC0415 - outside of notebooks there is none

    return display(bar.container, display_id=True)  # type: ignore[no-untyped-call]


class Bars:
    """A bar for each product that is on its way, and one for the whole; a context manager and a listener."""

    def __init__(self) -> None:
        self._total: tqdm[Any] | None = None
        self._scenes: dict[str, _SceneBar] = {}
        self._free: list[_SceneBar] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for bar in (*self._scenes.values(), *self._free, self._total):
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
                self._scenes[name] = self._scene_bar(name, size)
            case events.SceneProgress(name, received, _):
                self._move(self._scenes[name].line, received)
            case events.SceneRetrying(name, reason, _):
                self._scenes[name].line.set_postfix_str(reason[:60])
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

    def _scene_bar(self, name: str, size: int) -> _SceneBar:
        """Thousands of scenes need no more bars than are on their way at a time."""
        if not (size and self._free):
            return _SceneBar(name, size)
        bar = self._free.pop()
        bar.begin_again(name, size)
        return bar

    def _end(self, name: str, size: int) -> None:
        bar = self._scenes.pop(name, None)
        if bar is None:
            return
        self._move(bar.line, size)
        if bar.complete:
            self._free.append(bar)
        else:
            bar.close()


def _short(name: str) -> str:
    """The telling parts of a product's name: platform and level, day, tile."""
    parts = name.removesuffix(".SAFE").split("_")
    return " ".join((parts[0], parts[1][3:], parts[2][:8], parts[5])) if len(parts) >= 7 else name[:40]
