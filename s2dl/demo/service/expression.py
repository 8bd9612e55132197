"""What a ``$filter`` asks, as a tree: each node knows whether a product holds, and the bounds of those that can."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import shapely

from s2dl.demo.service.attributes import ATTRIBUTES, Value
from s2dl.demo.service.bounds import EVERYTHING, NOTHING, Bounds
from s2dl.demo.service.moments import modified, originated

if TYPE_CHECKING:
    from s2dl.demo.world.scene import Scene

__all__ = [
    "ALWAYS",
    "FIELDS",
    "All",
    "AnyOf",
    "AttributeIs",
    "Expression",
    "FieldIs",
    "NameHas",
    "Not",
    "Touches",
]

COLLECTION = "SENTINEL-2"

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}

FIELDS: dict[str, tuple[str, Callable[[Scene], Value]]] = {
    "Name": ("text", lambda scene: scene.name),
    "Id": ("id", lambda scene: scene.id),
    "Collection/Name": ("text", lambda _: COLLECTION),
    "ContentDate/Start": ("date", lambda scene: scene.sensing),
    "ContentDate/End": ("date", lambda scene: scene.sensing),
    "PublicationDate": ("date", lambda scene: scene.published),
    "ModificationDate": ("date", modified),
    "OriginDate": ("date", originated),
    "Online": ("flag", lambda scene: scene.online),
}
"""The product's own fields that can be compared: kind of literal, and value."""


class Expression(Protocol):
    """A condition on products."""

    def holds(self, scene: Scene, /) -> bool:
        """Whether the product fulfils the condition."""
        ...

    def bounds(self) -> Bounds:
        """A box around all products that can."""
        ...


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; without parts, always."""

    parts: tuple[Expression, ...]

    def holds(self, scene: Scene) -> bool:
        """Whether every part holds."""
        return all(part.holds(scene) for part in self.parts)

    def bounds(self) -> Bounds:
        """What lies in the bounds of every part."""
        result = EVERYTHING
        for part in self.parts:
            result = result.meet(part.bounds())
        return result


ALWAYS = All(())


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Expression, ...]

    def holds(self, scene: Scene) -> bool:
        """Whether one of the parts holds."""
        return any(part.holds(scene) for part in self.parts)

    def bounds(self) -> Bounds:
        """What lies in the bounds of one of the parts."""
        result = NOTHING
        for part in self.parts:
            result = result.join(part.bounds())
        return result


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Expression

    def holds(self, scene: Scene) -> bool:
        """Whether the part does not hold."""
        return not self.part.holds(scene)

    def bounds(self) -> Bounds:
        """No bounds: what a part excludes is not kept as a box."""
        return EVERYTHING


@dataclass(frozen=True, slots=True)
class FieldIs:
    """One of the product's own `FIELDS`, compared."""

    field: str
    operator: str
    value: Value

    def holds(self, scene: Scene) -> bool:
        """Whether the comparison comes out true."""
        return OPERATORS[self.operator](FIELDS[self.field][1](scene), self.value)

    def bounds(self) -> Bounds:
        """Sensing window, or the one product of this name or id."""
        if self.field == "Collection/Name":
            return EVERYTHING if OPERATORS[self.operator](COLLECTION, self.value) else NOTHING
        if isinstance(self.value, datetime):
            return _window(self.field, self.operator, self.value)
        if self.operator == "eq" and self.field in {"Name", "Id"}:
            return Bounds(keys=frozenset({(self.field.lower(), str(self.value))}))
        return EVERYTHING


