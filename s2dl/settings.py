"""Settings: where the service is, how patient to be, where files go.

Argument, then environment (``S2DL_<NAME>``), then the user's TOML file, then the default. No password is ever here.
"""

from __future__ import annotations

import logging
import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from platformdirs import user_config_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from s2dl.errors import BadInput

__all__ = ["SECRET_NAMES", "Fields", "Settings", "Source", "settings_path", "sources", "words"]

Source = Literal["argument", "environment", "file", "default"]

SECRET_NAMES = {"password", "totp", "token", "access_token", "refresh_token"}

_log = logging.getLogger(__name__)


def settings_path() -> Path:
    """Where the user's settings are stored."""
    return user_config_path("s2dl", appauthor=False) / "settings.toml"


class Fields(BaseModel):
    """Each setting with its default, its limits and what it is; `Settings` says where their values come from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    catalogue: Literal["odata", "stac", "resto"] = Field("odata", description="Which of the catalogues is asked.")
    base_url: str = Field(
        "https://catalogue.dataspace.copernicus.eu/odata/v1", description="The catalogue's OData root."
    )
    search_url: str = Field("Products", description="The collection of products below base_url.")
    data_url: str = Field(
        "https://download.dataspace.copernicus.eu/odata/v1", description="The OData root of the download host."
    )
    token_url: str = Field(
        "https://identity.dataspace.copernicus.eu/auth/realms/CDSE/protocol/openid-connect/token",
        description="Where an account becomes a token.",
    )
    stac_url: str = Field("https://stac.dataspace.copernicus.eu/v1", description="The STAC catalogue.")
    resto_url: str = Field(
        "https://catalogue.dataspace.copernicus.eu/resto/api/collections",
        description="The resto catalogue, of services that still speak it.",
    )
    s3_endpoint: str = Field("https://eodata.dataspace.copernicus.eu", description="The S3 service.")
    order_url: str = Field("", description="Where offline products are ordered; empty only waits for them.")
    connection_timeout: float = Field(30, gt=0, description="Seconds to wait for a connection.")
    search_timeout: float = Field(120, gt=0, description="Seconds to wait for the answer to a search.")
    download_timeout: float = Field(
        60, gt=0, description="Seconds within which download_speed bytes must arrive, else the attempt fails."
    )
    download_speed: int = Field(65_536, ge=0, description="Bytes that must arrive within download_timeout.")
    concurrent_downloads: int = Field(
        2, ge=0, le=4, description="Transfers at a time, 1 to 4; 0 switches the service off."
    )
    directory: Path = Field(Path(), description="Where downloads go.")
    progress_file: Path = Field(Path("s2dl.progress"), description="Lists what is complete; lies in the directory.")
    unzip: bool = Field(False, description="Unzip each product.")
    unzip_directory: Path | None = Field(None, description="Where to unzip; not set: beside the archive.")
    keep_archive: bool = Field(True, description="Keep the archive after unzipping.")
    preview_only: bool = Field(False, description="Save previews instead of products.")
    username: str | None = Field(None, description="The account's name, an e-mail address.")
    proxy: str | None = Field(None, repr=False, description="Address of an HTTP proxy.")
    ca_bundle: Path | None = Field(
        None, description="PEM file of certificate authorities to trust instead of the system's."
    )

    @field_validator("base_url", "data_url", "token_url", "stac_url", "resto_url", "s3_endpoint")
    @classmethod
    def _is_http(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.port == 0:
            raise ValueError("give an address that begins with https:// and names a host")
        return value.rstrip("/")

    @field_validator("unzip_directory", "username", "proxy", "ca_bundle", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("progress_file")
    @classmethod
    def _is_a_file(cls, value: Path) -> Path:
        if not value.name:
            raise ValueError("give the name of a file")
        return value

    @field_validator("order_url")
    @classmethod
    def _is_http_or_empty(cls, value: str) -> str:
        return cls._is_http(value) if value else ""


class Settings(Fields, BaseSettings):
    """What s2dl needs to know beside the question; frozen, and free of secrets.

    Parameters
    ----------
    catalogue : {"odata", "stac", "resto"}
        Which of the service's catalogues is asked.
    base_url, search_url, data_url : str
        The catalogue's OData root, the collection of products below it, and the OData root of the download host.
    token_url, stac_url, resto_url, s3_endpoint : str
        The other doors of the service.
    order_url : str
        Where offline products are ordered; empty to wait for them only.
    connection_timeout, search_timeout : float
        Seconds.
    download_timeout : float
        Seconds within which at least `download_speed` bytes must arrive, else the attempt fails.
    download_speed : int
        Bytes, see `download_timeout`.
    concurrent_downloads : int
        0 to 4; 0 switches the service off.
    directory, progress_file, unzip, unzip_directory, keep_archive, preview_only
        What `download` does unless told otherwise.
    username : str, optional
        The account's name (an e-mail address).
    proxy : str, optional
        URL of an HTTP proxy.
    ca_bundle : Path, optional
        A PEM file of certificate authorities to trust instead of the system's.

    Raises
    ------
    BadInput
        A value cannot be used, whichever source it came from, or the user's file cannot be read.

    Notes
    -----
    A name in the file that is no setting is logged as a warning and kept: it may be a later version's.
    """

    model_config = SettingsConfigDict(
        env_prefix="S2DL_", frozen=True, extra="ignore", env_ignore_empty=True, validate_default=False
    )

    def __init__(self, **values: object) -> None:
        if unknown := [name for name in values if name not in type(self).model_fields]:
            known = ", ".join(type(self).model_fields)
            raise BadInput(f"There is no setting {', '.join(unknown)}; the settings are {known}.")
        try:
            super().__init__(**values)  # type: ignore[arg-type]  # pydantic checks them
        except ValidationError as error:
            raise BadInput(_sentence(error, values)) from error

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings' signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Argument, environment, file: in this order, and nothing else."""
        return init_settings, env_settings, InitSettingsSource(settings_cls, _stored())

    @classmethod
    def given(cls, settings: Self | None) -> Self:
        """`settings`, or those of the environment and the user's file."""
        return cls() if settings is None else settings


