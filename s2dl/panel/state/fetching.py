"""Fetching: downloads what is selected."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from traitlets import Any as AnyTrait
from traitlets import Unicode

from s2dl import events
from s2dl.panel.state.choice import Choice
from s2dl.panel.state.outcome import Failure, outcome
from s2dl.panel.state.speaking import Speaking
from s2dl.panel.state.tally import Downloads, Tally
from s2dl.report import DownloadReport
from s2dl.settings import Settings
from s2dl.sync import Work, submit

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Fetching"]


class Fetching(Choice, Speaking):
    """Downloads the selected scenes.

    Attributes
    ----------
    report : DownloadReport or None
        Of the last download.
    downloads : Downloads
        How far the download is; renewed ten times a second at most.
    directory : str
        Where downloads go.
    """

    report: DownloadReport | None = AnyTrait(None)  # type: ignore[assignment]  # a trait gives its value
    downloads: Downloads = AnyTrait(Downloads())  # type: ignore[assignment]
    directory = Unicode()

    def __init__(self, settings: Settings | None = None) -> None:
        self._download: Work[DownloadReport] | None = None
        super().__init__(settings=settings)
        self.directory = self._usual_directory

    @property
    def _usual_directory(self) -> str:
        """Written out, so that a person sees where files will go."""
        return str(self.settings.directory.expanduser().absolute())

    def download(self) -> None:
        """Download the selected scenes into the directory."""
        if self.downloads.running:
            self.say("A download is running; stop it, or wait until it is done.", trouble=True)
        elif not self.selected_names:
            self.say("Select scenes first: click rows of the table, or footprints on the map.", trouble=True)
        else:
            self._start_download()

    def _start_download(self) -> None:
        chosen = self.selected
        tally = Tally(dict(zip(chosen["name"], (int(size) for size in chosen["size"]), strict=True)))

        def on_event(event: events.Event) -> None:
            tally.take(event)
            self.pulse.beat(lambda: self._show(tally))

        directory = self.directory.strip() or self._usual_directory
        self.report = None
        self._show(tally)
        self.say(f"Downloading {len(chosen)} scene{'' if len(chosen) == 1 else 's'} to {directory}")
        self._download = work = submit(_downloaded(chosen, directory, self.settings, on_event))
        work.when_done(lambda work: self.pulse.soon(lambda: self._ended(work, tally)))

    def _show(self, tally: Tally) -> None:
        self.downloads = tally.picture()

    def stop(self) -> None:
        """Stop the download; what is complete stays."""
        if self._download is not None:
            self.say("Stopping…")
            self._download.cancel()

    def _ended(self, work: Work[DownloadReport], tally: Tally) -> None:
        self._download = None
        report = outcome(work, "The download")
        if isinstance(report, Failure):
            sentence, stopped = report.sentence, report.stopped
            report = tally.ended_early("cancelled" if stopped else "failed", "" if stopped else sentence)
            self.say(f"{sentence} {report.summary().capitalize()}." if stopped else sentence, trouble=not stopped)
        else:
            tally.finish(report)
            self.say(f"Download: {report.summary()}", trouble=not report.ok)
        self._show(tally)
        self.report = report


async def _downloaded(
    scenes: gpd.GeoDataFrame, directory: str, settings: Settings, on_event: Callable[[events.Event], None]
) -> DownloadReport:
    from s2dl.verbs.download import download  # noqa: PLC0415 - heavy, see above

    return await download(scenes, directory, settings=settings, progress=False, on_event=on_event)
