"""Job: work that outlives the notebook, as whoever starts, watches or stops it holds it in hand."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Self

from s2dl import events
from s2dl.access.credentials import find_credentials
from s2dl.bars import listening
from s2dl.errors import BadInput, LoginMissing, S2dlError
from s2dl.jobs.launch import examined, launch
from s2dl.jobs.record import UNDER_WAY, Record, SceneRow, State
from s2dl.jobs.store import Store
from s2dl.jobs.watching import follow
from s2dl.report import DownloadReport, SceneResult, readable_size
from s2dl.settings import Settings

__all__ = ["Job"]


class Job:
    """A stored job; any process of the user may hold it, and sees it as it is at that moment.

    Parameters
    ----------
    which : int or str
        Its number or name.
    store : Store, optional
        By default the user's.

    Raises
    ------
    BadInput
        There is no such job.

    Notes
    -----
    Reading a property asks the store, which takes milliseconds, from any thread. Each raises `BadInput` when the job
    was removed meanwhile.

    Examples
    --------
    >>> job = s2dl.download(scenes, "images", wait=False)  # doctest: +SKIP
    >>> s2dl.Job(job.id).watch()  # later, elsewhere  # doctest: +SKIP
    """

    def __init__(self, which: int | str, *, store: Store | None = None) -> None:
        self._store = Store() if store is None else store
        self.id = self._store.find(which).id

    @property
    def record(self) -> Record:
        """All that the store has of it, but its scenes."""
        return examined(self._store, self._store.find(self.id))

    @property
    def name(self) -> str | None:
        """What its user calls it."""
        return self.record.name

    @property
    def status(self) -> State:
        """``stored, queued, running, waiting, done, failed, stopped``; a job whose runner died has failed."""
        return self.record.state

    @property
    def reason(self) -> str:
        """What it is at, or why it ended as it did."""
        return self.record.note

    @property
    def scenes(self) -> list[SceneRow]:
        """How far each of its scenes is; those of a question are known once it was asked."""
        return self._store.scenes(self.id)

    @property
    def log(self) -> str:
        """What its runs wrote down, the latest of it."""
        path = self._store.log_path(self.id)
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def report(self) -> DownloadReport | None:
        """What came of its last run; None before that has ended, or if it ended before it knew its scenes."""
        record, scenes = self.record, self.scenes
        if record.active or record.ended is None or (record.state != "done" and not scenes):
            return None
        return DownloadReport(tuple(_result(scene) for scene in scenes))

    def start(
        self, at: datetime | str | None = None, *, totp: str | None = None, settings: Settings | None = None
    ) -> Self:
        """Let a process of its own run it, and return at once; kernel, browser and terminal may end meanwhile.

        A job may be run again and again: what its progress file lists is not fetched once more.

        Parameters
        ----------
        at : datetime or ISO text, optional
            When to begin; without a time zone it is local time. The process waits, so a restart of the machine ends it.
        totp : str, optional
            A code of two-factor authentication that no login has used: the job has a session of its own.
        settings : Settings, optional
            Only for its proxy, which a job does not keep, since the address may hold a password.

        Raises
        ------
        InUse
            It runs already.
        LoginMissing
            A download needs an account, which is handed to the process.
        """
        moment = None if at is None else _moment(at)
        record = self.record
        secrets: dict[str, str | None] = {"proxy": None if settings is None else settings.proxy}
        try:
            account = find_credentials(Settings(**record.task.settings))
            secrets |= asdict(account) | ({} if totp is None else {"totp": totp})
        except LoginMissing:
            if not record.task.preview_only:
                raise
        self._store.queue(self.id, moment)
        launch(self._store, self.id, secrets)
        return self

    def resume(self, *, totp: str | None = None) -> Self:
        """Go on from where it stopped, or died; the same as `start`."""
        return self.start(totp=totp)

    def stop(self) -> None:
        """Ask it to stop, and return at once; within seconds it has, and what was got stays got."""
        examined(self._store, self._store.ask_stop(self.id))

    def watch(self, *, progress: bool | None = None, on_event: events.Listener | None = None) -> DownloadReport:
        """Follow it until its run is over. Ctrl-C ends the watching; the job goes on.

        Parameters
        ----------
        progress : bool, optional
            Draw bars; by default in notebooks and terminals.
        on_event : callable, optional
            Gets the events of `s2dl.events`, as nearly as the store tells them.

        Raises
        ------
        BadInput
            It has never been started.
        S2dlError
            It failed before it knew its scenes; the sentence says why.
        """
        if self.status == "stored":
            raise BadInput(f"{self.record.title} has not been started; start it first.")
        with listening(progress, on_event) as emit:
            for event in follow(lambda: (self.record, self.scenes)):
                emit(event)
        report = self.report
        if report is None:
            raise S2dlError(self.reason)
        return report

    def copy(self, name: str | None = None) -> Job:
        """Store another job of the same task.

        Raises
        ------
        BadInput
            The name is taken.
        """
        task = self.record.task
        scenes = [SceneRow(name=each.name, size=each.size) for each in self.scenes] if task.question is None else []
        return Job(self._store.add(task, name, scenes).id, store=self._store)

    def remove(self) -> None:
        """Forget it; what it has downloaded stays.

        Raises
        ------
        InUse
            It runs; stop it first.
        """
        examined(self._store, self._store.find(self.id))
        self._store.remove(self.id)

    def __repr__(self) -> str:
        return f"Job({self.id}): {_words(self.record)}"

    def _repr_html_(self) -> str:
        record = self.record
        return f"<p><b>{escape(record.title)}</b>: {escape(_words(record))}</p>"


def _words(record: Record) -> str:
    numbers = record.numbers
    said = [f"{record.state}, {numbers.done} of {numbers.count} scenes into {record.task.directory}"]
    if record.active and numbers.size:
        said.append(f"{readable_size(numbers.received)} of {readable_size(numbers.size)}")
    return "; ".join([*said, record.note] if record.note else said)


def _result(scene: SceneRow) -> SceneResult:
    status = "cancelled" if scene.status in UNDER_WAY else scene.status
    path = None if scene.path is None else Path(scene.path)
    return SceneResult(scene.name, status, path, scene.size, scene.md5, scene.seconds, scene.reason)  # type: ignore[arg-type]  # one of the report's


def _moment(at: datetime | str) -> datetime:
    try:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        return moment.astimezone(UTC)
    except (AttributeError, ValueError, OverflowError) as error:  # a date has no time, nor has the year 1 a zone
        raise BadInput(f"at: {at!r} is not a time; write 2024-06-30T22:00.") from error
