"""The house's HTTP client: httpx, with retries, back-off and redirects followed by hand."""

from __future__ import annotations

import asyncio
import functools
import logging
import random
import ssl
import zlib
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx

from s2dl.access.answers import error_of, is_passing
from s2dl.access.bearer import bearer_headers, redirect_target
from s2dl.access.proxy import check_proxies, proxy_setting
from s2dl.access.shaped import read_json
from s2dl.errors import BadAnswer, BadInput, ServiceError, ServiceUnreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path
    from types import TracebackType

    from s2dl.settings import Settings

__all__ = ["Http", "Token", "backoff", "tls_context"]

Token = str | None
T = TypeVar("T")

ATTEMPTS = 5
LARGEST_ANSWER = 256 * 2**20
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 60.0
_FIRST_FIREWALL_WAIT, _LONGEST_FIREWALL_WAIT = 16.0, 128.0
"""The firewall in front of the catalogues counts what was asked in the last minutes; less patience only annoys it."""

_PACKING = "gzip"
"""The one that is asked for and undone; httpx would undo several, one within the other, without a bound."""

_log = logging.getLogger(__name__)


class Http:
    """One client for everything but the bulk of a product; an async context manager.

    Parameters
    ----------
    settings : Settings
        Time-outs, proxy, CA bundle, and the origins that may see the token.

    Raises
    ------
    BadInput
        The proxy or the CA bundle cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        check_proxies(settings)
        self._settings = settings
        self._client = httpx.AsyncClient(
            follow_redirects=False,
            proxy=proxy_setting(settings),
            verify=tls_context(settings),
            timeout=httpx.Timeout(settings.search_timeout, connect=settings.connection_timeout),
            headers={"User-Agent": "s2dl", "Accept-Encoding": _PACKING},
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def get_json(self, what: str, url: str, params: list[tuple[str, str]] | None = None) -> dict[str, Any]:
        """GET a JSON object; passing errors are retried.

        Parameters
        ----------
        what : str
            Subject of the error's sentence.

        Raises
        ------
        ServiceError
            The service's own error, or after all retries the last one.
        """
        return await self.get_shaped(what, url, dict[str, Any], params)

    async def get_shaped(self, what: str, url: str, shape: type[T], params: list[tuple[str, str]] | None = None) -> T:
        """GET JSON of a known shape, such as a `msgspec.Struct`; passing errors are retried, as in `get_json`."""

        async def once() -> T:
            return _decoded(what, await self._send(what, "GET", url, params=params), shape)

        return await _retried(what, once)

    async def post_form(self, what: str, url: str, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """POST a form once and give status and JSON object, whatever the status; network errors are retried."""

        async def once() -> tuple[int, dict[str, Any]]:
            response = await self._request(what, "POST", url, data=dict(form))
            if is_passing(response.status_code):
                raise error_of(what, response.status_code, response.headers, response.content)
            if not response.content:  # the end of a session is answered with nothing
                return response.status_code, {}
            return response.status_code, _decoded(what, response, dict[str, Any])

        return await _retried(what, once)

    async def post_json(self, what: str, url: str, content: object, *, token: Token = None) -> None:
        """POST JSON once, for what must not be done twice; the answer's body is of no interest.

        Raises
        ------
        BadAnswer
            The service sent the request elsewhere, on which way its body is lost.
        ServiceError
            The service's own error.
        """
        await self._post(what, url, content, token=token)

    async def ask_json(self, what: str, url: str, question: object) -> dict[str, Any]:
        """POST a question as JSON and give the answer; it changes nothing, so passing errors are retried.

        Raises
        ------
        BadAnswer
            The service sent the question elsewhere, on which way its body is lost.
        ServiceError
            The service's own error, or after all retries the last one.
        """

        async def once() -> dict[str, Any]:
            return _decoded(what, await self._post(what, url, question), dict[str, Any])

        return await _retried(what, once)

    async def _post(self, what: str, url: str, content: object, *, token: Token = None) -> httpx.Response:
        response = await self._send(what, "POST", url, json=content, token=token)
        if not response.request.content:
            raise BadAnswer(f"{what}: {url} has moved to {response.url}; give the new address in the settings.")
        return response

    async def get_bytes(self, what: str, url: str, *, largest: int, token: Token = None) -> bytes:
        """GET a small body, refusing more than `largest` bytes; one that drips is given up in the end."""
        within = self._settings.search_timeout

        async def once() -> bytes:
            try:
                async with asyncio.timeout(within):
                    response = await self._send(what, "GET", url, token=token, largest=largest)
            except TimeoutError as error:
                raise ServiceUnreachable(f"{what}: it did not come within {within:g} s; try again later.") from error
            return response.content

        return await _retried(what, once)

    async def _send(self, what: str, method: str, url: str, **options: Any) -> httpx.Response:
        response = await self._request(what, method, url, **options)
        if response.status_code >= 300:
            raise error_of(what, response.status_code, response.headers, response.content)
        return response

    async def _request(
        self,
        what: str,
        method: str,
        url: str,
        *,
        token: Token = None,
        largest: int = LARGEST_ANSWER,
        **options: Any,
    ) -> httpx.Response:
        for hops in range(10):
            headers = bearer_headers(url, token, self._settings)
            try:
                request = self._client.build_request(method, url, headers=headers, **options)
                response = await self._client.send(request, stream=True)
                try:
                    target = redirect_target(url, response.status_code, response.headers, hops)
                    if target is None:
                        await _read(what, response, largest)
                        return response
                finally:
                    await response.aclose()
            except httpx.InvalidURL as error:
                raise BadInput(f"{url!r} is not an address; check the settings.") from error
            except httpx.TimeoutException as error:
                raise ServiceUnreachable(
                    f"{what}: {httpx.URL(url).host} did not answer in time; check the network or try again later."
                ) from error
            except httpx.TransportError as error:
                raise ServiceUnreachable(
                    f"{what}: {httpx.URL(url).host} cannot be reached ({error or type(error).__name__}); "
                    "check the network, the proxy and the addresses in the settings."
                ) from error
            url, options = target, {}
        raise AssertionError("redirect_target ends every chain")


class _Refused(BadAnswer):
    """It would be the same the next time."""


async def _read(what: str, response: httpx.Response, largest: int) -> None:
    """Read the body into the response, so that `.content` works, but never more than `largest` bytes, unpacked."""
    unpack = _unpacking(what, response.headers.get("content-encoding", ""))
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += unpack(chunk, largest + 1 - len(body))
        if max(len(body), response.num_bytes_downloaded) > largest:
            raise _Refused(f"{what}: the answer is larger than {largest:,} bytes and was refused.")
    response._content = bytes(body)  # noqa: SLF001 - httpx has no other way to bound a body


def _unpacking(what: str, packing: str) -> Callable[[bytes, int], bytes]:
    """Give what makes plain bytes of a piece of a body, at most so many."""
    if packing.lower() in {"", "identity"}:
        return lambda piece, _: piece
    if packing.lower() != _PACKING:
        raise _Refused(f"{what}: the answer is packed as {packing[:40]!r}, which was not asked for; it was refused.")
    packed = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def unpack(piece: bytes, most: int) -> bytes:
        try:
            return packed.decompress(piece, most)
        except zlib.error as error:
            raise BadAnswer(f"{what}: the answer came damaged ({error}); try again later.") from error

    return unpack


def _decoded(what: str, response: httpx.Response, shape: type[T]) -> T:
    kind = response.headers.get("content-type", "").partition(";")[0]
    return read_json(what, response.content, shape, host=response.url.host, kind=kind)


async def _retried(what: str, once: Callable[[], Awaitable[T]]) -> T:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await once()
        except ServiceError as error:
            if attempt == ATTEMPTS or not _may_pass(error):
                raise
            if error.code == "WAF" and error.retry_after is None:
                wait = _jittered(_FIRST_FIREWALL_WAIT, attempt, _LONGEST_FIREWALL_WAIT)
            else:
                wait = backoff(attempt, error.retry_after)
            _log.info("%s: attempt %d failed (%s); next in %.1f s", what, attempt, error, wait)
            await asyncio.sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def _may_pass(error: ServiceError) -> bool:
    if isinstance(error, _Refused):
        return False
    return isinstance(error, ServiceUnreachable | BadAnswer) or (error.status is not None and is_passing(error.status))


def backoff(attempt: int, asked: float | None = None) -> float:
    """Seconds to wait after a failed attempt (1, 2, …): what the service asked, else doubling, with jitter."""
    if asked is not None:
        return min(asked, _LONGEST_WAIT)
    return _jittered(_FIRST_WAIT, attempt, _LONGEST_WAIT)


def _jittered(first: float, attempt: int, longest: float) -> float:
    wait: float = min(first * 2 ** (attempt - 1), longest)
    return wait * random.uniform(0.5, 1)  # noqa: S311 - jitter, no secret


def tls_context(settings: Settings) -> ssl.SSLContext:
    """The TLS rules for every connection: the system's authorities, or the user's bundle.

    Raises
    ------
    BadInput
        The bundle cannot be read.
    """
    return _tls_context(settings.ca_bundle)


@functools.lru_cache(maxsize=8)
def _tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """Reading the authorities takes some 30 ms, too much for each quicklook."""
    if ca_bundle is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=str(ca_bundle))
    except OSError as error:
        raise BadInput(f"ca_bundle: {str(ca_bundle)!r} cannot be read ({error}); give a PEM file.") from error
