"""A question that is POSTed as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s2dl.access.http import _json_object, _retried
from s2dl.errors import BadAnswer

if TYPE_CHECKING:
    from s2dl.access.http import Http

__all__ = ["post_json"]


async def post_json(http: Http, what: str, url: str, body: dict[str, Any]) -> dict[str, Any]:
    """POST a question and give the answer; a question changes nothing, so passing errors are retried.

    Raises
    ------
    BadAnswer
        The service sent the question elsewhere, on which way its body is lost.
    ServiceError
        The service's own error, or after all retries the last one.
    """

    async def once() -> dict[str, Any]:
        response = await http._send(what, "POST", url, json=body)  # noqa: SLF001 - Http has no POST of JSON
        if not response.request.content:
            raise BadAnswer(f"{what}: {url} has moved to {response.url}; give the new address in the settings.")
        return _json_object(what, response)

    return await _retried(what, once)
