"""Jobs in real processes, with real kills: they outlive their kernel, die noticed, go on, and keep an archive."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from e2e.helpers import BOX, SUMMER, md5sum_says, names_in, some_scenes, transfers
from e2e.test_kills import transfers_of
from jupyter_client.manager import KernelManager

import s2dl
from s2dl import events, jobs
from s2dl.cli import main
from s2dl.demo import DataSpace
from s2dl.demo.service import service
from s2dl.demo.world import World
from s2dl.errors import BadInput, InUse, LoginMissing
from s2dl.runner.carry import run_here

LONG = 90.0
"""Seconds after which a test gives up what should have happened long ago."""
SLOW = 30_000
"""Bytes a second, at which a product takes more than a second."""

NOTEBOOK = """
import s2dl
job = s2dl.download({names!r}, {directory!r}, wait=False)
open({told!r}, "w").write(str(job.id))
"""
OTHER_NOTEBOOK = """
import sys
import s2dl
report = s2dl.Job(int(sys.argv[1])).watch(progress=False)
print(report.summary())
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills processes")


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    """Whatever a test has let loose ends with it."""
    yield
    for record in jobs.records():
        if record.active and record.pid not in {None, os.getpid()}:
            os.kill(record.pid or 0, signal.SIGKILL)


def until(happens: Callable[[], object]) -> None:
    end = time.monotonic() + LONG
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.05)


def shell(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "s2dl", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
        timeout=LONG,
    )


Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """`s2dl jobs …`, run here: exit code, stdout, stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(("jobs", *arguments))
        assert isinstance(ended.value.code, int)
        return ended.value.code, *capsys.readouterr()

    return run


def runner_of(job: jobs.Job) -> int:
    """The process of a job that has begun."""
    until(lambda: job.record.pid)
    return job.record.pid or 0


def hold_up(space: DataSpace, names: Iterable[str]) -> None:
    """Let the first transfer of each of these products come to a halt half-way."""
    for name in names:
        space.inject("stall", name, 1)


def finished_in(directory: Path) -> set[str]:
    return {path.name.removesuffix(".zip") for path in directory.glob("*.zip")}


def wait_half_way(space: DataSpace, scenes: gpd.GeoDataFrame, directory: Path) -> None:
    """Until the first two of four products are listed, and the others, which were held up, have been asked for."""
    listing = directory / "s2dl.progress"
    until(lambda: listing.exists() and listing.read_text().count(".SAFE.zip\n") == 2)
    until(lambda: len(+transfers_of(space, scenes)) == len(scenes))


def has_ended(pid: int) -> bool:
    """True when a process is gone, or dead and not yet taken note of by its parent."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


def test_a_job_outlives_its_killed_kernel_and_is_watched_from_elsewhere(
    open_space: Callable[..., DataSpace], tmp_path: Path
) -> None:
    open_space(rate=SLOW)
    names, directory, told = list(some_scenes(4)["name"]), tmp_path / "images", tmp_path / "told"
    kernel = KernelManager()
    kernel.start_kernel()
    client = kernel.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=LONG)
    client.execute(NOTEBOOK.format(names=names, directory=str(directory), told=str(told)))
    until(lambda: told.exists() and told.read_text())
    os.kill(kernel.provisioner.pid, signal.SIGKILL)  # type: ignore[union-attr]  # it runs
    client.stop_channels()
    kernel.shutdown_kernel(now=True)
    job = s2dl.Job(int(told.read_text()))
    assert job.status in {"queued", "running"}
    with subprocess.Popen(
        [sys.executable, "-c", OTHER_NOTEBOOK, str(job.id)], stdout=subprocess.PIPE, text=True
    ) as other:
        watched = shell("jobs", "watch", str(job.id))
        said, _ = other.communicate(timeout=LONG)
    assert watched.returncode == 0, watched.stderr
    assert watched.stdout.count("downloaded ") == 4
    assert "4 downloaded" in said
    assert finished_in(directory) == set(names)
    assert set(md5sum_says(directory / "s2dl.progress").values()) == {"OK"}


