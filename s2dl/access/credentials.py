"""Which account is used: what `login` was told, else the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2dl.access.bearer import origin
from s2dl.errors import LoginMissing

if TYPE_CHECKING:
    from s2dl.settings import Settings

__all__ = ["Credentials", "find_credentials", "forget", "remember"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account; its secrets appear in no `repr`."""

    username: str
    password: str = field(repr=False)
    totp: str | None = field(default=None, repr=False)


_told: dict[tuple[str, str, int], Credentials] = {}
"""Accounts that `login` was told in this process, by the identity origin they belong to."""


def remember(credentials: Credentials, settings: Settings) -> None:
    """Use `credentials` at the identity service of `settings` for the rest of this process."""
    _told[origin(settings.token_url)] = credentials


def forget(settings: Settings) -> None:
    """Forget what `remember` was told for the identity service of `settings`."""
    _told.pop(origin(settings.token_url), None)


def find_credentials(settings: Settings) -> Credentials:
    """Find the account for the identity service of `settings`.

    Raises
    ------
    LoginMissing
        No account is known.
    """
    if told := _told.get(origin(settings.token_url)):
        return told
    username = os.environ.get("S2DL_USERNAME") or settings.username
    password = os.environ.get("S2DL_PASSWORD")
    if username and password:
        return Credentials(username, password, os.environ.get("S2DL_TOTP") or None)
    raise LoginMissing(
        "Downloading needs an account of the Copernicus Data Space (free, at dataspace.copernicus.eu): call "
        "s2dl.login(username, password), or set the environment variables S2DL_USERNAME and S2DL_PASSWORD."
    )
