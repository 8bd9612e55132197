"""What the service has seen: every request, in order, and the counters that tests and benchmarks read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Records", "Request", "Watched", "note_user"]


@dataclass(slots=True)
class Request:
    """One request that has arrived.

    Parameters
    ----------
    time : float
        Seconds since the epoch.
    origin : str
        ``catalogue``, ``download`` or ``identity``.
    method, path, query : str
        As asked; the query is not decoded.
    has_bearer : bool
        Whether it carried an ``Authorization: Bearer``.
    status : int
        Of the answer; 0 as long as there is none.
    sent : int
        Bytes of the body that have been handed to the connection.
    user : str, optional
        Whose token it was.
    """

    time: float
    origin: str
    method: str
    path: str
    query: str
    has_bearer: bool
    status: int = 0
    sent: int = 0
    user: str | None = None


class Records:
    """The log of one service; safe to read from any thread."""

    def __init__(self) -> None:
        self._requests: list[Request] = []
        self._lock = threading.Lock()
        self._orders: list[str] = []
        self.logins = 0

    def arrive(self, request: Request) -> None:
        """Add a request; it is filled in while it is answered."""
        with self._lock:
            self._requests.append(request)

    @property
    def requests(self) -> list[Request]:
        """Copies of all requests so far, in the order in which they arrived."""
        with self._lock:
            return [replace(request) for request in self._requests]

    def ordered(self, names: Iterable[str]) -> None:
        """Add an order."""
        with self._lock:
            self._orders.extend(names)

    @property
    def orders(self) -> list[str]:
        """Names of the products that were ordered so far, in that order, each time they were."""
        with self._lock:
            return list(self._orders)


class Watched:
    """ASGI layer: writes each request of one origin into the records."""

    def __init__(self, app: ASGIApp, origin: str, records: Records) -> None:
        self._app = app
        self._origin = origin
        self._records = records

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and write down how."""
        bearer = any(
            key == b"authorization" and value.lower().startswith(b"bearer ") for key, value in scope["headers"]
        )
        request = Request(
            time=time.time(),
            origin=self._origin,
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            has_bearer=bearer,
        )
        self._records.arrive(request)
        scope["s2dl.request"] = request

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.status = message["status"]
            else:
                request.sent += len(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, counted)


def note_user(scope: Scope, user: str) -> None:
    """Write into the request's record whose it is."""
    scope["s2dl.request"].user = user
