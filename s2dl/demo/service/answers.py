"""The shapes of the service's error answers, one function each."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

__all__ = ["PAGE", "application_error", "gateway_error", "request_id", "validation_error", "zip_error"]

PAGE = "<html>\n<head><title>{0}</title></head>\n<body>\n<center><h1>{0}</h1></center>\n</body>\n</html>\n"
PHRASES = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out"}


def request_id(request: Request) -> str:
    """The identifier of this request, made when first asked for; support asks for it."""
    if "s2dl.request_id" not in request.scope:
        request.scope["s2dl.request_id"] = str(uuid.uuid4())
    return str(request.scope["s2dl.request_id"])


def application_error(request: Request, status: int, message: str) -> Response:
    """The catalogue's 400 and 404."""
    return JSONResponse({"detail": {"message": message, "request_id": request_id(request)}}, status)


def validation_error(kind: str, location: str, message: str, given: str, **context: Any) -> Response:
    """The catalogue's 422."""
    problem: dict[str, Any] = {"type": kind, "loc": ["query", location], "msg": message, "input": given}
    return JSONResponse({"detail": [problem | ({"ctx": context} if context else {})]}, 422)


def zip_error(status: int, code: int, message: str | None, headers: dict[str, str] | None = None) -> Response:
    """The download service's errors; `code` is the number after ``DAT-ZIP-``."""
    body = {"trace-id": uuid.uuid4().hex, "code": f"DAT-ZIP-{code:03}", "message": message}
    return JSONResponse(body, status, headers)


def gateway_error(status: int, headers: dict[str, str] | None = None) -> Response:
    """The HTML page of the load balancer in front."""
    return HTMLResponse(PAGE.format(f"{status} {PHRASES.get(status, 'Error')}"), status, headers)
