"""One file's bytes from the service to disk, hashed on the way.

Blocking code for a thread of its own: measured on loopback, urllib3 in a thread moves twice the bytes a second of httpx
on an event loop, and MD5 in the same thread costs nothing extra, since hashing lets other threads run.
"""

from __future__ import annotations

import hashlib
import threading
import time
from typing import TYPE_CHECKING, Any

import urllib3

from s2dl.access.answers import error_of
from s2dl.access.bearer import bearer_headers, redirect_target
from s2dl.access.http import tls_context
from s2dl.errors import BadAnswer, ChecksumMismatch, Incomplete, ServiceUnreachable
from s2dl.files import disk_errors

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from s2dl.product import Product
    from s2dl.settings import Settings

__all__ = ["Cancelled", "Connections", "Transfer"]

_PIECE = 2**20
_ZIP_STARTS = b"PK\x03\x04"
_LARGEST_ERROR = 65_536


class Cancelled(Exception):
    """The transfer was asked to stop."""


class Connections:
    """The pool of connections that the transfers of a run share.

    Parameters
    ----------
    settings : Settings
        Proxy, CA bundle and time-outs, the same as everywhere.
    """

    def __init__(self, settings: Settings) -> None:
        timeout = urllib3.Timeout(connect=settings.connection_timeout, read=settings.download_timeout)
        options: dict[str, Any] = {
            "maxsize": 8,
            "retries": False,
            "timeout": timeout,
            "ssl_context": tls_context(settings),
            "headers": {"User-Agent": "s2dl"},
        }
        self.pool: urllib3.PoolManager = (
            urllib3.ProxyManager(settings.proxy, **options) if settings.proxy else urllib3.PoolManager(**options)
        )

    def close(self) -> None:
        """Close all connections."""
        self.pool.clear()


class Transfer:
    """One attempt to fetch one product's zip into its part file.

    Parameters
    ----------
    product : Product
    part : Path
        Written from its beginning.
    token : str
    connections : Connections
    settings : Settings

    Attributes
    ----------
    received : int
        Bytes so far; read by other threads while `run` works.
    """

    def __init__(
        self, product: Product, part: Path, *, token: str, connections: Connections, settings: Settings
    ) -> None:
        self.received = 0
        self._product = product
        self._part = part
        self._token = token
        self._pool = connections.pool
        self._settings = settings
        self._cancelled = threading.Event()
        self._response: urllib3.BaseHTTPResponse | None = None

    def cancel(self) -> None:
        """Stop `run` in its thread as soon as may be, from any thread."""
        self._cancelled.set()
        if self._response is not None:
            self._response.shutdown()

    def run(self) -> str:
        """Fetch all bytes and check their number and MD5; gives the MD5.

        Raises
        ------
        Cancelled
            `cancel` was called.
        ServiceError, TransferError, DiskError
            The attempt failed.
        """
        name = self._product.name
        try:
            self._response = self._open(f"{self._settings.data_url}/Products({self._product.id})/$value")
            try:
                digest = self._save(self._response)
            finally:
                self._response.release_conn()
                self._response.close()
        except urllib3.exceptions.TimeoutError as error:
            self._stop_if_cancelled()
            raise ServiceUnreachable(f"{name}: the service stopped sending; it will be tried again.") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self._stop_if_cancelled()
            raise Incomplete(f"{name}: the connection broke ({type(error).__name__}: {error}).") from error
        self._stop_if_cancelled()
        return self._checked(digest)

    def _stop_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise Cancelled

    def _open(self, url: str) -> urllib3.BaseHTTPResponse:
        for hops in range(10):
            self._stop_if_cancelled()
            response = self._pool.request(
                "GET",
                url,
                headers={"User-Agent": "s2dl", **bearer_headers(url, self._token, self._settings)},
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                target = redirect_target(url, response.status, response.headers, hops)
                if target is None:
                    return self._accepted(response)
            except BaseException:
                response.close()
                raise
            response.close()
            url = target
        raise AssertionError("redirect_target ends every chain")

    def _accepted(self, response: urllib3.BaseHTTPResponse) -> urllib3.BaseHTTPResponse:
        if response.status == 200:
            return response
        headers = {key.lower(): value for key, value in response.headers.items()}
        raise error_of(self._product.name, response.status, headers, response.read(_LARGEST_ERROR))

    def _save(self, response: urllib3.BaseHTTPResponse) -> str:
        digest = hashlib.md5(usedforsecurity=False)
        piece = response.read1(_PIECE)
        if not piece.startswith(_ZIP_STARTS):
            raise BadAnswer(
                f"{self._product.name}: the service sent something that is not a zip "
                f"({response.headers.get('content-type', 'of no type')}); it will be tried again.",
                status=response.status,
            )
        with disk_errors(self._part):
            file = self._part.open("wb")
        with file:
            self._stream(response, piece, file, digest)
        return digest.hexdigest()

    def _stream(self, response: urllib3.BaseHTTPResponse, piece: bytes, file: BinaryIO, digest: hashlib._Hash) -> None:
        guard = _StallGuard(self._settings, self._product.name)
        while piece:
            self._stop_if_cancelled()
            digest.update(piece)
            with disk_errors(self._part):
                file.write(piece)
            self.received += len(piece)
            guard.saw(self.received)
            piece = response.read1(_PIECE)

    def _checked(self, digest: str) -> str:
        product = self._product
        if product.size and self.received != product.size:
            raise Incomplete(f"{product.name}: {self.received:,} bytes came where the catalogue says {product.size:,}.")
        if product.md5 and digest != product.md5:
            raise ChecksumMismatch(
                f"{product.name}: the bytes that came have MD5 {digest}, the catalogue says {product.md5}; "
                "the service may hold a damaged copy."
            )
        return digest


class _StallGuard:
    """Fails an attempt that is slower than `download_speed` bytes in `download_timeout` seconds."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._since = time.monotonic()
        self._before = 0

    def saw(self, received: int) -> None:
        now = time.monotonic()
        if received - self._before >= self._settings.download_speed:
            self._since, self._before = now, received
        elif now - self._since > self._settings.download_timeout:
            raise Incomplete(
                f"{self._name}: fewer than {self._settings.download_speed:,} bytes came in "
                f"{self._settings.download_timeout:g} s."
            )
