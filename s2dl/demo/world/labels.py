"""How the facts of a product are spelt: names, identifiers, folders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from s2dl.demo.world.grid import grid
from s2dl.demo.world.keys import canonical
from s2dl.demo.world.scene import Scene
from s2dl.demo.world.swaths import SECOND

if TYPE_CHECKING:
    import shapely

    from s2dl.demo.world.editions import Edition
    from s2dl.demo.world.orbits import Datatake

__all__ = ["PRODUCT_TYPES", "Labels", "Row", "stamp"]

PRODUCT_TYPES = {1: "S2MSI1C", 2: "S2MSI2A"}
"""Product type by processing level."""

_OLD = datetime(2017, 7, 1, tzinfo=UTC)  # before it, a few products lack a checksum or are offline
_STRIP_BEGINS = timedelta(seconds=3)  # after the datatake
_SECOND_STRIP_BEGINS = timedelta(seconds=303)


class Row(NamedTuple):
    """What tells one product of a datatake and edition from the others; `owner` numbers datatake and edition."""

    owner: int
    tile: int
    part: int
    high: int
    check: int
    asset_high: int
    asset_check: int
    cloud: float
    footprint: shapely.Geometry


class Labels:
    """The texts that all products of a datatake and edition share."""

    def __init__(self, take: Datatake, edition: Edition) -> None:
        level = "L1C" if edition.level == 1 else "L2A"
        mission = f"S2{take.platform}"
        collection = "_N0500" if edition.reprocessed else ""
        began = stamp(take.sensing)
        processed = [stamp(moment) for moment in edition.processed]
        strips = [stamp(take.sensing + _STRIP_BEGINS)] * 3
        strips[SECOND] = stamp(take.sensing + _SECOND_STRIP_BEGINS)
        self._take = take
        self._edition = edition
        self._aged = take.sensing < _OLD and not edition.reprocessed
        self._head = f"{mission}_MSI{level}_{began}_N{edition.baseline.replace('.', '')}_R{take.relative_orbit:03d}_T"
        self._tails = [f"_{stamp}.SAFE" for stamp in processed]
        self._folder = f"/eodata/Sentinel-2/MSI/{level}{collection}/{began[:4]}/{began[4:6]}/{began[6:8]}/"
        self._datastrips = [
            f"DS_{edition.station}_{stamp}_S{strip}" for stamp, strip in zip(processed, strips, strict=True)
        ]
        self._granule_head = f"{level}_T"
        self._granule_tails = [f"_A{take.absolute_orbit:06d}_{strip}" for strip in strips]
        self._constant = (
            PRODUCT_TYPES[edition.level],
            take.platform,
            take.relative_orbit,
            take.absolute_orbit,
        )

    def scene(self, row: Row) -> Scene:
        """Return one product."""
        tile = grid().names[row.tile]
        name = f"{self._head}{tile}{self._tails[row.part]}"
        product_type, platform, relative_orbit, absolute_orbit = self._constant
        processed = self._edition.processed[row.part]
        return Scene(
            id=canonical(row.high, row.check),
            name=name,
            product_type=product_type,
            platform=platform,
            tile=tile,
            relative_orbit=relative_orbit,
            absolute_orbit=absolute_orbit,
            orbit_direction="DESCENDING",
            baseline=self._edition.baseline,
            sensing=self._take.sensing,
            published=processed + timedelta(milliseconds=2_400_000 + row.check % 3_600_000),
            processed=processed,
            cloud_cover=None if row.check % 811 == 0 else row.cloud,
            footprint=row.footprint,
            datastrip=self._datastrips[row.part],
            granule=f"{self._granule_head}{tile}{self._granule_tails[row.part]}",
            online=not (self._aged and row.check % 37 == 0),
            quicklook_id=None if row.check % 199 == 0 else canonical(row.asset_high, row.asset_check),
            s3_path=self._folder + name,
            has_checksum=not (self._aged and row.check % 41 == 0),
        )


@lru_cache(maxsize=4096)
def stamp(moment: datetime) -> str:
    """Return a time as the names of products have it (much faster than `strftime`)."""
    return moment.isoformat()[:19].replace("-", "").replace(":", "")
