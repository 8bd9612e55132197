"""Plain functions that ask for the account when none is known and a person is at hand.

The question is asked on the caller's own thread: only there can a terminal or a notebook's kernel answer it.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from s2dl.access.credentials import Credentials, find_credentials
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
            # A code that the account had is spent: a new one is wanted.
            refused = replace(find_credentials(settings), totp=None) if isinstance(error, LoginRefused) else None
            _ask_until_in(error, refused, settings)
        return function(*args, **kwargs)

    return asked


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
        refused = _tried(settings, username, password, totp) if isinstance(error, LoginRefused) else None
        _ask_until_in(error, refused, settings, username=username, remember=remember)


def _tried(settings: Settings, username: str | None, password: str | None, totp: str | None) -> Credentials:
    """The account that `login` has tried with these arguments."""
    if password is not None:
        return Credentials(username or settings.username or "", password, totp)
    found = find_credentials(settings, username)
    return found if totp is None else replace(found, totp=totp)


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
        elif isinstance(error, LoginRefused) and tried is not None and tried.totp is None and (code := _code(error)):
            tried = replace(tried, totp=code)
        else:
            raise error
        try:
            return _login(tried.username, tried.password, tried.totp, remember, settings=settings)
        except (LoginMissing, LoginRefused) as next_error:
            error = next_error


def _code(error: LoginRefused) -> str | None:
    """Ask for a code; where nobody answers, as in a notebook that is executed, the refusal is what is to be told."""
    try:
        return ask_code()
    except LoginMissing:
        raise error from None
