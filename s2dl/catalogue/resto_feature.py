"""One feature of a resto answer as a product."""

from __future__ import annotations

import re
from typing import Any

from s2dl.catalogue.values import baseline_of, direction_of, footprint_of, orbit_of, size_of, time_of
from s2dl.errors import BadAnswer
from s2dl.product import Product, parse_name

__all__ = ["product_of"]

_PLATFORM = re.compile(r"S2[A-D]")
# Words on the Copernicus Data Space; numbers on its forerunners, where 31 can be ordered and 32 has been.
_OFFLINE = {"OFFLINE", 31, 32}


def product_of(feature: dict[str, Any]) -> Product:
    """Read one feature of a resto answer.

    Where resto knows no number, it says 0 as a whole number, or -1.

    Raises
    ------
    BadAnswer
        It has no id or title, or a value that cannot be read.
    """
    try:
        product_id, properties = str(feature["id"]), feature["properties"]
        title = str(properties["title"])
        name = title if title.endswith(".SAFE") else f"{title}.SAFE"
        download = (properties.get("services") or {}).get("download") or {}
        said = parse_name(name)
        return Product(
            id=product_id,
            name=name,
            product_type=properties.get("productType") or getattr(said, "product_type", None),
            platform=_platform(properties.get("platform")) or getattr(said, "platform", None),
            tile=properties.get("tileId") or getattr(said, "tile", None),
            orbit_direction=direction_of(properties.get("orbitDirection")),
            baseline=getattr(said, "baseline", None) or baseline_of(properties.get("processingBaseline")),
            quicklook_url=properties.get("thumbnail") or properties.get("quicklook") or None,
            s3_path=properties.get("productIdentifier") or None,
            sensing_start=time_of(properties.get("startDate")),
            published=time_of(properties.get("published")),
            relative_orbit=orbit_of(properties.get("relativeOrbitNumber")) or getattr(said, "relative_orbit", None),
            cloud_cover=_cloud_cover(properties.get("cloudCover")),
            size=size_of(download.get("size")),
            online=properties.get("status", "ONLINE") not in _OFFLINE,
            footprint=footprint_of(feature.get("geometry")),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise BadAnswer(
            f"The search: a product of the answer cannot be read ({type(error).__name__}: {error})."
        ) from error


def _platform(value: str | None) -> str | None:
    """`S2A`; a platform without its letter says nothing."""
    return value if value and _PLATFORM.fullmatch(value) else None


def _cloud_cover(value: float | None) -> float | None:
    """Percent; measured values are written with decimals, so that a clear sky is 0.0 and not 0."""
    if value is None or value < 0 or (value == 0 and isinstance(value, int)):
        return None
    return float(value)
