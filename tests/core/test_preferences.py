"""Preferences: the user's file is theirs: readable, edited with care, and never lost."""

from __future__ import annotations

import logging
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl import preferences
from s2dl.errors import BadInput, DiskError
from s2dl.settings import Settings, settings_path


def write(text: str) -> Path:
    path = settings_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_every_setting_is_described_once_for_forms() -> None:
    fields = {each.name: each for each in preferences.fields()}
    assert set(fields) == set(Settings.model_fields)
    assert all(each.description.endswith(".") and each.group for each in fields.values())
    assert fields["catalogue"].kind == "choice"
    assert fields["catalogue"].choices == ("odata", "stac", "resto")
    assert (fields["concurrent_downloads"].kind, fields["concurrent_downloads"].minimum) == ("whole number", 0)
    assert fields["concurrent_downloads"].maximum == 4
    assert fields["search_timeout"].kind == "number"
    assert fields["unzip"].kind == "yes or no"
    assert (fields["unzip_directory"].kind, fields["unzip_directory"].optional) == ("path", True)
    assert (fields["base_url"].kind, fields["search_url"].kind) == ("address", "text")
    assert not any("password" in name for name in fields)


def test_what_is_stored_is_what_later_runs_use() -> None:
    for name, value in {
        "concurrent_downloads": "4",
        "unzip": "yes",
        "directory": "images",
        "search_timeout": 5,
    }.items():
        preferences.store(name, value)
    settings = Settings()
    assert (settings.concurrent_downloads, settings.unzip) == (4, True)
    assert (settings.directory, settings.search_timeout) == (Path("images"), 5)
    assert preferences.read() == {
        "concurrent_downloads": 4, "unzip": True, "directory": Path("images"), "search_timeout": 5.0
    }  # fmt: skip
    preferences.unset("unzip")
    preferences.store("directory", None)
    assert (Settings().unzip, Settings().directory) == (False, Path())
    assert preferences.read().keys() == {"concurrent_downloads", "search_timeout"}


def test_each_stored_setting_has_a_comment_that_says_what_it_is() -> None:
    for each in preferences.fields():
        if each.default not in {None, ""}:
            preferences.store(each.name, each.default)
    lines = settings_path().read_text(encoding="utf-8").splitlines()
    for each in preferences.fields():
        if each.default not in {None, ""}:
            assert any(line.startswith(f"{each.name} = ") and line.endswith(each.description) for line in lines)


def test_the_file_is_the_owners_only_and_no_other_file_is_left() -> None:
    write("download_speed = 1\n").chmod(0o644)
    preferences.store("download_speed", 2)
    path = settings_path()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    true_file = tmp_path / "dotfiles.toml"
    true_file.write_text("download_speed = 1\n")
    settings_path().parent.mkdir(parents=True)
    settings_path().symlink_to(true_file)
    preferences.store("download_speed", 2)
    assert settings_path().is_symlink()
    assert tomllib.loads(true_file.read_text()) == {"download_speed": 2}


EDITED = """\
# my own words
search_timeout = 300.0   # the office is slow

later_version = "kept"
directory = "/data/s2" # big disk

[a_table]
of_mine = [1, 2]
"""


def test_a_persons_comments_order_and_unknown_names_are_kept(caplog: pytest.LogCaptureFixture) -> None:
    write(EDITED)
    preferences.store("search_timeout", 60)
    preferences.store("unzip", True)
    preferences.unset("directory")
    text = settings_path().read_text(encoding="utf-8")
    stored = tomllib.loads(text)
    assert stored["search_timeout"] == 60
    assert stored["unzip"] is True
    assert stored["later_version"] == "kept"
    assert stored["a_table"] == {"of_mine": [1, 2]}
    assert "directory" not in stored
    assert "# my own words" in text
    assert "# the office is slow" in text


def test_an_unknown_name_is_told_with_its_line_and_the_likely_one(caplog: pytest.LogCaptureFixture) -> None:
    write("unzip = true\nconcurent_downloads = 4\n")
    with caplog.at_level(logging.WARNING):
        assert Settings().concurrent_downloads == 2
        Settings()
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert "settings.toml, line 2: there is no setting concurent_downloads" in told[0]
    assert "is concurrent_downloads meant?" in told[0]


