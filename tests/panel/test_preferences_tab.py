"""The tab Preferences: every setting has a field; what is changed is stored, and holds in this panel at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from s2dl.panel.fetch.preferences import PreferencesForm, preferences_of
from s2dl.panel.state.preferences import LABELS, Preferences, Row
from s2dl.panel.state.state import PanelState
from s2dl.settings import Settings, settings_path

from .pages import eventually
from .test_choice import scene, some


def stored() -> dict[str, Any]:
    return tomllib.loads(settings_path().read_text()) if settings_path().exists() else {}


def row(preferences: Preferences, name: str) -> Row:
    (found,) = (each for each in preferences.rows if each.field.name == name)
    return found


@pytest.fixture
def preferences(state: PanelState) -> Preferences:
    return Preferences(state)


def test_every_setting_has_a_labelled_field_that_says_what_it_is(preferences: Preferences) -> None:
    assert {each.field.name for each in preferences.rows} == set(Settings.model_fields)
    assert all(each.label and each.field.description for each in preferences.rows)
    assert set(LABELS) <= set(Settings.model_fields)
    assert row(preferences, "data_url").label == "Data Space Data URL"
    assert row(preferences, "connection_timeout").label == "Connection timeout"


def test_a_change_is_stored_and_holds_here_at_once(preferences: Preferences, state: PanelState) -> None:
    preferences.change("concurrent_downloads", "4")
    assert stored() == {"concurrent_downloads": 4}
    assert state.settings.concurrent_downloads == 4
    assert Settings().concurrent_downloads == 4
    assert row(preferences, "concurrent_downloads").note == "Stored"
    preferences.reset("concurrent_downloads")
    assert stored() == {}
    assert state.settings.concurrent_downloads == 2
    assert row(preferences, "concurrent_downloads").note == ""


def test_options_of_the_cart_follow_unless_a_person_has_changed_them(
    preferences: Preferences, state: PanelState, tmp_path: Path
) -> None:
    state.progress_file = "my.list"
    preferences.change("directory", str(tmp_path / "images"))
    preferences.change("progress_file", "other.list")
    preferences.change("unzip", "true")
    assert state.directory == str(tmp_path / "images")
    assert state.unzip
    assert state.progress_file == "my.list"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("concurrent_downloads", "5"),
        ("concurrent_downloads", ""),
        ("download_speed", "-1"),
        ("search_timeout", "0"),
        ("search_timeout", "soon"),
        ("base_url", "ftp://example.org"),
        ("base_url", ""),
        ("catalogue", "wms"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field_and_not_stored(
    preferences: Preferences, state: PanelState, name: str, text: str
) -> None:
    before = state.settings
    preferences.change(name, text)
    assert row(preferences, name).error
    assert [each.field.name for each in preferences.rows if each.error] == [name]
    assert stored() == {}
    assert state.settings == before
    preferences.change("unzip", "true")
    assert row(preferences, name).error == ""


def test_an_optional_one_may_be_emptied(preferences: Preferences) -> None:
    preferences.change("username", "someone@example.org")
    assert stored() == {"username": "someone@example.org"}
    preferences.change("username", " ")
    assert stored() == {}


def test_no_password_is_stored(preferences: Preferences) -> None:
    preferences.change("proxy", "http://me:secret@proxy.example.org:8080")
    assert "password" in row(preferences, "proxy").error
    assert stored() == {}


def test_what_the_environment_overrides_is_said_and_a_proxys_password_is_not(
    monkeypatch: pytest.MonkeyPatch, state: PanelState
) -> None:
    monkeypatch.setenv("S2DL_SEARCH_TIMEOUT", "77")
    monkeypatch.setenv("S2DL_PROXY", "http://me:secret@proxy.example.org:8080")
    preferences = Preferences(state)
    assert row(preferences, "search_timeout").text == "77.0"
    assert "S2DL_SEARCH_TIMEOUT overrides" in row(preferences, "search_timeout").note
    assert "secret" not in repr(preferences.rows)


def test_values_that_the_panel_was_given_are_told_apart(state: PanelState) -> None:
    given = PanelState(settings=Settings(search_timeout=5))
    preferences = Preferences(given)
    assert "given another value" in row(preferences, "search_timeout").note
    preferences.change("search_timeout", "50")
    assert given.settings.search_timeout == 50
    assert row(preferences, "search_timeout").note == "Stored"
    given.close()


def test_a_file_that_cannot_be_read_is_said_and_left_alone(state: PanelState) -> None:
    settings_path().parent.mkdir(parents=True, exist_ok=True)
    settings_path().write_text("this is = = not TOML")
    preferences = Preferences(state)
    assert str(settings_path()) in preferences.trouble
    assert preferences.rows == ()
    preferences.change("unzip", "true")
    assert settings_path().read_text() == "this is = = not TOML"


@pytest.fixture
def form(state: PanelState, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[PreferencesForm, list[dict[str, Any]]]]:
    """The widget, and what it sends to the page."""
    form, sent = preferences_of(state), []
    monkeypatch.setattr(form, "send", lambda content, buffers=None: sent.append(content))
    yield form, sent
    form.close()


def test_the_form_gets_ranges_and_says_what_was_typed(form: tuple[PreferencesForm, list[dict[str, Any]]]) -> None:
    widget, sent = form
    widget._heard(widget, {"do": "tell"}, [])
    rows = {each["name"]: each for each in sent[-1]["rows"]}
    assert (rows["concurrent_downloads"]["minimum"], rows["concurrent_downloads"]["maximum"]) == (0, 4)
    assert rows["search_timeout"]["minimum"] > 0
    assert set(rows["catalogue"]["choices"]) == {"odata", "stac", "resto"}
    assert sent[-1]["place"] == str(settings_path())
    widget._heard(widget, {"do": "set", "name": "catalogue", "text": "stac"}, [])
    assert stored() == {"catalogue": "stac"}
    widget._heard(widget, {"do": "reset", "name": "catalogue"}, [])
    assert stored() == {}
    widget._heard(widget, {"do": "set", "name": "no_such", "text": "1"}, [])
    assert stored() == {}
    assert "https://catalogue" not in str(widget.get_state())


def test_a_change_reaches_pictures_count_and_account(state: PanelState, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[Settings] = []

    async def quicklook(scene: Any, settings: Settings) -> bytes:
        used.append(settings)
        return b""

    monkeypatch.setattr("s2dl.verbs.preview.quicklook", quicklook)
    some(state, scene("A"))
    state.region = (11.2, 46.4, 11.5, 46.6)
    monkeypatch.setenv("S2DL_USERNAME", "somebody")
    monkeypatch.setenv("S2DL_PASSWORD", "correct horse")
    state.use_settings(Settings(base_url="http://127.0.0.1:9/v1"))
    assert "somebody" in str(state.account.known)
    state.select(state.scenes["name"])
    eventually(lambda: used)
    assert used[0] is state.settings
    eventually(lambda: "127.0.0.1 cannot be reached" in state.counted)
