"""Settings: where the service is, how patient to be, where files go.

Argument, then environment (``S2DL_<NAME>``), then the user's TOML file, then the default. No password is ever here.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from platformdirs import user_config_path
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from s2dl.errors import BadInput

__all__ = ["Settings", "settings_path"]


def settings_path() -> Path:
    """Where the user's settings are stored."""
    return user_config_path("s2dl", appauthor=False) / "settings.toml"


class Settings(BaseSettings):
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
        A value cannot be used, whichever source it came from.
    """

    model_config = SettingsConfigDict(
        env_prefix="S2DL_", frozen=True, extra="ignore", env_ignore_empty=True, validate_default=False
    )

    catalogue: Literal["odata", "stac", "resto"] = "odata"
    base_url: str = "https://catalogue.dataspace.copernicus.eu/odata/v1"
    search_url: str = "Products"
    data_url: str = "https://download.dataspace.copernicus.eu/odata/v1"
    token_url: str = "https://identity.dataspace.copernicus.eu/auth/realms/CDSE/protocol/openid-connect/token"  # noqa: S105 - an address
    stac_url: str = "https://stac.dataspace.copernicus.eu/v1"
    resto_url: str = "https://catalogue.dataspace.copernicus.eu/resto/api/collections"
    s3_endpoint: str = "https://eodata.dataspace.copernicus.eu"
    order_url: str = ""
    connection_timeout: float = Field(30, gt=0)
    search_timeout: float = Field(120, gt=0)
    download_timeout: float = Field(60, gt=0)
    download_speed: int = Field(65_536, ge=0)
    concurrent_downloads: int = Field(2, ge=0, le=4)
    directory: Path = Path()
    progress_file: Path = Path("s2dl.progress")
    unzip: bool = False
    unzip_directory: Path | None = None
    keep_archive: bool = True
    preview_only: bool = False
    username: str | None = None
    proxy: str | None = Field(None, repr=False)
    ca_bundle: Path | None = None

    def __init__(self, **values: object) -> None:
        if unknown := [name for name in values if name not in type(self).model_fields]:
            known = ", ".join(type(self).model_fields)
            raise BadInput(f"There is no setting {', '.join(unknown)}; the settings are {known}.")
        try:
            super().__init__(**values)  # type: ignore[arg-type]  # pydantic-settings' own keyword arguments
        except ValidationError as error:
            raise BadInput(_sentence(error)) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise BadInput(f"{settings_path()} cannot be read ({error}); mend or remove it.") from error

    @field_validator("base_url", "data_url", "token_url", "stac_url", "resto_url", "s3_endpoint")
    @classmethod
    def _is_http(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.port == 0:
            raise ValueError("give an address that begins with https:// and names a host")
        return value.rstrip("/")

    @field_validator("order_url")
    @classmethod
    def _is_http_or_empty(cls, value: str) -> str:
        return cls._is_http(value) if value else ""

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
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, settings_path())

    @classmethod
    def given(cls, settings: Self | None) -> Self:
        """`settings`, or those of the environment and the user's file."""
        return cls() if settings is None else settings


def _sentence(error: ValidationError) -> str:
    problems = (
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']} (given: {problem['input']!r})"
        for problem in error.errors()
    )
    return "These settings cannot be used; mend them and try again. " + "; ".join(problems)
