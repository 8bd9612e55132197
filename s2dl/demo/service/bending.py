"""How faults reach the wire: an ASGI layer that answers instead of the service, or spoils what it sends."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable
from email.utils import formatdate

from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from s2dl.demo.service.answers import PAGE, gateway_error, zip_error
from s2dl.demo.service.faults import INSTEAD, WITHIN, Fault, Faults

__all__ = ["Bent"]

_PRODUCT = re.compile(r"/Products\(([0-9a-f-]{36})\).*/\$value$")
_SPLICE = PAGE.format("502 Bad Gateway").encode()
DRIP = 8, 0.5
"""Bytes, and seconds between them."""


class _HangUp(Exception):
    """Close the connection, whatever was announced."""


class Bent:
    """ASGI layer: lets the faults strike the requests of one origin.

    Parameters
    ----------
    app : ASGI application
        The origin.
    origin : str
        Its name.
    faults : Faults
        What may strike.
    name_of : callable
        The product's name by its id, None if there is none.
    """

    def __init__(self, app: ASGIApp, origin: str, faults: Faults, name_of: Callable[[str], str | None]) -> None:
        self._app = app
        self._origin = origin
        self._faults = faults
        self._name_of = name_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the origin answer, spoilt or not."""
        if not self._faults or scope["method"] == "HEAD":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        product = self._product(path)
        if self._origin == "download":
            fault = self._faults.strike(INSTEAD, path, product)
        else:
            fault = self._faults.strike(INSTEAD, path, None) or self._faults.strike({"redirect-foreign"}, path, product)
        if fault is not None:
            await _answer(fault, path)(scope, receive, send)
            return
        spoiler = _Spoiler(
            lambda: self._faults.strike(WITHIN, path, product if self._origin == "download" else None),
            receive,
            send,
        )
        with contextlib.suppress(_HangUp):
            await self._app(scope, receive, spoiler)

    def _product(self, path: str) -> str | None:
        match = _PRODUCT.search(path)
        return self._name_of(match[1]) if match else None


def _answer(fault: Fault, path: str) -> Response:
    headers = {} if fault.retry_after is None else {"Retry-After": _retry_after(fault)}
    match fault.name:
        case "unauthorized":
            return zip_error(401, 604, "Token not found")
        case "expired":
            return zip_error(401, 109, "Expired token")
        case "server-error":
            return gateway_error(fault.status, headers)
        case "html":
            return HTMLResponse(PAGE.format("Scheduled maintenance"))
        case "too-many":
            return zip_error(429, 100, "Max session number exceeded", headers)
        case "waf":
            return JSONResponse({"error": "WAF", "message": "Rate limit exceeded", "status": 429}, 429, headers)
        case "redirect-foreign":
            return RedirectResponse(f"{fault.to.rstrip('/')}{path}", 302)
    return zip_error(404, 915, "No objects to stream")


def _retry_after(fault: Fault) -> str:
    if fault.retry_after == "date":
        return formatdate(time.time() + (2 if fault.seconds is None else fault.seconds), usegmt=True)
    return str(fault.retry_after)


class _Spoiler:
    """An ASGI `send` that spoils one good answer, if a fault strikes it."""

    def __init__(self, strike: Callable[[], Fault | None], receive: Receive, send: Send) -> None:
        self._strike = strike
        self._receive = receive
        self._send = send
        self._fault: Fault | None = None
        self._size = 0
        self._sent = 0
        self._began = time.monotonic()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begin(message)
            await self._send(message)
        elif self._fault is None:
            await self._send(message)
        else:
            await self._body(self._fault, bytes(message.get("body", b"")), more=message.get("more_body", False))

    def _begin(self, message: Message) -> None:
        headers = MutableHeaders(raw=message["headers"])
        if message["status"] not in {200, 206} or "content-length" not in headers:
            return
        self._size = int(headers["content-length"])
        self._fault = self._strike()
        if self._fault is not None and self._fault.name == "no-length":
            del headers["content-length"]
        if self._fault is not None and self._fault.name == "clipped":
            headers["content-length"] = str(self._size - 1)
        message["headers"] = headers.raw

    async def _body(self, fault: Fault, data: bytes, *, more: bool) -> None:
        stop = {"cut": self._size // 2, "stall": self._size // 2, "short": self._size - 1}.get(fault.name)
        if stop is not None and self._sent < stop <= self._sent + len(data):
            rest = data[stop - self._sent :]
            await self._pass(data[: stop - self._sent], more=True)
            if fault.name != "stall":
                raise _HangUp
            await self._stall(fault.seconds)
            data = rest
        match fault.name:
            case "clipped":
                data = data[: self._size - 1 - self._sent]
            case "wrong-bytes":
                data = self._overwritten(data, bytes([0xFF]), flip=True)
            case "spliced":
                data = self._overwritten(data, _SPLICE)
            case "drip":
                data = await self._drip(data, fault.seconds)
        await self._pass(data, more=more)

    async def _pass(self, data: bytes, *, more: bool) -> None:
        self._sent += len(data)
        await self._send({"type": "http.response.body", "body": data, "more_body": more})

    def _overwritten(self, data: bytes, patch: bytes, *, flip: bool = False) -> bytes:
        spoilt = bytearray(data)
        for position, value in enumerate(patch, self._size // 2 - self._sent):
            if 0 <= position < len(spoilt):
                spoilt[position] = spoilt[position] ^ value if flip else value
        return bytes(spoilt)

    async def _stall(self, seconds: float | None) -> None:
        try:
            await asyncio.wait_for(self._left(), seconds)
        except TimeoutError:
            return
        raise _HangUp

    async def _drip(self, data: bytes, seconds: float | None) -> bytes:
        size, pause = DRIP
        while data and (seconds is None or time.monotonic() - self._began < seconds):
            await self._pass(data[:size], more=True)
            data = data[size:]
            await self._stall(pause)
        return data

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
