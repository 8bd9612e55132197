"""Log in and out."""

from __future__ import annotations

from s2dl.access.credentials import Credentials, forget, remember
from s2dl.access.http import Http
from s2dl.access.identity import close_session, session_for
from s2dl.errors import S2dlError
from s2dl.settings import Settings
from s2dl.verbs.common import switched_on

__all__ = ["login", "logout"]


async def login(username: str, password: str, totp: str | None = None, *, settings: Settings | None = None) -> None:
    """Log in to the Data Space, and stay so for the rest of this process.

    Parameters
    ----------
    username, password : str
        Of the account.
    totp : str, optional
        The code of two-factor authentication.
    settings : Settings, optional

    Raises
    ------
    LoginRefused
        The service did not accept the account.
    """
    settings = switched_on(settings)
    async with Http(settings) as http:
        await close_session(http, settings)
        remember(Credentials(username, password, totp), settings)
        try:
            await session_for(settings).token(http)
        except S2dlError:
            forget(settings)
            raise


async def logout(*, settings: Settings | None = None) -> None:
    """End the session at the service and forget the account that `login` was told."""
    settings = Settings.given(settings)
    async with Http(settings) as http:
        await close_session(http, settings)
    forget(settings)
