"""Jobs as a whole: listing all, stopping all."""

from __future__ import annotations

from s2dl.jobs.job import Job
from s2dl.jobs.launch import examined
from s2dl.jobs.record import Record
from s2dl.jobs.store import Store

__all__ = ["records", "stop_all"]


def records(*, store: Store | None = None) -> list[Record]:
    """All jobs as they are now, the oldest first; cheap enough to ask twice a second, from any thread."""
    store = Store() if store is None else store
    return [examined(store, record) for record in store.all()]


def stop_all(*, store: Store | None = None) -> list[Job]:
    """Ask all jobs that are queued or run to stop; gives them."""
    store = Store() if store is None else store
    jobs = [Job(record.id, store=store) for record in records(store=store) if record.active]
    for job in jobs:
        job.stop()
    return jobs
