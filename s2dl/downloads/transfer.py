"""One attempt at one product, or one file of it: its bytes from the service into the part file, hashed on the way.

Blocking code for a thread of its own: MD5 in the same thread costs nothing extra, since both hashing and reading let
other threads run.
"""

from __future__ import annotations

import hashlib
import threading
from http.client import HTTPException
from typing import TYPE_CHECKING

from s2dl.access.answers import error_of
from s2dl.access.bearer import bearer_headers, origin, redirect_target
from s2dl.access.wire import Unconnected, pieces
from s2dl.downloads.span import continues_at
from s2dl.errors import BadAnswer, BadInput, ChecksumMismatch, Incomplete, ServiceUnreachable
from s2dl.files import disk_errors

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from typing import BinaryIO

    from s2dl.access.wire import Wire, Wires
    from s2dl.downloads.control import Control
    from s2dl.downloads.parts import Part
    from s2dl.downloads.source import Source
    from s2dl.settings import Settings

__all__ = ["Cancelled", "Transfer"]

_LARGEST_ERROR = 65_536
_REFUSES_RANGE = frozenset({206, 400, 403, 412, 416, 422, 501})
"""Answers to a Range (206: with other bytes than asked for) after which the whole is asked for."""
_PAUSE = 0.2


class Cancelled(Exception):
    """The transfer was asked to stop."""


