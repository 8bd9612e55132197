"""The account in the user's .netrc file, as curl and others read it: the machine is the identity host.

An entry is for one host: the file's `default` entry, which is for any, is not used.
"""

from __future__ import annotations

import netrc
import os
from collections.abc import Mapping
from pathlib import Path

from s2dl.access.bearer import origin
from s2dl.errors import LoginMissing

__all__ = ["machine_names", "netrc_account", "netrc_path"]

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def netrc_path() -> Path:
    """The file that the variable NETRC names, else ``.netrc`` (on Windows also ``_netrc``) in the home directory."""
    if named := os.environ.get("NETRC"):
        return Path(named).expanduser()
    usual = Path.home() / ".netrc"
    other = Path.home() / "_netrc"
    return other if os.name == "nt" and not usual.exists() and other.exists() else usual


def machine_names(url: str) -> tuple[str, ...]:
    """Names under which the file may list the host of `url`, the most exact first; none for plain http to others."""
    scheme, host, port = origin(url)
    if scheme != "https" and host not in _LOOPBACK:
        return ()
    return (f"{host}:{port}", host)


def netrc_account(url: str, username: str | None) -> tuple[str, str] | None:
    """User name and password that the file lists for the host of `url`.

    Parameters
    ----------
    url : str
        The token endpoint.
    username : str, optional
        Only this one's.

    Raises
    ------
    LoginMissing
        The file names the host, and cannot be parsed or can be read by others.
    """
    path, names = netrc_path(), machine_names(url)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LoginMissing(
            f"{path} cannot be read ({error.strerror}); mend that, or set NETRC to another file."
        ) from error
    # A file that does not speak of the host is none of our business, broken or not.
    if not any(name in text for name in names):
        return None
    hosts = _hosts(path)
    entry = next((hosts[name] for name in names if name in hosts), None)
    if entry is None or not (entry[0] and entry[2]) or username not in {None, entry[0]}:
        return None
    _refuse_if_open(path)
    return entry[0], entry[2]


def _hosts(path: Path) -> Mapping[str, tuple[str, str | None, str | None]]:
    try:
        return netrc.netrc(str(path)).hosts
    except netrc.NetrcParseError as error:
        # Its words may quote the file, password included.
        raise LoginMissing(f"{path}, line {error.lineno}: this is not the format of .netrc; mend the line.") from None


def _refuse_if_open(path: Path) -> None:
    if os.name != "posix":
        return
    state = path.stat()
    if state.st_uid != os.getuid():
        raise LoginMissing(f"{path} belongs to another user, and is not trusted with a password; make it yours.")
    if state.st_mode & 0o077:
        raise LoginMissing(
            f"Others can read {path}, which holds a password (mode {state.st_mode & 0o777:03o}); run: chmod 600 {path}"
        )
