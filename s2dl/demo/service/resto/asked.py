"""A resto search as it was asked: its parameters, checked, and made a `Question`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import shapely

from s2dl.demo.service import reading
from s2dl.demo.service.bounds import Bounds
from s2dl.demo.service.expression import All, AttributeIs, Expression, FieldIs, NameHas, Touches
from s2dl.demo.service.holdings import Question

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

    from s2dl.demo.world import Scene

__all__ = ["MAX_RECORDS", "Asked", "Refused", "read"]

MAX_RECORDS = 2000
DEFAULT_RECORDS = 20

ORDERS = {
    "startDate": "ContentDate/Start",
    "completionDate": "ContentDate/End",
    "published": "PublicationDate",
    "updated": "ModificationDate",
    "cloudCover": "cloudCover",
}
SORTING = {"asc": False, "ascending": False, "desc": True, "descending": True}
TEXTS = {
    "productType": "productType",
    "processingLevel": "processingLevel",
    "tileId": "tileId",
    "orbitDirection": "orbitDirection",
    "sensorMode": "operationalMode",
    "instrument": "instrumentShortName",
}
MOMENTS = {
    "startDate": ("ContentDate/Start", "ge"),
    "completionDate": ("ContentDate/End", "le"),
    "publishedAfter": ("PublicationDate", "ge"),
    "publishedBefore": ("PublicationDate", "le"),
}
NUMBERS = {"cloudCover": "cloudCover", "orbitNumber": "orbitNumber", "relativeOrbitNumber": "relativeOrbitNumber"}
PAGING = ("maxRecords", "page", "index", "sortParam", "sortOrder", "exactCount")
_METRES_A_DEGREE = 111_320.0
_FULL_NAME = re.compile(r"S2[ABC]_MSIL(?:1C|2A)_\d{8}T\d{6}_N\d{4}_R\d{3}_T\w{5}_\d{8}T\d{6}\.SAFE")


class Refused(ValueError):
    """A parameter that the service refuses; the message is for its answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One search.

    Parameters
    ----------
    question : Question
        What of the products is wanted, and in which order.
    start : int
        Position of the first product of the page, from 1.
    records : int
        Products of a page.
    page : int
        Its number, from 1.
    count : bool
        Whether the number of all products that match is wanted.
    filters : tuple of (str, str)
        The parameters that are conditions, as they came.
    """

    question: Question
    start: int
    records: int
    page: int
    count: bool
    filters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _PathLike:
    """The product's path in the object store; ``%`` stands for any text."""

    pattern: str

    def holds(self, scene: Scene) -> bool:
        """Whether the path is like the pattern."""
        return re.fullmatch(".*".join(map(re.escape, self.pattern.split("%"))), scene.s3_path) is not None

    def bounds(self) -> Bounds:
        """The one product whose name the pattern has, or what else it says of names."""
        if name := _FULL_NAME.search(self.pattern):
            return Bounds(keys=frozenset({("name", name[0])}))
        return NameHas("contains", self.pattern).bounds()


def read(query: QueryParams) -> Asked:
    """Read the parameters of a search.

    Raises
    ------
    Refused
        One of them is unknown, or not as it should be.
    """
    given = dict(query)
    filters = tuple((name, value) for name, value in given.items() if name not in PAGING and value)
    records = _whole("maxRecords", given.get("maxRecords", str(DEFAULT_RECORDS)), 1, MAX_RECORDS)
    page = _whole("page", given.get("page", "1"), 1)
    order, direction = given.get("sortParam", "startDate"), given.get("sortOrder", "descending")
    if order not in ORDERS or direction not in SORTING:
        raise Refused(f"Cannot sort by {order} {direction}.")
    return Asked(
        question=Question(_condition(dict(filters)), ORDERS[order], SORTING[direction]),
        start=_whole("index", given.get("index", "1"), 1) + (page - 1) * records,
        records=records,
        page=page,
        count=given.get("exactCount", "0").lower() in {"1", "true"},
        filters=filters,
    )


def _condition(filters: dict[str, str]) -> Expression:
    parts: list[Expression] = []
    if {"lon", "lat", "radius"} <= filters.keys():
        parts.append(_circle(*(_float(name, filters.pop(name)) for name in ("lon", "lat", "radius"))))
    for name, value in filters.items():
        parts += _conditions(name, value)
    return All(tuple(parts))


def _conditions(name: str, value: str) -> list[Expression]:
    if name in MOMENTS:
        field, relation = MOMENTS[name]
        return [FieldIs(field, relation, _moment(name, value))]
    if name in TEXTS:
        return [AttributeIs(TEXTS[name], "eq", value.upper() if name == "orbitDirection" else value)]
    if name in NUMBERS:
        return _interval(name, value)
    match name:
        case "platform":
            return [AttributeIs("platformSerialIdentifier", "eq", value.removeprefix("S2"))]
        case "status":
            return _status(value)
        case "box":
            return [_box(value)]
        case "geometry":
            return [_geometry(value)]
        case "productIdentifier":
            return [_PathLike(value)]
        case "identifier":
            return [FieldIs("Id", "eq", value.lower())]
    raise Refused(f"Unknown parameter: {name}")


def _interval(name: str, text: str) -> list[Expression]:
    """Numbers: ``5``, or from-to with brackets that say whether the ends belong: ``[0,20]``, ``]0,20[``, ``20]``."""
    said = re.fullmatch(r"([\[\]]?)(\d+)(?:,(\d+))?([\[\]]?)", text)
    if said is None:
        raise Refused(f"Invalid {name}: {text}")
    begin, low, high, end = said.groups()
    attribute = NUMBERS[name]
    if not begin and not end and high is None:
        return [AttributeIs(attribute, "eq", int(low))]
    if not begin:
        low, high = (low, high) if high is not None else (None, low)
    result: list[Expression] = []
    if low is not None:
        result.append(AttributeIs(attribute, "gt" if begin == "]" else "ge", int(low)))
    if high is not None:
        result.append(AttributeIs(attribute, "lt" if end == "[" else "le", int(high)))
    return result


def _status(value: str) -> list[Expression]:
    if value.upper() == "ALL":
        return []
    if value.upper() not in {"ONLINE", "OFFLINE"}:
        raise Refused(f"Invalid status: {value}")
    return [FieldIs("Online", "eq", value.upper() == "ONLINE")]


def _box(text: str) -> Touches:
    numbers = [_float("box", number) for number in text.split(",")]
    if len(numbers) != 4:
        raise Refused(f"Invalid box: {text}")
    try:
        return Touches(reading.box(*numbers))
    except ValueError as error:
        raise Refused(f"Invalid box: {error}") from error


def _geometry(text: str) -> Touches:
    try:
        geometry = shapely.from_wkt(text.removeprefix("SRID=4326;"))
    except shapely.errors.ShapelyError as error:
        raise Refused(f"Invalid geometry: {error}") from error
    if shapely.is_empty(geometry) or not shapely.is_valid(geometry):
        raise Refused("Invalid geometry: it is empty, or its rings cross.")
    return Touches(geometry)


def _circle(lon: float, lat: float, radius: float) -> Touches:
    return Touches(shapely.Point(lon, lat).buffer(max(radius, 1.0) / _METRES_A_DEGREE))


def _moment(name: str, text: str) -> datetime:
    try:
        return reading.moment(text)
    except ValueError as error:
        raise Refused(f"Invalid {name}: {text}") from error


def _float(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise Refused(f"Invalid {name}: {text}") from error


def _whole(name: str, text: str, least: int, most: int = 10**9) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise Refused(f"Invalid {name}: {text}")
    return int(text)