class Transfer:
    """One attempt to fetch one source into its part file.

    It goes on from what the part file holds where the service allows it, else it begins anew.

    Parameters
    ----------
    source : Source
    part : Part
    token : str
    wires : Wires
    control : Control
        Holds it while paused.
    settings : Settings

    Attributes
    ----------
    position : int
        Bytes of it that are in the part file and hashed.
    received : int
        Bytes that came over the network in this attempt.
    resumed, held : bool
        Whether it went on from an earlier attempt's bytes; whether it was paused.
    """

    def __init__(
        self, source: Source, part: Part, *, token: str, wires: Wires, control: Control, settings: Settings
    ) -> None:
        self.source = source
        self.received = 0
        self.held = False
        self._part = part
        self._token = token
        self._wires = wires
        self._control = control
        self._settings = settings
        self._url = source.url(settings.data_url)
        self._ending = threading.Lock()
        self._end: Exception | None = None
        self._wire: Wire | None = None
        self._begin_anew()

    def end(self, error: Exception) -> None:
        """Let `run` end with `error` as soon as may be, from any thread."""
        with self._ending:
            self._end = self._end or error
        if self._wire is not None:
            self._wire.cut()

    def run(self) -> str:
        """Fetch what is missing and check number and checksum of all bytes; gives their MD5.

        Raises
        ------
        ServiceError, TransferError, DiskError
            The attempt failed.
        Exception
            What `end` was given.
        """
        try:
            if not self._is_whole():
                with self._wires.wire() as wire:
                    self._wire = wire
                    self._fetch(wire)
        except BadInput:
            raise
        except (HTTPException, OSError, ValueError) as error:  # http.client says ValueError at chunks of negative size
            self._go_on()
            raise self._broken(error) from error
        return self._checked()

    def _broken(self, error: Exception) -> ServiceUnreachable | Incomplete:
        name = self.source.name
        if isinstance(error, TimeoutError):
            return ServiceUnreachable(f"{name}: the service stopped sending; run it again later, what came is kept.")
        if isinstance(error, Unconnected):
            return ServiceUnreachable(
                f"{name}: {error}; check the network, the proxy and the addresses in the settings."
            )
        said = f"{name}: the connection broke ({type(error).__name__}: {error}); run it again, what came is kept."
        return Incomplete(said) if self.received else ServiceUnreachable(said)

    def _go_on(self) -> None:
        """Wait while the user has paused; raise when it is to end."""
        while self._end is None and self._control.paused:
            self.held = True
            self._control.wait(_PAUSE)
        if self._end is not None:
            raise self._end

    def _is_whole(self) -> bool:
        """A run that was killed just before the end may have left a part with all bytes."""
        if not 0 < self._part.size == self.source.size:
            return False
        self._take_in(self.source.size)
        if self.source.checksum in {None, self._check.hexdigest()}:
            return True
        self._begin_anew()
        self._part.drop()
        return False

    def _fetch(self, wire: Wire) -> None:
        offset = 0 if origin(self._url) in self._wires.rangeless else self._part.size
        response = self._asked(wire, offset)
        if response.status == 206:
            self._take_in(offset)
        else:
            self._take_head(response)
        with self._part.open(self.position) as file:
            if not self.resumed:
                self._write(file, memoryview(self.source.head))
            self._save(response, file)

    def _asked(self, wire: Wire, offset: int) -> HTTPResponse:
        """Ask for the bytes from `offset` on, and be content with all of them: 206 with the right ones, or 200."""
        if offset:
            response, url = self._answer(wire, {"Range": f"bytes={offset}-"})
            if response.status == 206 and continues_at(response, offset, self.source.size):
                return response
            if response.status == 200:
                self._wires.rangeless.add(origin(self._url))
                return response
            if response.status not in _REFUSES_RANGE:
                raise self._refusal(response)
            if response.status == 416:
                self._part.drop()
            wire.forget(url)
        response, _ = self._answer(wire, {})
        if response.status != 200:
            raise self._refusal(response)
        return response

    def _answer(self, wire: Wire, headers: dict[str, str]) -> tuple[HTTPResponse, str]:
        """The answer at the end of all redirects, and its address."""
        url = self._url
        for hops in range(10):
            self._go_on()
            bearer = bearer_headers(url, self._token, self._settings)
            response = wire.get(url, {"User-Agent": "s2dl", **headers, **bearer})
            target = redirect_target(url, response.status, _headers(response), hops)
            if target is None:
                return response, url
            wire.forget(url)
            url = target
        raise AssertionError("redirect_target ends every chain")

    def _refusal(self, response: HTTPResponse) -> Exception:
        return error_of(self.source.name, response.status, _headers(response), response.read(_LARGEST_ERROR))

    def _take_in(self, size: int) -> None:
        """Hash the part that is there already."""
        self.resumed = True
        for piece in self._part.pieces(size):
            self._go_on()
            self._count(piece)

    def _begin_anew(self) -> None:
        self.resumed = False
        self.position = 0
        self._digest = hashlib.md5(usedforsecurity=False)
        algorithm = self.source.algorithm
        self._check = self._digest if algorithm == "md5" else hashlib.new(algorithm, usedforsecurity=False)

    def _count(self, piece: bytes | memoryview) -> None:
        self._digest.update(piece)
        if self._check is not self._digest:
            self._check.update(piece)
        self.position += len(piece)

    def _take_head(self, response: HTTPResponse) -> None:
        """See that the right thing of the right length begins, before the part that is there is given up for it."""
        source, announced = self.source, response.length
        if source.head and response.read(len(source.head)) != source.head:
            self._go_on()
            kind = response.headers.get("content-type", "of no type")
            raise BadAnswer(
                f"{source.name}: the service sent something that is not a zip ({kind}); a login page or a proxy may "
                "stand between. Run it again later.",
                status=response.status,
            )
        if announced is not None and source.size and announced != source.size:
            raise Incomplete(
                f"{source.name}: the service announced {announced:,} bytes where {source.authority} says "
                f"{source.size:,}; the service may be renewing it. Run it again later."
            )

    def _save(self, response: HTTPResponse, file: BinaryIO) -> None:
        for piece in pieces(response):
            self._go_on()
            self._write(file, piece)
            if self.position > self.source.size > 0:
                break
        self._go_on()

    def _write(self, file: BinaryIO, piece: memoryview) -> None:
        left = piece
        with disk_errors(self._part.path):
            while left:
                left = left[file.write(left) :]
        self.received += len(piece)
        self._count(piece)

    def _checked(self) -> str:
        source, checksum = self.source, self._check.hexdigest()
        if source.size and self.position < source.size:
            raise Incomplete(
                f"{source.name}: {self.position:,} bytes came where {source.authority} says {source.size:,}; run it "
                "again, what came is kept."
            )
        if source.size and self.position > source.size:
            self._part.drop()
            raise Incomplete(f"{source.name}: more bytes came than the {source.size:,} that {source.authority} says.")
        if source.checksum and checksum != source.checksum:
            self._part.drop()
            raise ChecksumMismatch(
                f"{source.name}: the bytes that came have {_said(source.algorithm)} {checksum}, "
                f"{source.authority} says {source.checksum}; the service may hold a damaged copy."
            )
        return self._digest.hexdigest()


def _said(algorithm: str) -> str:
    return algorithm.upper().replace("_", "-")


def _headers(response: HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