def test_a_killed_runner_is_noticed_and_resume_fetches_nothing_twice(
    open_space: Callable[..., DataSpace], tmp_path: Path
) -> None:
    space = open_space()
    scenes = some_scenes(4)
    hold_up(space, scenes["name"][2:])
    job = s2dl.download(scenes, tmp_path, wait=False)
    assert isinstance(job, s2dl.Job)
    wait_half_way(space, scenes, tmp_path)
    os.kill(runner_of(job), signal.SIGKILL)
    until(lambda: job.status == "failed")
    assert "runner died" in job.reason
    assert "resume" in job.reason
    assert {scene.status for scene in job.scenes} <= {"downloaded", "cancelled"}
    there, before = finished_in(tmp_path), transfers_of(space, scenes)
    shown = shell("jobs", "list")
    assert "failed" in shown.stdout
    assert "runner died" in shown.stdout
    resumed = shell("jobs", "resume", str(job.id))
    assert resumed.returncode == 0, resumed.stderr
    report = job.watch(progress=False)
    assert report.ok
    assert Counter(result.status for result in report) == {"skipped": 2, "downloaded": 2}
    now = transfers_of(space, scenes)
    assert not [name for name in there if now[name] > before[name]]
    assert names_in(tmp_path) == {f"{name}.zip" for name in scenes["name"]} | {"s2dl.progress"}
    assert set(md5sum_says(tmp_path / "s2dl.progress").values()) == {"OK"}


def test_an_archive_is_kept_only_what_is_new_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_port: int, command: Command
) -> None:
    question = ("--bbox", *map(str, BOX), "--start", "2024-06", "--end", "2024-06", "--product-type", "L2A")
    then = datetime(2024, 6, 12, tzinfo=UTC)
    with monkeypatch.context() as past, DataSpaceOf(past, then, free_port) as space:
        for name, value in space.env.items():
            monkeypatch.setenv(name, value)
        assert command("add", "alps", *question, "-d", str(tmp_path))[0] == 0
        first = shell("jobs", "run", "alps", "--quiet")
        assert (first.returncode, first.stdout, first.stderr) == (0, "", "")
        old = finished_in(tmp_path)
        assert old
        assert transfers(space) == len(old)
    with DataSpace(port=free_port) as space:
        scenes = s2dl.search(BOX, start="2024-06", end="2024-06", product_type="L2A")
        code, said, _ = command("run", "alps")
        assert code == 0
        assert (said.count("skipped "), said.count("downloaded ")) == (len(old), len(scenes) - len(old))
        assert 0 < transfers(space) == len(scenes) - len(old)
        assert command("run", "alps", "-q") == (0, "", "")
        assert transfers(space) == len(scenes) - len(old)
    assert finished_in(tmp_path) == set(scenes["name"])
    assert s2dl.Job("alps").record.runs == 3


def DataSpaceOf(patch: pytest.MonkeyPatch, now: datetime, port: int) -> DataSpace:  # noqa: N802 - stands for the class
    """A Data Space at an earlier moment."""
    patch.setattr(service, "World", partial(World, now=now))
    return DataSpace(port=port)


