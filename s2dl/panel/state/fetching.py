"""Fetching: downloads what is selected; pauses, stops, retries, detaches, and asks for a login where it is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from traitlets import Any as AnyTrait

from s2dl import events
from s2dl.downloads.control import Control
from s2dl.panel.state.account import Account
from s2dl.panel.state.carrying import detached, downloaded
from s2dl.panel.state.cart import InCart
from s2dl.panel.state.outcome import Failure, outcome
from s2dl.panel.state.tally import Downloads, SceneDownload, Tally
from s2dl.report import DownloadReport, Report
from s2dl.settings import Settings
from s2dl.sync import Work, submit

if TYPE_CHECKING:
    import geopandas as gpd

    from s2dl.jobs import Job

__all__ = ["Fetching"]

_LOGIN_FIRST = "The download needs an account: log in, and it goes on."
"""Why, the login itself says."""


class Fetching(InCart):
    """Downloads the selected scenes.

    Attributes
    ----------
    report : DownloadReport or None
        Of the last download.
    downloads : Downloads
        How far the download is; renewed ten times a second at most.
    account : Account
        When a download needs a login, it is asked for there, and the download goes on after it.
    """

    report: DownloadReport | None = AnyTrait(None)  # type: ignore[assignment]  # a trait gives its value
    downloads: Downloads = AnyTrait(Downloads())  # type: ignore[assignment]

    def __init__(self, settings: Settings | None = None, **kwargs: Any) -> None:
        self._download: Work[Report] | None = None
        self._control = Control()
        self._job: Job | None = None
        self._scenes: gpd.GeoDataFrame = None
        self._apart = self._quicklooks = False
        self._waits_for_login = False
        self._when_detached: Callable[[], None] | None = None
        super().__init__(settings=settings, **kwargs)
        self.account = Account(lambda: self.settings, self.pulse)
        self.account.observe(self._logged_in, "logins")
        self.observe(lambda _: self.account.refresh(), "settings")

    def download(self) -> None:
        """Download the selected scenes, as the options say."""
        if self.downloads.running:
            self.say("A download is running; stop it, or wait until it is done.", trouble=True)
        elif not self.selected_names:
            self.say("Select scenes first: click rows of the table, or footprints on the map.", trouble=True)
        else:
            self._start(self.selected)

    def retry(self) -> None:
        """Try again what the last download did not bring home."""
        names = self.downloads.unfinished
        if not self.downloads.running and names:
            self._start(self._scenes[self._scenes["name"].isin(names)], earlier=self.downloads.scenes)

    def _start(self, scenes: gpd.GeoDataFrame, earlier: Iterable[SceneDownload] = ()) -> None:
        tally = Tally(dict(zip(scenes["name"], (int(size) for size in scenes["size"]), strict=True)), earlier)
        self._control, self._job = Control(), None
        self._apart, self._quicklooks = self.detached, self.preview_only
        self._waits_for_login = False
        if not earlier:
            self._scenes = scenes

        def on_event(event: events.Event) -> None:
            tally.take(event)
            self.pulse.beat(lambda: self._show(tally))

        self.report = None
        self._show(tally)
        what = "quicklook" if self._quicklooks else "scene"
        self.say(f"Downloading {len(scenes)} {what}{'' if len(scenes) == 1 else 's'} to {self.target}")
        arguments = self.arguments()
        if self._apart:
            self._download = submit(detached(scenes, arguments, self.settings, on_event, self._has_job))
        else:
            self._download = submit(downloaded(scenes, arguments, self.settings, on_event, self._control))
        self._download.when_done(lambda work: self.pulse.soon(lambda: self._ended(work, tally)))

    def _has_job(self, job: Job) -> None:
        self._job = job
        if self._control.stopped:
            job.stop()
        sentence = f"Job {job.id} downloads; it goes on when this notebook is closed."
        self.pulse.soon(lambda: self._runs_apart(sentence))

    def _runs_apart(self, sentence: str) -> None:
        self.say(sentence)
        if self._when_detached is not None:
            then, self._when_detached = self._when_detached, None
            then()

    def _show(self, tally: Tally) -> None:
        picture = tally.picture()
        if picture.speed > 0 and not self._control.paused:
            self._speed = picture.speed
        self.downloads = replace(picture, paused=picture.running and self._control.paused)

    @property
    def can_pause(self) -> bool:
        """Whether a download runs that can be held; a job's process, and quicklooks, cannot."""
        return self.downloads.running and not self._apart and not self._quicklooks

    def pause(self) -> None:
        """Hold the download, or let it go on when it is held."""
        if not self.can_pause:
            return
        if self._control.paused:
            self._control.resume()
            self.say("The download goes on.")
        else:
            self._control.pause()
            self.say("The download is paused; what has come is kept.")
        self.downloads = replace(self.downloads, paused=self._control.paused)

    def stop(self) -> None:
        """Stop the download; what is complete stays. Asked twice, it does not even wait for a report."""
        if self._download is None:
            return
        self.say("Stopping…")
        again = self._control.stopped
        self._control.stop()
        if self._job is not None:
            self._job.stop()
        if again or self._quicklooks:
            self._download.cancel()

    def let_go(self) -> None:
        """End at once what runs in this process, and tell no more; a job goes on."""
        if self._download is not None:
            self._download.cancel()

    @property
    def runs_apart(self) -> bool:
        """Whether a job's process downloads, which goes on without this one."""
        return self.downloads.running and self._job is not None

    def detach(self, then: Callable[[], None] = lambda: None) -> None:
        """Hand the running download to a job of its own, which goes on from what has come so far.

        Parameters
        ----------
        then : callable
            What to do once the job has it, or nothing is left for it.
        """
        if self.downloads.running and not self._apart:
            self.stop()
            self._when_detached = then

    def _ended(self, work: Work[Report], tally: Tally) -> None:
        self._download = None
        came = outcome(work, "The download")
        if isinstance(came, Failure):
            report = tally.ended_early("cancelled" if came.stopped else "failed", "" if came.stopped else came.sentence)
            sentence = f"{came.sentence} {report.summary().capitalize()}." if came.stopped else came.sentence
            self.say(_LOGIN_FIRST if came.needs_login else sentence, trouble=not came.stopped)
        else:
            report, stopped = tally.finish(came), self._control.stopped
            said = "The download was stopped" if stopped else "Download"
            self.say(f"{said}: {report.summary()}", trouble=not report.ok and not stopped)
        self._show(tally)
        self.look()
        self.account.refresh()
        if isinstance(came, Failure) and came.needs_login:
            self._waits_for_login = True
            self.account.ask(came.sentence)
        then, self._when_detached = self._when_detached, None
        self.report = report
        if then is not None and not self._apart and not self._waits_for_login:
            self._go_on_apart(then)

    def _go_on_apart(self, then: Callable[[], None]) -> None:
        if not self.downloads.unfinished:
            then()
            return
        self.detached = True
        self.retry()
        self._when_detached = then

    def _logged_in(self, _: Any) -> None:
        if self._waits_for_login:
            self.retry()
