"""What a 206 answer says it holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from http.client import HTTPResponse

__all__ = ["continues_at"]

_SPAN = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})")


def continues_at(response: HTTPResponse, offset: int, size: int) -> bool:
    """Say whether a 206 holds all bytes from `offset` to the end, of a file of `size` bytes (0 unknown).

    Content-Range as in RFC 9110, section 14.4; one that does not say the total is not trusted.
    """
    found = _SPAN.fullmatch(response.headers.get("content-range", "").strip())
    if found is None:
        return False
    first, last, total = (int(number) for number in found.groups())
    whole = response.length is None or response.length == last + 1 - first
    return first == offset and last + 1 == total and total == (size or total) and whole
