"""The panel's login: tested before it says yes, opened when a download needs it, and no password kept anywhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from s2dl.demo.service.faults import Fault
from s2dl.errors import KeyringUnusable
from s2dl.panel.fetch.login import LoginBox, login_of

from .conftest import Watched

PanelOn = Callable[..., Watched]

SECRET = "a-secret-that-is-nowhere"


@pytest.fixture
def panel(panel_on: PanelOn, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """A panel that knows no account."""
    panel = panel_on(users={"demo": SECRET})
    for name in ("S2DL_USERNAME", "S2DL_PASSWORD"):
        monkeypatch.delenv(name)
    panel.state.account.refresh()
    return panel


def log_in(panel: Watched, username: str = "demo", password: str = SECRET, **more: Any) -> None:
    panel.state.account.log_in(username, password, **more)
    panel.until(lambda: not panel.state.account.busy)


def choose(panel: Watched) -> None:
    panel.search()
    panel.state.select(panel.state.scenes["name"][:1])


def test_a_good_login_says_yes_and_a_sign_out_ends_it(panel: Watched) -> None:
    account = panel.state.account
    assert str(account.known) == "Not logged in."
    log_in(panel, " demo ")
    assert account.known.logged_in
    assert "demo" in str(account.known)
    assert (account.sentence, account.trouble, account.logins) == ("", False, 1)
    account.log_out()
    panel.until(lambda: not account.busy)
    assert not account.known.logged_in


def test_a_wrong_password_is_said_and_changes_nothing(panel: Watched) -> None:
    account = panel.state.account
    log_in(panel, password="wrong")
    assert not account.known.logged_in
    assert account.trouble
    assert "refused" in account.sentence
    assert "wrong" not in account.sentence.replace("password", "")
    assert account.logins == 0
    log_in(panel)
    assert account.known.logged_in


@pytest.mark.parametrize(("username", "password"), [("", SECRET), ("demo", ""), ("  ", SECRET)])
def test_half_a_login_asks_nobody(panel: Watched, username: str, password: str) -> None:
    log_in(panel, username, password)
    assert "Fill in" in panel.state.account.sentence
    assert panel.space.logins == 0


def test_a_code_of_two_factor_authentication_is_sent_along(panel_on: PanelOn, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = panel_on(users={"demo": SECRET}, totp="123456")
    monkeypatch.delenv("S2DL_PASSWORD")
    log_in(panel)
    assert not panel.state.account.known.logged_in
    log_in(panel, totp="123456")
    assert panel.state.account.known.logged_in


def test_a_service_that_is_down_is_said(panel: Watched) -> None:
    panel.space.inject(Fault("server-error", "/auth/*", times=99))
    log_in(panel)
    assert panel.state.account.trouble
    assert not panel.state.account.known.logged_in


def test_a_download_that_needs_a_login_asks_for_it_and_goes_on_after_it(panel: Watched) -> None:
    state = panel.state
    choose(panel)
    panel.download()
    assert state.downloads.scenes[0].status == "failed"
    assert state.account.asked
    assert "needs an account" in state.account.sentence
    log_in(panel, password="wrong")
    assert state.account.asked
    state.report = None
    log_in(panel)
    assert not state.account.asked
    panel.until(lambda: state.report is not None)
    assert state.downloads.scenes[0].status == "downloaded"


def test_a_login_out_of_turn_downloads_nothing(panel: Watched) -> None:
    choose(panel)
    log_in(panel)
    assert not panel.state.downloads.running
    assert panel.state.downloads.scenes == ()


def test_a_session_that_dies_on_the_way_is_asked_for_and_what_was_got_stays(
    panel_on: PanelOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = ("111111", "222222")
    panel = panel_on(
        users={"demo": SECRET}, totp=codes, token_life=1, refresh_life=1, product_size=2_000_000, rate=700_000
    )
    monkeypatch.delenv("S2DL_PASSWORD")
    state = panel.state
    panel.search()
    state.select(state.scenes["name"][:4])
    log_in(panel, totp=codes[0])
    panel.download()
    assert state.account.asked
    assert "new code" in state.account.sentence
    here = [scene.name for scene in state.downloads.scenes if scene.good]
    state.report = None
    log_in(panel, totp=codes[1])
    panel.until(lambda: state.downloads.running or state.report is not None)
    assert len(state.downloads.scenes) == 4
    assert [scene.name for scene in state.downloads.scenes if scene.good][: len(here)] == here


def test_it_is_kept_in_the_keyring_only_when_asked(panel: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[str, str]] = []

    def keep(url: str, username: str, password: str) -> None:
        kept.append((username, password))

    monkeypatch.setattr("s2dl.verbs.account.keep_account", keep)
    log_in(panel)
    assert kept == []
    log_in(panel, remember=True)
    assert kept == [("demo", SECRET)]


def test_a_keyring_that_cannot_be_used_is_said_and_the_login_holds(
    panel: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: str) -> None:
        raise KeyringUnusable("There is no keyring here.")

    monkeypatch.setattr("s2dl.verbs.account.keep_account", refuse)
    log_in(panel, remember=True)
    assert panel.state.account.known.logged_in
    assert "no keyring here" in panel.state.account.sentence


@pytest.fixture
def box(panel: Watched, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LoginBox, list[dict[str, Any]]]]:
    """The widget, and what it sends to the page."""
    box, sent = login_of(panel.state), []
    monkeypatch.setattr(box, "send", lambda content, buffers=None: sent.append(content))
    yield box, sent
    box.close()


def test_the_widget_keeps_and_tells_no_password(
    panel: Watched, box: tuple[LoginBox, list[dict[str, Any]]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    widget, sent = box
    typed = {"do": "log in", "username": "demo", "password": SECRET, "totp": "", "remember": False}
    widget._heard(widget, typed, [])
    panel.until(lambda: panel.state.account.known.logged_in)
    assert sent[-1]["in"]
    assert "Logged in as demo" in sent[-1]["words"]
    assert SECRET not in repr((sent, widget.get_state(), vars(panel.state.account), panel.state.status, caplog.text))


def test_the_widget_takes_nothing_that_is_no_login(panel: Watched, box: tuple[LoginBox, list[dict[str, Any]]]) -> None:
    widget, _ = box
    for strange in ({}, {"do": "log in"}, {"do": "log in", "username": 1, "password": [], "totp": ""}, {"do": "rm"}):
        widget._heard(widget, strange, [])
    assert panel.space.logins == 0
    panel.state.account.ask("Why not?")
    widget._heard(widget, {"do": "dismiss"}, [])
    assert not panel.state.account.asked
