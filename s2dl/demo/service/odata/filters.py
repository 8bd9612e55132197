"""The ``$filter`` language of the catalogue: text to `Expression`.

A recursive descent over the grammar that the Copernicus Data Space documents: ``or``, ``and``, ``not``,
parentheses, comparisons of fields, ``contains``, ``startswith``, ``endswith``, attribute lambdas with any variable,
``OData.CSC.Intersects(area=geography'…')`` and ``Footprint=geography'…'``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NoReturn

import shapely

from s2dl.demo.service import reading
from s2dl.demo.service.attributes import ATTRIBUTES, Value
from s2dl.demo.service.expression import (
    ALWAYS,
    FIELDS,
    OPERATORS,
    All,
    AnyOf,
    AttributeIs,
    Expression,
    FieldIs,
    NameHas,
    Not,
    Touches,
)

__all__ = ["FilterError", "parse_filter", "parse_moment"]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})
    | (?P<date>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?)
    | (?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<word>[A-Za-z_][\w./-]*)
    | (?P<sign>[(),:=])
    )""",
    re.VERBOSE,
)
_MAX_DEPTH = 100
_ATTRIBUTES = re.compile(r"Attributes(?:/OData\.CSC\.(?:String|Integer|Double|DateTimeOffset|Boolean)Attribute)?/any")
_VALUE = re.compile(r"(?:/OData\.CSC\.(?:String|Integer|Double|DateTimeOffset|Boolean)Attribute)?/Value")


