"""The panel's batch: jobs of the question or the selection, stored, started, stopped and watched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from s2dl.jobs import Record, add
from s2dl.jobs.record import Numbers, Task
from s2dl.panel.fetch.batch import BatchList, job_task, job_words
from s2dl.panel.state.batch import Batch
from s2dl.panel.state.state import PanelState

from .conftest import Watched
from .pages import FakePage, eventually

PanelOn = Callable[..., Watched]


def says(batch: Batch, words: str) -> None:
    eventually(lambda: words in batch.sentence)


def states(batch: Batch) -> dict[str, str]:
    batch.look()
    return {record.title: record.state for record in batch.jobs.records}


def test_a_selection_is_stored_run_and_watched(panel_on: PanelOn) -> None:
    panel = panel_on()
    state, batch = panel.state, Batch(panel.state)
    panel.search()
    batch.store("selection")
    says(batch, "Select scenes first")
    state.select(state.scenes["name"][:2])
    batch.store("selection", "two")
    says(batch, "Job two is stored; Start runs it.")
    (record,) = batch.jobs.records
    assert (record.state, record.numbers.count, record.task.directory) == ("stored", 2, str(state.target))
    batch.watch(record.id)
    batch.start(record.id)
    says(batch, "Job two runs, and goes on when this notebook is closed.")
    eventually(lambda: states(batch) == {"two": "done"})
    eventually(lambda: [scene.status for scene in batch.jobs.scenes] == ["downloaded", "downloaded"])
    eventually(lambda: "run 1 ends: done" in batch.jobs.log or batch.look())
    assert len([*state.target.glob("*.zip")]) == 2


def test_a_question_is_stored_as_it_stands_and_asked_by_the_job(panel_on: PanelOn) -> None:
    panel = panel_on()
    state, batch = panel.state, Batch(panel.state)
    state.change(where="tile", tile="")
    batch.store("question")
    says(batch, "Mend what is marked in the form")
    assert state.errors
    state.change(tile="32TPS", end="2024-06-10", cloud_cover=(0.0, 30.0))
    batch.store("question", "alps")
    says(batch, "alps is stored")
    (record,) = batch.jobs.records
    assert record.task.question == state.query
    batch.store("question", "alps")
    says(batch, "There is a job 'alps' already")
    assert batch.trouble
    batch.copy(record.id, "more")
    says(batch, "alps is copied")
    batch.remove(record.id)
    says(batch, "alps is forgotten")
    assert states(batch) == {"more": "stored"}


def test_a_job_is_started_for_later_stopped_and_told_what_it_lacks(panel_on: PanelOn, monkeypatch: Any) -> None:
    panel = panel_on()
    state, batch = panel.state, Batch(panel.state)
    add("later", question=state.query, settings=state.settings)
    batch.start(1, "2099-06-30T22:00")
    says(batch, "Job later begins 2099-06-30 22:00, and goes on")
    (record,) = batch.jobs.records
    assert job_words(record) == "begins 2099-06-30 22:00"
    batch.remove(1)
    says(batch, "stop it first")
    batch.stop(1)
    says(batch, "Job later stops")
    eventually(lambda: states(batch) == {"later": "stopped"})
    monkeypatch.delenv("S2DL_USERNAME")
    monkeypatch.delenv("S2DL_PASSWORD")
    batch.start(1)
    says(batch, "needs an account")
    assert state.account.asked, "the login opens where it is"


def test_a_job_of_an_account_with_two_factors_is_given_a_code_of_its_own(panel_on: PanelOn, monkeypatch: Any) -> None:
    panel = panel_on(users={"demo": "secret"}, totp="123456")
    monkeypatch.delenv("S2DL_PASSWORD")
    state, batch = panel.state, Batch(panel.state)
    page = FakePage(BatchList(batch))
    page.say({"ask": "all"})
    assert page.told[-1][0]["needsCode"] is False
    state.account.log_in("demo", "secret", "123456")
    panel.until(lambda: state.account.known.logged_in)
    eventually(lambda: page.told[-1][0]["needsCode"] is True)
    add("mine", question={**state.query, "limit": 1}, directory=state.target, settings=state.settings)
    page.say({"do": "start", "job": 1, "at": "", "code": "000 000"})
    eventually(lambda: states(batch) == {"mine": "failed"})
    assert "refused" in batch.jobs.records[0].note
    page.say({"do": "start", "job": 1, "at": "", "code": "123 456"})
    eventually(lambda: states(batch) == {"mine": "done"})


def test_the_page_is_told_what_is_new_and_the_notebook_nothing(state: PanelState) -> None:
    add("<img src=x>", question={"tile": "32TPS"})
    batch = Batch(state)
    shown = BatchList(batch)
    page = FakePage(shown)
    page.say({"ask": "all"})
    eventually(lambda: len(page.told) == 2)
    (job,) = page.told[-1][0]["jobs"]
    assert (job["title"], job["press"], job["active"]) == ("<img src=x>", "Start", False)
    page.say({"ask": "news"})
    eventually(lambda: batch._latest is None)
    assert len(page.told) == 2, "there was no news"
    assert "img" not in str({name: value for name, value in shown.get_state().items() if name != "_esm"})


RECORD = Record(
    id=3, name=None, task=Task(directory="/data", settings={}), state="running", note="", exit_code=None,
    created=datetime(2024, 6, 1, tzinfo=UTC), start_at=None, started=None, ended=None, heard=None, pid=1, host="here",
    stop_asked=False, runs=1,
    numbers=Numbers(received=1_500_000, size=3_000_000, done=1, count=2, speed=5e5, remaining=3),
)  # fmt: skip


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (RECORD, "running · 1 of 2 scenes · 1.5 MB of 3.0 MB · 500 kB/s · 3 s left"),
        (replace(RECORD, stop_asked=True, numbers=Numbers(count=1)), "running · 0 of 1 scene · 0 B of 0 B · stopping…"),
        (replace(RECORD, state="queued"), "waits to begin"),
        (replace(RECORD, state="stored"), "stored, not started yet"),
        (replace(RECORD, state="failed", note="The disk is full."), "failed · 1 of 2 scenes · The disk is full."),
    ],
)
def test_words_of_a_job(record: Record, words: str) -> None:
    assert job_words(record) == words


def test_what_a_job_is_to_do() -> None:
    assert job_task(RECORD) == "2 scenes → /data"
    question = {"tile": ["32TPS"], "cloud_cover": [0.0, 20.0], "start": "2024-01-01T00:00:00+00:00"}
    task = replace(RECORD.task, question=question, options={"preview_only": True})
    said = job_task(replace(RECORD, task=task))
    assert said == "previews of tile 32TPS, cloud cover 0 to 20 %, start 2024-01-01 → /data"
    area = replace(RECORD.task, question={"region": "POLYGON ((11 46, 12 46, 12 47, 11 47, 11 46))"})
    assert job_task(replace(RECORD, task=area)) == "region 11 46 12 47 → /data"
