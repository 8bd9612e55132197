"""A product as a STAC item: its properties and links. Names and shapes as in the published examples."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import shapely

from s2dl.demo.service.attributes import ATTRIBUTES
from s2dl.demo.service.moments import iso, modified, originated
from s2dl.demo.service.shapes import geojson
from s2dl.demo.service.stac.assets import ASSETS, Addresses, asset
from s2dl.demo.service.stac.constants import STORAGE, extensions, schemes
from s2dl.demo.world.grid import grid

if TYPE_CHECKING:
    from s2dl.demo.service.stac.fields import Fields
    from s2dl.demo.world import Scene, World

__all__ = ["collection_of", "item", "item_id"]

Json = dict[str, Any]

_DESIGNATORS = {"A": "2015-028A", "B": "2017-013A", "C": "2024-157A"}
_SCENE_CLASSES = (
    "nodata", "saturated_defective", "dark_area", "cloud_shadow", "vegetation", "not_vegetated", "water",
    "unclassified", "medium_proba_clouds", "high_proba_clouds", "thin_cirrus",
)  # fmt: skip


def item_id(scene: Scene) -> str:
    """The item's id: the name without ``.SAFE``."""
    return scene.name.removesuffix(".SAFE")


def collection_of(scene: Scene) -> str:
    """The id of its collection."""
    return f"sentinel-2-{_level(scene).lower()}"


def item(world: World, scene: Scene, addresses: Addresses, fields: Fields) -> Json:
    """The item of a product.

    Parameters
    ----------
    world : World
        Where sizes and checksums come from.
    scene : Scene
        The product.
    addresses : Addresses
        Where the service is.
    fields : Fields
        What of it is wanted; what is not is not worked out either.
    """
    parts: dict[str, Callable[[], Any]] = {
        "type": lambda: "Feature",
        "stac_version": lambda: "1.1.0",
        "stac_extensions": lambda: extensions(scene.product_type),
        "id": lambda: item_id(scene),
        "collection": lambda: collection_of(scene),
        "geometry": lambda: json.loads(geojson(scene.footprint)),
        "bbox": lambda: _bbox(scene.footprint),
        "properties": lambda: _properties(world, scene, addresses, fields),
        "links": lambda: _links(scene, addresses),
        "assets": lambda: {
            key: asset(world, scene, addresses, key) for key in ASSETS[scene.product_type] if _has(scene, key, fields)
        },
    }
    return {name: part() for name, part in parts.items() if fields.want(name)}


def _has(scene: Scene, key: str, fields: Fields) -> bool:
    return fields.want("assets", key) and (key != "thumbnail" or scene.quicklook_id is not None)


def _level(scene: Scene) -> str:
    return f"L{scene.product_type[-2:]}"


def _properties(world: World, scene: Scene, addresses: Addresses, fields: Fields) -> Json:
    sensed = iso(scene.sensing)
    values: dict[str, Callable[[], Any]] = {
        "created": lambda: iso(originated(scene)),
        "updated": lambda: iso(modified(scene)),
        "published": lambda: iso(scene.published),
        "eopf:origin_datetime": lambda: iso(originated(scene)),
        "auth:schemes": lambda: schemes(addresses.identity),
        "storage:schemes": lambda: STORAGE,
        "datetime": lambda: sensed,
        "start_datetime": lambda: sensed,
        "end_datetime": lambda: sensed,
        "platform": lambda: f"sentinel-2{scene.platform.lower()}",
        "constellation": lambda: "sentinel-2",
        "instruments": lambda: ["msi"],
        "gsd": lambda: 10,
        "processing:level": lambda: _level(scene)[:2],
        "processing:datetime": lambda: iso(scene.processed),
        "processing:version": lambda: scene.baseline,
        "processing:software": lambda: {"eometadatatool": "250924131919+dirty"},
        "processing:facility": lambda: "ESA",
        "product:type": lambda: scene.product_type,
        "product:timeliness": lambda: "PT24H",
        "product:timeliness_category": lambda: "NRT",
        "eo:cloud_cover": lambda: scene.cloud_cover,
        "eo:snow_cover": lambda: 0.0,
        "sat:orbit_state": scene.orbit_direction.lower,
        "sat:relative_orbit": lambda: scene.relative_orbit,
        "sat:absolute_orbit": lambda: scene.absolute_orbit,
        "sat:platform_international_designator": lambda: _DESIGNATORS[scene.platform],
        "grid:code": lambda: f"MGRS-{scene.tile}",
        "view:sun_azimuth": lambda: _sun(scene)[0],
        "view:sun_elevation": lambda: _sun(scene)[1],
        "view:azimuth": lambda: 104.0,
        "view:incidence_angle": lambda: 5.0,
        "eopf:datastrip_id": lambda: ATTRIBUTES["datastripId"].value(scene),
        "eopf:datatake_id": lambda: ATTRIBUTES["productGroupId"].value(scene),
        "eopf:instrument_mode": lambda: "INS-NOBS",
        "statistics": lambda: _statistics(scene),
        "expires": lambda: "9999-01-01T00:00:00.000000Z",
        "_private": lambda: {"product_uuid": scene.id, "product_size": _size(world, scene)},
    }
    unknown = set() if scene.product_type == "S2MSI2A" else {"eo:snow_cover", "statistics"}
    if scene.cloud_cover is None:
        unknown.add("eo:cloud_cover")
    return {name: value() for name, value in values.items() if name not in unknown and fields.want("properties", name)}


