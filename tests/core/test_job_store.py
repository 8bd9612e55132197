"""The store of jobs: what is kept, who may see it, and many processes at it at once."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl import jobs
from s2dl.errors import BadInput, DiskError, InUse
from s2dl.jobs.database import Database
from s2dl.jobs.record import Ending, Numbers, SceneRow, Task
from s2dl.jobs.store import Store
from s2dl.jobs.task import make_task
from s2dl.settings import Settings

TASK = Task(directory="/images")
SCENES = [SceneRow(name="A.SAFE", size=10), SceneRow(name="B.SAFE", size=20)]
DONE = Ending("done", "2 downloaded", 0)


@pytest.fixture
def store() -> Store:
    return Store()


def test_a_job_is_kept_as_it_was_given(store: Store) -> None:
    task = Task(directory="/images", question={"tile": ["32TPS"]}, options={"unzip": True}, settings={"username": "me"})
    added = store.add(task, "alps", SCENES)
    for found in (store.find("alps"), store.find(added.id), store.find(str(added.id)), *store.all()):
        assert found == added
        assert (found.task, found.name, found.state, found.runs) == (task, "alps", "stored", 0)
        assert (found.numbers.count, found.numbers.size) == (2, 30)
    assert store.scenes(added.id) == SCENES


def test_numbers_are_not_given_twice(store: Store) -> None:
    first = store.add(TASK).id
    store.remove(first)
    assert store.add(TASK).id > first


@pytest.mark.parametrize("name", ["alps", "", "  ", "12", "two\nlines", "\x1b[2Jalps"])
def test_a_name_must_be_free_and_no_number(store: Store, name: str) -> None:
    store.add(TASK, "alps")
    with pytest.raises(BadInput, match="name"):
        store.add(TASK, name)
    assert len(store.all()) == 1


@pytest.mark.parametrize("job", [7, "7", "alps", 10**30, "9" * 5_000, None])
def test_a_job_that_is_not_there_is_named(store: Store, job: Any) -> None:
    with pytest.raises(BadInput, match=rf"There is no job .*{job}.*jobs list"):
        store.find(job)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_only_its_user_can_read_the_store(store: Store) -> None:
    store.add(TASK)
    files = list(store.directory.iterdir())
    assert files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(store.directory.stat().st_mode) == 0o700


def test_a_run_from_its_begin_to_its_end(store: Store) -> None:
    job = store.add(TASK, scenes=SCENES).id
    assert store.queue(job).state == "queued"
    running = store.begin(job)
    assert (running.state, running.pid, running.runs) == ("running", os.getpid(), 1)
    numbers = Numbers(received=10, size=30, done=1, count=2, speed=5.0, remaining=4.0)
    half = SceneRow(name="A.SAFE", size=10, received=10, status="downloaded")
    assert not store.tell(job, "waiting", "1 offline", numbers, [half])
    told = store.find(job)
    assert (told.state, told.note, told.numbers) == ("waiting", "1 offline", numbers)
    assert store.scenes(job) == [half, SCENES[1]]
    store.finish(job, Ending("stopped", "stopped by its user", 130))
    ended = store.find(job)
    assert (ended.state, ended.exit_code, ended.numbers.done) == ("stopped", 130, 1)
    assert ended.started
    assert ended.ended
    assert ended.ended >= ended.started >= ended.created
    assert [(scene.status, scene.reason) for scene in store.scenes(job)] == [
        ("downloaded", ""),
        ("cancelled", "the run ended before"),
    ]


def test_a_removed_job_leaves_no_file(store: Store) -> None:
    job = store.add(TASK).id
    for path in (store.lock_path(job), store.log_path(job), store.directory / f"{job}.log.1"):
        path.touch()
    store.remove(job)
    assert [path.name for path in store.directory.glob(f"{job}.*")] == []


def test_a_job_runs_once_at_a_time_and_may_run_again(store: Store) -> None:
    job = store.add(TASK, scenes=SCENES).id
    store.queue(job)
    with pytest.raises(InUse, match="queued already"):
        store.queue(job)
    with pytest.raises(InUse, match="stop it first"):
        store.remove(job)
    store.begin(job)
    last = SceneRow(name="A.SAFE", received=9, status="downloaded", path="/a", md5="0", seconds=1.0)
    store.finish(job, DONE, [last])
    assert store.find(job).numbers.received == 9, "what came after the last entry counts, too"
    again = store.queue(job)
    assert (again.runs, again.note, again.exit_code, again.ended, again.numbers.done) == (2, "", None, None, 0)
    assert [(scene.status, scene.path) for scene in store.scenes(job)] == [("waiting", None)] * 2


def test_a_stop_reaches_the_runner_and_only_a_running_job(store: Store) -> None:
    job = store.add(TASK).id
    assert not store.ask_stop(job).stop_asked
    store.queue(job)
    assert not store.beat(job)
    store.ask_stop(job)
    assert store.beat(job)
    assert store.shall_stop(job)
    assert store.tell(job, "running", "", Numbers(), [])
    store.finish(job, DONE)
    assert not store.shall_stop(job)


def test_the_runner_of_a_job_that_vanished_stops(store: Store) -> None:
    assert store.shall_stop(99)


def test_nobody_is_buried_alive(store: Store) -> None:
    job = store.add(TASK).id
    store.queue(job)
    seen = store.begin(job)
    store.finish(job, DONE)
    assert store.bury(seen, "died").state == "done"
    store.queue(job)
    assert store.bury(store.find(job), "died").note == "died"


HAMMER = """
import random, sys, time
from s2dl.errors import InUse
from s2dl.jobs.record import Ending, Numbers, SceneRow, Task
from s2dl.jobs.store import Store
me, shared, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
store, won = Store(), 0
while won < times:
    own = store.add(Task(directory="/"), f"job {me} {won}", [SceneRow(name="A.SAFE", size=1)])
    store.tell(own.id, "running", me, Numbers(received=won), [SceneRow(name="A.SAFE", received=won)])
    while True:
        try:
            store.queue(shared)
            break
        except InUse:
            time.sleep(random.uniform(0, 0.005))
    store.all()
    store.finish(shared, Ending("done", me, 0))
    won += 1
