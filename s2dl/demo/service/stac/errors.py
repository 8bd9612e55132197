"""The refusals of the STAC catalogue."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

__all__ = ["Refused", "not_found"]


class Refused(ValueError):
    """A question that the catalogue refuses; the message is for its answer.

    The service answers in the shape of stac-fastapi; its exact texts are not recorded, so these are an assumption.
    """

    def response(self) -> Response:
        """The answer."""
        return JSONResponse({"code": "InvalidQueryParameter", "description": str(self)}, 400)


def not_found(message: str) -> Response:
    """The answer about something that does not exist."""
    return JSONResponse({"code": "NotFoundError", "description": message}, 404)
