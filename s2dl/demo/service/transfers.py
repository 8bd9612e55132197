"""The download origin: products, their nodes and quicklooks as bytes, behind a bearer and a limit of transfers."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from s2dl.demo.service.answers import zip_error
from s2dl.demo.service.holdings import Holdings
from s2dl.demo.service.identity import BadToken, ExpiredToken, ForeignAudience, Identity
from s2dl.demo.service.records import note_user

if TYPE_CHECKING:
    from s2dl.demo.world.scene import Scene

__all__ = ["Sessions", "Transfers"]

Chunk = bytes | memoryview
PIECES_A_SECOND = 20


class Sessions:
    """How many transfers each user has open.

    Parameters
    ----------
    limit : int
        The most that one user may have at a time.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: Counter[str] = Counter()
        self.most = 0

    def open(self, user: str) -> ExitStack | None:
        """Open a session, which ends when the stack is closed; None when the user has too many."""
        if self._open[user] >= self._limit:
            return None
        self._open[user] += 1
        self.most = max(self.most, self._open.total())
        session = ExitStack()
        session.callback(self._open.subtract, [user])
        return session


@dataclass(frozen=True, slots=True)
class _Stream:
    """An ASGI answer of many bytes, sent straight on; its session ends with the last byte or with the client."""

    chunks: Iterator[Chunk]
    status: int
    headers: Mapping[str, str]
    open_session: Callable[[], ExitStack | None]
    rate: float | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = self.open_session()
        if session is None:
            await zip_error(429, 100, "Max session number exceeded")(scope, receive, send)
            return
        with session:
            sending = asyncio.ensure_future(self._send(send, session))
            leaving = asyncio.ensure_future(_left(receive))
            try:
                await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                leaving.cancel()
                sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending

    async def _send(self, send: Send, session: ExitStack) -> None:
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        began, sent = time.monotonic(), 0
        for chunk in self.chunks if self.rate is None else _pieces(self.chunks, self.rate):
            sent += len(chunk)
            if self.rate is not None:
                # Before the chunk, so that the session does not outlast the last one.
                await asyncio.sleep(began + sent / self.rate - time.monotonic())
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        # Before the end is told, so that a client that asks again at once finds its session free.
        session.close()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _pieces(chunks: Iterator[Chunk], rate: float) -> Iterator[Chunk]:
    size = max(1, int(rate / PIECES_A_SECOND))
    for chunk in chunks:
        for start in range(0, len(chunk), size):
            yield chunk[start : start + size]


