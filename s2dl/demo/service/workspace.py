"""The workspace: where a user's own tools order products that are offline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from s2dl.demo.service.answers import application_error
from s2dl.demo.service.identity import BadToken, ExpiredToken, ForeignAudience, Identity
from s2dl.demo.service.records import note_user

if TYPE_CHECKING:
    from starlette.requests import Request

    from s2dl.demo.service.holdings import Holdings
    from s2dl.demo.service.records import Records

__all__ = ["Workspace"]

MOST = 50
"""Products that one call may order."""
FIELDS = {
    "name", "productId", "cloudCover", "platformShortName", "platformSerialIdentifier", "startDate", "online", "size",
    "productType",
}  # fmt: skip
"""What each must say; ``thumbnailDownloadLink`` may follow."""


class Workspace:
    """What the workspace answers; an order is one way of asking for an offline product.

    Parameters
    ----------
    holdings : Holdings
        The products.
    identity : Identity
        Who may order.
    records : Records
        Where orders are written down.
    """

    def __init__(self, holdings: Holdings, identity: Identity, records: Records) -> None:
        self._holdings = holdings
        self._identity = identity
        self._records = records

    @property
    def routes(self) -> list[Route]:
        """The routes of the workspace."""
        return [Route("/odata/v1/Workspace/OData.CSC.Create", self._create, methods=["POST"])]

    async def _create(self, request: Request) -> Response:
        """Take a list of products; the answer's shape when all is well is recorded nowhere and is an assumption."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            note_user(request.scope, self._identity.verify(token))
        except (BadToken, ExpiredToken, ForeignAudience):
            return application_error(request, 401, "Token not found or expired.")
        try:
            items = json.loads(await request.body())
            names = [str(item["name"]) for item in items if item.keys() >= FIELDS]
        except (ValueError, KeyError, TypeError, AttributeError):
            return application_error(request, 400, "Invalid body: a list of products is due.")
        if not names or len(names) != len(items) or len(names) > MOST:
            return application_error(request, 400, f"Give 1 to {MOST} products with all their fields.")
        self._holdings.order(names)
        self._records.ordered(names)
        return JSONResponse({"value": [{"name": name, "status": "queued"} for name in names]}, 201)
