"""The query options of the OData service: what is allowed, and the link to the next page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from s2dl.demo.service.answers import application_error, validation_error
from s2dl.demo.service.odata.entities import EXPANSIONS, FIELD_NAMES

__all__ = ["Invalid", "Options", "next_link", "read_options"]

MAX_TOP = 1000
MAX_SKIP = 10_000
ORDERS = ("ContentDate/Start", "ContentDate/End", "PublicationDate", "ModificationDate")


class Invalid(Exception):
    """An option that the service refuses, with the answer that says so."""

    def __init__(self, response: Callable[[Request], Response]) -> None:
        super().__init__()
        self.response = response


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one request, checked.

    Parameters
    ----------
    filter : str
        Not yet parsed; empty for none.
    order : str
        The field to order by.
    descending : bool
        Latest first.
    top, skip : int
        The page.
    count : bool
        Whether the number of all matches is wanted.
    expand : tuple of str
        Of `EXPANSIONS`.
    select : frozenset of str, optional
        None for all fields.
    given : tuple of (str, str)
        The options as they came, for the link to the next page.
    """

    filter: str
    order: str
    descending: bool
    top: int
    skip: int
    count: bool
    expand: tuple[str, ...]
    select: frozenset[str] | None
    given: tuple[tuple[str, str], ...]


def read_options(query: QueryParams) -> Options:
    """Check the options of a request.

    Raises
    ------
    Invalid
        With a 422 for a value out of range, with a 400 for a name that does not exist.
    """
    order, descending = _order(query.get("$orderby", ""))
    selected = _names(query, "$select", FIELD_NAMES)
    return Options(
        filter=query.get("$filter", ""),
        order=order,
        descending=descending,
        top=_integer(query, "$top", 20, MAX_TOP),
        skip=_integer(query, "$skip", 0, MAX_SKIP),
        count=_flag(query, "$count"),
        expand=_names(query, "$expand", EXPANSIONS),
        select=frozenset(selected) if selected else None,
        given=tuple(query.multi_items()),
    )


def next_link(options: Options, url: str) -> str | None:
    """The address of the page after this one; None where the service gives none: past its limit, or ``$top=0``."""
    skip = options.skip + options.top
    if options.top == 0 or skip > MAX_SKIP:
        return None
    given = [(name, str(skip) if name == "$skip" else value) for name, value in options.given]
    if "$skip" not in dict(given):
        given.append(("$skip", str(skip)))
    return f"{url}?{urlencode(given)}"


def _integer(query: QueryParams, name: str, default: int, limit: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        _unprocessable(
            "int_parsing", name, "Input should be a valid integer, unable to parse string as an integer", text
        )
    if value < 0:
        _unprocessable("greater_than_equal", name, "Input should be greater than or equal to 0", text, ge=0)
    if value > limit:
        message = f"Input should be less than or equal to {limit}"
        _unprocessable("less_than_equal", name, message, text, le=limit)
    return value


def _flag(query: QueryParams, name: str) -> bool:
    text = query.get(name, "false")
    if text.lower() not in {"true", "false", "1", "0"}:
        message = "Input should be a valid boolean, unable to interpret input"
        _unprocessable("bool_parsing", name, message, text)
    return text.lower() in {"true", "1"}


def _order(text: str) -> tuple[str, bool]:
    field, _, direction = text.strip().partition(" ")
    if field and (field not in ORDERS or direction.strip() not in {"", "asc", "desc"}):
        _bad(f"Invalid $orderby: {text}")
    return field or ORDERS[0], direction.strip() == "desc"


def _names(query: QueryParams, option: str, known: tuple[str, ...]) -> tuple[str, ...]:
    names = [name.strip() for text in query.getlist(option) for name in text.split(",")]
    for name in names:
        if name not in known:
            _bad(f"Invalid field in {option}: {name}")
    return tuple(dict.fromkeys(names))


def _unprocessable(kind: str, option: str, message: str, given: str, **context: int) -> NoReturn:
    raise Invalid(lambda _: validation_error(kind, option, message, given, **context))


def _bad(message: str) -> NoReturn:
    raise Invalid(lambda request: application_error(request, 400, message))
