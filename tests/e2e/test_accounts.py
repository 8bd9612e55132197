"""Accounts against the embedded Data Space: login, logout, two-factor authentication, prompts."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keyring
import nbformat
import pytest
from core.keyrings import MemoryKeyring, PlaintextKeyring
from e2e.helpers import some_scenes
from jupyter_client.manager import run_kernel
from keyring.backends import fail
from nbclient import NotebookClient

import s2dl
from s2dl.access import prompt
from s2dl.access.identity import account_state
from s2dl.demo import DataSpace
from s2dl.errors import DiskError, KeyringUnusable, LoginMissing, LoginRefused
from s2dl.verbs import account

PASSWORD = "correct-horse-battery"


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def kept() -> MemoryKeyring:
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    return backend


@pytest.fixture
def unknown(open_space: Callable[..., DataSpace], monkeypatch: pytest.MonkeyPatch) -> Callable[..., DataSpace]:
    """Open a Data Space whose account the environment does not name."""

    def open_it(**manners: object) -> DataSpace:
        space = open_space(users={"me": PASSWORD}, **manners)
        monkeypatch.delenv("S2DL_USERNAME")
        monkeypatch.delenv("S2DL_PASSWORD")
        return space

    return open_it


class Person:
    """Somebody at the keyboard, who gives each answer once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
        self.questions: list[str] = []
        self._answers = list(answers)
        monkeypatch.setattr(prompt, "_at_terminal", lambda: True)
        monkeypatch.setattr(prompt, "_line", self.answer)
        monkeypatch.setattr(getpass, "getpass", self.answer)

    def answer(self, question: str) -> str:
        self.questions.append(question)
        return self._answers.pop(0)

    def leave(self, question: str) -> str:
        raise EOFError(question)


def logouts(space: DataSpace) -> int:
    return sum(each.path.endswith("/logout") and each.status == 204 for each in space.requests)


def test_login_tests_the_account_and_downloads_use_its_session(
    unknown: Callable[..., DataSpace], tmp_path: Path
) -> None:
    space = unknown()
    assert str(account_state(s2dl.Settings())) == "Not logged in."
    s2dl.login("me", PASSWORD)
    state = account_state(s2dl.Settings())
    assert state.logged_in
    assert state.username == "me"
    assert state.until is not None
    assert state.until > datetime.now(UTC)
    assert str(state).startswith("Logged in as me until ")
    assert PASSWORD not in repr(state)
    assert s2dl.download(some_scenes(2), tmp_path).ok
    s2dl.login()
    assert space.logins == 1


def test_a_refused_login_changes_nothing(unknown: Callable[..., DataSpace], tmp_path: Path) -> None:
    space = unknown()
    s2dl.login("me", PASSWORD)
    with pytest.raises(LoginRefused, match=r"Check user name and password.*two-factor"):
        s2dl.login("me", "wrong")
    assert account_state(s2dl.Settings()).logged_in
    assert s2dl.download(some_scenes(1), tmp_path).ok
    assert space.logins == 1


def test_logout_ends_the_session_at_the_service_and_forgets(unknown: Callable[..., DataSpace], tmp_path: Path) -> None:
    space = unknown()
    s2dl.login("me", PASSWORD)
    s2dl.logout()
    assert logouts(space) == 1
    assert not account_state(s2dl.Settings()).logged_in
    with pytest.raises(LoginMissing):
        s2dl.download(some_scenes(1), tmp_path)
    s2dl.logout()
    assert logouts(space) == 1


def test_another_login_ends_the_session_before(unknown: Callable[..., DataSpace]) -> None:
    space = unknown()
    s2dl.login("me", PASSWORD)
    s2dl.login("me", PASSWORD)
    assert (space.logins, logouts(space)) == (2, 1)


