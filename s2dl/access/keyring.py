"""The system's keyring: where an account is kept when `login` was asked to; the library is met here only.

A backend may hang, waiting for a window that nobody sees, so it is asked in a thread and given five seconds. The thread
is a daemon: the process can end while it hangs. Passwords are kept for one identity origin, and found for that only.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from s2dl.access.bearer import origin
from s2dl.errors import KeyringUnusable

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyring.backend import KeyringBackend

__all__ = ["drop_account", "keep_account", "keyring_account"]

T = TypeVar("T")

LIMIT = 5.0
"""Seconds."""

_LAST_USER = "last user"
"""Entry that holds the name last kept: not every backend can list the names it has."""

_REFUSED = ("keyring.backends.fail.", "keyring.backends.null.", "keyrings.alt.")
"""No keyring at all; one that keeps nothing; those whose own documentation calls them insecure."""


class _NoKeyring(KeyringUnusable):
    """Nothing can be kept here, so nothing is."""


_log = logging.getLogger(__name__)
_turn = threading.Lock()
"""Taken by whoever asks, freed when the backend has answered."""


def keyring_account(url: str, username: str | None) -> tuple[str, str] | None:
    """User name and password that are kept for the origin of `url`.

    Parameters
    ----------
    url : str
        The token endpoint.
    username : str, optional
        Only this one's; else the one kept last.

    Raises
    ------
    KeyringUnusable
        There is no keyring, or none that may be trusted, or it does not answer.
    """

    def look(keyring: KeyringBackend) -> tuple[str, str] | None:
        name = username or keyring.get_password(_service(url), _LAST_USER)
        password = keyring.get_password(_service(url), name) if name else None
        return (name, password) if name and password else None

    return _within_limit(look)


def keep_account(url: str, username: str, password: str) -> None:
    """Keep an account for the origin of `url`.

    Raises
    ------
    KeyringUnusable
        As of `keyring_account`.
    """

    def keep(keyring: KeyringBackend) -> None:
        keyring.set_password(_service(url), username, password)
        keyring.set_password(_service(url), _LAST_USER, username)

    _within_limit(keep)


def drop_account(url: str, username: str | None = None) -> None:
    """Drop what is kept for the origin of `url`: this user's account, and the one kept last.

    Raises
    ------
    KeyringUnusable
        The keyring does not answer; where there is none, nothing was kept.
    """

    def drop(keyring: KeyringBackend) -> None:
        last = keyring.get_password(_service(url), _LAST_USER)
        for name in {username, last, _LAST_USER} - {None, ""}:
            if name is not None and keyring.get_password(_service(url), name) is not None:
                keyring.delete_password(_service(url), name)

    with contextlib.suppress(_NoKeyring):
        _within_limit(drop)


def _service(url: str) -> str:
    scheme, host, port = origin(url)
    return f"s2dl {scheme}://{host}:{port}"


def _backend() -> KeyringBackend:
    """The user's keyring, of several chained ones the first that may be trusted."""
    import keyring  # noqa: PLC0415 - slow to load, and asked last

    chosen = keyring.get_keyring()
    chain: list[KeyringBackend] = list(getattr(chosen, "backends", ())) or [chosen]
    for backend in chain:
        if not _is_refused(backend):
            return backend
    raise _NoKeyring(_why_refused(chain[0]))


def _is_refused(backend: KeyringBackend) -> bool:
    names = [f"{each.__module__}.{each.__qualname__}" for each in type(backend).__mro__]
    return any(name.startswith(_REFUSED) or "plaintext" in name.lower() for name in names)


def _why_refused(backend: KeyringBackend) -> str:
    name = f"{type(backend).__module__}.{type(backend).__qualname__}"
    if name.startswith("keyring.backends."):
        return "This system has no keyring."
    return f"The keyring here is {name}, which does not protect passwords, and is not used."


def _within_limit(work: Callable[[KeyringBackend], T]) -> T:
    """Ask the keyring in a thread of its own."""
    if not _turn.acquire(timeout=LIMIT):
        raise KeyringUnusable("The keyring still has not answered; unlock it, then try again.")
    answer: Future[T] = Future()
    threading.Thread(target=_answer, args=(answer, work), name="s2dl-keyring", daemon=True).start()
    try:
        error = answer.exception(LIMIT)
    except TimeoutError:
        raise KeyringUnusable(f"The keyring did not answer within {LIMIT:g} s; unlock it, then try again.") from None
    if error is None:
        return answer.result()
    if isinstance(error, KeyringUnusable):
        raise error
    _log.debug("the keyring failed: %s", type(error).__name__)
    raise KeyringUnusable(f"The keyring refused ({type(error).__name__}: {error}).") from None


def _answer(answer: Future[T], work: Callable[[KeyringBackend], T]) -> None:
    try:
        answer.set_result(work(_backend()))
    except Exception as error:  # noqa: BLE001 - a backend is anybody's plug-in; whoever asked is told
        answer.set_exception(error)
    finally:
        _turn.release()
