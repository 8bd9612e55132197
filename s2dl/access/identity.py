"""Tokens: one password grant a session, refreshed under a lock before they expire and once after a 401.

The service counts every password grant as a session and locks accounts that open too many, so a session is kept for the
whole process (Copernicus Data Space, "Access token" and "Quotas and limitations").
"""

from __future__ import annotations

import asyncio
import logging
import time
import weakref
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from s2dl.access.credentials import Credentials, declared_credentials, find_credentials
from s2dl.access.secret import Secret
from s2dl.errors import BadAnswer, LoginRefused

if TYPE_CHECKING:
    from s2dl.access.http import Http
    from s2dl.settings import Settings

__all__ = ["AccountState", "Session", "account_state", "adopt_session", "close_session", "session_for"]

_CLIENT_ID = "cdse-public"
_EARLY = 90.0
_LONGEST_TOKEN = 65_536
_LONGEST_LIFE = 365 * 86_400.0

_log = logging.getLogger(__name__)


class Session:
    """One account's session at the identity service.

    Parameters
    ----------
    settings : Settings
        Names the token endpoint.
    credentials : Credentials, optional
        The account; by default it is looked for when the service is first asked.
    """

    def __init__(self, settings: Settings, credentials: Credentials | None = None) -> None:
        self.account = credentials
        self.until: datetime | None = None
        self._settings = settings
        self._url = settings.token_url
        self._lock = asyncio.Lock()
        self._spent_code: str | None = None
        self._access = ""
        self._refresh = ""
        self._renew_at = 0.0
        self._refresh_ends = 0.0

    def __repr__(self) -> str:
        return f"Session(username={self.account.username if self.account else None!r})"

    async def token(self, http: Http, *, refused: str | None = None) -> str:
        """Give an access token with enough life left to start a request.

        Parameters
        ----------
        http : Http
        refused : str, optional
            A token that the service has just refused: it is renewed, once for all who hold it.

        Raises
        ------
        LoginMissing
            No account is known.
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
            refresh, self._refresh, self._access, self.until = self._refresh, "", "", None
            if refresh:
                url = self._url.removesuffix("/token") + "/logout"
                await http.post_form("Logging out", url, {"client_id": _CLIENT_ID, "refresh_token": refresh})

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
        if self.account is None:
            self.account = await asyncio.to_thread(find_credentials, self._settings)
        account = self.account
        form = {"grant_type": "password", "username": account.username, "password": Secret(account.password)}
        if account.totp:
            if account.totp == self._spent_code:
                raise LoginRefused(_needs_new_code(account))
            form["totp"] = Secret(account.totp)
        status, answer = await self._grant(http, form)
        if status != 200:
            raise LoginRefused(_why_refused(account, status, answer))
        self._spent_code = account.totp
        self._keep(answer)

    async def _grant(self, http: Http, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        return await http.post_form("Logging in", self._url, {"client_id": _CLIENT_ID, **form})

    def _keep(self, answer: dict[str, Any]) -> None:
        try:
            access, life = _token(answer["access_token"]), _life(answer["expires_in"])
            refresh, refresh_life = "", _life(answer.get("refresh_expires_in", 0))
            if answer.get("refresh_token"):
                refresh = _token(answer["refresh_token"])
        except (KeyError, TypeError, ValueError, OverflowError):
            # The answer holds tokens: it must not become the context of an error that is shown.
            raise BadAnswer("Logging in: the identity service gave no token; try again later.") from None
        now = time.monotonic()
        self._access, self._refresh = access, refresh
        self._renew_at = now + life - min(_EARLY, life / 3)
        self._refresh_ends = now + refresh_life
        self.until = datetime.now(UTC) + timedelta(seconds=max(life, refresh_life))


def _token(value: object) -> Secret:
    """A token that can stand in a header."""
    if not isinstance(value, str) or not (value.isascii() and value.isprintable() and 0 < len(value) <= _LONGEST_TOKEN):
        raise ValueError
    return Secret(value)


def _life(value: float) -> float:
    return min(max(0.0, float(value)), _LONGEST_LIFE)


def _needs_new_code(account: Credentials) -> str:
    return (
        f"The session of {account.username!r} has ended at the service, and a code of two-factor authentication is "
        "good once only: log in with a new code, then run the same again; what was downloaded is kept, and it goes on "
        "from there."
    )


def _why_refused(account: Credentials, status: int, answer: dict[str, Any]) -> str:
    said = str(answer.get("error_description") or answer.get("error") or f"HTTP {status}")[:200]
    whence = "" if account.source == "login" else f", known from {account.source}"
    check = (
        "Check user name, password and code: one of two-factor authentication is good for a single login, and not for "
        "long."
        if account.totp
        else "Check user name and password; where the account has two-factor authentication, a missing code (totp, "
        "S2DL_TOTP) looks just the same."
    )
    return f"The identity service refused the account {account.username!r}{whence} ({said}). {check}"


_Key = tuple[str, Credentials | str | None]
_sessions: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[_Key, Session]] = weakref.WeakKeyDictionary()


def session_for(settings: Settings) -> Session:
    """The running loop's session for the account of `settings`, made when first asked for."""
    declared = declared_credentials(settings)
    sessions = _sessions.setdefault(asyncio.get_running_loop(), {})
    return sessions.setdefault(_key(settings, declared), Session(settings, declared))


def adopt_session(session: Session, settings: Settings) -> None:
    """Make `session`, which has proven good, the running loop's session for its account."""
    _sessions.setdefault(asyncio.get_running_loop(), {})[_key(settings, session.account)] = session


def _key(settings: Settings, declared: Credentials | None) -> _Key:
    """An account that stands in .netrc or a keyring is not known before it is needed: its settings stand for it."""
    return settings.token_url, declared or settings.username


async def close_session(http: Http, settings: Settings) -> None:
    """End and forget the running loop's sessions at the identity service of `settings`."""
    sessions = _sessions.get(asyncio.get_running_loop(), {})
    for key in [key for key in sessions if key[0] == settings.token_url]:
        await sessions.pop(key).end(http)


@dataclass(frozen=True, slots=True)
class AccountState:
    """Who is logged in, for people to see; `str` gives it as a sentence.

    Attributes
    ----------
    username : str or None
        The account, where one is known without asking files or the keyring.
    source : str
        Where it was found.
    until : datetime or None
        The end of its session, UTC, if nothing is done meanwhile; None when it is not logged in.
    two_factor : bool
        Whether it is known with a code of two-factor authentication, which is good for one login only.
    """

    username: str | None
    source: str = ""
    until: datetime | None = None
    two_factor: bool = False

    @property
    def logged_in(self) -> bool:
        """True while the service keeps a session for this process."""
        return self.until is not None and datetime.now(UTC) < self.until

    def __str__(self) -> str:
        if self.until is not None and self.logged_in:
            return f"Logged in as {self.username} until {self.until.astimezone():%H:%M}; downloads prolong it."
        if self.username is not None:
            return f"Not logged in yet; downloads use {self.username}, known from {self.source}."
        return "Not logged in."


def account_state(settings: Settings) -> AccountState:
    """Who is logged in at the identity service of `settings`; from any thread, and at no cost."""
    for sessions in list(_sessions.values()):
        for key, session in list(sessions.items()):
            account, until = session.account, session.until
            if key[0] == settings.token_url and account is not None and until is not None:
                state = AccountState(account.username, account.source, until, bool(account.totp))
                if state.logged_in:
                    return state
    declared = declared_credentials(settings)
    if declared is None:
        return AccountState(None)
    return AccountState(declared.username, declared.source, two_factor=bool(declared.totp))
