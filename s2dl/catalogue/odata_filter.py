"""A Query as the text of an OData ``$filter``.

The grammar is that of the Copernicus Data Space: https://documentation.dataspace.copernicus.eu/APIs/OData.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import shapely

from s2dl.query import is_pattern
from s2dl.region import outline_for_request

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from s2dl.query import Query

__all__ = ["filter_of", "quoted", "timestamp"]

_ANY_TEXT = re.compile(r"[*?]|\[!?\]?[^\]]*\]")
"""The parts of a glob that the service cannot match."""


def filter_of(query: Query, *, start: datetime | None = None, end: datetime | None = None) -> str:
    """Write the filter; `start` and `end` narrow the query's own.

    Orbit direction is left out, since old products do not carry it, and so are patterns within a name beyond what the
    service can match: the caller sifts the answer.
    """
    start, end = start or query.start, end or query.end
    clauses = ["Collection/Name eq 'SENTINEL-2'"]
    if start is not None:
        clauses.append(f"ContentDate/Start ge {timestamp(start)}")
    if end is not None:
        clauses.append(f"ContentDate/Start le {timestamp(end)}")
    clauses.append(_any_of(_attribute("String", "productType", "eq", quoted(each)) for each in query.product_type))
    clauses.append(_any_of(_attribute("Integer", "relativeOrbitNumber", "eq", each) for each in query.relative_orbit))
    clauses.append(_any_of(_attribute("String", "tileId", "eq", quoted(each)) for each in query.tile))
    clauses.append(
        _any_of(_attribute("String", "platformSerialIdentifier", "eq", quoted(each[-1])) for each in query.platform)
    )
    if query.cloud_cover is not None:
        low, high = query.cloud_cover
        clauses.append(_attribute("Double", "cloudCover", "le", f"{high:.4f}"))
        if low > 0:
            clauses.append(_attribute("Double", "cloudCover", "ge", f"{low:.4f}"))
    if query.name is not None:
        clauses.extend(_name_clauses(query.name))
    if query.online is not None:
        clauses.append(f"Online eq {str(query.online).lower()}")
    if query.region is not None:
        outline = shapely.from_wkt(outline_for_request(query.region))
        clauses.append(_any_of(_intersects(part) for part in shapely.get_parts(outline)))
    return " and ".join(clause for clause in clauses if clause)


def timestamp(moment: datetime) -> str:
    """A UTC time as the service writes it, to the microsecond."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def quoted(text: str) -> str:
    """Text as an OData literal."""
    return "'" + text.replace("'", "''") + "'"


def _attribute(kind: str, name: str, operator: str, value: object) -> str:
    return (
        f"Attributes/OData.CSC.{kind}Attribute/any(att:att/Name eq {quoted(name)} "
        f"and att/OData.CSC.{kind}Attribute/Value {operator} {value})"
    )


def _any_of(clauses: Iterable[str]) -> str:
    """Join alternatives; empty where there are none."""
    each = list(clauses)
    return each[0] if len(each) == 1 else f"({' or '.join(each)})" if each else ""


def _intersects(part: shapely.Geometry) -> str:
    wkt = shapely.to_wkt(part, rounding_precision=6, trim=True)
    return f"OData.CSC.Intersects(area=geography'SRID=4326;{wkt}')"


def _name_clauses(name: str) -> list[str]:
    if not is_pattern(name):
        return [f"Name eq {quoted(name)}"]
    pieces = _ANY_TEXT.split(name)
    if len(pieces) == 1:
        return [f"Name eq {quoted(name)}"]
    first, *middle, last = pieces
    clauses = [f"startswith(Name,{quoted(first)})"] if first else []
    clauses += [f"contains(Name,{quoted(piece)})" for piece in middle if piece]
    return clauses + ([f"endswith(Name,{quoted(last)})"] if last else [])
