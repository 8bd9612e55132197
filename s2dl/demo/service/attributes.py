"""The attributes that the catalogue keeps of a product: names, types, values and order.

Names and types as in the published answers of the Copernicus Data Space. Answers list them by length of name,
then by name, with the product type and the two times at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from s2dl.demo.world.labels import stamp

if TYPE_CHECKING:
    from s2dl.demo.world.scene import Scene

__all__ = ["ATTRIBUTES", "Attribute", "Value", "ValueType"]

ValueType = Literal["String", "Integer", "Double", "DateTimeOffset"]
Value = str | int | float | datetime

RICHER_SINCE = datetime(2022, 1, 25, tzinfo=UTC)
"""Products sensed before this day lack orbit direction, baseline and granule among their attributes.

The recorded product of 2020 does lack them; the exact day is an assumption.
"""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: how it is called, its type, and its value for a product (None where it has none)."""

    name: str
    type: ValueType
    value: Callable[[Scene], Value | None]


def _richer(value: Callable[[Scene], Value]) -> Callable[[Scene], Value | None]:
    return lambda scene: value(scene) if scene.sensing >= RICHER_SINCE else None


def _datastrip(scene: Scene) -> str:
    level = scene.product_type.removeprefix("S2MSI")
    return f"S2{scene.platform}_OPER_MSI_L{level}_{scene.datastrip}_N{scene.baseline}"


def _group(scene: Scene) -> str:
    return f"GS2{scene.platform}_{stamp(scene.sensing)}_{scene.absolute_orbit:06}_N{scene.baseline}"


_BODY: tuple[tuple[str, ValueType, Callable[[Scene], Value | None]], ...] = (
    ("origin", "String", lambda _: "ESA"),
    ("tileId", "String", lambda scene: scene.tile),
    ("cloudCover", "Double", lambda scene: scene.cloud_cover),
    ("datastripId", "String", _datastrip),
    ("orbitNumber", "Integer", lambda scene: scene.absolute_orbit),
    ("orbitDirection", "String", _richer(lambda scene: scene.orbit_direction)),
    ("processingDate", "DateTimeOffset", lambda scene: scene.processed),
    ("productGroupId", "String", _group),
    ("operationalMode", "String", lambda _: "INS-NOBS"),
    ("processingLevel", "String", lambda scene: scene.product_type),
    ("processorVersion", "String", lambda scene: scene.baseline),
    ("granuleIdentifier", "String", _richer(lambda scene: scene.granule)),
    ("platformShortName", "String", lambda _: "SENTINEL-2"),
    ("processingBaseline", "String", _richer(lambda scene: scene.baseline)),
    ("instrumentShortName", "String", lambda _: "MSI"),
    ("relativeOrbitNumber", "Integer", lambda scene: scene.relative_orbit),
    ("platformSerialIdentifier", "String", lambda scene: scene.platform),
)
_TAIL: tuple[tuple[str, ValueType, Callable[[Scene], Value | None]], ...] = (
    ("productType", "String", lambda scene: scene.product_type),
    ("beginningDateTime", "DateTimeOffset", lambda scene: scene.sensing),
    ("endingDateTime", "DateTimeOffset", lambda scene: scene.sensing),
)

ATTRIBUTES: dict[str, Attribute] = {
    name: Attribute(name, kind, value)
    for name, kind, value in (*sorted(_BODY, key=lambda row: (len(row[0]), row[0])), *_TAIL)
}
