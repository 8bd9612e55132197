"""The user's account, for the few files of a preview that the service gives to known users only."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from s2dl.access.credentials import find_credentials
from s2dl.access.identity import session_for
from s2dl.access.slots import connection
from s2dl.downloads.patience import Patience
from s2dl.errors import LoginError, ServiceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from s2dl.access.credentials import Credentials
    from s2dl.access.http import Http
    from s2dl.settings import Settings

__all__ = ["Account"]

_NOT_THE_FILE = {401, 429}
"""Answers about the account: its token is refused, or its connections are all in use."""

_LONG = 5.0
"""Seconds of waiting for a connection after which it is said why nothing comes."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Account:
    """Fetches small files with the account's token, over the account's connections.

    Parameters
    ----------
    http : Http
    settings : Settings
        Name the account, and how many of its connections are taken.
    """

    def __init__(self, http: Http, settings: Settings) -> None:
        self._http = http
        self._settings = settings
        self._asking = asyncio.Lock()
        self._found: Credentials | None = None
        self._trouble: LoginError | None = None
        self._said = False

    async def get_bytes(self, what: str, url: str, *, largest: int) -> bytes:
        """GET a small body; a refused token is renewed once, and a busy account is waited for.

        Raises
        ------
        LoginMissing
            No account is known.
        LoginRefused
            The service did not accept it; neither is asked again.
        ServiceError
            The service did not give the file.
        """
        patience = Patience()
        account = await self._once(self._who)
        token: str | None = None
        while True:
            try:
                async with self._connection(account.username):
                    token = await self._token(token if patience.refused else None)
                    return await self._http.get_bytes(what, url, largest=largest, token=token)
            except ServiceError as error:
                wait = patience.wait_after(error) if error.status in _NOT_THE_FILE else None
                if wait is None:
                    raise
                _log.info("%s The next attempt comes in %.1f s.", error, wait)
                if error.status == 429:
                    self._say_that_it_waits()
            await asyncio.sleep(wait)

    @asynccontextmanager
    async def _connection(self, username: str) -> AsyncIterator[None]:
        """Hold one of the account's connections."""
        late = asyncio.get_running_loop().call_later(_LONG, self._say_that_it_waits)
        try:
            async with connection(self._settings, username, most=self._settings.concurrent_downloads):
                late.cancel()
                yield
        finally:
            late.cancel()

    def _say_that_it_waits(self) -> None:
        if not self._said:
            self._said = True
            _log.warning("The account's connections are all in use; manifests come as soon as one is free.")

    async def _who(self) -> Credentials:
        """Found in a thread, as a keyring may hang, and once: it may be slow."""
        if self._found is None:
            self._found = await asyncio.to_thread(find_credentials, self._settings)
        return self._found

    async def _token(self, refused: str | None) -> str:
        return await self._once(lambda: session_for(self._settings).token(self._http, refused=refused))

    async def _once(self, ask: Callable[[], Awaitable[T]]) -> T:
        """One at a time, and not again after a failure: the service locks accounts that are tried for each file."""
        async with self._asking:
            if self._trouble is not None:
                raise self._trouble
            try:
                return await ask()
            except LoginError as error:
                self._trouble = error
                raise
