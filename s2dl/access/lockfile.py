"""Lock files: one holder at a time over all processes of the machine; a holder that dies holds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import filelock

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LockFile"]


class LockFile:
    """A lock that the operating system frees when its holder's process ends, however that happens.

    Two of the same path exclude one another within a process, too. Any thread may take and free it. The file itself
    stays: removing it would let two processes lock two files of one name.

    Parameters
    ----------
    path : Path
        In a directory that is there.
    """

    def __init__(self, path: Path) -> None:
        self._lock = filelock.FileLock(path, timeout=0, thread_local=False)

    def take(self) -> bool:
        """Take it if it is free, without waiting; says whether it is held now.

        Raises
        ------
        OSError
            The file cannot be made or locked.
        """
        if self.held:
            return True
        try:
            self._lock.acquire()
        except filelock.Timeout:  # an OSError to Python, but no fault of the disk
            return False
        return True

    @property
    def held(self) -> bool:
        """True between `take` and `free`."""
        return self._lock.is_locked

    def free(self) -> None:
        """Let go of it, if it is held."""
        self._lock.release()