def sources() -> dict[str, Source]:
    """Where the value of each setting comes from, in ``Settings()``."""
    environment = EnvSettingsSource(Settings)()
    stored = _stored()
    return {
        name: "environment" if name in environment else "file" if name in stored else "default"
        for name in Settings.model_fields
    }


def _stored() -> dict[str, Any]:
    """All that the user's file says; a name that is no setting is told once a process.

    Raises
    ------
    BadInput
        It cannot be read, or holds a secret.
    """
    path = settings_path()
    try:
        # Some editors put a mark of the encoding before the first line, which is no TOML.
        text = path.read_text(encoding="utf-8-sig")
        stored = tomllib.loads(text)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        # The parser's own words end with the line and the column.
        raise BadInput(f"{path} cannot be read ({error}); mend or remove it.") from error
    for name in stored.keys() - Settings.model_fields.keys():
        place = f"{path}, line {_line_of(name, text)}"
        if name.lower() in SECRET_NAMES:
            raise BadInput(
                f"{place}: {name} does not belong into this file, which others may see; remove the line, and use "
                "`s2dl login --remember`, .netrc, or the environment."
            )
        _warn_once(place, name)
    return stored


_warned: set[str] = set()


def _warn_once(place: str, name: str) -> None:
    if place not in _warned:
        _warned.add(place)
        likely = get_close_matches(name, Settings.model_fields, 1)
        hint = f" (is {likely[0]} meant?)" if likely else ""
        _log.warning("%s: there is no setting %s%s; it is left as it is.", place, name, hint)


def _line_of(name: str, text: str) -> int:
    pattern = re.compile(rf"""\s*[\["']*{re.escape(name)}\b""")
    return next((number for number, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)


def words(message: str) -> str:
    """What pydantic says of a value, without the prefix that it puts before words of ours, or a class of Python's."""
    return message.removeprefix("Value error, ").removesuffix(" for <class 'pathlib.Path'>")


def _sentence(error: ValidationError, arguments: dict[str, Any]) -> str:
    problems = (
        f"{each['loc'][0]}: {words(each['msg'])} (given: {each['input']!r}{_whence(str(each['loc'][0]), arguments)})"
        for each in error.errors()
    )
    return "These settings cannot be used; mend them and try again. " + "; ".join(problems)


def _whence(name: str, arguments: dict[str, Any]) -> str:
    if name in arguments:
        return ""
    if sources()[name] == "environment":
        return f", in the environment variable S2DL_{name.upper()}"
    path = settings_path()
    return f", in {path}, line {_line_of(name, path.read_text(encoding='utf-8-sig'))}"
