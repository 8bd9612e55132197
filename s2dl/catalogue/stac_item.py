"""One item of the Copernicus Data Space's STAC catalogue as a product."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from s2dl.catalogue.values import baseline_of, direction_of, footprint_of, number_of, orbit_of, size_of, time_of
from s2dl.errors import BadAnswer
from s2dl.product import Product, parse_name

__all__ = ["product_of"]

_PRODUCT_URL = re.compile(r"/Products\(([0-9a-fA-F-]{36})\)")
# Code d501 is MD5, then comes the digest's length. The catalogue writes the code before SHA3-256 digests of 32 bytes,
# too, so only the length of 16 bytes makes it one.
_MD5 = re.compile(r"d50110([0-9a-f]{32})")
_BUCKET = "s3://"


def product_of(item: dict[str, Any]) -> Product:
    """Read one item of a STAC answer.

    Parameters
    ----------
    item : dict
        As of the collections ``sentinel-2-l1c`` and ``sentinel-2-l2a``; its id is the product's name without
        ``.SAFE``, and the OData catalogue's id stands in ``_private.product_uuid`` or in the download's address. Where
        neither does, the product's id is empty.

    Raises
    ------
    BadAnswer
        It has no id, or a value that cannot be read.
    """
    try:
        name = f"{item['id']}.SAFE"
        properties, assets = item.get("properties") or {}, item.get("assets") or {}
        private = properties.get("_private") or {}
        archive = assets.get("Product") or {}
        said = parse_name(name)
        return Product(
            id=str(private.get("product_uuid") or _uuid(assets) or ""),
            name=name,
            product_type=properties.get("product:type") or getattr(said, "product_type", None),
            platform=_platform(properties.get("platform")) or getattr(said, "platform", None),
            tile=_tile(properties.get("grid:code")) or getattr(said, "tile", None),
            orbit_direction=direction_of(properties.get("sat:orbit_state")),
            baseline=getattr(said, "baseline", None) or baseline_of(properties.get("processing:version")),
            md5=_md5(archive.get("file:checksum")),
            quicklook_url=next(_web_addresses(assets.get("thumbnail") or {}), None),
            s3_path=_s3_path(item, assets),
            sensing_start=time_of(properties.get("datetime")),
            published=time_of(properties.get("published")),
            relative_orbit=orbit_of(properties.get("sat:relative_orbit")) or getattr(said, "relative_orbit", None),
            cloud_cover=number_of(properties.get("eo:cloud_cover")),
            size=size_of(private.get("product_size") or archive.get("file:size")),
            footprint=footprint_of(item.get("geometry")),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise BadAnswer(
            f"The search: a product of the answer cannot be read ({type(error).__name__}: {error})."
        ) from error


def _md5(multihash: str | None) -> str | None:
    found = _MD5.fullmatch((multihash or "").lower())
    return found[1] if found else None


def _platform(value: str | None) -> str | None:
    """`S2A` for `sentinel-2a`."""
    return f"S{value.removeprefix('sentinel-').upper()}" if value else None


def _tile(code: str | None) -> str | None:
    """`04QFJ` for `MGRS-4QFJ`, which is how the grid extension writes it, and for `MGRS-04QFJ`."""
    return code.removeprefix("MGRS-").zfill(5) if code else None


def _addresses(asset: dict[str, Any]) -> Iterator[str]:
    """An asset's address and its alternates."""
    alternates = (asset.get("alternate") or {}).values()
    return (str(each["href"]) for each in (asset, *alternates) if each.get("href"))


def _web_addresses(asset: dict[str, Any]) -> Iterator[str]:
    return (each for each in _addresses(asset) if each.startswith(("https://", "http://")))


def _uuid(assets: dict[str, Any]) -> str | None:
    """The OData catalogue's id, from the address of the download or of a file within."""
    for asset in assets.values():
        for address in _web_addresses(asset or {}):
            if found := _PRODUCT_URL.search(address):
                return found[1]
    return None


def _s3_path(item: dict[str, Any], assets: dict[str, Any]) -> str | None:
    """`/eodata/…/<name>` as the OData catalogue writes it, from the link to the folder or from the quicklook in it."""
    for link in item.get("links") or ():
        if link.get("rel") == "enclosure" and link.get("href", "").startswith(_BUCKET):
            return f"/{link['href'].removeprefix(_BUCKET).rstrip('/')}"
    for address in _addresses(assets.get("thumbnail") or {}):
        if address.startswith(_BUCKET):
            return f"/{address.removeprefix(_BUCKET).rpartition('/')[0]}"
    return None
