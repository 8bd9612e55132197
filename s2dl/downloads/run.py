"""What all parts of one download run share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from s2dl import events
from s2dl.access.http import Http
from s2dl.downloads.choosing import Choosing
from s2dl.downloads.control import Control
from s2dl.downloads.plan import Target
from s2dl.downloads.progress_file import ProgressFile
from s2dl.settings import Settings

__all__ = ["Run"]


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Run:
    """One download run: the way to the service, the place on disk, who listens, and who may end it.

    Attributes
    ----------
    http : Http
        For tokens.
    settings : Settings
    target : Target
    progress : ProgressFile
        Held for the whole run.
    emit : callable
        Takes each event.
    control : Control
        The user's switches.
    yield_asked : callable
        Says whether another download asks for the progress file.
    choosing : Choosing, optional
        What to fetch of each product; without it, its archive.
    """

    http: Http
    settings: Settings
    target: Target
    progress: ProgressFile
    emit: events.Listener
    control: Control = field(default_factory=Control)
    yield_asked: Callable[[], bool] = _never
    choosing: Choosing | None = None

    def must_stop(self) -> bool:
        """Say whether the run is to end, because its user or another download wants it; any thread may ask, often."""
        if not self.control.stopped and self.yield_asked():
            self.control.stop("another download took over the progress file")
        return self.control.stopped
