"""CQL2 as text, read into its JSON form."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

import shapely

from s2dl.demo.service.stac.errors import Refused

__all__ = ["read"]

Json = dict[str, Any]

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)"""
    r"""|(?P<operator><>|<=|>=|[=<>(),])|(?P<name>"[^"]+"|[A-Za-z_][\w:.]*))"""
)
_SHAPES = {"POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON"}
_DEPTH = 50


def read(text: str) -> Json:
    """Read a condition.

    Raises
    ------
    Refused
        It is not in the language.
    """
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._depth = 0

    def whole(self) -> Json:
        result = self._either()
        if self._text[self._position :].strip():
            self._refuse()
        return result

    def _either(self) -> Json:
        self._depth += 1
        if self._depth > _DEPTH:
            self._refuse()
        parts = [self._both()]
        while self._word("OR"):
            parts.append(self._both())
        self._depth -= 1
        return {"op": "or", "args": parts} if len(parts) > 1 else parts[0]

    def _both(self) -> Json:
        parts = [self._negation()]
        while self._word("AND"):
            parts.append(self._negation())
        return {"op": "and", "args": parts} if len(parts) > 1 else parts[0]

    def _negation(self) -> Json:
        if self._word("NOT"):
            return {"op": "not", "args": [self._negation()]}
        if self._sign("("):
            inner = self._either()
            self._expect(")")
            return inner
        if self._word("S_INTERSECTS"):
            self._expect("(")
            one = self._property()
            self._expect(",")
            area = self._shape()
            self._expect(")")
            return {"op": "s_intersects", "args": [one, area]}
        return self._comparison()

    def _comparison(self) -> Json:
        one = self._property()
        if self._word("IS"):
            return self._negated({"op": "isNull", "args": [one]}, negated=self._word("NOT"), then="NULL")
        negated = self._word("NOT")
        if self._word("BETWEEN"):
            low = self._value()
            if not self._word("AND"):
                self._refuse()
            return self._negated({"op": "between", "args": [one, low, self._value()]}, negated=negated)
        if self._word("IN"):
            self._expect("(")
            values = [self._value()]
            while self._sign(","):
                values.append(self._value())
            self._expect(")")
            return self._negated({"op": "in", "args": [one, values]}, negated=negated)
        kind, operator = self._next()
        if negated or kind != "operator" or operator in {"(", ")", ","}:
            self._refuse()
        return {"op": operator, "args": [one, self._value()]}

    def _negated(self, node: Json, *, negated: bool, then: str = "") -> Json:
        if then and not self._word(then):
            self._refuse()
        return {"op": "not", "args": [node]} if negated else node

    def _property(self) -> Json:
        kind, text = self._next()
        if kind != "name":
            self._refuse()
        return {"property": text.strip('"')}

    def _value(self) -> Any:
        kind, text = self._next()
        match kind, text.upper():
            case "string", _:
                return text[1:-1].replace("''", "'")
            case "number", _:
                return float(text) if re.search(r"[.eE]", text) else int(text)
            case "name", "TIMESTAMP" | "DATE":
                self._expect("(")
                value = self._value()
                self._expect(")")
                return {text.lower(): value}
            case "name", "TRUE" | "FALSE":
                return text.upper() == "TRUE"
        return self._refuse()

    def _shape(self) -> Json:
        """A geometry: its name, and what lies between its parentheses."""
        kind, text = self._next()
        if kind != "name" or text.upper() not in _SHAPES:
            self._refuse()
        begin = self._position
        self._expect("(")
        depth = 1
        while depth:
            kind, sign = self._next()
            depth += {"(": 1, ")": -1}.get(sign, 0) if kind == "operator" else 0
        inside = self._text[begin : self._position]
        try:
            geometry: Json = json.loads(shapely.to_geojson(shapely.from_wkt(f"{text}{inside}")))
        except shapely.errors.ShapelyError as error:
            raise Refused(f"Invalid geometry: {error}") from error
        return geometry

    def _next(self) -> tuple[str, str]:
        match = _TOKEN.match(self._text, self._position)
        if match is None or match.lastgroup is None:
            self._refuse()
        self._position = match.end()
        return match.lastgroup, match[match.lastgroup]

    def _word(self, word: str) -> bool:
        return self._taken("name", word)

    def _sign(self, sign: str) -> bool:
        return self._taken("operator", sign)

    def _taken(self, kind: str, text: str) -> bool:
        match = _TOKEN.match(self._text, self._position)
        if match is None or match.lastgroup != kind or match[kind].upper() != text:
            return False
        self._position = match.end()
        return True

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            self._refuse()

    def _refuse(self) -> NoReturn:
        raise Refused(f"Invalid cql2-text at character {self._position}: {self._text[self._position :][:20]!r}")
