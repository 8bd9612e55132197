"""The proxy on the way to an address: the settings', or the environment's, as everybody reads it."""

from __future__ import annotations

import base64
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from s2dl.access.bearer import origin
from s2dl.access.secret import Secret
from s2dl.errors import BadInput

if TYPE_CHECKING:
    from s2dl.settings import Settings

__all__ = ["check_proxies", "proxy_for", "proxy_setting"]

_KINDS = ("http", "https", "all")
_SETTING = "The setting proxy"
_ADVICE = "give the address of one that begins with http://, or set none"


def proxy_setting(settings: Settings) -> str | None:
    """The settings' proxy as a URL: people leave the scheme away."""
    return _url(settings.proxy) if settings.proxy else None


def check_proxies(settings: Settings) -> None:
    """See that the proxies that are set are such as can be used.

    Raises
    ------
    BadInput
        One is not; the sentence names it without its address, in which there may be a password.
    """
    for name, address in _set(settings).items():
        scheme = _read(name, address).scheme
        if scheme not in {"http", "https"}:
            raise BadInput(f"{name}: {scheme}:// proxies cannot be used; {_ADVICE}.")


def proxy_for(url: str, settings: Settings) -> tuple[str, int, dict[str, str]] | None:
    """Host, port and headers of the proxy that products come through from `url`; None without one.

    Raises
    ------
    BadInput
        It is none that takes plain HTTP.
    """
    scheme, host, _ = origin(url)
    known = _set(settings)
    if not settings.proxy and urllib.request.proxy_bypass(host):
        return None
    name = next((each for each in (_SETTING, _variable(scheme), _variable("all")) if known.get(each)), None)
    if name is None:
        return None
    parts = _read(name, known[name])
    if parts.scheme != "http":
        raise BadInput(f"{name}: products cannot come through {parts.scheme}:// proxies; {_ADVICE}.")
    headers: dict[str, str] = {}
    if parts.username is not None:
        account = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = Secret(f"Basic {base64.b64encode(account.encode()).decode()}")
    return str(parts.hostname), parts.port or 80, headers


def _set(settings: Settings) -> dict[str, str]:
    """The addresses that are set, by what people call the place where they are."""
    if settings.proxy:
        return {_SETTING: settings.proxy}
    known = urllib.request.getproxies()
    return {_variable(kind): known[kind] for kind in _KINDS if known.get(kind)}


def _variable(kind: str) -> str:
    return f"The environment's {kind}_proxy"


def _read(name: str, address: str) -> SplitResult:
    try:
        parts = urlsplit(_url(address))
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if not parts.hostname or port == 0 or not parts.hostname.isprintable() or " " in parts.hostname:
        raise BadInput(f"{name} is no address of a proxy; write it as http://host:port, or set none.")
    return parts


def _url(address: str) -> str:
    return address if "://" in address else f"http://{address}"
