"""Making a task: what is to be done, so that it means the same in another process, another directory, another year."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from s2dl.downloads.bands import read_bands
from s2dl.downloads.orders import patience_of
from s2dl.downloads.plan import resolve_target
from s2dl.downloads.wishes import check_overwrite, concurrent_of, unzip_of
from s2dl.errors import BadInput
from s2dl.jobs.record import Task
from s2dl.query import Query
from s2dl.settings import Fields

if TYPE_CHECKING:
    from s2dl.settings import Settings

__all__ = ["make_task"]

_FOR_JOBS = (
    "progress_file", "unzip", "keep_archive", "overwrite", "bands", "concurrent", "preview_only", "wait_offline",
    "take_over",
)  # fmt: skip
_NOT_FOR_JOBS = {
    "dry_run": "leave it out: a dry run answers at once",
    "on_event": "watch the job instead: job.watch(on_event=…)",
    "control": "stop the job instead: job.stop()",
}


def make_task(
    directory: str | os.PathLike[str] | None,
    options: Mapping[str, Any],
    settings: Settings,
    question: Mapping[str, Any] | None = None,
) -> Task:
    """Make a task of the arguments of `download`: paths absolute, the unsaid left out.

    Parameters
    ----------
    directory : path, optional
        By default the settings'.
    options : mapping
        Further arguments.
    settings : Settings
        What is not the default in them is kept with the task, all but the proxy, whose address may hold a password.
    question : mapping, optional
        `search`'s arguments. Files that it names are read now; an end that it leaves open stays so.

    Raises
    ------
    BadInput
        An argument cannot be used, or not by a job.
    """
    given = {name: value for name, value in options.items() if value is not None}
    for name, instead in _NOT_FOR_JOBS.items():
        if given.pop(name, False):
            raise BadInput(f"{name} cannot be given to a job; {instead}.")
    if unknown := given.keys() - _FOR_JOBS:
        raise BadInput(
            f"{', '.join(sorted(unknown))}: download has no such argument; a job takes {', '.join(_FOR_JOBS)}."
        )
    patience_of(given.get("wait_offline"))
    concurrent_of(given.get("concurrent"), settings)
    check_overwrite(given.get("overwrite", False))
    if "bands" in given:
        given["bands"] = [str(band) for band in read_bands(given["bands"])]
    target = resolve_target(directory, given.pop("progress_file", None), settings)
    unzip_of(given.get("unzip"), None, target.directory, settings, bands="bands" in given)
    given["progress_file"] = target.progress_file.relative_to(target.directory)
    if isinstance(given.get("unzip"), str | os.PathLike):
        given["unzip"] = _absolute(given["unzip"])
    return Task(
        question=None if question is None else _plain_question(question),
        directory=str(target.directory),
        options={name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in given.items()},
        settings=_plain_settings(settings),
    )


def _plain_question(question: Mapping[str, Any]) -> dict[str, Any]:
    arguments = dict(question)
    catalogue = arguments.pop("catalogue", None)
    if catalogue not in {None, *get_args(Fields.model_fields["catalogue"].annotation)}:
        raise BadInput(f"There is no catalogue {catalogue!r}; the catalogues are 'odata', 'stac' and 'resto'.")
    plain = Query.build(**arguments).to_dict()
    return plain if catalogue is None else {**plain, "catalogue": catalogue}


def _plain_settings(settings: Settings) -> dict[str, Any]:
    plain = settings.model_dump(mode="json", exclude={"proxy"}, exclude_defaults=True)
    for name in ("unzip_directory", "ca_bundle", "directory"):
        if name in plain:
            plain[name] = _absolute(plain[name])
    return plain


def _absolute(path: str | os.PathLike[str]) -> str:
    return str(Path(path).expanduser().absolute())
