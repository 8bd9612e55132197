"""JSON of the service, read into a known shape or refused."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from s2dl.errors import BadAnswer

__all__ = ["read_json"]

T = TypeVar("T")


def read_json(what: str, content: bytes, shape: type[T], *, host: str = "the service", kind: str = "") -> T:
    """Read a JSON body.

    Parameters
    ----------
    what : str
        What was asked for, as the subject of the error's sentence.
    content : bytes
    shape : type
        A `msgspec.Struct`, or ``dict[str, Any]``.
    host, kind : str
        Who sent it, and its media type.

    Raises
    ------
    BadAnswer
        It is no JSON, or JSON of another shape.
    """
    try:
        return msgspec.json.decode(content, type=shape)
    except msgspec.ValidationError as error:
        raise BadAnswer(
            f"{what}: {host} answered something that cannot be read ({error}); try again later, or report it."
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswer(
            f"{what}: {host} answered {kind or 'no type'} where JSON was due; the service may be down for maintenance, "
            "or a proxy or login page stands between. Try again later."
        ) from error
