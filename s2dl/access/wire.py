"""Blocking connections for bulk bytes: plain `http.client`, under the same proxy, CA and bearer rules as everything.

Measured on loopback: reading from the connection straight into one buffer, in a thread for each transfer, takes the
least processor time a byte of all ways that were tried, urllib3 and httpx among them.
"""

from __future__ import annotations

import logging
import selectors
import socket
import ssl
import string
from contextlib import contextmanager
from functools import cached_property
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from s2dl.access.bearer import origin
from s2dl.access.http import tls_context
from s2dl.access.proxy import proxy_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s2dl.settings import Settings

__all__ = ["Unconnected", "Wire", "Wires", "pieces"]

Origin = tuple[str, str, int]

_LARGEST_PIECE = 2**20

_log = logging.getLogger(__name__)


class Unconnected(ConnectionError):
    """There is no connection to a host; the text names it, and why."""


class Wires:
    """The connections that a run's transfers share: kept open from one product to the next.

    Parameters
    ----------
    settings : Settings
        Proxy, CA bundle and time-outs.

    Attributes
    ----------
    rangeless : set
        Origins that were seen to ignore Range, as the live service does; of use for this run.

    Raises
    ------
    BadInput
        The proxy on the way to products cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        proxy_for(settings.data_url, settings)  # better said once, and now, than of each product
        self.settings = settings
        self.rangeless: set[Origin] = set()
        self._idle: list[Wire] = []

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """The TLS rules, read when first needed."""
        return tls_context(self.settings)

    @contextmanager
    def wire(self) -> Iterator[Wire]:
        """One that nobody else uses; after an error it is closed, since bytes may be left in it."""
        wire = self._idle.pop() if self._idle else Wire(self)
        try:
            yield wire
        except BaseException:
            wire.close()
            raise
        self._idle.append(wire)

    def close(self) -> None:
        """Close all that are idle."""
        while self._idle:
            self._idle.pop().close()


class Wire:
    """Connections of one transfer at a time, one to each origin that it meets.

    Parameters
    ----------
    wires : Wires
        Whose rules it follows.
    """

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._connections: dict[Origin, HTTPConnection] = {}
        self._socket: socket.socket | None = None
        self._handle: socket.socket | None = None
        self._response: HTTPResponse | None = None
        self._is_cut = False

    def get(self, url: str, headers: Mapping[str, str]) -> HTTPResponse:
        """Send a GET and give the answer, its body unread.

        Raises
        ------
        Unconnected
            There is no connection.
        OSError, HTTPException, UnicodeError
            There is no answer.
        BadInput
            The proxy cannot be used.
        """
        connection = self._connections.get(origin(url))
        if connection is not None and _is_alive(connection):
            try:
                return self._ask(connection, url, headers)
            except (HTTPException, ConnectionError):
                _log.debug("%s closed an idle connection; asking again on a new one", origin(url)[1])
        self.forget(url)
        return self._ask(self._connected(url), url, headers)

    def forget(self, url: str) -> None:
        """Close the connection to the origin of `url`, whatever is left in it."""
        self._close_response()
        connection = self._connections.pop(origin(url), None)
        if connection is not None:
            connection.close()

    def cut(self) -> None:
        """End whatever it waits for, from any thread; it is of no use afterwards."""
        self._is_cut = True
        in_use = self._socket
        if in_use is not None:
            try:
                # The socket's own: that of a TLS socket would let the reader see the bytes undeciphered.
                socket.socket.shutdown(in_use, socket.SHUT_RDWR)
            except OSError:
                return

    def close(self) -> None:
        """Close all its connections."""
        self._close_response()
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _connected(self, url: str) -> HTTPConnection:
        settings = self._wires.settings
        scheme, host, port = origin(url)
        proxy = proxy_for(url, settings)
        at, on = (proxy[0], proxy[1]) if proxy else (host, port)
        if scheme == "https":
            connection: HTTPConnection = HTTPSConnection(
                at, on, timeout=settings.connection_timeout, context=self._wires.tls
            )
            if proxy:
                connection.set_tunnel(host, port, proxy[2])
        else:
            connection = HTTPConnection(at, on, timeout=settings.connection_timeout)
        self._connections[origin(url)] = connection
        # The one way to reach the socket before there is a connection.
        connection._create_connection = self._dial  # type: ignore[attr-defined]  # noqa: SLF001
        try:
            connection.connect()
        except OSError as error:
            if isinstance(error, TimeoutError) and not self._is_cut:
                raise Unconnected(f"{at} did not answer in time") from error
            raise Unconnected(f"{at} cannot be reached ({error})") from error
        finally:
            self._drop_handle()
        connection.sock.settimeout(settings.download_timeout)
        return connection

    def _dial(self, address: tuple[str, int], timeout: float, *_: object) -> socket.socket:
        """Connect as `socket.create_connection` does, but so that `cut` ends it: some addresses never answer.

        It cuts by a second handle on the same socket, since TLS takes the first one over before it shakes hands.
        """
        trouble = OSError(f"{address[0]} has no address")
        for family, kind, protocol, _name, place in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
            dialled = socket.socket(family, kind, protocol)
            dialled.settimeout(timeout)
            self._drop_handle()
            self._socket = self._handle = dialled.dup()
            try:
                self._see_whether_cut()
                dialled.connect(place)
            except OSError as error:
                dialled.close()
                trouble = error
            else:
                return dialled
        raise trouble

    def _drop_handle(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._socket = self._handle = None

    def _see_whether_cut(self) -> None:
        if self._is_cut:
            raise ConnectionAbortedError("cut")

    def _ask(self, connection: HTTPConnection, url: str, headers: Mapping[str, str]) -> HTTPResponse:
        self._socket = connection.sock
        self._see_whether_cut()
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        proxy = proxy_for(url, self._wires.settings) if parts.scheme == "http" else None
        if proxy:
            target = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{target}"
            headers = {**headers, **proxy[2]}
        connection.request("GET", quote(target, safe=string.punctuation), headers=dict(headers))
        self._response = connection.getresponse()
        return self._response

    def _close_response(self) -> None:
        """The last answer may hold a connection that its service will close."""
        if self._response is not None:
            self._response.close()
            self._response = None


def pieces(response: HTTPResponse) -> Iterator[memoryview]:
    """Yield a body as it comes; each piece is good until the next.

    The reader below `http.client`'s response is used where the length is known, since only it reads into a buffer
    without waiting until that is full.
    """
    if response.chunked or response.length is None:
        while piece := response.read1(_LARGEST_PIECE):
            yield memoryview(piece)
        return
    buffer, left = memoryview(bytearray(_LARGEST_PIECE)), response.length
    while left and (size := response.fp.readinto1(buffer[:left])):
        left -= size
        yield buffer[:size]
    response.close()


def _is_alive(connection: HTTPConnection) -> bool:
    """An idle connection on which something arrives has been closed by the other side."""
    if connection.sock is None:
        return False
    with selectors.DefaultSelector() as selector:
        selector.register(connection.sock, selectors.EVENT_READ)
        return not selector.select(0)
