"""The catalogue origin: the OData service over the archive."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from s2dl.demo.service.answers import application_error, gateway_error, request_id, validation_error
from s2dl.demo.service.attributes import ATTRIBUTES
from s2dl.demo.service.expression import COLLECTION
from s2dl.demo.service.holdings import Holdings, Question, TooBroad
from s2dl.demo.service.odata.entities import FIELD_NAMES, deleted_record, record
from s2dl.demo.service.odata.filters import FilterError, parse_filter
from s2dl.demo.service.odata.options import Invalid, Options, next_link, read_options
from s2dl.demo.world.memory import Memo

if TYPE_CHECKING:
    from s2dl.demo.world.scene import Scene

__all__ = ["Catalogue", "Headed"]

T = TypeVar("T")
ROOT = "/odata/v1"
TEXTS = 12_000
"""How many products are kept as written for answers, 4 kB each."""
Json = dict[str, Any]


class Headed:
    """ASGI layer: the headers that each answer of the catalogue has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers."""

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers["request-id"] = request_id(Request(scope))
                headers["access-control-allow-origin"] = "*"
                message["headers"] = headers.raw
            await send(message)

        await self._app(scope, receive, headed)


class Catalogue:
    """What the catalogue origin answers.

    Parameters
    ----------
    holdings : Holdings
        The products.
    executor : Executor
        One thread, in which the archive is searched and answers are written.
    download : str
        The download origin, to which bytes are redirected.
    page_delay : float
        Seconds that each page takes longer.
    """

    def __init__(self, holdings: Holdings, executor: Executor, *, download: str, page_delay: float) -> None:
        self._holdings = holdings
        self._executor = executor
        self._download = download
        self._page_delay = page_delay
        self._texts: Memo[str] = Memo(TEXTS)

    @property
    def routes(self) -> list[Route]:
        """The OData routes of the catalogue origin."""
        return [
            Route(f"{ROOT}/Products", partial(self._list, deleted=False)),
            Route(f"{ROOT}/Products/$count", partial(self._count, deleted=False)),
            Route(f"{ROOT}/DeletedProducts", partial(self._list, deleted=True)),
            Route(f"{ROOT}/DeletedProducts/$count", partial(self._count, deleted=True)),
            Route(f"{ROOT}/Products/OData.CSC.FilterList", self._filter_list, methods=["POST"]),
            Route(f"{ROOT}/Products({{id}})", self._single),
            Route(f"{ROOT}/Products({{id}})/{{rest:path}}", self._moved),
            Route(f"{ROOT}/Assets({{id}})/$value", self._moved),
            Route(f"{ROOT}/Attributes", self._attributes),
            Route(f"{ROOT}/Attributes({{collection}})", self._attributes),
        ]

    async def _list(self, request: Request, *, deleted: bool) -> Response:
        await asyncio.sleep(self._page_delay)
        return await self._answered(request, partial(self._page, request, deleted=deleted))

    async def _count(self, request: Request, *, deleted: bool) -> Response:
        def count(options: Options) -> Response:
            number = self._holdings.count(_question(options, deleted=deleted))
            return Response(str(number), media_type="text/plain")

        return await self._answered(request, count)

    async def _single(self, request: Request) -> Response:
        given = request.path_params["id"]
        try:
            id_ = str(uuid.UUID(given))
        except ValueError:
            return validation_error("uuid_parsing", "Id", "Input should be a valid UUID", given)

        def single(options: Options) -> Response:
            scene = self._holdings.product(id_)
            if scene is None:
                return application_error(request, 404, f"Product with id {id_} not found.")
            context = {"@odata.context": f"$metadata#Products{_shape(options)}/$entity"}
            return _written(f"{_dumps(context)[:-1]},{self._text(request, scene, options)[1:]}")

        return await self._answered(request, single)

    async def _filter_list(self, request: Request) -> Response:
        try:
            wanted = [entry["Name"] for entry in json.loads(await request.body())["FilterProducts"]]
        except (ValueError, KeyError, TypeError):
            return application_error(request, 400, "Invalid body: FilterProducts with a Name each is due.")

        def listed(options: Options) -> Response:
            found = [self._text(request, scene, options) for scene in self._holdings.named(wanted)]
            return _joined({"@odata.context": f"$metadata#Products{_shape(options)}"}, found, {})

        return await self._answered(request, listed)

    async def _moved(self, request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{self._download}{request.scope['path']}{query}", 301)

    async def _attributes(self, request: Request) -> Response:
        collection = request.path_params.get("collection", COLLECTION)
        if collection != COLLECTION:
            return application_error(request, 404, f"Collection {collection} not found.")
        return _json([{"Name": entry.name, "ValueType": entry.type} for entry in ATTRIBUTES.values()])

    async def _answered(self, request: Request, answer: Callable[[Options], Response]) -> Response:
        try:
            options = read_options(request.query_params)
            return await self._aside(partial(answer, options))
        except Invalid as error:
            return error.response(request)
        except FilterError as error:
            return application_error(request, 400, str(error))
        except TooBroad:
            return gateway_error(504)

    async def _aside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def _page(self, request: Request, options: Options, *, deleted: bool) -> Response:
        question = _question(options, deleted=deleted)
        scenes, more = self._holdings.page(question, options.skip, options.top)
        before: Json = {"@odata.context": f"$metadata#{_entity(deleted)}{_shape(options)}"}
        if options.count:
            before["@odata.count"] = self._holdings.count(question)
        link = next_link(options, f"{_root(request)}/{_entity(deleted)}") if more else None
        after = {"@odata.nextLink": link} if link else {}
        write = self._deleted_text if deleted else self._text
        return _joined(before, [write(request, scene, options) for scene in scenes], after)

    def _text(self, request: Request, scene: Scene, options: Options) -> str:
        def write() -> str:
            world = self._holdings.world
            return record(world, scene, _root(request), fields=options.select, expand=options.expand)

        # Most questions are about products of the last ones, and writing one takes longer than finding it.
        key = (scene.id, scene.online, scene.has_checksum, options.select, options.expand, _root(request))
        return self._texts.get(key, write)

    def _deleted_text(self, _: Request, scene: Scene, options: Options) -> str:
        moment = self._holdings.deletion(scene)
        return deleted_record(scene, moment, fields=options.select, expand=options.expand)


def _question(options: Options, *, deleted: bool) -> Question:
    return Question(parse_filter(options.filter), options.order, options.descending, deleted)


def _entity(deleted: bool) -> str:
    return "DeletedProducts" if deleted else "Products"


def _shape(options: Options) -> str:
    names = [name for name in FIELD_NAMES if options.select and name in options.select]
    names += [f"{name}()" for name in options.expand]
    return f"({','.join(names)})" if names else ""


def _root(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{ROOT}"


def _dumps(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _json(content: Any) -> Response:
    return _written(_dumps(content))


def _joined(before: Json, values: list[str], after: Json) -> Response:
    """An answer whose `value` is written already."""
    end = f",{_dumps(after)[1:]}" if after else "}"
    return _written(f'{_dumps(before)[:-1]},"value":[{",".join(values)}]{end}')


def _written(text: str) -> Response:
    return Response(text, media_type="application/json")
