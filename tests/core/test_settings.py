"""Settings: which source wins, and what a value that cannot be used says."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2dl.errors import BadInput
from s2dl.settings import Settings, settings_path


def store(text: str) -> Path:
    path = settings_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_defaults_are_those_of_the_live_service() -> None:
    settings = Settings()
    assert settings.catalogue == "odata"
    assert f"{settings.base_url}/{settings.search_url}" == (
        "https://catalogue.dataspace.copernicus.eu/odata/v1/Products"
    )
    assert settings.data_url == "https://download.dataspace.copernicus.eu/odata/v1"
    assert settings.token_url.startswith("https://identity.dataspace.copernicus.eu/auth/realms/CDSE/")
    assert (settings.connection_timeout, settings.search_timeout, settings.download_timeout) == (30, 120, 60)
    assert (settings.download_speed, settings.concurrent_downloads) == (65_536, 2)
    assert (settings.directory, settings.progress_file) == (Path(), Path("s2dl.progress"))
    assert (settings.unzip, settings.keep_archive, settings.preview_only) == (False, True, False)
    assert settings.username is None


def test_argument_before_environment_before_file_before_default(monkeypatch: pytest.MonkeyPatch) -> None:
    store("search_timeout = 10\ndownload_timeout = 10\nconnection_timeout = 10\n")
    monkeypatch.setenv("S2DL_SEARCH_TIMEOUT", "20")
    monkeypatch.setenv("S2DL_DOWNLOAD_TIMEOUT", "20")
    settings = Settings(search_timeout=30)
    assert settings.search_timeout == 30
    assert settings.download_timeout == 20
    assert settings.connection_timeout == 10
    assert settings.concurrent_downloads == 2


def test_each_test_is_a_user_of_its_own() -> None:
    assert settings_path().is_relative_to(Path.home())
    assert not settings_path().exists()


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S2DL_BASE_URL", "")
    assert Settings().base_url.startswith("https://catalogue.")


def test_addresses_lose_their_last_slash() -> None:
    assert Settings(base_url="https://example.org/odata/v1/").base_url == "https://example.org/odata/v1"


@pytest.mark.parametrize("name", ["connection_timeout", "search_timeout", "download_timeout"])
@pytest.mark.parametrize("value", [0, -1, "soon"])
def test_times_must_be_positive_numbers(name: str, value: object) -> None:
    with pytest.raises(BadInput, match=name):
        Settings(**{name: value})


@pytest.mark.parametrize("value", [-1, 5, 2.5, "many"])
def test_concurrent_downloads_are_0_to_4(value: object) -> None:
    with pytest.raises(BadInput, match="concurrent_downloads"):
        Settings(concurrent_downloads=value)


@pytest.mark.parametrize("name", ["base_url", "data_url", "token_url", "stac_url", "resto_url", "s3_endpoint"])
@pytest.mark.parametrize(
    "value", ["example.org", "ftp://example.org", "file:///etc/passwd", "https://", "https://h:99999", "https://[::1"]
)
def test_an_address_must_be_one(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=name):
        Settings(**{name: value})


def test_a_bad_value_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S2DL_CATALOGUE", "scihub")
    with pytest.raises(BadInput, match=r"catalogue: .*'odata', 'stac' or 'resto'.*'scihub'"):
        Settings()


def test_a_misspelt_setting_is_not_taken_silently() -> None:
    with pytest.raises(BadInput, match="There is no setting concurent_downloads"):
        Settings(concurent_downloads=3)


def test_a_later_versions_setting_in_the_file_is_left_alone() -> None:
    store('colour_of_the_sky = "blue"\ndownload_speed = 1\n')
    assert Settings().download_speed == 1


@pytest.mark.parametrize("content", [b"download_speed = = 3", b"\xff\xfe\x00", b"download_speed = 1\n\x00"])
def test_a_broken_file_is_named(content: bytes) -> None:
    store("").write_bytes(content)
    with pytest.raises(BadInput, match=r"settings\.toml.*mend or remove it"):
        Settings()


def test_settings_cannot_be_changed_and_keep_secrets_out_of_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S2DL_PASSWORD", "correct horse")
    settings = Settings(proxy="http://me:battery@proxy.example.org:3128", username="me@example.org")
    with pytest.raises(ValueError, match="frozen"):
        settings.username = "you@example.org"
    assert "correct horse" not in repr(settings) + str(settings.model_dump())
    assert "battery" not in repr(settings) + str(settings)


def test_given_settings_are_used_as_they_are() -> None:
    mine = Settings(download_speed=7)
    assert Settings.given(mine) is mine
    assert Settings.given(None) == Settings()
