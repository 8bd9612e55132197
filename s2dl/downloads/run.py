"""What all parts of one download run share."""

from __future__ import annotations

from dataclasses import dataclass

from s2dl import events
from s2dl.access.http import Http
from s2dl.downloads.plan import Target
from s2dl.downloads.progress_file import ProgressFile
from s2dl.settings import Settings

__all__ = ["Run"]


@dataclass(frozen=True, slots=True)
class Run:
    """One download run: the way to the service, the place on disk, and who listens.

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
    """

    http: Http
    settings: Settings
    target: Target
    progress: ProgressFile
    emit: events.Listener
