"""Verify: hash what a progress file lists."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from s2dl import events
from s2dl.bars import listening
from s2dl.downloads.progress_file import Entry, ProgressFile
from s2dl.errors import BadInput
from s2dl.files import disk_errors, md5_of
from s2dl.report import DownloadReport, SceneResult

if TYPE_CHECKING:
    from s2dl.settings import Settings

__all__ = ["verify"]


async def verify(
    progress_file: str | os.PathLike[str],
    *,
    settings: Settings | None = None,  # noqa: ARG001 - the same arguments everywhere
    progress: bool | None = None,
    on_event: events.Listener | None = None,
) -> DownloadReport:
    """Hash all that a progress file lists, and say what is intact, corrupt or missing.

    Parameters
    ----------
    progress_file : path
    settings, progress, on_event
        As in `search`.

    Raises
    ------
    BadInput
        It is not there, or not a progress file.
    """
    path = Path(progress_file).expanduser().absolute()
    if not path.exists():
        raise BadInput(f"There is no progress file {path}; check the path.")
    entries = [entry for entry in ProgressFile(path).entries if entry.kind != "removed"]
    with listening(progress, on_event) as emit:
        results = []
        for done, entry in enumerate(entries, 1):
            results.append(await asyncio.to_thread(_verify, entry, path.parent / entry.file))
            emit(events.PreviewFinished(entry.name, results[-1].status, done, len(entries)))
    return DownloadReport(tuple(results))


def _verify(entry: Entry, path: Path) -> SceneResult:
    if not path.is_file():
        return SceneResult(entry.name, "missing", None, entry.size, entry.md5, reason=f"{path} is not there")
    with disk_errors(path):
        digest = md5_of(path)
    if digest == entry.md5:
        return SceneResult(entry.name, "intact", path, entry.size, digest)
    return SceneResult(entry.name, "corrupt", path, entry.size, digest, reason=f"its MD5 should be {entry.md5}")
