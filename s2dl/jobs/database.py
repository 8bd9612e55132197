"""The SQLite file behind the store: its schema, its privacy, and transactions that many processes may want at once."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from s2dl.errors import BadInput, DiskError
from s2dl.files import disk_errors

__all__ = ["Database"]

T = TypeVar("T")

VERSION = 1
_SCHEMA = (
    """CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, task TEXT NOT NULL, state TEXT NOT NULL,
        note TEXT NOT NULL DEFAULT '', exit_code INTEGER,
        created TEXT NOT NULL, start_at TEXT, started TEXT, ended TEXT, heard TEXT,
        pid INTEGER, host TEXT, stop_asked INTEGER NOT NULL DEFAULT 0, runs INTEGER NOT NULL DEFAULT 0,
        received INTEGER NOT NULL DEFAULT 0, size INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0,
        count INTEGER NOT NULL DEFAULT 0, speed REAL NOT NULL DEFAULT 0, remaining REAL)""",
    """CREATE TABLE scenes (
        job INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, position INTEGER NOT NULL, name TEXT NOT NULL,
        size INTEGER NOT NULL DEFAULT 0, received INTEGER NOT NULL DEFAULT 0, status TEXT NOT NULL DEFAULT 'waiting',
        reason TEXT NOT NULL DEFAULT '', path TEXT, md5 TEXT, seconds REAL NOT NULL DEFAULT 0,
        PRIMARY KEY (job, name)) WITHOUT ROWID""",
)

_PATIENCE = 60.0
"""Seconds that a transaction waits for others; each of theirs takes milliseconds."""
_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class Database:
    """A file of jobs, for any thread of any number of processes; each call has a connection of its own.

    Parameters
    ----------
    path : Path
        Made where it is missing, for its user's eyes only.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Call `work` with one consistent view of the file; errors as for `write`."""
        return self._patiently("BEGIN", work)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Call `work` while nobody else writes: all of it is kept, or nothing. It may be called more than once.

        Raises
        ------
        DiskError
            The file cannot be read or written.
        BadInput
            It was written by a later version.
        """
        return self._patiently("BEGIN IMMEDIATE", work)

    def _patiently(self, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                with disk_errors(self.path), closing(self._open()) as connection, connection:
                    connection.execute(begin)
                    return work(connection)
            except sqlite3.DatabaseError as error:
                # Most of the waiting is SQLite's own; where it would mean a deadlock, or others change the file's
                # mode at the same moment, it gives up at once and the transaction must begin anew.
                if not _is_passing(error) or time.monotonic() > until:
                    raise DiskError(
                        f"{self.path}: the store of jobs cannot be used ({error}). Check free space and permissions; "
                        "if the file is damaged, move it away: downloaded products do not depend on it."
                    ) from error
                time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 - so that processes do not march in step

    def _open(self) -> sqlite3.Connection:
        if not self.path.exists():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.parent.chmod(0o700)
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = NORMAL")
            self._make_ready(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _make_ready(self, connection: sqlite3.Connection) -> None:
        version = _version(connection)
        if version > VERSION:
            raise BadInput(f"{self.path} was written by a later version of s2dl ({version}); update s2dl.")
        if version == VERSION:
            return
        connection.execute("PRAGMA journal_mode = WAL")
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            if _version(connection) == 0:
                for statement in _SCHEMA:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _is_passing(error: sqlite3.DatabaseError) -> bool:
    """Say whether somebody else is just at it; an extended error code has the plain one in its low byte."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF in _PASSING
