"""Plain functions that ask for the account when none is known and a person is at hand.

The question is asked on the caller's own thread: only there can a terminal or a notebook's kernel answer it.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from s2dl.access.credentials import Credentials, declared_credentials, find_credentials
from s2dl.access.prompt import ask_account, ask_code, can_ask
from s2dl.errors import LoginError, LoginMissing, LoginRefused
from s2dl.settings import Settings
from s2dl.sync import blocking
from s2dl.verbs import account as _account

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["asking", "login"]

P = ParamSpec("P")
T = TypeVar("T")

_login = blocking(_account.login)


def asking(function: Callable[P, T]) -> Callable[P, T]:
    """Let a plain function that needs an account, or a new code for one, ask for it once, log in, and begin again.

    Without a person at hand, in a script, a nightly run or a notebook that is executed, its `LoginError` is raised.
    """

    @functools.wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except (LoginMissing, LoginRefused) as error:
            given = kwargs.get("settings")
            if not can_ask():
                raise
            settings = given if isinstance(given, Settings) else Settings()
            _ask_until_in(error, _without_code(error, settings), settings)
        return function(*args, **kwargs)

    return asked


def _without_code(error: LoginError, settings: Settings) -> Credentials | None:
    """The account that was refused, as one whose code is still to be given: any that it had is spent."""
    return replace(find_credentials(settings), totp=None) if isinstance(error, LoginRefused) else None


@functools.wraps(_login)
def login(
    username: str | None = None,
    password: str | None = None,
    totp: str | None = None,
    remember: bool = False,
    *,
    settings: Settings | None = None,
) -> None:
    """Log in; `s2dl.verbs.account.login` says more."""
    try:
        _login(username, password, totp, remember, settings=settings)
    except (LoginMissing, LoginRefused) as error:
        if not can_ask():
            raise
        settings = Settings.given(settings)
        if password is not None and username is not None:
            tried: Credentials | None = Credentials(username, password, totp)
        else:
            tried = declared_credentials(settings, username)
        _ask_until_in(error, tried, settings, username=username, remember=remember)


def _ask_until_in(
    error: LoginError,
    tried: Credentials | None,
    settings: Settings,
    *,
    username: str | None = None,
    remember: bool = False,
) -> None:
    """Ask for the account once, then for a code once: the service does not say which of them it misses.

    Raises
    ------
    LoginError
        No more can be asked.
    """
    while True:
        if isinstance(error, LoginMissing):
            tried = ask_account(username or settings.username)
        elif isinstance(error, LoginRefused) and tried is not None and tried.totp is None and (code := ask_code()):
            tried = replace(tried, totp=code)
        else:
            raise error
        try:
            return _login(tried.username, tried.password, tried.totp, remember, settings=settings)
        except (LoginMissing, LoginRefused) as next_error:
            error = next_error
