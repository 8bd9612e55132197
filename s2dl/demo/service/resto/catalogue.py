"""The routes of the resto catalogue: as it was, and as it is since 2 March 2026."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from concurrent.futures import Executor
from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from s2dl.demo.service.answers import gateway_error
from s2dl.demo.service.expression import COLLECTION
from s2dl.demo.service.holdings import Holdings, TooBroad
from s2dl.demo.service.resto.asked import Asked, Refused, read
from s2dl.demo.service.resto.description import description
from s2dl.demo.service.resto.features import feature

__all__ = ["RestoCatalogue", "switched_off"]

COLLECTIONS = "/resto/api/collections"
GONE = "The OpenSearch (resto) API was switched off on 2 March 2026; use the OData or the STAC API."

Json = dict[str, Any]


def switched_off() -> list[Route]:
    """The routes of a service that is no more.

    What the real one answers now is not recorded beyond its status, so the text is an assumption.
    """

    async def gone(_: Request) -> Response:
        return _error(404, GONE)

    return [Route("/resto/{rest:path}", gone)]


class RestoCatalogue:
    """What the resto catalogue answered.

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

    @property
    def routes(self) -> list[Route]:
        """The routes below the catalogue origin."""
        return [
            Route(f"{COLLECTIONS}/search.json", self._search),
            Route(f"{COLLECTIONS}/{{collection}}/search.json", self._search),
            Route(f"{COLLECTIONS}/{{collection}}/describe.xml", self._describe),
            Route("/resto/collections/{collection}/{id}.json", self._single),
            Route("/download/{id}", self._moved),
            Route("/get-object", self._picture),
        ]

    async def _search(self, request: Request) -> Response:
        await asyncio.sleep(self._page_delay)
        if not _is_ours(request):
            return _error(404, "Not Found")
        try:
            asked = read(request.query_params)
            return await asyncio.get_running_loop().run_in_executor(self._executor, partial(self._page, request, asked))
        except Refused as error:
            return _error(400, str(error))
        except TooBroad:
            return gateway_error(504)

    def _page(self, request: Request, asked: Asked) -> Response:
        began = time.perf_counter()
        total = self._holdings.count(asked.question) if asked.count else None
        scenes, more = self._holdings.page(asked.question, asked.start - 1, asked.records)
        world, root = self._holdings.world, _origin(request)
        filters = dict(asked.filters) | {"collection": COLLECTION}
        properties = {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, str(asked.filters))),
            "totalResults": total,
            "exactCount": int(asked.count),
            "startIndex": asked.start,
            "itemsPerPage": asked.records,
            "query": {
                "originalFilters": filters,
                "appliedFilters": filters,
                "processingTime": time.perf_counter() - began,
            },
            "links": _links(request, asked, total, more=more),
        }
        features = [feature(world, scene, root) for scene in scenes]
        return _json({"type": "FeatureCollection", "properties": properties, "features": features})

    async def _describe(self, request: Request) -> Response:
        if not _is_ours(request):
            return _error(404, "Not Found")
        address = f"{_origin(request)}{COLLECTIONS}/Sentinel2/search.json"
        return Response(description(address), media_type="application/opensearchdescription+xml")

    async def _single(self, request: Request) -> Response:
        def one() -> Response:
            scene = self._holdings.product(request.path_params["id"].lower())
            if scene is None:
                return _error(404, "Not Found")
            return _json(feature(self._holdings.world, scene, _origin(request)))

        return await asyncio.get_running_loop().run_in_executor(self._executor, one)

    async def _moved(self, request: Request) -> Response:
        return RedirectResponse(f"{self._download}/odata/v1/Products({request.path_params['id']})/$value", 301)

    async def _picture(self, request: Request) -> Response:
        name = re.search(r"/(S2\w+\.SAFE)/\w+-ql\.jpg$", request.query_params.get("path", ""))
        found = self._holdings.named([name[1]]) if name else []
        if not found:
            return _error(404, "Not Found")
        image = await asyncio.to_thread(self._holdings.world.quicklook, found[0])
        return Response(image, media_type="image/jpeg")


def _links(request: Request, asked: Asked, total: int | None, *, more: bool) -> list[Json]:
    given = dict(request.query_params)
    address = str(request.url.replace(query=""))

    def to(rel: str, page: int) -> Json:
        href = f"{address}?{urlencode(given | {'page': str(page)})}"
        return {"rel": rel, "type": "application/json", "title": rel, "href": href}

    describe = f"{_origin(request)}{COLLECTIONS}/Sentinel2/describe.xml"
    links: list[Json] = [
        {"rel": "self", "type": "application/json", "title": "self", "href": str(request.url)},
        {
            "rel": "search",
            "type": "application/opensearchdescription+xml",
            "title": "OpenSearch Description Document",
            "href": describe,
        },
    ]
    if asked.page > 1:
        links += [to("previous", asked.page - 1), to("first", 1)]
    if more:
        links.append(to("next", asked.page + 1))
        if total is not None:
            links.append(to("last", -(-total // asked.records)))
    return links


def _is_ours(request: Request) -> bool:
    name: str = request.path_params.get("collection", "Sentinel2")
    return name.replace("-", "").lower() == "sentinel2"


def _origin(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _error(status: int, message: str) -> Response:
    return JSONResponse({"ErrorMessage": message, "ErrorCode": status}, status)


def _json(content: Json) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, separators=(",", ":")), media_type="application/json")
