"""Tokens: one password grant a session, refreshed under a lock before they expire and once after a 401.

The service counts every password grant as a session and locks accounts that open too many, so a session is kept for the
whole process (Copernicus Data Space, "Access token" and "Quotas and limitations").
"""

from __future__ import annotations

import asyncio
import logging
import time
import weakref
from typing import TYPE_CHECKING, Any

from s2dl.access.credentials import Credentials, find_credentials
from s2dl.errors import BadAnswer, LoginRefused

if TYPE_CHECKING:
    from s2dl.access.http import Http
    from s2dl.settings import Settings

__all__ = ["Session", "close_session", "session_for"]

_CLIENT_ID = "cdse-public"
_EARLY = 90.0

_log = logging.getLogger(__name__)


class Session:
    """One account's session at the identity service.

    Parameters
    ----------
    credentials : Credentials
    settings : Settings
        Names the token endpoint.
    """

    def __init__(self, credentials: Credentials, settings: Settings) -> None:
        self._credentials = credentials
        self._url = settings.token_url
        self._lock = asyncio.Lock()
        self._access = ""
        self._refresh = ""
        self._renew_at = 0.0
        self._refresh_ends = 0.0

    def __repr__(self) -> str:
        return f"Session(username={self._credentials.username!r})"

    async def token(self, http: Http, *, refused: str | None = None) -> str:
        """Give an access token with enough life left to start a request.

        Parameters
        ----------
        http : Http
        refused : str, optional
            A token that the service has just refused: it is renewed, once for all who hold it.

        Raises
        ------
        LoginRefused
            The account was not accepted.
        ServiceError
            The identity service did not answer as it should.
        """
        async with self._lock:
            if not self._access or refused == self._access or time.monotonic() >= self._renew_at:
                await self._renew(http)
            return self._access

    async def end(self, http: Http) -> None:
        """End the session at the service, where there is one."""
        async with self._lock:
            if self._refresh:
                url = self._url.removesuffix("/token") + "/logout"
                await http.post_form("Logging out", url, {"client_id": _CLIENT_ID, "refresh_token": self._refresh})
            self._access = self._refresh = ""

    async def _renew(self, http: Http) -> None:
        if self._refresh and time.monotonic() < self._refresh_ends:
            form = {"grant_type": "refresh_token", "refresh_token": self._refresh}
            status, answer = await self._grant(http, form)
            if status == 200:
                self._keep(answer)
                return
            _log.info("the session has ended at the service (HTTP %d); logging in again", status)
        await self._log_in(http)

    async def _log_in(self, http: Http) -> None:
        account = self._credentials
        form = {"grant_type": "password", "username": account.username, "password": account.password}
        if account.totp:
            form["totp"] = account.totp
        status, answer = await self._grant(http, form)
        if status != 200:
            raise LoginRefused(_why_refused(account, status, answer))
        self._keep(answer)

    async def _grant(self, http: Http, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        return await http.post_form("Logging in", self._url, {"client_id": _CLIENT_ID, **form})

    def _keep(self, answer: dict[str, Any]) -> None:
        try:
            access, life = str(answer["access_token"]), float(answer["expires_in"])
            refresh, refresh_life = str(answer.get("refresh_token", "")), float(answer.get("refresh_expires_in", 0))
        except (KeyError, TypeError, ValueError):
            # The answer holds tokens: it must not become the context of an error that is shown.
            raise BadAnswer("Logging in: the identity service gave no token; try again later.") from None
        now = time.monotonic()
        self._access, self._refresh = access, refresh
        self._renew_at = now + life - min(_EARLY, life / 3)
        self._refresh_ends = now + refresh_life


def _why_refused(account: Credentials, status: int, answer: dict[str, Any]) -> str:
    said = str(answer.get("error_description") or answer.get("error") or f"HTTP {status}")[:200]
    return (
        f"The identity service refused the account {account.username!r} ({said}). Check user name and password; "
        "a missing or old 2FA code (totp) looks just the same."
    )


_sessions: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, Credentials], Session]] = (
    weakref.WeakKeyDictionary()
)


def session_for(settings: Settings) -> Session:
    """The running loop's session for the account of `settings`, made when first asked for.

    Raises
    ------
    LoginMissing
        No account is known.
    """
    credentials = find_credentials(settings)
    sessions = _sessions.setdefault(asyncio.get_running_loop(), {})
    return sessions.setdefault((settings.token_url, credentials), Session(credentials, settings))


async def close_session(http: Http, settings: Settings) -> None:
    """End and forget the running loop's sessions at the identity service of `settings`."""
    sessions = _sessions.get(asyncio.get_running_loop(), {})
    for key in [key for key in sessions if key[0] == settings.token_url]:
        await sessions.pop(key).end(http)
