"""Carrying a job through, from the queue to its end: its log, its report to the store, and the signals that stop it."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Any

from s2dl.downloads.control import Control
from s2dl.errors import LoginRefused, S2dlError
from s2dl.jobs.launch import examined, holding, private_file
from s2dl.jobs.record import Ending, Record
from s2dl.jobs.store import Store, now
from s2dl.runner.reporter import Reporter
from s2dl.settings import Settings
from s2dl.sync import submit

if TYPE_CHECKING:
    from pathlib import Path

    from s2dl.report import Report

__all__ = ["INTERRUPTED", "carry_through", "run_here"]

INTERRUPTED = 130
_PAUSE = 0.5
_HEARTBEAT = 30.0
_LARGEST_LOG = 1_000_000

_log = logging.getLogger(__name__)


def run_here(job: int, *, progress: bool | None = None, store: Store | None = None) -> int:
    """Run a job in this process, as cron and systemd want it; Ctrl-C and SIGTERM stop it cleanly.

    Parameters
    ----------
    job : int
    progress : bool, optional
        Draw bars; by default in terminals.
    store : Store, optional
        By default the user's.

    Returns
    -------
    int
        The command line's exit code.

    Raises
    ------
    InUse
        It runs already.
    """
    store = Store() if store is None else store
    examined(store, store.find(job))  # a run that died, as with a restart of the machine, does not stand in the way
    store.queue(job)
    return carry_through(store, job, progress=progress)


def carry_through(store: Store, job: int, *, progress: bool | None, proxy: str | None = None) -> int:
    """Do a queued job from its begin to its end, once its time has come; gives its exit code.

    Parameters
    ----------
    store : Store
    job : int
    progress : bool, optional
        Draw bars.
    proxy : str, optional
        In the place of the one in the settings.

    Raises
    ------
    InUse
        Another runner has it.
    """
    control = Control()
    with holding(store, job), _logging_to(store.log_path(job)), _signals_stop(control):
        _wait_for_its_time(store, store.find(job), control)
        record = store.begin(job)
        _log.info("run %d of %s begins", record.runs, record.title)
        try:
            ending, changed = _run(store, record, control, progress, proxy)
        except BaseException as error:
            store.finish(job, Ending("failed", f"Something unforeseen happened ({error!r}); see its log.", 1))
            raise
        _log.info("run %d ends: %s, %s", record.runs, ending.state, ending.note)
        store.finish(job, ending, changed)
        return ending.exit_code


def _run(
    store: Store, record: Record, control: Control, progress: bool | None, proxy: str | None
) -> tuple[Ending, list[Any]]:
    from s2dl.runner.perform import perform  # noqa: PLC0415 - heavy: not before its time has come

    reporter = Reporter(store, record.id, store.scenes(record.id), control)
    try:
        with reporter:
            if control.stopped:
                return _stopped(control), []
            settings = Settings(**record.task.settings, **({} if proxy is None else {"proxy": proxy}))
            report = submit(
                perform(
                    record.task,
                    store.scenes(record.id),
                    settings,
                    expect=reporter.expect,
                    on_event=reporter,
                    control=control,
                    progress=progress,
                )
            ).result()
    except CancelledError:
        return _stopped(control), reporter.final()
    except S2dlError as error:
        return Ending("failed", _sentence(error), error.exit_code), reporter.final()
    return _ending(report, control), reporter.final(report)


def _ending(report: Report, control: Control) -> Ending:
    if report.ok:
        return Ending("done", report.summary(), 0)
    if control.stopped:
        return Ending("stopped", f"{control.reason}: {report.summary()}", INTERRUPTED)
    return Ending("failed", report.summary(), report.exit_code)


def _stopped(control: Control) -> Ending:
    return Ending("stopped", control.reason or "stopped", INTERRUPTED)


def _sentence(error: S2dlError) -> str:
    if not isinstance(error, LoginRefused):
        return str(error)
    return (
        f"{error} A job logs in by itself: with two-factor authentication it needs a code that no login has used, by "
        "job.resume(totp=…), or S2DL_TOTP=… before `s2dl jobs resume`."
    )


def _wait_for_its_time(store: Store, record: Record, control: Control) -> None:
    beat = 0.0
    while record.start_at is not None and now() < record.start_at and not control.stopped:
        if time.monotonic() - beat > _HEARTBEAT:
            store.beat(record.id)
            beat = time.monotonic()
        if store.shall_stop(record.id):
            control.stop("stopped by its user")
        time.sleep(_PAUSE)


@contextmanager
def _signals_stop(control: Control) -> Iterator[None]:
    """Let Ctrl-C, and what a system says when it shuts down, stop the run as its user would."""

    def stop(number: int, _frame: object) -> None:
        control.stop(f"stopped by {signal.Signals(number).name}")

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """Write to the job's log what the runner says, which is said there only, and whatever s2dl warns of."""
    private_file(path)
    handler = RotatingFileHandler(path, maxBytes=_LARGEST_LOG, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    everything, own = logging.getLogger("s2dl"), logging.getLogger("s2dl.runner")
    everything.addHandler(handler)
    own.addHandler(handler)
    own.setLevel(logging.INFO)
    own.propagate = False
    try:
        yield
    finally:
        own.propagate = True
        own.setLevel(logging.NOTSET)
        own.removeHandler(handler)
        everything.removeHandler(handler)
        handler.close()
