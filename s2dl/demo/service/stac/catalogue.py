"""The routes of the STAC catalogue."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from s2dl.demo.service.answers import gateway_error
from s2dl.demo.service.expression import AttributeIs
from s2dl.demo.service.holdings import Holdings, TooBroad
from s2dl.demo.service.stac import documents
from s2dl.demo.service.stac.asked import Asked, from_body, from_parameters
from s2dl.demo.service.stac.assets import Addresses
from s2dl.demo.service.stac.conditions import COLLECTIONS
from s2dl.demo.service.stac.errors import Refused, not_found
from s2dl.demo.service.stac.fields import Fields
from s2dl.demo.service.stac.items import collection_of, item, item_id

if TYPE_CHECKING:
    from s2dl.demo.world import Scene

__all__ = ["ROOT", "StacCatalogue"]

ROOT = "/stac/v1"
GEOJSON = "application/geo+json"
SCHEMA = "application/schema+json"

Json = dict[str, Any]
Answer = Callable[[Request], Awaitable[Response]]


class StacCatalogue:
    """What the STAC catalogue answers.

    Parameters
    ----------
    holdings : Holdings
        The products.
    executor : Executor
        One thread, in which the archive is searched and answers are written.
    download, identity : str
        The other origins, for links.
    page_delay : float
        Seconds that each page takes longer.
    """

    def __init__(
        self, holdings: Holdings, executor: Executor, *, download: str, identity: str, page_delay: float
    ) -> None:
        self._holdings = holdings
        self._executor = executor
        self._download = download
        self._identity = identity
        self._page_delay = page_delay

    @property
    def routes(self) -> list[Route]:
        """The routes below the root."""
        collection = f"{ROOT}/collections/{{collection}}"
        return [
            Route(ROOT, self._landing),
            Route(f"{ROOT}/", self._landing),
            Route(f"{ROOT}/conformance", self._conformance),
            Route(f"{ROOT}/queryables", self._queryables),
            Route(f"{ROOT}/search", self._get_search),
            Route(f"{ROOT}/search", self._post_search, methods=["POST"]),
            Route(f"{ROOT}/collections", self._collections),
            Route(collection, self._known(self._collection)),
            Route(f"{collection}/queryables", self._known(self._queryables)),
            Route(f"{collection}/items", self._known(self._items)),
            Route(f"{collection}/items/{{item}}", self._known(self._item)),
        ]

    async def _landing(self, request: Request) -> Response:
        return _answer(documents.landing(self._addresses(request)))

    async def _conformance(self, _: Request) -> Response:
        return _answer(documents.conformance())

    async def _queryables(self, request: Request) -> Response:
        return _answer(documents.queryables(_address(request)), media=SCHEMA)

    async def _collections(self, request: Request) -> Response:
        addresses = self._addresses(request)
        links = [{"rel": "self", "type": "application/json", "href": _address(request)}]
        links += [{"rel": rel, "type": "application/json", "href": addresses.stac} for rel in ("root", "parent")]
        found = [documents.collection(name, addresses) for name in COLLECTIONS]
        return _answer({"collections": found, "links": links, "numberReturned": len(found)})

    async def _collection(self, request: Request) -> Response:
        return _answer(documents.collection(request.path_params["collection"], self._addresses(request)))

    async def _item(self, request: Request) -> Response:
        collection, id_ = request.path_params["collection"], request.path_params["item"]

        def one() -> Response:
            found = [s for s in self._holdings.named([f"{id_}.SAFE"]) if collection_of(s) == collection]
            if not found:
                return not_found(f"Item {id_} in Collection {collection} does not exist.")
            return _answer(self._written(request, found[0], Fields()), media=GEOJSON)

        return await asyncio.get_running_loop().run_in_executor(self._executor, one)

    async def _items(self, request: Request) -> Response:
        return await self._searched(partial(self._get_page, request, within=True))

    async def _get_search(self, request: Request) -> Response:
        return await self._searched(partial(self._get_page, request, within=False))

    async def _post_search(self, request: Request) -> Response:
        body = await request.body()
        return await self._searched(partial(self._post_page, request, body))

    async def _searched(self, page: Callable[[], Response]) -> Response:
        await asyncio.sleep(self._page_delay)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, page)
        except Refused as error:
            return error.response()
        except TooBroad:
            return gateway_error(504)

    def _get_page(self, request: Request, *, within: bool) -> Response:
        asked = from_parameters(request.query_params)
        if within:
            only = AttributeIs("productType", "eq", COLLECTIONS[request.path_params["collection"]])
            asked = asked.narrowed(only)

        def following(token: str) -> Json:
            given = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
            href = f"{_address(request)}?{urlencode([*given, ('token', token)])}"
            return {"rel": "next", "type": GEOJSON, "method": "GET", "href": href}

        return self._page(request, asked, following)

    def _post_page(self, request: Request, body: bytes) -> Response:
        try:
            given = json.loads(body)
        except ValueError as error:
            raise Refused("The body is not JSON.") from error

        def following(token: str) -> Json:
            merged = {**given, "token": token}
            return {"rel": "next", "type": GEOJSON, "method": "POST", "href": _address(request), "body": merged}

        return self._page(request, from_body(given), following)

    def _page(self, request: Request, asked: Asked, following: Callable[[str], Json]) -> Response:
        last = None
        if asked.token is not None:
            last = self._holdings.world.by_name(f"{asked.token}.SAFE")
            if last is None:
                raise Refused(f"Invalid token: {asked.token}")
        scenes, more = self._holdings.following(asked.question, last, asked.limit)
        addresses = self._addresses(request)
        links: list[Json] = [
            {"rel": "root", "type": "application/json", "href": addresses.stac},
            {"rel": "self", "type": GEOJSON, "href": _address(request)},
        ]
        if more and scenes:
            links.append(following(f"next:{collection_of(scenes[-1])}:{item_id(scenes[-1])}"))
        features = [self._written(request, scene, asked.fields) for scene in scenes]
        page = {"type": "FeatureCollection", "links": links, "features": features, "numberReturned": len(features)}
        return _answer(page, media=GEOJSON)

    def _written(self, request: Request, scene: Scene, fields: Fields) -> Json:
        return item(self._holdings.world, scene, self._addresses(request), fields)

    def _addresses(self, request: Request) -> Addresses:
        stac = f"{str(request.base_url).rstrip('/')}{ROOT}"
        return Addresses(stac=stac, download=self._download, identity=self._identity)

    def _known(self, answer: Answer) -> Answer:
        """The answer about a collection, which has to exist."""

        async def checked(request: Request) -> Response:
            name = request.path_params["collection"]
            if name not in COLLECTIONS:
                return not_found(f"Collection {name} does not exist.")
            return await answer(request)

        return checked


def _address(request: Request) -> str:
    return str(request.url.replace(query=""))


def _answer(content: Json, media: str = "application/json") -> Response:
    return Response(json.dumps(content, ensure_ascii=False, separators=(",", ":")), media_type=media)