@dataclass(frozen=True, slots=True)
class AttributeIs:
    """An attribute of the product, compared; a product without it does not hold."""

    name: str
    operator: str
    value: Value

    def holds(self, scene: Scene) -> bool:
        """Whether the product has the attribute and the comparison comes out true."""
        attribute = ATTRIBUTES.get(self.name)
        actual = attribute.value(scene) if attribute else None
        return actual is not None and OPERATORS[self.operator](actual, self.value)

    def bounds(self) -> Bounds:
        """The values that can occur, of those attributes by which the archive can be searched."""
        if self.name not in ATTRIBUTES or self._never():
            return NOTHING
        if isinstance(self.value, datetime):
            return _window(self.name, self.operator, self.value)
        if self.name == "relativeOrbitNumber":
            orbits = (orbit for orbit in range(1, 144) if OPERATORS[self.operator](orbit, self.value))
            return Bounds(relative_orbits=frozenset(orbits))
        if self.operator == "eq":
            return _listed(self.name, str(self.value))
        return EVERYTHING

    def _never(self) -> bool:
        constant = {"platformShortName": COLLECTION, "instrumentShortName": "MSI"}.get(self.name)
        return constant is not None and not OPERATORS[self.operator](constant, self.value)


@dataclass(frozen=True, slots=True)
class NameHas:
    """``contains``, ``startswith`` or ``endswith`` of the name."""

    function: str
    text: str

    def holds(self, scene: Scene) -> bool:
        """Whether the name has the text in that place."""
        if self.function == "startswith":
            return scene.name.startswith(self.text)
        if self.function == "endswith":
            return scene.name.endswith(self.text)
        return self.text in scene.name

    def bounds(self) -> Bounds:
        """What the text says by the grammar of product names: tile, orbit, level, and from its start the time."""
        result = EVERYTHING
        if level := re.search(r"MSIL(1C|2A)", self.text):
            result = result.meet(Bounds(product_types=frozenset({f"S2MSI{level[1]}"})))
        if tile := re.search(r"T(\d\d[C-X][A-Z]{2})", self.text):
            result = result.meet(Bounds(tiles=frozenset({tile[1]})))
        if orbit := re.search(r"_R(\d{3})", self.text):
            result = result.meet(Bounds(relative_orbits=frozenset({int(orbit[1])})))
        if self.function == "startswith":
            result = result.meet(_begins(self.text))
        return result


@dataclass(frozen=True, slots=True)
class Touches:
    """The footprint intersects a geometry in EPSG:4326."""

    geometry: shapely.Geometry

    def __post_init__(self) -> None:
        shapely.prepare(self.geometry)

    def holds(self, scene: Scene) -> bool:
        """Whether the footprint and the geometry have a point in common."""
        return bool(shapely.intersects(self.geometry, scene.footprint))

    def bounds(self) -> Bounds:
        """The geometry."""
        return Bounds(region=self.geometry)


_SENSING = {"ContentDate/Start", "ContentDate/End", "beginningDateTime", "endingDateTime"}


def _window(name: str, relation: str, moment: datetime) -> Bounds:
    if name not in _SENSING:
        # Nothing is processed or published before it is sensed; later there is no limit.
        return Bounds(end=moment) if relation in {"eq", "lt", "le"} else EVERYTHING
    start = moment if relation in {"eq", "gt", "ge"} else None
    end = moment if relation in {"eq", "lt", "le"} else None
    return Bounds(start=start, end=end)


def _listed(name: str, value: str) -> Bounds:
    values = frozenset({value})
    if name == "tileId":
        return Bounds(tiles=values)
    if name in {"productType", "processingLevel"}:
        return Bounds(product_types=values)
    if name == "platformSerialIdentifier":
        return Bounds(platforms=values)
    return EVERYTHING


def _begins(text: str) -> Bounds:
    result = EVERYTHING
    if platform := re.match(r"S2([A-Z])", text):
        result = result.meet(Bounds(platforms=frozenset({platform[1]})))
    if day := re.match(r"S2._MSI..._(\d{8})", text):
        try:
            start = datetime.strptime(day[1], "%Y%m%d").replace(tzinfo=UTC)
        except ValueError:
            return NOTHING
        result = result.meet(Bounds(start=start, end=start + timedelta(days=1)))
    return result
