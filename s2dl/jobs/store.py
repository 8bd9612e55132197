"""The store of jobs, in the user's data directory: whoever starts, runs, watches or stops one meets the others here."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from s2dl.errors import BadInput, InUse
from s2dl.files import disk_errors
from s2dl.jobs.database import Database
from s2dl.jobs.record import Ending, Numbers, Record, SceneRow, State, Task

__all__ = ["Store", "now"]

_TIMES = ("created", "start_at", "started", "ended", "heard")
_NUMBERS = tuple(field.name for field in fields(Numbers))

_QUEUE = """
UPDATE jobs SET state = 'queued', note = '', exit_code = NULL, start_at = ?, started = NULL, ended = NULL, heard = ?,
    pid = NULL, host = ?, stop_asked = 0, runs = runs + 1, received = 0, done = 0, speed = 0, remaining = NULL
WHERE id = ? AND state NOT IN ('queued', 'running', 'waiting')"""
_BEGIN = """
UPDATE jobs SET state = 'running', note = '', exit_code = NULL, started = ?, ended = NULL, heard = ?, pid = ?, host = ?
WHERE id = ?"""
_TELL = """
UPDATE jobs SET state = :state, note = :note, heard = :heard, received = :received, size = :size, done = :done,
    count = :count, speed = :speed, remaining = :remaining
WHERE id = :job"""
_ASK_STOP = "UPDATE jobs SET stop_asked = 1 WHERE id = ? AND state IN ('queued', 'running', 'waiting')"
_END = """
UPDATE jobs SET state = ?, note = ?, exit_code = ?, ended = ?, stop_asked = 0, speed = 0, remaining = NULL,
    done = (SELECT COUNT(*) FROM scenes WHERE job = jobs.id AND status != 'cancelled'),
    received = (SELECT COALESCE(SUM(received), 0) FROM scenes WHERE job = jobs.id)
WHERE id = ?"""
_SCENES = """
SELECT name, size, received, status, reason, path, md5, seconds FROM scenes WHERE job = ? ORDER BY position"""
_PUT_SCENE = """
INSERT OR IGNORE INTO scenes (job, position, name, size, received, status, reason, path, md5, seconds)
VALUES (:job, :position, :name, :size, :received, :status, :reason, :path, :md5, :seconds)"""
_CHANGE_SCENE = """
UPDATE scenes SET size = :size, received = :received, status = :status, reason = :reason, path = :path, md5 = :md5,
    seconds = :seconds
