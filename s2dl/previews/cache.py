"""Pictures that were fetched or warped before: kept on disk, within a bound, the least recently used go first.

Many processes may use one folder at a time: an entry comes by one rename, and carries its own checksum.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Cache"]

_MOST_BYTES = 256 * 2**20
_PART = ".part"
_ABANDONED = 3_600
"""Seconds after which nobody writes to a part file any more."""
_DIGEST = hashlib.sha256().digest_size

_log = logging.getLogger(__name__)


class Cache:
    """Bytes by key, on disk. That the disk refuses is logged, and costs no more than what would have been saved.

    Parameters
    ----------
    folder : Path, optional
        By default in the user's cache directory.
    most : int
        Bytes of all entries together.
    """

    def __init__(self, folder: Path | None = None, most: int = _MOST_BYTES) -> None:
        self._folder = user_cache_path("s2dl", appauthor=False) / "pictures" if folder is None else folder
        self._most = most

    async def get_or_make(self, key: str, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """Give what is kept under `key`, else make it and keep it; disk work is done in threads."""
        kept = await asyncio.to_thread(self.get, key)
        if kept is not None:
            return kept
        made = await make()
        await asyncio.to_thread(self.put, key, made)
        return made

    def get(self, key: str) -> bytes | None:
        """Give what is kept under `key`; an entry that is damaged is dropped."""
        path = self._path(key)
        try:
            content = path.read_bytes()
            if hashlib.sha256(content[_DIGEST:]).digest() == content[:_DIGEST]:
                os.utime(path)
                return content[_DIGEST:]
            _log.warning("%s: a damaged picture was dropped from the cache", path)
            path.unlink(missing_ok=True)
        except FileNotFoundError:
            pass
        except OSError as error:
            _log.warning("%s: the cache cannot be read (%s)", path, error)
        return None

    def put(self, key: str, content: bytes) -> None:
        """Keep `content` under `key`; whatever was used least recently makes room for it."""
        if len(content) + _DIGEST > self._most:
            return
        path = self._path(key)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, part = tempfile.mkstemp(dir=self._folder, suffix=_PART)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(hashlib.sha256(content).digest() + content)
                Path(part).replace(path)
            except BaseException:
                Path(part).unlink(missing_ok=True)
                raise
            self._make_room()
        except OSError as error:
            _log.warning("%s: the cache cannot be written (%s)", path, error)

    def _path(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode()).hexdigest()

    def _make_room(self) -> None:
        """Remove the oldest, also what killed processes left, until the rest is within the bound."""
        entries = []
        with os.scandir(self._folder) as found:
            for each in found:
                with suppress(FileNotFoundError):  # another process made room at the same moment
                    stat = each.stat()
                    if each.name.endswith(_PART) and time.time() - stat.st_mtime < _ABANDONED:
                        continue  # another process is writing it
                    entries.append((stat.st_mtime_ns, stat.st_size, Path(each.path)))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self._most:
                return
            path.unlink(missing_ok=True)
            total -= size