@pytest.mark.parametrize("name", ["password", "totp", "Password"])
def test_a_password_in_the_file_is_refused_by_line_and_not_repeated(name: str) -> None:
    write(f'unzip = true\n{name} = "correct horse"\n')
    with pytest.raises(BadInput, match=r"settings\.toml, line 2: .* does not belong into this file") as caught:
        Settings()
    assert "correct horse" not in str(caught.value)


def test_a_password_in_an_address_is_not_stored_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match=r"proxy: the address holds a password.*S2DL_PROXY") as caught:
        preferences.store("proxy", "http://me:battery@proxy.example.org:3128")
    assert "battery" not in str(caught.value)
    assert not settings_path().exists()
    monkeypatch.setenv("S2DL_PROXY", "http://me:battery@proxy.example.org:3128")
    shown = {each.name: each.text for each in preferences.listing()}
    assert shown["proxy"] == "http://me:***@proxy.example.org:3128"


@pytest.mark.parametrize("content", ["download_speed = = 3\n", "unzip = true\nunzip = false\n", "x = 1\n\x00"])
def test_a_broken_file_is_told_with_line_and_column_and_never_written_over(content: str) -> None:
    path = write(content)
    with pytest.raises(BadInput, match=r"settings\.toml cannot be read.*line \d+"):
        Settings()
    for change in (lambda: preferences.store("unzip", True), lambda: preferences.unset("unzip"), preferences.read):
        with pytest.raises(BadInput, match=r"settings\.toml cannot be read"):
            change()
    assert path.read_text() == content


def test_a_file_that_an_editor_has_marked_is_read_and_changed() -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text("unzip = true\n", encoding="utf-8-sig")
    assert Settings().unzip
    preferences.store("search_timeout", 9)
    assert (Settings().unzip, Settings().search_timeout) == (True, 9)


def test_a_bad_value_in_the_file_is_told_with_its_line_and_can_be_mended() -> None:
    write("unzip = true\nconcurrent_downloads = 9\n")
    with pytest.raises(BadInput, match=r"concurrent_downloads: .*given: 9, in .*settings\.toml, line 2"):
        Settings()
    preferences.store("concurrent_downloads", 3)
    assert Settings().concurrent_downloads == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [("concurrent_downloads", "5"), ("unzip", "perhaps"), ("catalogue", "scihub"), ("base_url", "example.org"),
     ("download_speed", "fast"), ("search_timeout", 0)],
)  # fmt: skip
def test_a_bad_value_is_not_stored(name: str, value: object) -> None:
    with pytest.raises(BadInput, match=name):
        preferences.store(name, value)
    assert not settings_path().exists()


def test_a_misspelt_name_is_answered_with_the_likely_one() -> None:
    for change in (lambda: preferences.store("conncurrent_downloads", 1), lambda: preferences.unset("unzipp")):
        with pytest.raises(BadInput, match=r"There is no setting .*; is (concurrent_downloads|unzip) meant"):
            change()


def test_an_empty_optional_setting_is_none() -> None:
    write('unzip_directory = ""\nusername = ""\n')
    assert (Settings().unzip_directory, Settings().username) == (None, None)
    preferences.store("unzip_directory", "")
    assert "unzip_directory" not in settings_path().read_text(encoding="utf-8")


def test_where_each_value_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    write("search_timeout = 10\ndownload_timeout = 10\n")
    monkeypatch.setenv("S2DL_DOWNLOAD_TIMEOUT", "20")
    monkeypatch.setenv("S2DL_BASE_URL", "")
    told = {each.name: (each.value, each.source) for each in preferences.listing()}
    assert told["search_timeout"] == (10, "file")
    assert told["download_timeout"] == (20, "environment")
    assert told["unzip"] == (False, "default")
    assert told["base_url"][1] == "default"


def test_the_made_file_shows_every_setting_and_changes_nothing() -> None:
    before = Settings()
    text = preferences.make_file().read_text(encoding="utf-8")
    assert Settings() == before
    assert all(f"# {each.name} = " in text and each.description in text for each in preferences.fields())
    uncommented = "\n".join(line.removeprefix("# ") for line in text.splitlines() if " = " in line)
    write(uncommented)
    assert Settings() == before
    write("unzip = true\n")
    assert preferences.make_file().read_text(encoding="utf-8") == "unzip = true\n"


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(blocked))
    with pytest.raises((DiskError, BadInput), match="file"):
        preferences.store("unzip", True)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
def test_any_user_name_comes_back_as_it_was(name: str) -> None:
    preferences.store("username", name)
    assert Settings().username == name
