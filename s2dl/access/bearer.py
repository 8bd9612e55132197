"""Where the bearer token may go, and how redirects are followed without losing or leaking it."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from s2dl.access.secret import Secret
from s2dl.errors import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2dl.settings import Settings

__all__ = ["REDIRECTS", "bearer_headers", "origin", "redirect_target"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL, the port said even where it is the scheme's own."""
    parts = urlsplit(url)
    default = 443 if parts.scheme == "https" else 80
    return parts.scheme.lower(), (parts.hostname or "").lower(), parts.port or default


def may_carry_bearer(url: str, settings: Settings) -> bool:
    """Say whether a token of the configured service may be sent to `url`.

    It may go to the exact origins that are configured, and to https hosts under the service's own domain; nothing
    else, however a redirect puts it. The service moves products between hosts of its domain, see the reference page
    https://documentation.dataspace.copernicus.eu/APIs/OData.html on product download.
    """
    if not _is_plain(url):
        return False
    target = origin(url)
    configured = {origin(each) for each in (settings.base_url, settings.data_url, settings.order_url) if each}
    if target in configured:
        return True
    domain = _service_domain(settings.data_url)
    return domain is not None and target[0] == "https" and target[1].endswith(f".{domain}")


def _is_plain(url: str) -> bool:
    """Say whether every reader of `url` sees the same host: no user, no backslash, ASCII, and a port that can be."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return port != 0 and "@" not in parts.netloc and "\\" not in url and url.isascii() and url.isprintable()


def _service_domain(url: str) -> str | None:
    """`dataspace.copernicus.eu` for `https://download.dataspace.copernicus.eu/…`; None where the host says no more.

    A domain of two labels does not count: it may be a public suffix such as ``co.uk``, under which strangers live.
    """
    host = origin(url)[1]
    try:
        ipaddress.ip_address(host)
    except ValueError:
        _, _, domain = host.partition(".")
        return domain if domain.count(".") >= 2 else None
    return None


def bearer_headers(url: str, token: str | None, settings: Settings) -> dict[str, str]:
    """The Authorization header for `url`, or none where the token must not go."""
    if token is None or not may_carry_bearer(url, settings):
        return {}
    return {"Authorization": Secret(f"Bearer {token}")}


def redirect_target(url: str, status: int, headers: Mapping[str, str], hops: int) -> str | None:
    """The absolute address that a redirect names; None where the answer is no redirect.

    Raises
    ------
    BadAnswer
        The redirect names no http(s) address, or there were too many of them.
    """
    if status not in REDIRECTS:
        return None
    location = headers.get("location") or headers.get("Location")
    try:
        target = urljoin(url, location) if location else ""
        scheme, host, _ = origin(target)
    except ValueError:
        target = scheme = host = ""
    if scheme not in {"https", "http"} or not host:
        raise BadAnswer(f"The service redirects from {url} to nowhere; try again later.", status=status)
    if hops >= MOST_REDIRECTS:
        raise BadAnswer(f"The service redirects from {url} in circles; try again later.", status=status)
    return target
