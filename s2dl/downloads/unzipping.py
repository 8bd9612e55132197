"""Unzip what is listed, note it in the progress file, and remove the archive if it is not to be kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from s2dl.downloads.archive import unzip
from s2dl.downloads.progress_file import ProgressFile
from s2dl.errors import S2dlError
from s2dl.files import disk_errors
from s2dl.report import SceneResult

__all__ = ["Unzip", "unzip_listed"]


@dataclass(frozen=True, slots=True)
class Unzip:
    """Unzip into `directory`; keep the archive or not."""

    directory: Path
    keep_archive: bool


def unzip_listed(result: SceneResult, progress: ProgressFile, how: Unzip | None) -> SceneResult:
    """Unzip the archive of a result, if there is one and it is wished for; gives the result with what came of it."""
    if how is None or result.path is None:
        return result
    try:
        folder, fresh = unzip(result.path, how.directory)
        reason = f"unzipped to {folder}" if fresh else f"{folder} was there already and was left as it is"
        entry = progress.find(result.name)
        if entry is not None and fresh:
            entry = replace(entry, extracted=str(folder))
            progress.add(entry)
            if not how.keep_archive:
                progress.add(replace(entry, kind="removed"))
                with disk_errors(result.path):
                    result.path.unlink()
                return replace(result, path=folder, reason=f"{reason}, archive removed")
    except S2dlError as error:
        return replace(result, status="failed", reason=str(error))
    return replace(result, reason="; ".join(part for part in (result.reason, reason) if part))
