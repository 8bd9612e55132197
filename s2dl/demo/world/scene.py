"""Scene: one product of the made-up archive, as the catalogue knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    import shapely

__all__ = ["Scene"]


@dataclass(frozen=True, slots=True)
class Scene:
    """One product of the archive.

    Attributes
    ----------
    id : str
        UUID in canonical text.
    name : str
        Such as ``S2A_MSIL2A_20240611T101031_N0510_R022_T32TPS_20240611T145203.SAFE``.
    product_type : str
        ``S2MSI1C`` or ``S2MSI2A``.
    platform : str
        ``A``, ``B`` or ``C``.
    tile : str
        Such as ``32TPS``.
    relative_orbit, absolute_orbit : int
        Orbit numbers; the relative one from 1 to 143.
    orbit_direction : str
        ``DESCENDING``.
    baseline : str
        Processing baseline, such as ``05.11``.
    sensing : datetime
        Start of the datatake, UTC, shared by all its products.
    published : datetime
        When the product entered the catalogue, UTC.
    processed : datetime
        The trailing timestamp of the name, UTC, whole seconds.
    cloud_cover : float or None
        Percent of the tile; None for a few products.
    footprint : shapely.Geometry
        EPSG:4326; a MultiPolygon split at the antimeridian where needed.
    datastrip, granule : str
        Names of the folders inside the product.
    online : bool
        False for a few very old products.
    quicklook_id : str or None
        UUID of the QUICKLOOK asset; None for a few products.
    s3_path : str
        Folder in the object store.
    has_checksum : bool
        False for a few very old products.
    """

    id: str
    name: str
    product_type: str
    platform: str
    tile: str
    relative_orbit: int
    absolute_orbit: int
    orbit_direction: str
    baseline: str
    sensing: datetime
    published: datetime
    processed: datetime
    cloud_cover: float | None
    footprint: shapely.Geometry
    datastrip: str
    granule: str
    online: bool
    quicklook_id: str | None
    s3_path: str
    has_checksum: bool
