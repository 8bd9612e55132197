"""Unzip what is listed, note it in the progress file, and remove the archive if it is not to be kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from s2dl.downloads.archive import is_whole, unzip
from s2dl.downloads.progress_file import ProgressFile
from s2dl.errors import S2dlError
from s2dl.files import disk_errors
from s2dl.report import SceneResult

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Unzip", "unzip_listed"]


@dataclass(frozen=True, slots=True)
class Unzip:
    """Unzip into `directory`; keep the archive or not."""

    directory: Path
    keep_archive: bool


def unzip_listed(
    result: SceneResult, progress: ProgressFile, how: Unzip | None, keep_going: Callable[[], bool] = lambda: True
) -> SceneResult:
    """Unzip the archive of a result, if there is one and it is wished for; gives the result with what came of it.

    An archive is removed only when all its files are in the folder: one that was there already is compared first.
    """
    if how is None or result.path is None:
        return result
    try:
        folder, fresh = unzip(result.path, how.directory, keep_going)
        said = f"unzipped to {folder}" if fresh else f"{folder} was there already and was left as it is"
        entry = progress.find(result.name)
        if entry is not None and fresh:
            entry = replace(entry, extracted=str(folder))
            progress.add(entry)
        if entry is not None and not how.keep_archive and (fresh or is_whole(result.path, folder)):
            progress.add(replace(entry, kind="removed", extracted=str(folder)))
            with disk_errors(result.path):
                result.path.unlink()
            return replace(result, path=folder, reason=f"{said}, archive removed")
    except S2dlError as error:
        return replace(result, status="failed" if keep_going() else "cancelled", reason=str(error))
    return replace(result, reason="; ".join(part for part in (result.reason, said) if part))
