"""Ask the person: only where there is one, at a terminal or at a notebook that can ask; never in a headless run."""

from __future__ import annotations

import getpass
import sys
import threading
from typing import TYPE_CHECKING

from s2dl.access.credentials import Credentials
from s2dl.errors import LoginMissing

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ask_account", "ask_code", "can_ask"]


def can_ask() -> bool:
    """Say whether a person may be at hand: in the main thread of a terminal or of a notebook's kernel."""
    if threading.current_thread() is not threading.main_thread():
        return False
    return _in_notebook() or _at_terminal()


def ask_account(username: str | None = None) -> Credentials:
    """Ask for user name, unless it is given, and password, which is not shown.

    Raises
    ------
    LoginMissing
        Nothing was answered, or this notebook runs where it cannot ask.
    """
    name = username or _asked(_line, "Copernicus Data Space, user name (e-mail): ")
    password = _asked(getpass.getpass, f"Password of {name}: ") if name else ""
    if not (name and password):
        raise LoginMissing("No account was given, so nothing was done; it is free, at dataspace.copernicus.eu.")
    return Credentials(name, password, source="the prompt")


def ask_code() -> str | None:
    """Ask for a code of two-factor authentication; None where there is none.

    Raises
    ------
    LoginMissing
        As of `ask_account`.
    """
    text = "Not accepted. With two-factor authentication, give the code of your app; without, press Enter: "
    return _asked(_line, text).replace(" ", "") or None


def _asked(ask: Callable[[str], str], text: str) -> str:
    try:
        return ask(text).strip("\r\n")
    except (NotImplementedError, EOFError):  # a kernel whose front end cannot ask says NotImplementedError
        raise LoginMissing(
            "An account is needed and nobody answers here; set S2DL_USERNAME and S2DL_PASSWORD, or use .netrc."
        ) from None


def _line(text: str) -> str:
    """One line; at a terminal the question goes to stderr, so that stdout holds results only."""
    if _in_notebook():
        return input(text).strip()
    sys.stderr.write(text)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _at_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")
