"""What the form says: texts as a person typed them, and the part of the query that each field stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from s2dl.errors import BadInput
from s2dl.query import PRODUCT_TYPES, Query
from s2dl.region import read_region

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["BOX", "FormValues", "box_texts", "normal_query"]

BOX = ("west", "north", "east", "south")
"""The fields that say where, in the order in which the tool's users know them."""

_EVERY_CLOUD = (0.0, 100.0)
_ALIASES = {full: alias for alias, full in PRODUCT_TYPES.items()}


@dataclass(frozen=True, slots=True)
class FormValues:
    """The fields of the form, valid or not.

    Attributes
    ----------
    start, end : str
        Days, ``2024-06-30``; empty for any.
    cloud_cover : (float, float)
        Percent; 0 to 100 is no limit.
    product_type : tuple of str
        Aliases such as ``"L2A"``; none for any.
    relative_orbit : str
        Numbers with commas or blanks between them; empty for any.
    west, north, east, south : str
        Degrees; all empty for no region.
    """

    start: str = ""
    end: str = ""
    cloud_cover: tuple[float, float] = _EVERY_CLOUD
    product_type: tuple[str, ...] = ()
    relative_orbit: str = ""
    west: str = ""
    north: str = ""
    east: str = ""
    south: str = ""

    @classmethod
    def usual(cls) -> Self:
        """What a new form shows: the last 30 days, surface reflectance."""
        today = datetime.now(UTC).date()
        return cls(start=str(today - timedelta(days=30)), end=str(today), product_type=("L2A",))

    def showing(self, query: Mapping[str, Any]) -> Self:
        """Show a query (in `normal_query`'s form) and keep the box."""
        orbits = query.get("relative_orbit", ())
        return replace(
            self,
            start=query.get("start", "")[:10],
            end=query.get("end", "")[:10],
            cloud_cover=tuple(query.get("cloud_cover", _EVERY_CLOUD)),
            product_type=tuple(_ALIASES[each] for each in query.get("product_type", ())),
            relative_orbit=", ".join(str(orbit) for orbit in orbits),
        )

    def part(self, field: str) -> dict[str, Any]:
        """Give what one field adds to the query: nothing, or its argument in normal form.

        Raises
        ------
        BadInput
            With a sentence for the place beside the field.
        """
        match field:
            case "start":
                return normal_query({"start": self.start}) if self.start else {}
            case "end":
                return self._end()
            case "cloud_cover":
                return {} if self.cloud_cover == _EVERY_CLOUD else normal_query({"cloud_cover": self.cloud_cover})
            case "product_type":
                return normal_query({"product_type": self.product_type})
            case _:
                orbits = self.relative_orbit.replace(",", " ").replace(";", " ").split()
                return normal_query({"relative_orbit": orbits})

    def _end(self) -> dict[str, Any]:
        if not self.end:
            return {}
        normal_query({"start": self.start or None, "end": self.end})
        return normal_query({"end": self.end})

    @property
    def box(self) -> tuple[str, str, str, str]:
        """West, south, east, north as typed."""
        return self.west.strip(), self.south.strip(), self.east.strip(), self.north.strip()

    def region(self) -> BaseGeometry | None:
        """Read the box; None where all four fields are empty.

        Raises
        ------
        BadInput
            Some are missing, or they are no box.
        """
        if not any(self.box):
            return None
        if missing := [name for name in BOX if not getattr(self, name).strip()]:
            raise BadInput(f"A box needs all four numbers; {' and '.join(missing)} missing.")
        return read_region([_degrees(text) for text in self.box])


def _degrees(text: str) -> float:
    if "," in text:
        raise BadInput(f"{text!r} has a comma; write decimals with a dot, like {text.replace(',', '.')!r}.")
    try:
        return float(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is not a number of degrees; write one like 11.25.") from error


def box_texts(region: BaseGeometry | None) -> dict[str, Any]:
    """Write a region's bounds as the form's four fields."""
    if region is None:
        return dict.fromkeys(BOX, "")
    west, south, east, north = (f"{value:.4f}".rstrip("0").rstrip(".") for value in region.bounds)
    return {"west": west, "north": north, "east": east, "south": south}


def normal_query(query: Mapping[str, Any]) -> dict[str, Any]:
    """Bring arguments of `search` into their one normal form, plain JSON; they need not be a whole question.

    Raises
    ------
    BadInput
        An argument cannot be used.
    """
    # A limit makes any question a whole one.
    plain = Query.build(**({"limit": 1} | dict(query))).to_dict()
    if "limit" not in query:
        del plain["limit"]
    return plain