def test_what_is_secret_stands_nowhere(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    secret = "correct-horse-battery"
    open_space(rate=SLOW, users={"me@example.org": secret})
    job = s2dl.download(some_scenes(1), tmp_path, wait=False)
    process = Path(f"/proc/{runner_of(job)}")
    for what in ("cmdline", "environ"):
        assert secret.encode() not in (process / what).read_bytes()
    assert (process / "fd" / "0").readlink() == Path(os.devnull)
    assert job.watch(progress=False).ok
    files = [path for path in Path(os.environ["HOME"]).rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert secret.encode() not in content, path
        assert not re.search(rb"eyJ[\w-]+\.[\w-]+\.", content), f"{path}: a token"


def test_a_runner_is_of_no_terminals_session_and_in_nobodys_directory(
    open_space: Callable[..., DataSpace], tmp_path: Path
) -> None:
    space = open_space(rate=SLOW)
    job = s2dl.download(some_scenes(1), tmp_path, wait=False)
    pid = runner_of(job)
    assert os.getsid(pid) == os.getpgid(pid) == pid
    assert Path(f"/proc/{pid}/cwd").readlink().is_relative_to(os.environ["XDG_DATA_HOME"])
    assert job.watch(progress=False).ok
    assert space.logins == 1
    assert [request.status for request in space.requests if request.path.endswith("/logout")] == [204]


def test_a_job_is_stopped_from_the_shell_and_goes_on(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    space = open_space()
    scenes = some_scenes(4)
    hold_up(space, scenes["name"][2:])
    started = shell("download", *scenes["name"], "-d", str(tmp_path), "--detach")
    assert started.returncode == 0, started.stderr
    assert "jobs watch" in started.stderr
    job = s2dl.Job(started.stdout.strip())
    wait_half_way(space, scenes, tmp_path)
    pid = runner_of(job)
    stopped = shell("jobs", "stop", str(job.id))
    assert stopped.returncode == 0, stopped.stderr
    assert (job.status, job.record.exit_code) == ("stopped", 130)
    assert "stopped by its user" in job.reason
    until(lambda: has_ended(pid))
    report = job.report
    assert report is not None
    assert {result.status for result in report} == {"downloaded", "cancelled"}
    assert shell("jobs", "watch", str(job.id)).returncode == 130
    assert job.resume().watch(progress=False).ok


def test_whoever_watches_sees_what_happens(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    open_space(rate=SLOW)
    scenes = some_scenes(3)
    seen: list[events.Event] = []
    job = s2dl.download(scenes, tmp_path, wait=False)
    with pytest.raises(InUse, match="already"):
        job.start()
    report = job.watch(progress=True, on_event=seen.append)
    assert [(result.status, result.path) for result in report] == [
        ("downloaded", tmp_path / f"{name}.zip") for name in scenes["name"]
    ]
    assert [result.md5 for result in report] == list(scenes["md5"])
    planned = [event for event in seen if isinstance(event, events.DownloadPlanned)]
    assert (planned[0].count, planned[0].size) == (3, int(scenes["size"].sum()))
    assert {event.name for event in seen if isinstance(event, events.SceneProgress)} <= set(scenes["name"])
    assert {event.name for event in seen if isinstance(event, events.SceneFinished)} == set(scenes["name"])
    assert seen[-1] == events.DownloadFinished(ok=True)
    assert repr(job).startswith(f"Job({job.id}): done, 3 of 3 scenes")
    assert all(name in job.log for name in scenes["name"])


def test_two_jobs_share_the_connections_of_the_account(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    space = open_space(rate=2 * SLOW, sessions=2, process=True)
    scenes = some_scenes(6)
    running = [s2dl.download(scenes[turn::2], tmp_path / f"{turn}", wait=False) for turn in range(2)]
    assert all(job.watch(progress=False).ok for job in running)
    assert space.max_sessions_seen == 2
    assert not [request for request in space.requests if request.status == 429]


def test_offline_products_are_waited_for(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    space = open_space()
    name = some_scenes(1)["name"][0]
    space.inject("offline", name, 2)
    job = s2dl.download([name], tmp_path, wait_offline=True, wait=False)
    until(lambda: job.status == "waiting")
    assert "1 offline" in job.reason
    assert job.watch(progress=False).ok
    assert finished_in(tmp_path) == {name}


def test_a_job_begins_when_its_time_has_come(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    space = open_space()
    job = jobs.add("later", scenes=some_scenes(1), directory=tmp_path)
    job.start(datetime.now(UTC) + timedelta(seconds=4))
    time.sleep(2)
    assert (job.status, transfers(space)) == ("queued", 0)
    assert job.watch(progress=False).ok
    record = job.record
    assert record.started
    assert record.start_at
    assert record.started >= record.start_at
    job.start((datetime.now().astimezone() + timedelta(days=1)).isoformat())
    job.stop()
    until(lambda: job.status == "stopped")


def test_a_job_in_the_foreground_ends_cleanly_when_told(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    open_space(rate=1_000)
    job = jobs.add("alps", question={"region": BOX, **SUMMER, "limit": 4}, directory=tmp_path)
    with subprocess.Popen(
        [sys.executable, "-m", "s2dl", "jobs", "run", "alps"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        until(lambda: list(tmp_path.glob("*.part")))
        with pytest.raises(InUse, match="already"):
            run_here(job.id)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=LONG)
    assert process.returncode == 130
    assert "stopped by SIGTERM" in said
    assert job.status == "stopped"
    assert list(tmp_path.glob("*.part"))


def test_without_account_nothing_is_started(space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenes = some_scenes(1)
    monkeypatch.delenv("S2DL_PASSWORD")
    with pytest.raises(LoginMissing):
        s2dl.download(scenes, tmp_path, wait=False)
    assert not jobs.records()


def test_two_factor_authentication_is_said_plainly(
    open_space: Callable[..., DataSpace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command
) -> None:
    open_space(totp=("123456",))
    jobs.add("alps", scenes=some_scenes(1), directory=tmp_path)
    code, _, said = command("run", "alps", "--quiet")
    assert code == 3
    assert "two-factor authentication" in said
    assert "S2DL_TOTP" in said
    assert s2dl.Job("alps").record.exit_code == 3
    monkeypatch.setenv("S2DL_TOTP", "123456")
    assert command("run", "alps", "--quiet") == (0, "", "")


def test_a_job_takes_a_code_of_its_own(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    open_space(totp=("123456", "654321"))
    s2dl.login("demo", "demo", "123456")
    job = s2dl.download(some_scenes(1), tmp_path, wait=False)
    assert not job.watch(progress=False).ok
    assert (job.status, job.record.exit_code) == ("failed", 3)
    assert "job.resume(totp=" in job.reason
    assert job.resume(totp="654321").watch(progress=False).ok


def test_a_run_that_died_does_not_keep_the_next_night_from_its_own(
    space: DataSpace, tmp_path: Path, command: Command
) -> None:
    job = jobs.add("alps", scenes=some_scenes(1), directory=tmp_path)
    killed = "import os; from s2dl.jobs.store import Store; Store().queue(1); Store().begin(1); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == -signal.SIGKILL
    assert command("run", "alps", "-q") == (0, "", "")
    assert (job.status, job.record.runs) == ("done", 2)


def test_previews_can_be_a_job(space: DataSpace, tmp_path: Path) -> None:
    job = jobs.add(scenes=some_scenes(2), directory=tmp_path, preview_only=True)
    assert job.start().watch(progress=False).ok
    assert len(list(tmp_path.glob("*.png"))) == 2


def test_a_question_that_cannot_be_asked_fails_with_the_reason(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_port: int, command: Command
) -> None:
    monkeypatch.setenv("S2DL_BASE_URL", f"http://127.0.0.1:{free_port}/odata/v1")
    jobs.add("alps", question={"tile": "32TPS", "limit": 1}, directory=tmp_path)
    code, _, said = command("run", "alps", "-q")
    assert code == 4
    assert "cannot be reached" in said
    with pytest.raises(s2dl.errors.S2dlError, match="cannot be reached"):
        s2dl.Job("alps").watch(progress=False)


def test_all_jobs_can_be_stopped_and_copies_removed(
    open_space: Callable[..., DataSpace], tmp_path: Path, command: Command
) -> None:
    open_space(rate=1_000)
    running = [s2dl.download(some_scenes(1), tmp_path / f"{number}", wait=False) for number in range(2)]
    s2dl.logout()
    assert all(job.record.active for job in running)
    assert command("copy", str(running[0].id), "again")[0] == 0
    assert command("remove", str(running[0].id))[0] == 5
    assert command("stop", "--all")[0] == 0
    assert [job.status for job in running] == ["stopped", "stopped"]
    assert command("stop", "--all") == (0, "", "No job runs.\n")
    assert s2dl.Job("again").status == "stored"
    for which in ("again", str(running[0].id)):
        assert command("remove", which)[0] == 0
    assert [record.id for record in jobs.records()] == [running[1].id]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("watch", "9"), "There is no job '9'"),
        (("stop",), "Say which job to stop"),
        (("add", "alps"), "one of the two"),
        (("add", "12", "--tile", "32TPS"), "letters in it"),
        (("add", "alps", "--tile", "here"), "not a tile id"),
        (("run", "stored", "--at", "2030-01-01"), "--at needs --detach"),
        (("run", "stored", "--detach", "--at", "tomorrow"), "is not a time"),
        (("run", "stored", "--detach", "--at", "0001-01-01"), "is not a time"),
        (("watch", "stored"), "start it first"),
        (("copy", "stored", "stored"), "already"),
    ],
)
def test_bad_input_gets_a_sentence(tmp_path: Path, command: Command, arguments: tuple[str, ...], said: str) -> None:
    jobs.add("stored", scenes=["A"], directory=tmp_path)
    code, _, message = command(*arguments)
    assert code == 2
    assert said in message


def test_the_shell_shows_all_of_a_job(tmp_path: Path, command: Command) -> None:
    assert "There is no job" in command("list")[2]
    jobs.add("alps", question={"tile": "32TPS", "start": "2024"}, directory=tmp_path)
    listed, shown = command("list")[1], command("show", "alps")[1]
    assert "alps" in listed
    assert "stored" in listed
    assert str(tmp_path) in shown
    assert "32TPS" in shown
    assert command("log", "alps") == (0, "", "")


@pytest.mark.parametrize("option", [{"concurrent": 9}, {"dry_run": True}])
def test_what_cannot_be_handed_over_is_refused_at_once(
    space: DataSpace, tmp_path: Path, option: dict[str, Any]
) -> None:
    with pytest.raises(BadInput):
        s2dl.download(some_scenes(1), tmp_path, wait=False, **option)
    assert not jobs.records()


def test_scenes_of_a_table_go_along(space: DataSpace, tmp_path: Path) -> None:
    scenes: gpd.GeoDataFrame = some_scenes(2)
    job = jobs.add(scenes=scenes, directory=tmp_path)
    assert [(scene.name, scene.size) for scene in job.scenes] == list(zip(scenes["name"], scenes["size"], strict=True))
