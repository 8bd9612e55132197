"""What the form says: texts as a person typed them, and the part of the query that each field stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import shapely

from s2dl.errors import BadInput
from s2dl.query import PRODUCT_TYPES, Query
from s2dl.region import read_region
from s2dl.tiles import utm_bounds

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "ASKED", "BOX", "PLATFORMS", "FormValues", "Where", "bounds_of", "box_texts", "normal_query", "sentence_of",
    "several",
]  # fmt: skip

BOX = ("west", "north", "east", "south")
"""The fields that say where, in the order in which the tool's users know them."""

PLATFORMS = ("S2A", "S2B", "S2C")
"""The satellites, as the form offers them."""

ASKED = (
    "start", "end", "cloud_cover", "product_type", "relative_orbit", "orbit_direction", "platform", "tile",
    "min_coverage", "latest_baseline",
)  # fmt: skip
"""The query's arguments that the form has a field for, beside the region."""

Where = Literal["map", "file", "tile"]
"""What says where: what is drawn or typed as a box, what a file holds, or a tile id; one at a time."""

_EVERY_CLOUD = (0.0, 100.0)
_ALIASES = {full: alias for alias, full in PRODUCT_TYPES.items()}
_ARGUMENT = re.compile(r"^[a-z]+(_[a-z]+)*: ")
_TURN = np.array([360, 0, 360, 0])
"""What moves bounds once around the Earth."""
_ANY_BOX = (0.0, 0.0, 1.0, 1.0)


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
    orbit_direction : str
        ``"ascending"``, ``"descending"``, or empty for any.
    platform : tuple of str
        Of `PLATFORMS`; none for any.
    min_coverage : str
        Percent of the region; empty for any.
    latest_baseline : bool
    where : {"map", "file", "tile"}
        What says where at the moment.
    tile : str
        Tile ids with commas or blanks between them.
    west, north, east, south : str
        Degrees; all empty for no region.
    """

    start: str = ""
    end: str = ""
    cloud_cover: tuple[float, float] = _EVERY_CLOUD
    product_type: tuple[str, ...] = ()
    relative_orbit: str = ""
    orbit_direction: str = ""
    platform: tuple[str, ...] = ()
    min_coverage: str = ""
    latest_baseline: bool = False
    where: Where = "map"
    tile: str = ""
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
        coverage = query.get("min_coverage")
        return replace(
            self,
            start=query.get("start", "")[:10],
            end=query.get("end", "")[:10],
            cloud_cover=tuple(query.get("cloud_cover", _EVERY_CLOUD)),
            product_type=tuple(_ALIASES[each] for each in query.get("product_type", ())),
            relative_orbit=", ".join(str(orbit) for orbit in query.get("relative_orbit", ())),
            orbit_direction=query.get("orbit_direction", ""),
            platform=tuple(query.get("platform", ())),
            min_coverage="" if coverage is None else f"{coverage * 100:g}",
            latest_baseline=query.get("latest_baseline", False),
            tile=", ".join(query.get("tile", ())),
        )

    def part(self, field: str) -> dict[str, Any]:
        """Give what one field adds to the query: nothing, or its argument in normal form.

        Raises
        ------
        BadInput
            With a sentence for the place beside the field.
        """
        match field:
            case "end":
                return self._end()
            case "cloud_cover":
                return {} if self.cloud_cover == _EVERY_CLOUD else normal_query({"cloud_cover": self.cloud_cover})
            case "min_coverage":
                return normal_query({"min_coverage": _share(self.min_coverage)})
            case "tile":
                return normal_query({"tile": several(self.tile)}) if self.where == "tile" else {}
            case "relative_orbit":
                return normal_query({"relative_orbit": several(self.relative_orbit)})
            case _:
                return normal_query({field: getattr(self, field) or None})

    def _end(self) -> dict[str, Any]:
        if not self.end:
            return {}
        try:
            normal_query({"start": self.start or None, "end": self.end})
        except BadInput:
            # What is wrong with the start alone is said there.
            normal_query({"start": self.start or None})
            raise
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


def several(text: str) -> list[str]:
    """Read what stands in one field with commas, semicolons or blanks between."""
    return text.replace(",", " ").replace(";", " ").split()


def _degrees(text: str) -> float:
    return _number(text, "degrees", "11.25")


def _share(text: str) -> float | None:
    """Read percent as a share; empty is none."""
    if not text.strip():
        return None
    percent = _number(text.strip().removesuffix("%").strip(), "percent", "80")
    if not 0 <= percent <= 100:
        raise BadInput(f"{text.strip()} must lie between 0 and 100 percent.")
    return percent / 100


def _number(text: str, unit: str, example: str) -> float:
    if "," in text:
        raise BadInput(f"{text!r} has a comma; write decimals with a dot, like {text.replace(',', '.')!r}.")
    try:
        return float(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is not a number of {unit}; write one like {example}.") from error


def box_texts(region: BaseGeometry | None) -> dict[str, Any]:
    """Write a region's bounds as the form's four fields."""
    if region is None:
        return dict.fromkeys(BOX, "")
    west, south, east, north = bounds_of(region)
    values = {"west": west, "north": north, "east": east - 360 if east > 180 else east, "south": south}
    return {name: f"{value:.4f}".rstrip("0").rstrip(".") for name, value in values.items()}


def bounds_of(shape: BaseGeometry) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees; across the antimeridian not all around the Earth, but east beyond 180."""
    boxes = shapely.bounds(shapely.get_parts(shape))
    beyond = np.where(boxes[:, 2:3] <= 0, boxes + _TURN, boxes)
    each = [(*some[:, :2].min(axis=0), *some[:, 2:].max(axis=0)) for some in (boxes, beyond)]
    west, south, east, north = min(each, key=lambda box: box[2] - box[0])
    return float(west), float(south), float(east), float(north)


def normal_query(query: Mapping[str, Any]) -> dict[str, Any]:
    """Bring arguments of `search` into their one normal form, plain JSON; they need not be a whole question.

    Raises
    ------
    BadInput
        An argument cannot be used.
    """
    # What makes any question a whole one, and is taken out again.
    stand_in: dict[str, Any] = {"limit": 1} if query.get("limit") is None else {}
    if query.get("min_coverage") is not None and query.get("region") is None:
        stand_in["region"] = _ANY_BOX
    plain = Query.build(**(dict(query) | stand_in)).to_dict()
    for tile in plain.get("tile", ()):
        # A question may name any that looks like one; here its square must be there to be drawn.
        utm_bounds(tile)
    return {name: value for name, value in plain.items() if name not in stand_in}


def sentence_of(error: BadInput) -> str:
    """Say what is wrong beside its field, where the name of an argument is of no use."""
    return _ARGUMENT.sub("", str(error))