class FilterError(ValueError):
    """A ``$filter`` that the catalogue refuses; the message is for its answer."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


@lru_cache(maxsize=64)
def parse_filter(text: str) -> Expression:
    """Read a ``$filter``.

    Parameters
    ----------
    text : str
        The decoded value of the option; empty for no condition.

    Returns
    -------
    Expression

    Raises
    ------
    FilterError
        It is not in the language, or compares what cannot be compared.
    """
    return _Parser(text).whole() if text.strip() else ALWAYS


def parse_moment(text: str) -> datetime:
    """Read a date or time; without an offset it is UTC.

    Raises
    ------
    FilterError
        There is no such moment.
    """
    try:
        return reading.moment(text)
    except ValueError as error:
        raise FilterError(f"Invalid date: {text}") from error


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise FilterError(f"Invalid filter expression: unexpected input at position {position}.")
        kind = match.lastgroup or ""
        tokens.append(_Token(kind, match[kind], match.start(kind)))
        position = match.end()
    tokens.append(_Token("end", "", end))
    return tokens


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._index = 0
        self._depth = 0

    def whole(self) -> Expression:
        result = self._any_of()
        if self._next.kind != "end":
            self._refuse()
        return result

    @property
    def _next(self) -> _Token:
        return self._tokens[self._index]

    def _take(self, *texts: str) -> _Token:
        token = self._next
        if texts and token.text not in texts:
            self._refuse(" or ".join(texts))
        self._index += 1
        return token

    def _taken(self, text: str) -> bool:
        found = self._next.kind in {"word", "sign"} and self._next.text == text
        self._index += found
        return found

    def _refuse(self, due: str = "") -> NoReturn:
        token = self._next
        seen = f"'{token.text}'" if token.text else "end of expression"
        wanted = f", expected {due}" if due else ""
        raise FilterError(f"Invalid filter expression: unexpected {seen} at position {token.position}{wanted}.")

    def _any_of(self) -> Expression:
        parts = [self._all()]
        while self._taken("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all(self) -> Expression:
        parts = [self._one()]
        while self._taken("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self) -> Expression:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise FilterError("Invalid filter expression: nested too deeply.")
        result = self._negated_or_plain()
        self._depth -= 1
        return result

    def _negated_or_plain(self) -> Expression:
        if self._taken("not"):
            return Not(self._one())
        if self._taken("("):
            result = self._any_of()
            self._take(")")
            return result
        if self._next.kind != "word":
            self._refuse()
        word = self._take().text
        if word in {"contains", "startswith", "endswith"}:
            return self._name_has(word)
        if word == "OData.CSC.Intersects":
            return self._intersects()
        if word == "Footprint":
            self._take("=")
            return Touches(self._geography())
        if _ATTRIBUTES.fullmatch(word):
            return self._attribute()
        if word not in FIELDS:
            raise FilterError(f"Invalid field: {word}")
        relation = self._take(*OPERATORS).text
        return FieldIs(word, relation, _literal(FIELDS[word][0], self._value()))

    def _name_has(self, function: str) -> Expression:
        self._take("(")
        self._take("Name")
        self._take(",")
        text = self._quoted()
        self._take(")")
        return NameHas(function, text)

    def _intersects(self) -> Expression:
        self._take("(")
        self._take("area")
        self._take("=")
        geometry = self._geography()
        self._take(")")
        return Touches(geometry)

    def _geography(self) -> shapely.Geometry:
        self._take("geography")
        text = self._quoted()
        srid, _, wkt = text.partition(";")
        if srid.strip() != "SRID=4326":
            raise FilterError("Invalid geometry: only SRID=4326 is supported.")
        try:
            geometry = shapely.from_wkt(wkt)
        except shapely.errors.GEOSException as error:
            raise FilterError(f"Invalid geometry: {error}") from error
        if geometry is None or geometry.is_empty or not geometry.is_valid:
            raise FilterError(f"Invalid geometry: {shapely.is_valid_reason(geometry)}")
        shapely.prepare(geometry)
        return geometry

    def _attribute(self) -> Expression:
        self._take("(")
        variable = self._take().text
        self._take(":")
        first = self._condition(variable)
        self._take("and")
        second = self._condition(variable)
        self._take(")")
        (name_path, name_is, name), (value_path, relation, value) = sorted(
            (first, second), key=lambda condition: condition[0] != f"{variable}/Name"
        )
        if name_path != f"{variable}/Name" or name_is != "eq" or not _VALUE.fullmatch(value_path, len(variable)):
            raise FilterError("Invalid attribute expression: give a Name with eq and one Value.")
        return _attribute_is(_unquoted(name), relation, value)

    def _condition(self, variable: str) -> tuple[str, str, _Token]:
        path = self._take().text
        if not path.startswith(f"{variable}/"):
            raise FilterError(f"Invalid attribute expression: '{path}' is not of '{variable}'.")
        relation = self._take(*OPERATORS).text
        return path, relation, self._value()

    def _quoted(self) -> str:
        if self._next.kind != "text":
            self._refuse("a quoted text")
        return _unquoted(self._take())

    def _value(self) -> _Token:
        if self._next.kind not in {"text", "id", "date", "number", "word"}:
            self._refuse("a value")
        return self._take()


def _unquoted(token: _Token) -> str:
    return token.text[1:-1].replace("''", "'") if token.kind == "text" else token.text


def _attribute_is(name: str, relation: str, token: _Token) -> Expression:
    attribute = ATTRIBUTES.get(name)
    kinds = {"String": "text", "Integer": "number", "Double": "number", "DateTimeOffset": "date"}
    kind = kinds[attribute.type] if attribute else "text"
    if kind == "text" and attribute and relation not in {"eq", "ne"}:
        raise FilterError(f"Invalid operator '{relation}' for the String attribute {name}.")
    value = _unquoted(token) if kind == "text" else _literal(kind, token)
    return AttributeIs(name, relation, value)


def _literal(kind: str, token: _Token) -> Value:
    text = _unquoted(token)
    match kind:
        case "text" if token.kind == "text":
            return text
        case "id" if token.kind in {"id", "text"}:
            return text.lower()
        case "date" if token.kind in {"date", "text"}:
            return parse_moment(text)
        case "number" if re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text):
            return float(text)
        case "flag" if text in {"true", "false"}:
            return text == "true"
    raise FilterError(f"Invalid value: {token.text}")
