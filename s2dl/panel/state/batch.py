"""Batch: the user's jobs, which outlive the panel: stored, started, stopped, resumed, copied, removed and watched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from traitlets import Any as AnyTrait
from traitlets import Bool, HasTraits, Unicode, dlink

from s2dl.panel.state.outcome import Failure, outcome
from s2dl.sync import Work, submit

if TYPE_CHECKING:
    from s2dl.jobs import Job, Record, SceneRow
    from s2dl.panel.state.state import PanelState

__all__ = ["Batch", "Jobs"]


@dataclass(frozen=True, slots=True)
class Jobs:
    """All jobs at one moment, the oldest first, and of the one that is watched its scenes and the end of its log.

    Attributes
    ----------
    watched : int
        Its number; 0 for none.
    """

    records: tuple[Record, ...] = ()
    watched: int = 0
    scenes: tuple[SceneRow, ...] = ()
    log: str = ""


class Batch(HasTraits):
    """The user's jobs; each method returns at once, and what came of it shows in the traits.

    Parameters
    ----------
    state : PanelState
        Whose question, selection and options new jobs have.

    Attributes
    ----------
    jobs : Jobs
        As they were when `look` last looked.
    sentence : str
        What came of the last deed; `trouble` is True when that is an error.
    needs_code : bool
        Whether a job cannot log in without a code of two-factor authentication of its own.
    """

    jobs: Jobs = AnyTrait(Jobs())  # type: ignore[assignment]  # a trait gives its value
    sentence = Unicode()
    trouble = Bool(False)
    needs_code = Bool(False)

    def __init__(self, state: PanelState) -> None:
        super().__init__()
        self._state = state
        dlink((state.account, "known"), (self, "needs_code"), lambda known: known.two_factor)
        self._watched = 0
        self._latest: Work[tuple[str, Jobs]] | None = None

    def look(self) -> None:
        """See anew how all jobs are."""
        if self._latest is None:
            self._do(lambda: "")

    def watch(self, job: int) -> None:
        """Look closely at one job from now on; 0 for none."""
        self._watched = job
        self._do(lambda: "")

    def store(self, what: Literal["question", "selection"], name: str = "") -> None:
        """Store what the form asks, to be asked anew by each run, or the selected scenes, with the cart's options."""
        state = self._state
        if what == "question" and not state.is_whole():
            self._say("Mend what is marked in the form, then store the question.", trouble=True)
            return
        if what == "selection" and not state.selected_names:
            self._say("Select scenes first: click rows of the table, or footprints on the map.", trouble=True)
            return
        task: dict[str, Any] = {"question": state.query} if what == "question" else {"scenes": state.selected}
        arguments, settings = state.arguments(), state.settings

        def stored() -> str:
            from s2dl.jobs import add  # noqa: PLC0415 - heavy: it waits for the first job

            job = add(name.strip() or None, **task, **arguments, settings=settings)
            return f"{_title(job)} is stored; Start runs it."

        self._do(stored)

    def start(self, job: int, at: str = "", totp: str = "") -> None:
        """Run a job, or let it go on, in a process of its own.

        Parameters
        ----------
        job : int
        at : str
            ISO text, local time; empty for at once.
        totp : str
            A code of two-factor authentication that no login has used, for accounts that need one.
        """
        settings = self._state.settings
        when = f"begins {at.replace('T', ' ')}" if at else "runs"
        self._with(
            job,
            lambda held: held.start(at or None, totp=totp.replace(" ", "") or None, settings=settings),
            f"{when}, and goes on when this notebook is closed.",
        )

    def stop(self, job: int) -> None:
        """Ask a job to stop; what is complete stays."""
        self._with(job, lambda held: held.stop(), "stops; what is complete stays.")

    def copy(self, job: int, name: str = "") -> None:
        """Store another job of the same task."""
        self._with(job, lambda held: held.copy(name.strip() or None), "is copied.")

    def remove(self, job: int) -> None:
        """Forget a job; its files stay."""
        self._with(job, lambda held: held.remove(), "is forgotten; its files stay.")

    def _with(self, job: int, act: Callable[[Job], object], words: str) -> None:
        def acted() -> str:
            from s2dl.jobs import Job  # noqa: PLC0415

            held = Job(job)
            title = _title(held)
            act(held)
            return f"{title} {words}"

        self._do(acted)

    def _do(self, act: Callable[[], str]) -> None:
        """Do something in a thread, since the store lies on a disk, and see what it has become."""
        watched = self._watched
        self._latest = work = submit(asyncio.to_thread(lambda: (act(), _seen(watched))))
        work.when_done(lambda work: self._state.pulse.soon(lambda: self._done(work)))

    def _done(self, work: Work[tuple[str, Jobs]]) -> None:
        came = outcome(work, "The job")
        is_latest = work is self._latest
        if is_latest:
            self._latest = None
        if isinstance(came, Failure):
            self._say(came.sentence, trouble=True)
            if came.needs_login:
                self._state.account.ask(came.sentence)
            return
        sentence, jobs = came
        if sentence:
            self._say(sentence)
        # What was seen before a later deed is the past.
        if is_latest:
            self.jobs = jobs

    def _say(self, sentence: str, *, trouble: bool = False) -> None:
        self.trouble = trouble
        self.sentence = sentence


_LOG_LINES = 200


def _seen(watched: int) -> Jobs:
    from s2dl.jobs import Job, records  # noqa: PLC0415

    known = tuple(records())
    if not any(record.id == watched for record in known):
        return Jobs(known)
    job = Job(watched)
    return Jobs(known, watched, tuple(job.scenes), "\n".join(job.log.splitlines()[-_LOG_LINES:]))


def _title(job: Job) -> str:
    title = job.record.title
    return title[:1].upper() + title[1:] if job.name is None else f"Job {title}"