def _size(world: World, scene: Scene) -> int:
    return world.size(scene) if scene.has_checksum else 0


def _statistics(scene: Scene) -> Json:
    """Shares of the scene classes in percent: the clouds in their three kinds, the rest vegetation."""
    cloud = scene.cloud_cover or 0.0
    shares = dict.fromkeys(_SCENE_CLASSES, 0.0)
    kinds = ("medium_proba_clouds", "high_proba_clouds", "thin_cirrus")
    for kind, share in zip(kinds, (0.3, 0.5, 0.2), strict=True):
        shares[kind] = round(cloud * share, 6)
    shares["vegetation"] = round(100.0 - cloud, 6)
    return shares


def _sun(scene: Scene) -> tuple[float, float]:
    """Azimuth and elevation of the sun in degrees at half past ten local time, when Sentinel-2 passes."""
    latitude = math.radians(float(grid().lat[grid().index[scene.tile]]))
    day = scene.sensing.timetuple().tm_yday
    declination = math.radians(-23.44 * math.cos(2 * math.pi * (day + 10) / 365.2425))
    hour = math.radians(-22.5)
    sine = math.sin(latitude) * math.sin(declination)
    sine += math.cos(latitude) * math.cos(declination) * math.cos(hour)
    north = math.sin(declination) * math.cos(latitude) - math.cos(declination) * math.sin(latitude) * math.cos(hour)
    azimuth = math.degrees(math.atan2(-math.sin(hour) * math.cos(declination), north)) % 360
    return azimuth, math.degrees(math.asin(sine))


def _bbox(footprint: shapely.Geometry) -> list[float]:
    """West, south, east, north; across the antimeridian, west is the greater."""
    parts = shapely.bounds(shapely.get_parts(footprint))
    west, south, east, north = shapely.bounds(footprint).tolist()
    if west == -180.0 and east == 180.0:
        middle = (parts[:, 0] + parts[:, 2]) / 2
        west, east = parts[middle > 0, 0].min(), parts[middle < 0, 2].max()
    return [float(west), south, float(east), north]


def _links(scene: Scene, addresses: Addresses) -> list[Json]:
    collection = f"{addresses.stac}/collections/{collection_of(scene)}"
    return [
        {"rel": "collection", "type": "application/json", "href": collection},
        {"rel": "parent", "type": "application/json", "href": collection},
        {"rel": "root", "type": "application/json", "href": addresses.stac},
        {"rel": "self", "type": "application/geo+json", "href": f"{collection}/items/{item_id(scene)}"},
        {
            "rel": "version-history",
            "href": f"https://trace.dataspace.copernicus.eu/api/v1/traces/name/{scene.name}.zip",
            "type": "application/json",
            "title": "Product history record from the CDSE traceability service",
        },
        {
            "rel": "enclosure",
            "href": f"s3:/{scene.s3_path}/",
            "type": "application/x-directory",
            "title": "S3 path to source directory",
            "auth:refs": ["s3"],
            "storage:refs": list(STORAGE),
        },
    ]
