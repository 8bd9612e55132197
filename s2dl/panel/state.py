"""PanelState: all that the panel knows and does; no widget in it.

Methods start work and return at once; what comes of it shows in the traits, which observers watch. Traits may change on
the caller's thread or on the panel's own, never on the engine's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from traitlets import Any as AnyTrait
from traitlets import Bool, Unicode, observe

from s2dl import events
from s2dl.panel.choice import Choice
from s2dl.panel.outcome import Failure, outcome
from s2dl.panel.picture import Pictures
from s2dl.panel.pulse import Pulse
from s2dl.panel.question import Question
from s2dl.panel.tally import Downloads, Tally
from s2dl.report import DownloadReport
from s2dl.settings import Settings
from s2dl.sync import Work, submit

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["PanelState"]


class PanelState(Question, Choice):
    """What the panel shows: a question, a choice of what was found, and the work that goes on.

    Parameters
    ----------
    region : optional
        Whatever `s2dl.read_region` takes.
    settings : Settings, optional

    Attributes
    ----------
    report : DownloadReport or None
        Of the last download.
    downloads : Downloads
        How far the download is; renewed ten times a second at most.
    status : str
        One sentence that says what goes on; `trouble` is True when it is an error.
    searching : bool
    directory : str
        Where downloads go.
    pictures : Pictures
        The quicklook in focus.
    """

    report: DownloadReport | None = AnyTrait(None)  # type: ignore[assignment]  # a trait gives its value
    downloads: Downloads = AnyTrait(Downloads())  # type: ignore[assignment]
    status = Unicode("Draw a region on the map, then search.")
    trouble = Bool(False)
    searching = Bool(False)
    directory = Unicode()

    def __init__(self, region: Any = None, settings: Settings | None = None) -> None:
        self.settings = Settings.given(settings)
        self.pulse = Pulse()
        self.pictures = Pictures(self.settings, self.pulse)
        self._search: Work[gpd.GeoDataFrame] | None = None
        self._download: Work[DownloadReport] | None = None
        super().__init__()
        self.directory = self._usual_directory
        if region is not None:
            self.region = region

    @property
    def _usual_directory(self) -> str:
        """Written out, so that a person sees where files will go."""
        return str(self.settings.directory.expanduser().absolute())

    # Search

    def search(self) -> None:
        """Ask the catalogue; a search that is under way is dropped for the new one."""
        if not self.is_whole():
            self.say("Mend what is marked in the form, then search.", trouble=True)
            return
        self.stop_search()
        self.searching = True
        self.say("Searching…")
        self._search = work = submit(_found(self.query, self.settings, self._on_page))
        work.when_done(lambda work: self.pulse.soon(lambda: self._searched(work)))

    def stop_search(self) -> None:
        """Drop the search that is under way."""
        if self._search is not None:
            self._search.cancel()

    def _on_page(self, event: events.Event) -> None:
        if isinstance(event, events.PageReceived):
            self.pulse.beat(lambda: self._say_found(event.found))

    def _say_found(self, found: int) -> None:
        if self.searching:
            self.say(f"Searching… {found} products so far")

    def _searched(self, work: Work[gpd.GeoDataFrame]) -> None:
        if work is not self._search:
            return
        self._search = None
        found = outcome(work, "The search")
        if isinstance(found, Failure):
            self.say(found.sentence, trouble=not found.stopped)
        else:
            self.scenes = found
            # Only now, when all observers have the scenes.
            self.say("Found nothing; widen the dates, the clouds or the region." if found.empty else self.summary)
        self.searching = False

    @observe("focus")
    def _focus_changed(self, change: Any) -> None:
        scenes = self.scenes
        self.pictures.show(change.new, None if scenes is None else scenes[scenes["name"] == change.new])

    # Download

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

    # What is said

    def say(self, sentence: str, *, trouble: bool = False) -> None:
        """Put a sentence into the status line."""
        self.trouble = trouble
        self.status = sentence

    def close(self) -> None:
        """Stop all work and tell no one any more."""
        self.stop_search()
        self.stop()
        self.pictures.close()
        self.pulse.close()
        self.unobserve_all()


async def _found(query: dict[str, Any], settings: Settings, on_event: Callable[[events.Event], None]) -> Any:
    from s2dl.verbs.search import search  # noqa: PLC0415 - heavy: it waits for the first search

    return await search(**query, settings=settings, progress=False, on_event=on_event)


async def _downloaded(
    scenes: gpd.GeoDataFrame, directory: str, settings: Settings, on_event: Callable[[events.Event], None]
) -> DownloadReport:
    from s2dl.verbs.download import download  # noqa: PLC0415 - heavy, see above

    return await download(scenes, directory, settings=settings, progress=False, on_event=on_event)
