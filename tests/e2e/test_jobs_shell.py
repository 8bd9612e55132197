"""Jobs at the shell: what is listed, what goes wrong, and a code of two-factor authentication of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e.helpers import some_scenes

import s2dl
from s2dl import jobs
from s2dl.cli import main
from s2dl.demo import DataSpace

LONG = 60.0
"""Seconds after which a test gives up what should have happened long ago."""

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """`s2dl …`, run here: exit code, stdout, stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert isinstance(ended.value.code, int)
        return ended.value.code, *capsys.readouterr()

    return run


def ended(job: jobs.Job) -> None:
    until = time.monotonic() + LONG
    while job.record.active and time.monotonic() < until:
        time.sleep(0.1)


def test_a_list_has_a_heading_and_a_line_for_each_job(
    space: DataSpace, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes = some_scenes(2)
    jobs.add("alps", scenes=scenes, directory=tmp_path)
    monkeypatch.setenv("S2DL_PASSWORD", "wrong")
    code, said, wrong = command("jobs", "run", "alps")
    assert code == 3
    assert wrong.count("refused the account") == 1
    assert said.count("cancelled") == len(scenes)
    assert "refused" not in said  # which would be said anew for each scene
    heading, line = command("jobs", "list")[1].splitlines()
    assert heading.split()[:3] == ["JOB", "NAME", "STATE"]
    assert "0 of 2" in line
    assert line.endswith("…")
    assert wrong.strip().partition("alps failed: ")[2] in command("jobs", "show", "alps")[1]


def test_who_watches_gets_the_jobs_own_exit_code_and_reason(
    space: DataSpace, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("S2DL_BASE_URL", f"http://127.0.0.1:{free_port}/odata/v1")
    jobs.add("alps", question={"tile": "32TPS", "limit": 1}, directory=tmp_path)
    assert command("jobs", "run", "alps", "--detach", "--quiet") == (0, "", "")
    code, said, wrong = command("jobs", "watch", "alps")
    assert (code, said) == (4, "")
    assert "alps failed: The search: 127.0.0.1 cannot be reached" in wrong


def test_all_of_a_task_is_shown(tmp_path: Path, command: Command) -> None:
    assert command("jobs", "add", "alps", "--tile", "32TPS", "--start", "2024", "--unzip", "-d", str(tmp_path))[0] == 0
    shown = command("jobs", "show", "alps")[1]
    assert '"tile": ["32TPS"]' in shown
    assert '"unzip": true' in shown


def test_a_table_of_scenes_becomes_a_job(space: DataSpace, tmp_path: Path, command: Command) -> None:
    scenes, table = some_scenes(2), tmp_path / "scenes.geojson"
    s2dl.write_scenes(scenes, table)
    assert command("jobs", "add", "few", "--scenes", str(table), "-d", str(tmp_path))[0] == 0
    assert [scene.name for scene in s2dl.Job("few").scenes] == list(scenes["name"])


def test_names_of_jobs_are_offered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.add("alps", scenes=["A"], directory=tmp_path)
    monkeypatch.setenv("_S2DL_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "s2dl jobs watch a")
    monkeypatch.setenv("COMP_CWORD", "3")
    with pytest.raises(SystemExit):
        main(())
    assert capsys.readouterr().out.strip() == "plain,alps"


@pytest.mark.skipif(os.name != "posix", reason="starts runners")
def test_logging_out_leaves_jobs_alone_unless_told(space: DataSpace, tmp_path: Path, command: Command) -> None:
    later = jobs.add("later", scenes=["A"], directory=tmp_path).start("2099-01-01")
    assert "stop" not in command("logout")[2]
    assert later.status == "queued"
    code, _, said = command("logout", "--all")
    assert code == 0
    assert "Asked to stop: later; `s2dl jobs resume`" in said
    ended(later)
    assert later.status == "stopped"


@pytest.mark.skipif(os.name != "posix", reason="starts runners")
def test_a_spent_code_is_refused_and_the_job_says_what_it_needs(
    open_space: Callable[..., DataSpace], tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_space(totp=("123456", "654321"))
    s2dl.login("demo", "demo", "123456")
    job = s2dl.download(some_scenes(1), tmp_path, wait=False)
    code, _, wrong = command("jobs", "watch", str(job.id))
    assert code == 3
    for words in (
        "refused the account 'demo' (",
        "a single login",
        "a code that no login has used",
        "job.resume(totp=",
        "S2DL_TOTP",
    ):
        assert words in wrong
    s2dl.logout()
    monkeypatch.setenv("S2DL_TOTP", "654321")
    assert command("jobs", "resume", str(job.id))[0] == 0
    ended(job)
    assert (job.status, job.record.exit_code) == ("done", 0)


@pytest.mark.parametrize("arguments", [("--help",), ("jobs", "list"), ("settings", "path")], ids=" ".join)
def test_small_commands_load_nothing_heavy(arguments: tuple[str, ...]) -> None:
    tried = (
        "import sys; from s2dl.cli import main\n"
        f"try: main({arguments})\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", tried], capture_output=True, text=True, check=True, timeout=LONG)
    loaded = set(done.stderr.split())
    assert "s2dl.cli" in loaded
    assert not loaded & {"pandas", "numpy", "shapely", "httpx", "matplotlib", "ipywidgets", "unittest.mock"}
