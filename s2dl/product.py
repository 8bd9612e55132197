"""One product of a catalogue, and what its name says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

__all__ = ["NameParts", "OrbitDirection", "Product", "parse_name"]

OrbitDirection = Literal["ascending", "descending"]

# ESA, Sentinel-2 Products Specification Document: the compact naming convention, in use since 2016-12-06.
_COMPACT_NAME = re.compile(
    r"(?P<platform>S2[A-D])_MSI(?P<level>L1C|L2Ap|L2A)_(?P<sensing>\d{8}T\d{6})_N(?P<baseline>\d{4})"
    r"_R(?P<orbit>\d{3})_T(?P<tile>\d{2}[A-Z]{3})_(?P<discriminator>\d{8}T\d{6})(?:_COG)?(?:\.SAFE)?"
)


class NameParts(NamedTuple):
    """What a product's name says, in the spelling of the table of scenes.

    `baseline` is like ``"05.11"``, `tile` like ``"32TPS"``; `sensing_start` is the datatake's start, to the second.
    """

    platform: str
    product_type: str
    sensing_start: datetime
    baseline: str
    relative_orbit: int
    tile: str
    discriminator: str


def parse_name(name: str) -> NameParts | None:
    """Read a product's name, with or without ``.SAFE``; None where it is not a compact Sentinel-2 name."""
    found = _COMPACT_NAME.fullmatch(name)
    if found is None:
        return None
    platform, level, sensing, baseline, orbit, tile, discriminator = found.groups()
    try:
        start = datetime.fromisoformat(f"{sensing}Z")
    except ValueError:
        return None
    product_type = f"S2MSI{level[1:]}"
    return NameParts(platform, product_type, start, f"{baseline[:2]}.{baseline[2:]}", int(orbit), tile, discriminator)


@dataclass(slots=True)
class Product:
    """One product as a catalogue lists it; the same from every catalogue.

    Attributes
    ----------
    id : str
        The catalogue's identifier; may change when a product is ingested anew, so `name` is the durable key.
    name : str
        With ``.SAFE``.
    product_type, platform, tile, orbit_direction, baseline, md5, blake3, quicklook_url, s3_path : str or None
        As in the table of scenes; None where the catalogue does not say.
    sensing_start, published : datetime or None
        UTC.
    relative_orbit : int or None
    cloud_cover : float or None
        Percent.
    size : int
        Bytes of the zip; 0 unknown.
    online : bool
    footprint : str or None
        WKT, longitude latitude, EPSG:4326; made into geometries all at once when the table is built.
    """

    id: str
    name: str
    product_type: str | None = None
    platform: str | None = None
    tile: str | None = None
    orbit_direction: OrbitDirection | None = None
    baseline: str | None = None
    md5: str | None = None
    blake3: str | None = None
    quicklook_url: str | None = None
    s3_path: str | None = None
    sensing_start: datetime | None = None
    published: datetime | None = None
    relative_orbit: int | None = None
    cloud_cover: float | None = None
    size: int = 0
    online: bool = True
    footprint: str | None = None
