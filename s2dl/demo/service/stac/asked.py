"""A STAC search as it was asked, by GET or by POST: checked, and made a `Question`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from s2dl.demo.service import reading
from s2dl.demo.service.expression import ALWAYS, All, AnyOf, AttributeIs, Expression, FieldIs, Touches
from s2dl.demo.service.holdings import Question
from s2dl.demo.service.stac import cql2_text
from s2dl.demo.service.stac.conditions import COLLECTIONS, PROPERTIES, from_cql2, from_query, moment, shape
from s2dl.demo.service.stac.errors import Refused
from s2dl.demo.service.stac.fields import Fields

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

__all__ = ["MAX_LIMIT", "Asked", "from_body", "from_parameters"]

MAX_LIMIT = 1000
"""Items of a page. The real service's limit is not documented; its clients ask for up to this many."""
DEFAULT_LIMIT = 10

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One search.

    Parameters
    ----------
    question : Question
        What of the products is wanted.
    limit : int
        Items of a page.
    fields : Fields
        What is wanted of each.
    token : str, optional
        Id of the last item of the page before.
    """

    question: Question
    limit: int
    fields: Fields
    token: str | None

    def narrowed(self, condition: Expression) -> Asked:
        """The same search, with a further condition."""
        both = All((condition, self.question.condition))
        return replace(self, question=replace(self.question, condition=both))


def from_parameters(query: QueryParams) -> Asked:
    """Read the parameters of a GET.

    Raises
    ------
    Refused
        One of them is not as it should be.
    """
    body: Json = dict(query)
    for name in ("collections", "ids"):
        if name in body:
            body[name] = [value for value in body[name].split(",") if value]
    if "bbox" in body:
        body["bbox"] = [_float(value) for value in body["bbox"].split(",")]
    for name in ("intersects", "query"):
        if name in body:
            body[name] = _json(name, body[name])
    if "limit" in body:
        body["limit"] = int(body["limit"]) if body["limit"].isdecimal() else body["limit"]
    if "sortby" in body:
        body["sortby"] = [_sorting(entry) for entry in body["sortby"].split(",")]
    if "fields" in body:
        names = [name.strip() for name in body["fields"].split(",")]
        body["fields"] = {
            "include": [name.lstrip("+") for name in names if name and not name.startswith("-")],
            "exclude": [name[1:] for name in names if name.startswith("-")],
        }
    if "filter" in body and body.get("filter-lang", "cql2-text") == "cql2-text":
        body |= {"filter": cql2_text.read(body["filter"]), "filter-lang": "cql2-json"}
    elif "filter" in body:
        body["filter"] = _json("filter", body["filter"])
    return from_body(body)


def from_body(body: object) -> Asked:
    """Read the body of a POST.

    Raises
    ------
    Refused
        Something of it is not as it should be.
    """
    if not isinstance(body, Mapping):
        raise Refused("The body is an object.")
    order, descending = _order(body.get("sortby"))
    return Asked(
        question=Question(_condition(body), order, descending),
        limit=_limit(body.get("limit", DEFAULT_LIMIT)),
        fields=_fields(body.get("fields")),
        token=_token(body.get("token")),
    )


def _condition(body: Mapping[str, Any]) -> Expression:
    parts: list[Expression] = []
    if body.get("bbox") is not None and body.get("intersects") is not None:
        raise Refused("intersects and bbox parameters are mutually exclusive")
    if body.get("collections"):
        types = [COLLECTIONS.get(name, "") for name in _texts("collections", body["collections"])]
        parts.append(AnyOf(tuple(AttributeIs("productType", "eq", kind) for kind in types)))
    if body.get("ids"):
        parts.append(AnyOf(tuple(FieldIs("Name", "eq", f"{id_}.SAFE") for id_ in _texts("ids", body["ids"]))))
    if body.get("bbox") is not None:
        parts.append(_box(body["bbox"]))
    if body.get("intersects") is not None:
        parts.append(shape(body["intersects"]))
    if body.get("datetime"):
        parts += _interval(str(body["datetime"]))
    if body.get("query") is not None:
        parts.append(from_query(body["query"]))
    if body.get("filter") is not None:
        if body.get("filter-lang", "cql2-json") != "cql2-json":
            raise Refused("filter-lang is cql2-json for an object, cql2-text for a text.")
        parts.append(from_cql2(body["filter"]))
    return All(tuple(parts)) if parts else ALWAYS


def _texts(name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise Refused(f"{name} is a list of texts.")
    return value


def _box(value: object) -> Touches:
    if not isinstance(value, list) or len(value) not in {4, 6}:
        raise Refused("bbox has four or six numbers.")
    numbers = [_float(entry) for entry in value]
    west, south, east, north = numbers if len(numbers) == 4 else [numbers[place] for place in (0, 1, 3, 4)]
    try:
        return Touches(reading.box(west, south, east, north))
    except ValueError as error:
        raise Refused(f"Invalid bbox: {error}") from error


def _interval(text: str) -> list[Expression]:
    ends = text.split("/")
    if len(ends) > 2 or all(end in {"", ".."} for end in ends):
        raise Refused(f"Invalid datetime: {text}")
    first, last = (None if end in {"", ".."} else moment(end) for end in (ends[0], ends[-1]))
    if first is not None and last is not None and first > last:
        raise Refused(f"Invalid datetime: {text} ends before it begins")
    bounds = (("ge", first), ("le", last))
    return [FieldIs("ContentDate/Start", relation, end) for relation, end in bounds if end is not None]


def _order(sorting: object) -> tuple[str, bool]:
    """The order: newest first without any, else by the first of the properties; ties are by id."""
    if not sorting:
        return "ContentDate/Start", True
    first = sorting[0] if isinstance(sorting, list) else None
    if not isinstance(first, Mapping) or first.get("direction", "asc") not in {"asc", "desc"}:
        raise Refused("sortby is a list of objects with field and direction.")
    name = str(first.get("field")).removeprefix("properties.")
    if name not in PROPERTIES:
        raise Refused(f"Cannot sort by {name}.")
    return PROPERTIES[name].source, first.get("direction") == "desc"


def _sorting(entry: str) -> Json:
    """One entry of a GET's ``sortby``; a plus arrives as blank unless it is encoded."""
    descending = entry.startswith("-")
    return {"field": entry.lstrip("+- "), "direction": "desc" if descending else "asc"}


def _limit(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_LIMIT:
        raise Refused(f"limit is a whole number from 1 to {MAX_LIMIT}.")
    return value


def _fields(value: object) -> Fields:
    if value is None:
        return Fields()
    if not isinstance(value, Mapping):
        raise Refused("fields is an object with include and exclude.")
    included, excluded = (frozenset(_texts("fields", value.get(key) or [])) for key in ("include", "exclude"))
    return Fields(included, excluded)


def _token(value: object) -> str | None:
    if value is None:
        return None
    said = re.fullmatch(r"next:([\w-]+):(\w+)", str(value))
    if said is None:
        raise Refused(f"Invalid token: {value}")
    return said[2]


def _float(value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever it is, it is refused below
    except (TypeError, ValueError) as error:
        raise Refused(f"A number is due, not {value!r}.") from error
    if number - number != 0:  # neither infinite nor no number at all
        raise Refused(f"A number is due, not {value!r}.")
    return number


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Refused(f"{name} is not JSON.") from error