class Transfers:
    """What the download origin answers.

    Parameters
    ----------
    holdings : Holdings
        The products.
    identity : Identity
        Who may download.
    sessions : Sessions
        How many at a time.
    rate : float, optional
        Bytes per second on each connection.
    ranges : bool
        Whether Range is honoured; the real service ignores it.
    """

    def __init__(
        self, holdings: Holdings, identity: Identity, sessions: Sessions, *, rate: float | None, ranges: bool
    ) -> None:
        self._holdings = holdings
        self._identity = identity
        self._sessions = sessions
        self._rate = rate
        self._ranges = ranges

    @property
    def routes(self) -> list[Route]:
        """The routes of the download origin."""
        return [
            Route("/odata/v1/Products({id})/$value", self._product),
            Route("/odata/v1/Products({id})/Nodes", self._nodes),
            Route("/odata/v1/Products({id})/{nodes:path}", self._nodes),
            Route("/odata/v1/Assets({id})/$value", self._asset),
        ]

    async def _product(self, request: Request) -> ASGIApp:
        """Answer with a whole product as zip.

        An offline product is answered with 403 and the code DAT-ZIP-000; what the real service says then is not
        recorded anywhere, so this shape is an assumption.
        """
        return self._guarded(request, self._zip)

    def _zip(self, request: Request, scene: Scene, user: str) -> ASGIApp:
        world = self._holdings.world
        headers = {
            "Content-Type": "application/zip",
            "Content-Disposition": f'attachment; filename="{scene.name}.zip"',
        }
        return self._bytes(request, user, world.size(scene), lambda start: world.body(scene, start), headers)

    def _guarded(self, request: Request, answer: Callable[[Request, Scene, str], ASGIApp]) -> ASGIApp:
        user = self._user(request)
        if isinstance(user, Response):
            return user
        note_user(request.scope, user)
        scene = self._scene(request)
        if isinstance(scene, Response):
            return scene
        if not scene.online:
            return zip_error(403, 0, "Product is offline")
        return answer(request, scene, user)

    def _user(self, request: Request) -> str | Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token if scheme.lower() == "bearer" else request.query_params.get("token", "")
        if not token:
            return zip_error(401, 604, "Token not found")
        try:
            return self._identity.verify(token)
        except ExpiredToken:
            return zip_error(401, 109, "Expired token")
        except ForeignAudience:
            return zip_error(401, 609, "Token audience not allowed")
        except BadToken:
            return zip_error(401, 604, "Token not found")

    def _scene(self, request: Request) -> Scene | Response:
        try:
            id_ = str(uuid.UUID(request.path_params["id"]))
        except ValueError:
            return zip_error(422, 111, None)
        scene = self._holdings.product(id_)
        return scene or zip_error(404, 915, "No objects to stream")

    def _bytes(
        self, request: Request, user: str, size: int, body: Callable[[int], Iterator[Chunk]], headers: dict[str, str]
    ) -> ASGIApp:
        start, stop, status = 0, size, 200
        if self._ranges:
            headers |= {"Accept-Ranges": "bytes"}
            if span := re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", "")):
                start, stop = int(span[1]), min(size, int(span[2]) + 1 if span[2] else size)
                if start >= stop:
                    return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
                status = 206
                headers |= {"Content-Range": f"bytes {start}-{stop - 1}/{size}"}
        headers |= {"Content-Length": str(stop - start)}
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers)
        chunks = _first(body(start), stop - start)
        return _Stream(chunks, status, headers, lambda: self._sessions.open(user), self._rate)

    async def _asset(self, request: Request) -> Response:
        world = self._holdings.world
        scene = world.by_quicklook(request.path_params["id"])
        if scene is None:
            return zip_error(404, 915, "No objects to stream")
        image = await asyncio.to_thread(world.quicklook, scene)
        return Response(image, media_type="image/jpeg")

    async def _nodes(self, request: Request) -> ASGIApp:
        names = re.findall(r"Nodes\(([^()]*)\)", request.url.path)
        rest = re.sub(r"/Nodes(\([^()]*\))?", "", request.url.path.split(")", 1)[1])
        if any("'" in name or '"' in name for name in names) or rest not in {"", "/$value"}:
            return zip_error(400, 104, "Malformed OData request path")
        if rest == "/$value":
            return self._guarded(request, lambda *given: self._node(*given, names=names))
        if not request.url.path.endswith("/Nodes"):
            return zip_error(403, 608, "Access forbidden")
        scene = self._scene(request)
        if isinstance(scene, Response):
            return scene
        listing = _listing(self._holdings.world.files(scene), scene.name, names, str(request.url).split("?")[0])
        return JSONResponse({"result": listing, "value": listing})

    def _node(self, request: Request, scene: Scene, user: str, *, names: list[str]) -> ASGIApp:
        path = "/".join(names[1:])
        world = self._holdings.world
        size = dict(world.files(scene)).get(path)
        if size is None or names[0] != scene.name:
            return zip_error(404, 915, "No objects to stream")
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f'attachment; filename="{names[-1]}"',
        }
        return self._bytes(request, user, size, lambda start: world.file_body(scene, path, start), headers)


def _first(chunks: Iterator[Chunk], length: int) -> Iterator[Chunk]:
    for chunk in chunks:
        yield chunk[:length]
        length -= len(chunk)
        if length <= 0:
            return


def _listing(files: Iterable[tuple[str, int]], root: str, names: list[str], url: str) -> list[dict[str, object]]:
    """The children of the node that `names` lead to; `url` is that listing's own address."""
    children: dict[str, int] = {}
    grand: dict[str, set[str]] = {}
    for path, size in files:
        steps = [root, *path.split("/")]
        if steps[: len(names)] == names and len(steps) > len(names):
            child, *below = steps[len(names) :]
            children[child] = 0 if below else size
            grand.setdefault(child, set()).update(below[:1])
    return [
        {
            "Id": name,
            "Name": name,
            "ContentLength": size,
            "ChildrenNumber": len(grand[name]),
            "Nodes": {"uri": f"{url}({name})/Nodes"},
        }
        for name, size in children.items()
    ]
