"""The account's connections, shared by all processes of the machine: no more at a time than the account has.

Connection n is a lock file: who holds it may transfer. Who waits for it holds another one, the head of the line, so
that a process with many products to fetch cannot overtake one that waits. When a process dies the system frees both.

The service allows four connections an account (Copernicus Data Space, "Quotas and limitations"). Processes on another
machine, and a browser, are not seen from here: the service answers those with 429, which the transfers wait out.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import tempfile
import warnings
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from s2dl.access.bearer import origin
from s2dl.access.lockfile import LockFile
from s2dl.access.threads import in_thread
from s2dl.files import disk_errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from s2dl.settings import Settings

__all__ = ["connection"]

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5
"""Seconds between looks for a free connection; short while the transfers before may be of small products."""


@asynccontextmanager
async def connection(
    settings: Settings, username: str, *, most: int, waiting: Callable[[], None] | None = None
) -> AsyncIterator[None]:
    """Hold one of the account's connections for the length of a transfer.

    Parameters
    ----------
    settings : Settings
        Names the identity service that the account belongs to.
    username : str
        The account.
    most : int
        Only the first `most` of the account's connections are taken, 1 to 4.
    waiting : callable, optional
        Called once, when none is free and the wait begins.

    Raises
    ------
    DiskError
        The user's runtime directory cannot be used.
    """
    line = await in_thread(lambda: _Line(_directory(settings, username), most))
    try:
        if not await in_thread(line.enter):
            if waiting is not None:
                waiting()
            await _wait(line)
        yield
    finally:
        line.leave()


async def _wait(line: _Line) -> None:
    pause = _SHORTEST_PAUSE
    while True:
        await asyncio.sleep(pause * random.uniform(0.7, 1.0))  # noqa: S311 - so that waiting processes do not march in step
        if await in_thread(line.enter):
            return
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _directory(settings: Settings, username: str) -> Path:
    """The account's directory of lock files, private to this user of the machine."""
    with warnings.catch_warnings():
        # That the system has no runtime directory, and a temporary one serves, is nothing that the user could mend.
        warnings.simplefilter("ignore")
        with disk_errors(Path(tempfile.gettempdir())):
            root = platformdirs.user_runtime_path("s2dl", appauthor=False)
    account = f"{origin(settings.token_url)} {username.strip().casefold()}"
    directory = root / "connections" / hashlib.sha256(account.encode()).hexdigest()[:16]
    with disk_errors(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


class _Line:
    """One transfer's way to a connection: it takes a free one, or else a place at the head of the line for one.

    Parameters
    ----------
    directory : Path
        The account's lock files.
    most : int
        How many of the connections may be taken.
    """

    def __init__(self, directory: Path, most: int) -> None:
        self._directory = directory
        self._connections = [LockFile(directory / f"{number}.lock") for number in range(most)]
        self._heads = [LockFile(directory / f"{number}.next") for number in range(most)]

    def enter(self) -> bool:
        """Take a connection, if one is free and nobody else stands before it; says so."""
        with disk_errors(self._directory):
            entered = any(
                head.take() and connection.take()
                for connection, head in zip(self._connections, self._heads, strict=True)
            )
            heads = [head for head in self._heads if head.held]
            for head in heads if entered else heads[1:]:
                head.free()
        return entered

    def leave(self) -> None:
        """Let go of the connection, or of the place in the line."""
        for lock in (*self._connections, *self._heads):
            lock.free()
