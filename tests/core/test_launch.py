"""Runners that begin late, or never: without starting one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from s2dl.jobs.launch import examined
from s2dl.jobs.record import Task
from s2dl.jobs.store import Store


def test_a_runner_that_comes_late_takes_up_a_job_given_up_for_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    job = store.add(Task(directory="/images")).id
    queued = store.queue(job)
    assert examined(store, queued) == queued
    monkeypatch.setattr("s2dl.jobs.launch._TIME_TO_BEGIN", timedelta())
    given_up = examined(store, queued)
    assert (given_up.state, given_up.exit_code) == ("failed", 1)
    assert "it never began" in given_up.note
    running = store.begin(job)
    assert (running.state, running.note, running.exit_code, running.ended) == ("running", "", None, None)