def test_logout_forgets_even_when_the_jobs_cannot_be_told(
    unknown: Callable[..., DataSpace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = unknown()
    s2dl.login("me", PASSWORD)
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    with pytest.raises(DiskError, match=r"jobs\.sqlite"):
        s2dl.logout(all=True)
    assert logouts(space) == 1
    assert account_state(s2dl.Settings()).username is None


def test_logout_forgets_even_when_the_service_is_away(
    unknown: Callable[..., DataSpace], monkeypatch: pytest.MonkeyPatch, kept: MemoryKeyring
) -> None:
    space = unknown()
    s2dl.login("me", PASSWORD, remember=True)
    monkeypatch.setattr("s2dl.access.http.ATTEMPTS", 1)
    space.inject("server-error", "/auth/*", 99)
    with pytest.raises(s2dl.errors.ServiceError):
        s2dl.logout()
    assert not kept.entries
    assert account_state(s2dl.Settings()).username is None


def test_remembered_only_when_asked_and_found_by_later_runs(
    unknown: Callable[..., DataSpace], kept: MemoryKeyring, tmp_path: Path
) -> None:
    space = unknown()
    s2dl.login("me", PASSWORD)
    assert not kept.entries
    s2dl.login("me", PASSWORD, remember=True)
    assert PASSWORD in kept.entries.values()
    s2dl.access.credentials.forget(s2dl.Settings())
    assert s2dl.download(some_scenes(1), tmp_path).ok
    s2dl.logout()
    assert not kept.entries
    assert space.urls["token_url"].startswith("http://127.0.0.1")


def test_a_wrong_password_is_not_remembered(unknown: Callable[..., DataSpace], kept: MemoryKeyring) -> None:
    unknown()
    with pytest.raises(LoginRefused):
        s2dl.login("me", "wrong", remember=True)
    assert not kept.entries


@pytest.mark.parametrize("backend", [fail.Keyring, PlaintextKeyring])
def test_without_a_usable_keyring_remembering_says_the_choices(
    unknown: Callable[..., DataSpace], backend: Callable[[], MemoryKeyring]
) -> None:
    unknown()
    keyring.set_keyring(backend())
    with pytest.raises(KeyringUnusable, match=r"Logged in as me, but .*S2DL_PASSWORD.*\.netrc") as caught:
        s2dl.login("me", PASSWORD, remember=True)
    assert PASSWORD not in str(caught.value)
    assert account_state(s2dl.Settings()).logged_in


def test_the_account_in_netrc_downloads(unknown: Callable[..., DataSpace], tmp_path: Path) -> None:
    unknown()
    file = Path.home() / ".netrc"
    file.write_text(f"machine 127.0.0.1 login me password {PASSWORD}\n")
    file.chmod(0o600)
    assert s2dl.download(some_scenes(1), tmp_path).ok
    state = account_state(s2dl.Settings())
    assert (state.username, state.source) == ("me", str(file))


class TestTwoFactor:
    def test_one_code_lasts_for_a_long_run_on_refresh(self, unknown: Callable[..., DataSpace], tmp_path: Path) -> None:
        space = unknown(totp=["111111", "222222"], token_life=3, refresh_life=30, rate=15_000)
        s2dl.login("me", PASSWORD, "111111")
        report = s2dl.download(some_scenes(8), tmp_path, concurrent=2)
        assert report.ok
        assert space.logins == 1
        grants = [each for each in space.requests if each.path.endswith("/token")]
        assert len(grants) > 1

    def test_a_dead_session_stops_the_run_and_a_new_code_goes_on(
        self, unknown: Callable[..., DataSpace], tmp_path: Path
    ) -> None:
        space = unknown(totp=["111111", "222222"], token_life=1, refresh_life=2, rate=8_000)
        s2dl.login("me", PASSWORD, "111111")
        scenes = some_scenes(6)
        with pytest.raises(LoginRefused, match=r"log in with a new code, then run the same again") as caught:
            s2dl.download(scenes, tmp_path, concurrent=1)
        assert caught.value.exit_code == 3
        assert space.logins == 1
        done = len(list(tmp_path.glob("*.zip")))
        assert done + len(list(tmp_path.glob("*.part"))) >= 1
        s2dl.login("me", PASSWORD, "222222")
        assert space.logins == 2

    def test_the_code_is_asked_for_once(
        self, unknown: Callable[..., DataSpace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        space = unknown(totp=["111111"])
        person = Person(monkeypatch, "me", PASSWORD, "111 111")
        assert s2dl.download(some_scenes(3), tmp_path).ok
        assert space.logins == 1
        assert ["user name" in person.questions[0], "Password" in person.questions[1]] == [True, True]
        assert "two-factor" in person.questions[2]
        assert len(person.questions) == 3

    def test_an_account_that_is_kept_is_asked_for_its_code_only(
        self,
        unknown: Callable[..., DataSpace],
        kept: MemoryKeyring,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        space = unknown(totp=["111111", "222222"])
        s2dl.login("me", PASSWORD, "111111", remember=True)
        name = some_scenes(1)["name"][0]
        entries = dict(kept.entries)
        s2dl.logout()
        kept.entries.update(entries)
        person = Person(monkeypatch, "222222")
        assert s2dl.download(name, tmp_path).ok
        assert space.logins == 2
        assert len(person.questions) == 1

    def test_where_nobody_answers_it_is_told_what_was_refused(
        self, unknown: Callable[..., DataSpace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unknown()
        monkeypatch.setenv("S2DL_USERNAME", "me")
        monkeypatch.setenv("S2DL_PASSWORD", "wrong")
        person = Person(monkeypatch)
        monkeypatch.setattr(prompt, "_line", person.leave)
        for ask in (s2dl.login, lambda: s2dl.download(some_scenes(1), tmp_path)):
            with pytest.raises(LoginRefused, match="refused the account 'me', known from the environment"):
                ask()

    def test_a_wrong_code_is_not_asked_for_again(
        self, unknown: Callable[..., DataSpace], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unknown(totp=["111111"])
        person = Person(monkeypatch, "999999")
        with pytest.raises(LoginRefused):
            s2dl.login("me", PASSWORD)
        assert len(person.questions) == 1


class TestPrompt:
    def test_what_is_missing_is_asked_for(
        self, unknown: Callable[..., DataSpace], monkeypatch: pytest.MonkeyPatch, kept: MemoryKeyring
    ) -> None:
        unknown()
        person = Person(monkeypatch, PASSWORD)
        s2dl.login("me", remember=True)
        assert person.questions == ["Password of me: "]
        assert PASSWORD in kept.entries.values()

    def test_nothing_answered_is_no_account(
        self, unknown: Callable[..., DataSpace], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        space = unknown()
        Person(monkeypatch, "")
        with pytest.raises(LoginMissing, match="No account was given"):
            s2dl.login()
        assert not [each for each in space.requests if each.origin == "identity"]

    def test_a_notebook_that_is_executed_is_told_the_choices_and_never_waits(
        self, unknown: Callable[..., DataSpace], tmp_path: Path
    ) -> None:
        unknown()
        cell = """
import s2dl
try:
    s2dl.login()
except s2dl.errors.LoginMissing as error:
    print(error)
"""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
        said = notebook.cells[0].outputs[0]["text"]
        assert "S2DL_USERNAME and S2DL_PASSWORD" in said
        assert ".netrc" in said

    def test_a_notebook_with_a_person_asks_and_shows_no_password(self, unknown: Callable[..., DataSpace]) -> None:
        space = unknown(totp=["111111"])
        answers = {"user name": "me", "Password of me": PASSWORD, "two-factor": "111111"}
        hidden: list[bool] = []
        said: list[str] = []
        with run_kernel() as client:

            def answer(message: dict[str, Any]) -> None:
                hidden.append(message["content"]["password"])
                client.input(next(answers[key] for key in answers if key in message["content"]["prompt"]))

            reply = client.execute_interactive(
                "import s2dl; s2dl.login()",
                allow_stdin=True,
                stdin_hook=answer,
                output_hook=lambda message: said.append(str(message["content"])),
                timeout=120,
            )
        assert reply["content"]["status"] == "ok", said
        assert hidden == [False, True, False]
        assert PASSWORD not in "".join(said)
        assert space.logins == 1


def test_a_mute_service_does_not_hold_up_who_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    async def mute(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(account, "close_session", mute)
    monkeypatch.setattr(account, "_COURTESY", 0.1)
    asyncio.run(asyncio.wait_for(account.leave(s2dl.Settings()), 30))