"""


def test_ten_processes_hammer_the_store_and_no_update_is_lost() -> None:
    """They make the store, too: all find nothing there at first but the one job."""
    processes, times = 10, 8
    waiting = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", HAMMER, str(number), "1", str(times)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
        if number or Store().add(TASK)
    ]
    said = [process.communicate(timeout=120)[1] for process in waiting]
    assert [process.returncode for process in waiting] == [0] * processes, said
    assert not any(said), said
    store = Store()
    assert store.find(1).runs == processes * times
    own = store.all()[1:]
    assert {record.name for record in own} == {f"job {me} {run}" for me in range(processes) for run in range(times)}
    assert all(store.scenes(record.id)[0].received == record.numbers.received for record in own[::10])


def test_ten_processes_may_make_the_store_at_once() -> None:
    code = "from s2dl.jobs.store import Store; from s2dl.jobs.record import Task; Store().add(Task(directory='/'))"
    waiting = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(10)]
    said = [process.communicate(timeout=120)[1] for process in waiting]
    assert [process.returncode for process in waiting] == [0] * 10, said
    assert [record.id for record in Store().all()] == list(range(1, 11))


def test_a_later_versions_store_is_left_alone(store: Store) -> None:
    store.add(TASK)
    Database(store.directory / "jobs.sqlite").write(lambda db: db.execute("PRAGMA user_version = 2"))
    with pytest.raises(BadInput, match=r"later version of s2dl \(2\); update s2dl"):
        store.all()


def test_a_damaged_store_says_where_it_is(store: Store) -> None:
    store.directory.mkdir(parents=True)
    (store.directory / "jobs.sqlite").write_bytes(b"no database at all" * 1000)
    with pytest.raises(DiskError, match=r"jobs\.sqlite.*move it away"):
        store.all()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_store_that_cannot_be_made_is_a_disk_error(store: Store) -> None:
    store.directory.parent.mkdir(parents=True, mode=0o500)
    with pytest.raises(DiskError, match="permissions"):
        store.all()


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=4,
)
several = st.dictionaries(st.text(max_size=9), plain, max_size=3)


@given(st.text(), several, st.none() | several)
def test_a_task_comes_back_as_it_was_written(
    directory: str, options: dict[str, Any], question: dict[str, Any] | None
) -> None:
    task = Task(directory=directory, options=options, question=question)
    assert Task.from_json(task.to_json()) == task


@pytest.mark.parametrize("text", ["", "[]", "{", '{"colour": "blue"}'])
def test_a_task_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        Task.from_json(text)


def test_a_task_means_the_same_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(unzip_directory="out", ca_bundle="ca.pem", username="me", concurrent_downloads=3)
    task = make_task("images", {"unzip": Path("folders"), "keep_archive": None, "overwrite": False}, settings)
    assert task.directory == str(tmp_path / "images")
    assert task.options == {"progress_file": "s2dl.progress", "unzip": str(tmp_path / "folders"), "overwrite": False}
    assert task.settings == {
        "unzip_directory": str(tmp_path / "out"),
        "ca_bundle": str(tmp_path / "ca.pem"),
        "username": "me",
        "concurrent_downloads": 3,
    }
    assert json.loads(task.to_json())
    assert make_task(None, {"progress_file": tmp_path / "here" / "list"}, Settings()).directory == str(
        tmp_path / "here"
    )


def test_a_proxys_password_is_not_kept() -> None:
    task = make_task("images", {}, Settings(proxy="http://me:battery@proxy.example.org:3128"))
    assert "battery" not in task.to_json()


def test_a_question_is_checked_when_it_is_stored_and_its_open_end_stays_open() -> None:
    question = make_task("x", {}, Settings(), {"tile": "t32tps", "start": "2024", "catalogue": "stac"}).question
    assert question == {"tile": ["32TPS"], "start": "2024-01-01T00:00:00+00:00", "catalogue": "stac"}
    with pytest.raises(BadInput, match="tile"):
        make_task("x", {}, Settings(), {"tile": "here"})
    with pytest.raises(BadInput, match="There is no catalogue 'opendata'"):
        make_task("x", {}, Settings(), {"tile": "32TPS", "catalogue": "opendata"})


@pytest.mark.parametrize(
    "option",
    [
        {"dry_run": True},
        {"on_event": print},
        {"control": object()},
        {"wait_offline": -1},
        {"concurrent": 9},
        {"overwrite": "no"},
        {"unzip": True, "bands": "B02"},
        {"unzipp": True},
    ],
)
def test_what_a_job_cannot_do_is_said(option: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=next(iter(option))):
        make_task("x", option, Settings())


@pytest.mark.parametrize("given", [{}, {"scenes": ["A.SAFE"], "question": {"tile": "32TPS"}}])
def test_a_job_is_for_scenes_or_for_a_question(given: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="one of the two"):
        jobs.add(**given)


def test_copies_have_the_task_and_nothing_of_the_runs(tmp_path: Path) -> None:
    first = jobs.add("first", scenes=["A", "B.SAFE"], directory=tmp_path)
    Store().queue(first.id)
    Store().finish(first.id, DONE)
    second = first.copy("second")
    assert (second.name, second.status, second.record.task) == ("second", "stored", first.record.task)
    assert [scene.name for scene in second.scenes] == ["A.SAFE", "B.SAFE"]
    first.remove()
    with pytest.raises(BadInput, match="There is no job"):
        _ = first.status
    assert [record.id for record in jobs.records()] == [second.id]


def test_a_job_is_shown_without_taking_its_names_for_html(tmp_path: Path) -> None:
    job = jobs.add("<b>bold</b>", scenes=["A"], directory=tmp_path)
    assert "stored, 0 of 1 scenes" in repr(job)
    assert "<b>bold" not in job._repr_html_()


@pytest.mark.parametrize("moment", [date(2030, 1, 1), "0001-01-01", "soon", 7])
def test_a_moment_that_is_none_is_refused(tmp_path: Path, moment: Any) -> None:
    job = jobs.add("few", scenes=["A"], directory=tmp_path)
    with pytest.raises(BadInput, match="is not a time; write 2024-06-30T22:00"):
        job.start(moment)
    assert job.status == "stored"


def test_a_job_that_was_never_started_cannot_be_watched(tmp_path: Path) -> None:
    job = jobs.add(scenes=["A"], directory=tmp_path)
    assert job.report is None
    with pytest.raises(BadInput, match="start it first"):
        job.watch()
