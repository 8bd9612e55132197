"""What a STAC search asks of the properties of items, as an `Expression`: CQL2 and the query extension."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import shapely

from s2dl.demo.service import reading
from s2dl.demo.service.attributes import ATTRIBUTES
from s2dl.demo.service.bounds import EVERYTHING, Bounds
from s2dl.demo.service.expression import OPERATORS, All, AnyOf, AttributeIs, Expression, FieldIs, Not, Touches
from s2dl.demo.service.stac.errors import Refused

if TYPE_CHECKING:
    from s2dl.demo.world import Scene

__all__ = ["COLLECTIONS", "PROPERTIES", "from_cql2", "from_query", "moment", "shape"]

COLLECTIONS = {"sentinel-2-l1c": "S2MSI1C", "sentinel-2-l2a": "S2MSI2A"}
"""Product type by collection."""

_RELATIONS = {"=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_QUERY = {"eq": "eq", "neq": "ne", "lt": "lt", "lte": "le", "gt": "gt", "gte": "ge"}
_DEPTH = 50


@dataclass(frozen=True, slots=True)
class _Property:
    """A property that can be asked for: the field or attribute behind it, and how its values are spelt there."""

    source: str
    spelt: Callable[[Any], Any]

    def compared(self, relation: str, value: object) -> Expression:
        given = self.spelt(value)
        if self.source in ATTRIBUTES:
            return AttributeIs(self.source, relation, given)
        return FieldIs(self.source, relation, given)


@dataclass(frozen=True, slots=True)
class _HasNo:
    """The product lacks an attribute."""

    name: str

    def holds(self, scene: Scene) -> bool:
        """Whether it does."""
        return ATTRIBUTES[self.name].value(scene) is None

    def bounds(self) -> Bounds:
        """No bounds."""
        return EVERYTHING


@dataclass(frozen=True, slots=True)
class _Constant:
    """A property that is the same for all products, compared."""

    value: str
    relation: str
    given: object

    def holds(self, _: Scene) -> bool:
        """Whether the comparison comes out true."""
        return bool(OPERATORS[self.relation](self.value, self.given))

    def bounds(self) -> Bounds:
        """No bounds."""
        return EVERYTHING


def moment(value: object) -> datetime:
    """Read a time as RFC 3339 has it; a day is its first instant.

    Raises
    ------
    Refused
        There is no such moment.
    """
    text = value.get("timestamp", value.get("date")) if isinstance(value, Mapping) else value
    try:
        return reading.moment(str(text))
    except ValueError as error:
        raise Refused(f"Invalid datetime: {text}") from error


def shape(value: object) -> Touches:
    """Read a GeoJSON geometry.

    Raises
    ------
    Refused
        It is none.
    """
    if not isinstance(value, Mapping) or "type" not in value:
        raise Refused("A GeoJSON geometry is due.")
    try:
        geometry = shapely.from_geojson(json.dumps(value))
    except (shapely.errors.ShapelyError, ValueError) as error:
        raise Refused(f"Invalid geometry: {error}") from error
    if shapely.is_empty(geometry) or not shapely.is_valid(geometry):
        raise Refused("Invalid geometry: it is empty, or its rings cross.")
    return Touches(geometry)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"A number is due, not {value!r}.")
    return value


def _tile(value: object) -> str:
    """A tile by its code, in which zones below 10 may have one digit."""
    code = re.fullmatch(r"MGRS-(\d{1,2})([A-Z]{3})", str(value))
    return f"{int(code[1]):02}{code[2]}" if code else ""


PROPERTIES: dict[str, _Property] = {
    "id": _Property("Name", lambda value: f"{value}.SAFE"),
    "collection": _Property("productType", lambda value: COLLECTIONS.get(str(value), "")),
    "datetime": _Property("ContentDate/Start", moment),
    "start_datetime": _Property("ContentDate/Start", moment),
    "end_datetime": _Property("ContentDate/End", moment),
    "created": _Property("OriginDate", moment),
    "published": _Property("PublicationDate", moment),
    "updated": _Property("ModificationDate", moment),
    "platform": _Property("platformSerialIdentifier", lambda value: str(value).removeprefix("sentinel-2").upper()),
    "grid:code": _Property("tileId", _tile),
    "eo:cloud_cover": _Property("cloudCover", _number),
    "product:type": _Property("productType", str),
    "processing:level": _Property("productType", lambda value: {"L1": "S2MSI1C", "L2": "S2MSI2A"}.get(str(value), "")),
    "processing:version": _Property("processorVersion", str),
    "processing:datetime": _Property("processingDate", moment),
    "sat:relative_orbit": _Property("relativeOrbitNumber", _number),
    "sat:absolute_orbit": _Property("orbitNumber", _number),
}
"""What can be asked for and sorted by."""

_CONSTANT = {"sat:orbit_state": "descending", "constellation": "sentinel-2"}


def from_query(query: object) -> Expression:
    """Read the query extension's object: relations and values by property.

    Raises
    ------
    Refused
        It names what there is not.
    """
    if not isinstance(query, Mapping) or not all(isinstance(value, Mapping) for value in query.values()):
        raise Refused("query is an object of objects: {property: {operator: value}}.")
    return All(tuple(_queried(name, *each) for name, relations in query.items() for each in relations.items()))


def _queried(name: str, relation: str, value: object) -> Expression:
    if relation == "in" and isinstance(value, list):
        return AnyOf(tuple(_compared(name, "eq", each) for each in value))
    if relation not in _QUERY:
        raise Refused(f"Unknown operator in query: {relation}")
    return _compared(name, _QUERY[relation], value)


def from_cql2(node: object, depth: int = 0) -> Expression:
    """Read CQL2 in JSON, its basic class with ``in``, ``between``, ``isNull``, ``s_intersects`` and ``t_`` operators.

    Raises
    ------
    Refused
        It is not of that language, or names what there is not.
    """
    if not isinstance(node, Mapping) or not isinstance(node.get("args"), Sequence) or depth > _DEPTH:
        raise Refused("A filter is an object with op and args.")
    operator, arguments = str(node.get("op")).lower(), list(node["args"])
    if operator in {"and", "or"}:
        parts = tuple(from_cql2(argument, depth + 1) for argument in arguments)
        return All(parts) if operator == "and" else AnyOf(parts)
    if operator == "not" and len(arguments) == 1:
        return Not(from_cql2(arguments[0], depth + 1))
    return _predicate(operator, arguments)


def _predicate(operator: str, arguments: list[Any]) -> Expression:
    match operator, arguments:
        case "isnull", [one]:
            return _missing(_name(one))
        case "in", [one, [*values]]:
            return AnyOf(tuple(_compared(_name(one), "eq", value) for value in values))
        case "between", [one, low, high]:
            return All((_compared(_name(one), "ge", low), _compared(_name(one), "le", high)))
        case "s_intersects", [{"property": "geometry"}, area] | [area, {"property": "geometry"}]:
            return shape(area)
        case "t_after", [one, value]:
            return _compared(_name(one), "gt", value)
        case "t_before", [one, value]:
            return _compared(_name(one), "lt", value)
        case _, [{"property": _}, value] if operator in _RELATIONS:
            return _compared(_name(arguments[0]), _RELATIONS[operator], value)
    raise Refused(f"Unknown or ill-formed operation in filter: {operator}")


def _name(argument: object) -> str:
    if isinstance(argument, Mapping) and isinstance(argument.get("property"), str):
        return str(argument["property"])
    raise Refused("A property is due.")


def _compared(name: str, relation: str, value: object) -> Expression:
    name = name.removeprefix("properties.")
    if name in _CONSTANT:
        return _Constant(_CONSTANT[name], relation, value if isinstance(value, str) else str(value))
    if name not in PROPERTIES:
        raise Refused(f"Unknown property: {name}")
    return PROPERTIES[name].compared(relation, value)


def _missing(name: str) -> Expression:
    name = name.removeprefix("properties.")
    if name not in PROPERTIES and name not in _CONSTANT:
        raise Refused(f"Unknown property: {name}")
    if name == "eo:cloud_cover":
        return _HasNo("cloudCover")
    return AnyOf(())
