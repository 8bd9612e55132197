"""Storing new jobs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from s2dl.errors import BadInput
from s2dl.jobs.job import Job
from s2dl.jobs.record import SceneRow
from s2dl.jobs.store import Store
from s2dl.jobs.task import make_task
from s2dl.scenes_like import products_given
from s2dl.settings import Settings

if TYPE_CHECKING:
    from s2dl.scenes_like import ScenesLike

__all__ = ["add"]


def add(
    name: str | None = None,
    *,
    scenes: ScenesLike | None = None,
    question: Mapping[str, Any] | None = None,
    directory: str | os.PathLike[str] | None = None,
    settings: Settings | None = None,
    store: Store | None = None,
    **options: Any,
) -> Job:
    """Store a job, to be run later, or again and again.

    Parameters
    ----------
    name : str, optional
        To call it by.
    scenes : GeoDataFrame, row or product names
        What to fetch; or else
    question : mapping
        `search`'s arguments, asked anew by each run: with a progress file that keeps an archive up to date.
    directory : path, optional
        Where the files go; by default the settings'.
    settings : Settings, optional
        What is not the default in them is kept with the job.
    store : Store, optional
        By default the user's.
    **options
        Further arguments of `download`; with ``preview_only=True`` it saves previews.

    Raises
    ------
    BadInput
        The name is taken, or an argument cannot be used.
    """
    if (scenes is None) == (question is None):
        raise BadInput("A job is for scenes or for a question; give one of the two.")
    store = Store() if store is None else store
    rows = [] if scenes is None else [SceneRow(name=each.name, size=each.size) for each in products_given(scenes)]
    task = make_task(directory, options, Settings.given(settings), question)
    return Job(store.add(task, name, rows).id, store=store)
