"""Which account is used: what `login` was told, else the environment, else .netrc, else the keyring."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2dl.access.bearer import origin
from s2dl.access.keyring import keyring_account
from s2dl.access.netrc import machine_names, netrc_account, netrc_path
from s2dl.errors import KeyringUnusable, LoginMissing

if TYPE_CHECKING:
    from s2dl.settings import Settings

__all__ = ["Credentials", "declared_credentials", "find_credentials", "forget", "no_account", "remember"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account; its secrets appear in no `repr`.

    Attributes
    ----------
    username, password : str
    totp : str, optional
        A code of two-factor authentication, which is good once.
    source : str
        Where it was found, for people to read.
    """

    username: str
    password: str = field(repr=False)
    totp: str | None = field(default=None, repr=False)
    source: str = field(default="login", compare=False)


Place = tuple[str, str, int]

_told: dict[Place, Credentials] = {}
"""Accounts that `login` was told in this process, by the identity origin they belong to."""

_from_keyring: dict[tuple[Place, str | None], Credentials] = {}
"""What the keyring answered, which is slow to ask, by origin and wanted user name."""


def remember(credentials: Credentials, settings: Settings) -> None:
    """Use `credentials` at the identity service of `settings` for the rest of this process."""
    _told[origin(settings.token_url)] = credentials


def forget(settings: Settings) -> None:
    """Forget what `remember` and the keyring told for the identity service of `settings`."""
    place = origin(settings.token_url)
    _told.pop(place, None)
    for key in [key for key in _from_keyring if key[0] == place]:
        del _from_keyring[key]


def declared_credentials(settings: Settings, username: str | None = None) -> Credentials | None:
    """The account that `login` was told, or that the environment names; looks at no file.

    Parameters
    ----------
    settings : Settings
    username : str, optional
        Only this one's account.
    """
    told = _told.get(origin(settings.token_url))
    if told is not None and username in {None, told.username}:
        return told
    name = os.environ.get("S2DL_USERNAME") or username or settings.username
    password = os.environ.get("S2DL_PASSWORD")
    if name and password and username in {None, name}:
        return Credentials(name, password, os.environ.get("S2DL_TOTP") or None, "the environment")
    return None


def find_credentials(settings: Settings, username: str | None = None, *, ask_keyring: bool = True) -> Credentials:
    """Find the account for the identity service of `settings`.

    The keyring is asked last, once a process, and for at most five seconds: on an event loop, call this in a thread.

    Parameters
    ----------
    settings : Settings
    username : str, optional
        Only this one's account.
    ask_keyring : bool

    Raises
    ------
    LoginMissing
        No account is known; the sentence says how to give one.
    """
    found = declared_credentials(settings, username)
    wanted = username or os.environ.get("S2DL_USERNAME") or settings.username
    found = found or _in_netrc(settings, wanted)
    if found is not None:
        return found
    keyring_note = "for later runs, too"
    if ask_keyring:
        try:
            found = _in_keyring(settings, wanted)
        except KeyringUnusable as error:
            keyring_note = f"not possible here: {str(error).rstrip('.')}"
    if found is None:
        raise no_account(settings, keyring_note)
    return found


def no_account(settings: Settings, keyring_note: str) -> LoginMissing:
    """The error that says how an account can be given, whoever reads it: a person, or the log of a nightly run."""
    machine = machine_names(settings.token_url)[-1:] or ("(needs https)",)
    return LoginMissing(
        "Downloading needs an account of the Copernicus Data Space (free, at dataspace.copernicus.eu), and none is "
        "known here. Give it in one of these ways: set the environment variables S2DL_USERNAME and S2DL_PASSWORD; "
        f"write the line 'machine {machine[0]} login NAME password PASSWORD' into {netrc_path()} (mode 600); keep it "
        f"in the system's keyring with `s2dl login --remember` ({keyring_note}); call s2dl.login() in a notebook; "
        "or log in in the panel."
    )


def _in_netrc(settings: Settings, wanted: str | None) -> Credentials | None:
    found = netrc_account(settings.token_url, wanted)
    return None if found is None else Credentials(*found, source=str(netrc_path()))


def _in_keyring(settings: Settings, wanted: str | None) -> Credentials | None:
    key = (origin(settings.token_url), wanted)
    if key not in _from_keyring:
        found = keyring_account(settings.token_url, wanted)
        if found is None:
            return None
        _from_keyring[key] = Credentials(*found, source="the keyring")
    return _from_keyring[key]
