"""Account, settings, help and completion of the command line, as real processes and as a new user would."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from e2e.helpers import some_scenes

from s2dl import jobs
from s2dl.cli import commands, main
from s2dl.demo import DataSpace

PASSWORD = "correct-horse-battery"
TESTS = Path(__file__).parents[1]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "s2dl", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
        check=False,
        timeout=120,
    )


def run_here(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """The same in this process, which is quicker; gives exit code, stdout and stderr."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, out, err


def run_at_terminal(*arguments: str, answers: list[tuple[str, str]]) -> tuple[int, str]:
    """Run at a terminal of its own and type each answer when its question is there; gives exit code and screen."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "s2dl", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    screen, waiting = "", list(answers)
    with os.fdopen(ours, "rb+", buffering=0) as terminal:
        while True:
            try:
                piece = terminal.read(4096)
            except OSError:  # Linux says so when the last process has left the terminal
                break
            if not piece:
                break
            screen += piece.decode(errors="replace")
            if waiting and waiting[0][0] in screen:
                terminal.write(f"{waiting.pop(0)[1]}\n".encode())
    return process.wait(60), screen


@pytest.fixture
def unknown(open_space: Callable[..., DataSpace], monkeypatch: pytest.MonkeyPatch) -> Callable[..., DataSpace]:
    """Open a Data Space whose account the environment does not name."""

    def open_it(**manners: object) -> DataSpace:
        space = open_space(users={"me": PASSWORD}, **manners)
        monkeypatch.delenv("S2DL_USERNAME")
        monkeypatch.delenv("S2DL_PASSWORD")
        return space

    return open_it


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file that stands for the system's keyring in all processes."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "core.keyrings.FileKeyring")
    monkeypatch.setenv("TEST_KEYRING", str(tmp_path / "keyring.json"))
    return tmp_path / "keyring.json"


def passwords(kept: Path) -> list[str]:
    return [password for _, _, password in json.loads(kept.read_text())]


class TestAccount:
    def test_login_asks_tests_and_keeps_and_later_runs_find_it(
        self, unknown: Callable[..., DataSpace], kept: Path, tmp_path: Path
    ) -> None:
        space = unknown()
        code, screen = run_at_terminal(
            "login", "--remember", answers=[("user name", "me"), ("Password of me", PASSWORD)]
        )
        assert code == 0, screen
        assert "The account me works." in screen
        assert PASSWORD not in screen
        assert PASSWORD in passwords(kept)
        assert [each.path.endswith("/logout") for each in space.requests][-1]
        name = some_scenes(1)["name"][0]
        done = run("download", name, "-d", str(tmp_path / "images"))
        assert done.returncode == 0, done.stderr
        again = run("login")
        assert (again.returncode, "comes from the keyring" in again.stderr) == (0, True)
        assert run("logout").returncode == 0
        assert passwords(kept) == []
        assert run("download", name, "-d", str(tmp_path / "other")).returncode == 3

    def test_a_refused_account_is_not_kept(self, unknown: Callable[..., DataSpace], kept: Path) -> None:
        unknown()
        code, screen = run_at_terminal(
            "login", "--username", "me", "--remember", answers=[("Password of me", "wrong"), ("press Enter", "")]
        )
        assert code == 3
        assert "refused the account" in screen
        assert not kept.exists()

    def test_the_code_of_two_factor_authentication_is_asked_for(self, unknown: Callable[..., DataSpace]) -> None:
        unknown(totp=["111111"])
        code, screen = run_at_terminal(
            "login", "--username", "me", answers=[("Password of me", PASSWORD), ("two-factor", "111111")]
        )
        assert code == 0, screen
        assert "Nothing was kept" in screen

    def test_without_a_keyring_login_says_the_choices(self, unknown: Callable[..., DataSpace]) -> None:
        unknown()
        done = run("login", "--remember", S2DL_USERNAME="me", S2DL_PASSWORD=PASSWORD)
        assert done.returncode == 3
        for words in ("Logged in as me", "no keyring", "S2DL_USERNAME and S2DL_PASSWORD", ".netrc"):
            assert words in done.stderr
        assert run("login", S2DL_USERNAME="me", S2DL_PASSWORD=PASSWORD).returncode == 0

    def test_a_download_at_a_terminal_asks_and_goes_on(self, unknown: Callable[..., DataSpace], tmp_path: Path) -> None:
        unknown()
        name = some_scenes(1)["name"][0]
        code, screen = run_at_terminal(
            "download", name, "-d", str(tmp_path), answers=[("user name", "me"), ("Password of me", PASSWORD)]
        )
        assert code == 0, screen
        assert PASSWORD not in screen
        assert len(list(tmp_path.glob("*.zip"))) == 1

    def test_a_job_at_a_terminal_asks_and_its_session_ends_with_it(
        self, unknown: Callable[..., DataSpace], tmp_path: Path
    ) -> None:
        space = unknown()
        jobs.add("few", scenes=some_scenes(1), directory=tmp_path)
        answers = [("user name", "me"), ("Password of me", PASSWORD)]
        code, screen = run_at_terminal("jobs", "run", "few", answers=answers)
        assert code == 0, screen
        assert len(list(tmp_path.glob("*.zip"))) == 1
        code, screen = run_at_terminal("jobs", "resume", "few", answers=answers)
        assert code == 0, screen
        assert jobs.Job("few").watch(progress=False).ok
        ends = [request.status for request in space.requests if request.path.endswith("/logout")]
        assert len(ends) == space.logins

    def test_a_code_that_is_missing_is_asked_for_once(
        self, unknown: Callable[..., DataSpace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        space = unknown(totp=["111111"])
        monkeypatch.setenv("S2DL_USERNAME", "me")
        monkeypatch.setenv("S2DL_PASSWORD", PASSWORD)
        name = some_scenes(1)["name"][0]
        arguments = ("download", name, "-d", str(tmp_path))
        code, screen = run_at_terminal(*arguments, answers=[("two-factor", "111111")])
        assert code == 0, screen
        assert screen.count("press Enter") == 1
        assert (space.logins, len(list(tmp_path.glob("*.zip")))) == (1, 1)

    def test_a_nightly_run_never_waits_for_an_answer_and_says_what_to_do(
        self, unknown: Callable[..., DataSpace], tmp_path: Path
    ) -> None:
        unknown()
        done = run("download", some_scenes(1)["name"][0], "-d", str(tmp_path))
        assert done.returncode == 3
        assert done.stdout == ""
        for way in ("S2DL_USERNAME and S2DL_PASSWORD", "machine 127.0.0.1 login", ".netrc", "s2dl login --remember"):
            assert way in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_nightly_run_takes_netrc(self, unknown: Callable[..., DataSpace], tmp_path: Path) -> None:
        unknown()
        file = tmp_path / "netrc"
        file.write_text(f"machine 127.0.0.1\nlogin me\npassword {PASSWORD}\n")
        file.chmod(0o644)
        name = some_scenes(1)["name"][0]
        refused = run("download", name, "-d", str(tmp_path / "images"), NETRC=str(file))
        assert (refused.returncode, f"chmod 600 {file}" in refused.stderr) == (3, True)
        file.chmod(0o600)
        assert run("download", name, "-d", str(tmp_path / "images"), NETRC=str(file)).returncode == 0

    def test_a_nightly_run_with_two_factor_authentication_is_told_plainly(
        self, unknown: Callable[..., DataSpace], tmp_path: Path
    ) -> None:
        unknown(totp=["111111"])
        done = run(
            "download", some_scenes(1)["name"][0], "-d", str(tmp_path), S2DL_USERNAME="me", S2DL_PASSWORD=PASSWORD
        )
        assert done.returncode == 3
        assert "two-factor authentication" in done.stderr
        assert PASSWORD not in done.stderr

    def test_no_secret_is_in_any_file_of_the_user(
        self, unknown: Callable[..., DataSpace], kept: Path, tmp_path: Path
    ) -> None:
        unknown()
        run_at_terminal("login", "--username", "me", "--remember", answers=[("Password of me", PASSWORD)])
        assert run("settings", "set", "username", "me").returncode == 0
        done = run("-vv", "download", some_scenes(1)["name"][0], "-d", str(tmp_path / "images"))
        assert done.returncode == 0, done.stderr
        files = [path for path in Path.home().rglob("*") if path.is_file()]
        assert any(path.name == "settings.toml" for path in files)
        for text in (done.stdout, done.stderr, *(path.read_bytes().decode("latin-1") for path in files)):
            assert PASSWORD not in text
            assert "eyJ" not in text  # what every token of the service begins with


class TestSettings:
    def test_set_list_get_unset(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        file = Path(run("settings", "path").stdout.strip())
        assert not file.exists()
        assert run("settings", "set", "concurrent-downloads", "4").returncode == 0
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert tomllib.loads(file.read_text()) == {"concurrent_downloads": 4}
        monkeypatch.setenv("S2DL_SEARCH_TIMEOUT", "300")
        listing = run_here("settings", capsys=capsys)[1].splitlines()
        rows = {line.split()[0]: line.split()[1:] for line in listing if line.strip()}
        assert rows["concurrent_downloads"] == ["4", "file"]
        assert rows["search_timeout"] == ["300.0", "environment"]
        assert rows["unzip"] == ["false", "default"]
        assert run_here("settings", "get", "concurrent_downloads", capsys=capsys)[1] == "4\n"
        assert run_here("settings", "unset", "concurrent_downloads", capsys=capsys)[0] == 0
        assert run_here("settings", "get", "concurrent_downloads", capsys=capsys)[1] == "2\n"

    def test_a_change_that_the_environment_hides_is_told(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("S2DL_SEARCH_TIMEOUT", "300")
        code, _, told = run_here("settings", "set", "search_timeout", "9", capsys=capsys)
        assert code == 0
        assert "S2DL_SEARCH_TIMEOUT goes before the file; now search_timeout is 300" in told

    def test_a_broken_file_is_told_and_kept(self, capsys: pytest.CaptureFixture[str]) -> None:
        file = Path(run("settings", "path").stdout.strip())
        file.parent.mkdir(parents=True)
        file.write_text("unzip = true\nsearch_timeout = = 3\n")
        done = run("count", "--tile", "32TPS")
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
        for arguments in (["settings"], ["settings", "set", "unzip", "no"]):
            code, _, told = run_here(*arguments, capsys=capsys)
            assert code == 2
            for said in (told, done.stderr):
                assert f"{file} cannot be read" in said
                assert "line 2" in said
        assert file.read_text() == "unzip = true\nsearch_timeout = = 3\n"

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["set", "conncurrent_downloads", "3"], "is concurrent_downloads meant?"),
            (["set", "concurrent_downloads", "9"], "less than or equal to 4"),
            (["get", "nonsense"], "There is no setting nonsense"),
            (["set", "search_timeout", "-1"], "search_timeout: Input should be greater than 0"),
            (["set", "progress_file", ""], "progress_file: give the name of a file"),
        ],
    )
    def test_mistakes_are_answered(self, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
        code, _, told = run_here("settings", *arguments, capsys=capsys)
        assert (code, words in told) == (2, True)

    def test_edit_opens_the_file_with_every_setting_and_checks_it(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        editor = tmp_path / "editor"
        editor.write_text('#!/bin/sh\necho "download_speed = 7" >> "$1"\n')
        editor.chmod(0o755)
        monkeypatch.setenv("EDITOR", str(editor))
        monkeypatch.delenv("VISUAL", raising=False)
        assert run_here("settings", "edit", capsys=capsys)[0] == 0
        assert run_here("settings", "get", "download_speed", capsys=capsys)[1] == "7\n"
        code, _, told = run_here("settings", "edit", capsys=capsys)
        assert (code, "cannot be read" in told) == (2, True)


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from walk(each, (*path, name))


COMMANDS = dict(walk(commands))


class TestHelp:
    @pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(path) or "s2dl")
    def test_every_help_has_a_sentence_and_help_for_every_option(
        self, path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        code, shown, _ = run_here(*path, "--help", capsys=capsys)
        assert code == 0
        assert shown.startswith(f"Usage: {' '.join(('s2dl', *path))}")
        assert "\\b" not in shown
        command = COMMANDS[path]
        assert command.get_short_help_str(200).endswith(".")
        assert all(each.help for each in command.params if isinstance(each, click.Option))

    @pytest.mark.parametrize("path", [path for path in COMMANDS if path], ids=" ".join)
    def test_every_commands_help_has_an_example(self, path: tuple[str, ...]) -> None:
        _, _, examples = (COMMANDS[path].help or "").partition("\b\n")
        assert "s2dl " + " ".join(path) in examples

    def test_every_command_is_listed_under_a_heading(self, capsys: pytest.CaptureFixture[str]) -> None:
        _, shown, _ = run_here("--help", capsys=capsys)
        for name in commands.commands:
            assert f"\n  {name} " in shown
        for heading in ("Look:", "Fetch:", "Account and settings:", "The panel:"):
            assert f"\n{heading}\n" in shown

    def test_a_mistyped_option_says_what_is_meant(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, _, told = run_here("search", "--tiles", "32TPS", capsys=capsys)
        assert (code, "--tile" in told) == (2, True)


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_a_script_for_each_shell(self, shell: str, capsys: pytest.CaptureFixture[str]) -> None:
        code, script, _ = run_here("completion", shell, capsys=capsys)
        assert (code, f"_S2DL_COMPLETE={shell}_complete" in script) == (0, True)

    @pytest.mark.parametrize(
        ("words", "offered"),
        [
            ("s2dl lo", {"login", "logout"}),
            ("s2dl settings set con", {"connection_timeout", "concurrent_downloads"}),
            ("s2dl search --product-type L2", {"L2A", "L2Ap"}),
            ("s2dl search --catalogue s", {"stac"}),
            ("s2dl search --region al", {"al"}),  # as the begin of a file's name, for the shell to complete
        ],
    )
    def test_words_are_offered(self, words: str, offered: set[str]) -> None:
        done = run(
            _S2DL_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(len(words.split()) - 1),
        )  # fmt: skip
        assert {line.partition(",")[2] for line in done.stdout.splitlines()} >= offered
