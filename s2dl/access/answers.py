"""What the service's error answers mean: many shapes, one error."""

from __future__ import annotations

import email.utils
import json
import re
import time
from datetime import UTC
from typing import TYPE_CHECKING, Any

from s2dl.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["error_of", "is_passing", "retry_after"]

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_TEXT = 300


def is_passing(status: int) -> bool:
    """Say whether the same request may succeed a little later."""
    return status in _PASSING


def error_of(what: str, status: int, headers: Mapping[str, str], body: bytes) -> ServiceError:
    """Make one clear error of an error answer.

    The service has no single shape: validation lists, messages with a request id, codes of the download service,
    its firewall's, and bare HTML of the load balancer all occur (Copernicus Data Space, OData and download APIs).

    Parameters
    ----------
    what : str
        What was asked for, as the subject of a sentence: "The search", "S2A_….SAFE".
    status : int
        HTTP status.
    headers : mapping
        Of the answer; keys in lower case.
    body : bytes
        Of the answer; as much as was read.
    """
    code, message, request_id = _parse(body)
    request_id = request_id or headers.get("request-id") or headers.get("x-request-id")
    said = f"HTTP {status}" + (f" {code}" if code else "") + (f": {message}" if message else "")
    support = f" (request {request_id})" if request_id else ""
    return ServiceError(
        f"{what}: the service answered {said}{support}. {_advice(status, code)}",
        status=status,
        code=code,
        request_id=request_id,
        retry_after=retry_after(headers),
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a Retry-After header asks for.

    Seconds and dates as in RFC 9110, section 10.2.3; a plain number above 1 000 is taken as milliseconds, as the
    Sentinel Hub services of the same platform send it.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]+)?", value):
        number = float(value)
        return number / 1000 if number > 1000 else number
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:  # "-0000", which is UTC too
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - time.time())


def _parse(body: bytes) -> tuple[str | None, str, str | None]:
    """Code, message and request id of an error body."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None, _text(body), None
    if not isinstance(content, dict):
        return None, _short(str(content)), None
    detail = content.get("detail")
    if isinstance(detail, list):
        return None, _short("; ".join(_validation(each) for each in detail)), None
    if isinstance(detail, dict):
        message = detail.get("message") or detail.get("ErrorMessage") or ""
        return (
            _name(detail.get("ErrorCode")),
            _short(message),
            _name(detail.get("request_id") or detail.get("RequestID")),
        )
    if detail is not None:
        return None, _short(str(detail)), None
    data = content.get("data")
    inner = data.get("message") if isinstance(data, dict) else None
    message = content.get("message") or content.get("error_description") or inner or ""
    return _name(content.get("code") or content.get("error")), _short(message), _name(content.get("trace-id"))


def _validation(problem: Any) -> str:
    if not isinstance(problem, dict):
        return str(problem)
    place = problem.get("loc")
    where = ".".join(str(part) for part in place) if isinstance(place, list) else str(place or "")
    return f"{where}: {problem.get('msg', '')}"


def _text(body: bytes) -> str:
    text = body[:4096].decode("utf-8", "replace").strip()
    if "<" not in text:
        return _short(text)
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    return f"a page titled {_short(title[1])!r}" if title else "a page of HTML"


def _short(text: object) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in str(text)[: 4 * _LONGEST_TEXT])
    return " ".join(shown.split())[:_LONGEST_TEXT]


def _name(value: object) -> str | None:
    return None if value in (None, "") else _short(value)


def _advice(status: int, code: str | None) -> str:
    if code == "DAT-ZIP-100":
        return "The account's connections are all in use; end other downloads, or wait."
    if code == "DAT-ZIP-608":
        return "This account is not entitled to the product."
    if code == "DAT-ZIP-915":
        return "The catalogue lists it without data; try later, or take another baseline of it."
    if status == 401:
        return "Log in again with s2dl.login()."
    if status == 403:
        return "The service does not allow this to you; check the account, or ask the service's support."
    if status == 404:
        return "It may have been replaced by a newer baseline; search again."
    if is_passing(status):
        return "This usually passes; try again later."
    return "If the question looks right, report it with this text."