WHERE job = :job AND name = :name"""
_FRESH_SCENES = """
UPDATE scenes SET received = 0, status = 'waiting', reason = '', path = NULL, md5 = NULL, seconds = 0 WHERE job = ?"""
_CANCEL_SCENES = """
UPDATE scenes SET status = 'cancelled', reason = 'the run ended before'
WHERE job = ? AND status IN ('waiting', 'downloading', 'retrying')"""


def now() -> datetime:
    """The moment, UTC."""
    return datetime.now(UTC)


class Store:
    """All jobs of this user on this machine.

    Parameters
    ----------
    directory : Path, optional
        By default ``jobs`` in the user's data directory.

    Notes
    -----
    Every method raises `DiskError` when the store cannot be read or written.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = user_data_path("s2dl", appauthor=False) / "jobs" if directory is None else directory
        self._database = Database(self.directory / "jobs.sqlite")

    def lock_path(self, job: int) -> Path:
        """Locked by the job's runner for as long as it lives."""
        return self.directory / f"{job}.lock"

    def log_path(self, job: int) -> Path:
        """Where the job's runner writes its log."""
        return self.directory / f"{job}.log"

    def add(self, task: Task, name: str | None = None, scenes: Iterable[SceneRow] = ()) -> Record:
        """Store a job.

        Raises
        ------
        BadInput
            The name is taken, could be taken for a number, or would break a list.
        """
        if name is not None and (not name.strip() or name.isdecimal() or not name.isprintable()):
            raise BadInput(f"A job cannot be called {name!r}; give it a name in one line, with letters in it.")
        rows = list(scenes)

        def work(db: sqlite3.Connection) -> Record:
            try:
                job = db.execute(
                    "INSERT INTO jobs (name, task, state, created) VALUES (?, ?, 'stored', ?)",
                    (name, task.to_json(), _text(now())),
                ).lastrowid
            except sqlite3.IntegrityError as error:
                raise BadInput(f"There is a job {name!r} already; give another name, or remove that one.") from error
            _put_scenes(db, job or 0, rows)
            return _found(db, job or 0)

        return self._database.write(work)

    def find(self, job: int | str) -> Record:
        """A job by number or name.

        Raises
        ------
        BadInput
            There is none.
        """
        return self._database.read(lambda db: _found(db, job))

    def all(self) -> list[Record]:
        """All jobs, the oldest first."""
        return self._database.read(lambda db: [_record(row) for row in db.execute("SELECT * FROM jobs ORDER BY id")])

    def scenes(self, job: int) -> list[SceneRow]:
        """The scenes of a job, in its order."""
        return self._database.read(lambda db: [SceneRow(**dict(row)) for row in db.execute(_SCENES, (job,))])

    def queue(self, job: int, start_at: datetime | None = None) -> Record:
        """Let a job begin a run of its own; the caller sees to its runner.

        Raises
        ------
        InUse
            It runs already.
        """

        def work(db: sqlite3.Connection) -> Record:
            queued = (_text(start_at), _text(now()), socket.gethostname(), job)
            changed = db.execute(_QUEUE, queued)
            found = _found(db, job)
            if not changed.rowcount:
                raise InUse(f"{found.title} is {found.state} already; watch it, or stop it first.")
            db.execute(_FRESH_SCENES, (job,))
            return found

        return self._database.write(work)

    def begin(self, job: int) -> Record:
        """Enter this process as the runner of a queued job."""

        def work(db: sqlite3.Connection) -> Record:
            moment = _text(now())
            db.execute(_BEGIN, (moment, moment, os.getpid(), socket.gethostname(), job))
            return _found(db, job)

        return self._database.write(work)

    def expect(self, job: int, scenes: Iterable[SceneRow]) -> None:
        """Put these scenes in the place of those that were listed."""
        rows = list(scenes)

        def work(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM scenes WHERE job = ?", (job,))
            _put_scenes(db, job, rows)

        self._database.write(work)

    def tell(self, job: int, state: State, note: str, numbers: Numbers, changed: Iterable[SceneRow]) -> bool:
        """Enter how far an active job is; says whether it shall stop, because of its user or since it was removed."""
        rows = list(changed)

        def work(db: sqlite3.Connection) -> bool:
            values = {**asdict(numbers), "state": state, "note": note, "heard": _text(now()), "job": job}
            db.execute(_TELL, values)
            _change_scenes(db, job, rows)
            return _shall_stop(db, job)

        return self._database.write(work)

    def beat(self, job: int) -> bool:
        """Give a sign of life; says whether the job shall stop, as `tell` does."""

        def work(db: sqlite3.Connection) -> bool:
            db.execute("UPDATE jobs SET heard = ? WHERE id = ?", (_text(now()), job))
            return _shall_stop(db, job)

        return self._database.write(work)

    def shall_stop(self, job: int) -> bool:
        """Say whether a job shall stop; does not disturb those who write."""
        return self._database.read(lambda db: _shall_stop(db, job))

    def ask_stop(self, job: int) -> Record:
        """Ask the runner of an active job to stop."""

        def work(db: sqlite3.Connection) -> Record:
            db.execute(_ASK_STOP, (job,))
            return _found(db, job)

        return self._database.write(work)

    def finish(self, job: int, ending: Ending, changed: Iterable[SceneRow] = ()) -> None:
        """Enter how a run ended; scenes that have not come to an end are ``cancelled``."""
        rows = list(changed)

        def work(db: sqlite3.Connection) -> None:
            _change_scenes(db, job, rows)
            _end(db, job, ending)

        self._database.write(work)

    def bury(self, dead: Record, note: str) -> Record:
        """Enter that the runner of a job has died, unless there was a sign of life after `dead` was read."""

        def work(db: sqlite3.Connection) -> Record:
            found = _found(db, dead.id)
            if (found.state, found.heard, found.runs) == (dead.state, dead.heard, dead.runs):
                _end(db, dead.id, Ending("failed", note, 1))
            return _found(db, dead.id)

        return self._database.write(work)

    def remove(self, job: int) -> None:
        """Forget a job, with its log; what it has downloaded stays.

        Raises
        ------
        InUse
            It runs.
        """

        def work(db: sqlite3.Connection) -> None:
            found = _found(db, job)
            if found.active:
                raise InUse(f"{found.title} is {found.state}; stop it first.")
            db.execute("DELETE FROM jobs WHERE id = ?", (job,))

        self._database.write(work)
        for path in (self.lock_path(job), *self.directory.glob(f"{job}.log*")):
            with disk_errors(path):
                path.unlink(missing_ok=True)


def _found(db: sqlite3.Connection, job: int | str) -> Record:
    text = str(job)
    if text.isdecimal():
        # SQLite compares the text as a number, of any length.
        row = db.execute("SELECT * FROM jobs WHERE id = ?", (text,)).fetchone()
    else:
        row = db.execute("SELECT * FROM jobs WHERE name = ?", (text,)).fetchone()
    if row is None:
        raise BadInput(f"There is no job {job!r}; `s2dl jobs list` shows those that there are.")
    return _record(row)


def _record(row: sqlite3.Row) -> Record:
    values: dict[str, Any] = dict(row)
    for name in _TIMES:
        values[name] = None if values[name] is None else datetime.fromisoformat(values[name])
    values["numbers"] = Numbers(**{name: values.pop(name) for name in _NUMBERS})
    values["task"] = Task.from_json(values["task"])
    values["stop_asked"] = bool(values["stop_asked"])
    return Record(**values)


def _put_scenes(db: sqlite3.Connection, job: int, rows: list[SceneRow]) -> None:
    placed = [{**asdict(row), "job": job, "position": position} for position, row in enumerate(rows)]
    db.executemany(_PUT_SCENE, placed)
    db.execute("UPDATE jobs SET count = ?, size = ? WHERE id = ?", (len(rows), sum(row.size for row in rows), job))


def _change_scenes(db: sqlite3.Connection, job: int, rows: list[SceneRow]) -> None:
    db.executemany(_CHANGE_SCENE, [{**asdict(row), "job": job} for row in rows])


def _shall_stop(db: sqlite3.Connection, job: int) -> bool:
    row = db.execute("SELECT stop_asked FROM jobs WHERE id = ?", (job,)).fetchone()
    return row is None or bool(row["stop_asked"])


def _end(db: sqlite3.Connection, job: int, ending: Ending) -> None:
    db.execute(_CANCEL_SCENES, (job,))
    db.execute(_END, (ending.state, ending.note, ending.exit_code, _text(now()), job))


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")
