"""Log in and out."""

from __future__ import annotations

import asyncio
import logging

from s2dl.access.credentials import Credentials, find_credentials, forget
from s2dl.access.credentials import remember as use
from s2dl.access.http import Http
from s2dl.access.identity import Session, account_state, adopt_session, close_session, session_for
from s2dl.access.keyring import drop_account, keep_account
from s2dl.access.netrc import netrc_path
from s2dl.errors import BadInput, KeyringUnusable, S2dlError
from s2dl.jobs import stop_all
from s2dl.settings import Settings
from s2dl.verbs.common import switched_on

__all__ = ["leave", "login", "logout"]

_COURTESY = 10.0
"""Seconds that whoever leaves waits for the service."""

_log = logging.getLogger(__name__)


async def login(
    username: str | None = None,
    password: str | None = None,
    totp: str | None = None,
    remember: bool = False,
    *,
    settings: Settings | None = None,
) -> None:
    """Log in to the Data Space, and stay so for the rest of this process; the account is tested first.

    Parameters
    ----------
    username, password : str, optional
        Of the account. What is not given is taken from the environment (``S2DL_USERNAME``, ``S2DL_PASSWORD``,
        ``S2DL_TOTP``), from ``.netrc``, or from the keyring; where a person is at hand, the plain function asks.
    totp : str, optional
        The code of two-factor authentication.
    remember : bool
        Keep the account in the system's keyring for later runs; what the keyring has already is not asked for then.
    settings : Settings, optional

    Raises
    ------
    LoginMissing
        No password was given or found.
    LoginRefused
        The service did not accept the account; nothing has changed.
    KeyringUnusable
        The account is good and in use, and it could not be kept.
    """
    settings = switched_on(settings)
    async with Http(settings) as http:
        account = await _tested(http, settings, username, password, totp, ask_keyring=not remember)
    if remember:
        await _keep(account, settings)


async def _tested(
    http: Http, settings: Settings, username: str | None, password: str | None, totp: str | None, *, ask_keyring: bool
) -> Credentials:
    account = await _account(settings, username, password, totp, ask_keyring=ask_keyring)
    state = account_state(settings)
    if password is None and totp is None and state.logged_in and state.username == account.username:
        await session_for(settings).token(http)
        return account
    session = Session(settings, account)
    await session.token(http)
    await close_session(http, settings)
    use(account, settings)
    adopt_session(session, settings)
    return account


async def _account(
    settings: Settings, username: str | None, password: str | None, totp: str | None, *, ask_keyring: bool
) -> Credentials:
    if password is not None:
        name = username or settings.username
        if not name:
            raise BadInput("login: give the user name, too; it is the e-mail address of the account.")
        return Credentials(name, password, totp)
    found = await asyncio.to_thread(find_credentials, settings, username, ask_keyring=ask_keyring)
    return found if totp is None else Credentials(found.username, found.password, totp, found.source)


async def _keep(account: Credentials, settings: Settings) -> None:
    try:
        await asyncio.to_thread(keep_account, settings.token_url, account.username, account.password)
    except KeyringUnusable as error:
        raise KeyringUnusable(
            f"Logged in as {account.username}, but the account could not be kept for later runs. {error} Instead, set "
            f"S2DL_USERNAME and S2DL_PASSWORD in the environment, or write the account into {netrc_path()} (mode 600)."
        ) from error


async def logout(*, all: bool = False, settings: Settings | None = None) -> None:  # noqa: A002 - reads as it is said
    """End the session at the service, and forget the account that `login` was told or asked to remember.

    Accounts in the environment and in ``.netrc`` are the user's own and stay.

    Parameters
    ----------
    all : bool
        Stop the jobs that run in the background, too, which have sessions of their own.
    settings : Settings, optional

    Raises
    ------
    ServiceError
        The service could not be told; the account is forgotten all the same.
    KeyringUnusable
        The keyring did not answer: what it may hold is there still.
    DiskError
        The jobs could not be told; the account is forgotten all the same.
    """
    try:
        await _forget_account(Settings.given(settings))
    finally:
        if all:
            await asyncio.to_thread(stop_all)


async def _forget_account(settings: Settings) -> None:
    username = account_state(settings).username or settings.username
    try:
        await _end_session(settings)
    finally:
        forget(settings)
        await asyncio.to_thread(drop_account, settings.token_url, username)


async def leave(settings: Settings) -> None:
    """End this process's session at the service, which counts those that are open; one that is mute is not waited for.

    For a process that is about to end: nobody will use its session again.
    """
    try:
        async with asyncio.timeout(_COURTESY):
            await _end_session(settings)
    except (S2dlError, TimeoutError) as error:
        _log.info("the session at the service could not be ended: %r", error)


async def _end_session(settings: Settings) -> None:
    async with Http(settings) as http:
        await close_session(http, settings)
