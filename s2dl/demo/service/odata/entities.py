"""What the catalogue's answers say of one product: the JSON of Products and DeletedProducts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import shapely

from s2dl.demo.service.attributes import attributes_of, iso

if TYPE_CHECKING:
    from s2dl.demo.world.scene import Scene
    from s2dl.demo.world.world import World

__all__ = ["EXPANSIONS", "FIELD_NAMES", "deleted_record", "modified", "originated", "record"]

NEVER = "9999-12-31T23:59:59.999999Z"
EXPANSIONS = ("Attributes", "Assets", "Locations")

Json = dict[str, Any]


def originated(scene: Scene) -> datetime:
    """When the product reached the service from its producer."""
    return min(scene.processed + timedelta(minutes=17, milliseconds=43), scene.published)


def modified(scene: Scene) -> datetime:
    """When its entry was last touched: with its publication, but for products that came twice."""
    return scene.published + (timedelta(0) if scene.has_checksum else timedelta(days=90, microseconds=329))


def _checksum(world: World, scene: Scene) -> list[Json]:
    if not scene.has_checksum:
        return []
    date = scene.published + timedelta(seconds=6, microseconds=4421)
    return [
        {"Value": world.md5(scene), "Algorithm": "MD5", "ChecksumDate": iso(date)},
        {
            "Value": world.blake3(scene),
            "Algorithm": "BLAKE3",
            "ChecksumDate": iso(date + timedelta(microseconds=461307)),
        },
    ]


def _polygon(polygon: shapely.Polygon) -> list[list[list[float]]]:
    rings = [polygon.exterior, *polygon.interiors] if polygon.interiors else [polygon.exterior]
    return [shapely.get_coordinates(ring).tolist() for ring in rings]


def _geojson(footprint: shapely.Geometry) -> Json:
    if isinstance(footprint, shapely.Polygon):
        return {"type": "Polygon", "coordinates": _polygon(footprint)}
    return {"type": "MultiPolygon", "coordinates": [_polygon(part) for part in shapely.get_parts(footprint)]}


def _ewkt(footprint: shapely.Geometry) -> str:
    return f"geography'SRID=4326;{shapely.to_wkt(footprint, rounding_precision=12)}'"


_FIELDS: dict[str, Callable[[World, Scene], Any]] = {
    "Id": lambda _, scene: scene.id,
    "Name": lambda _, scene: scene.name,
    "ContentType": lambda _, __: "application/octet-stream",
    "ContentLength": lambda world, scene: world.size(scene) if scene.has_checksum else 0,
    "OriginDate": lambda _, scene: iso(originated(scene)),
    "PublicationDate": lambda _, scene: iso(scene.published),
    "ModificationDate": lambda _, scene: iso(modified(scene)),
    "Online": lambda _, scene: scene.online,
    "EvictionDate": lambda _, scene: NEVER if scene.has_checksum else "",
    "S3Path": lambda _, scene: scene.s3_path,
    "Checksum": _checksum,
    "ContentDate": lambda _, scene: {"Start": iso(scene.sensing), "End": iso(scene.sensing)},
    "Footprint": lambda _, scene: _ewkt(scene.footprint),
    "GeoFootprint": lambda _, scene: _geojson(scene.footprint),
}
FIELD_NAMES = tuple(_FIELDS)


def record(world: World, scene: Scene, root: str, *, fields: Collection[str] | None, expand: Collection[str]) -> Json:
    """One entity of Products.

    Parameters
    ----------
    world : World
        Where sizes and checksums come from.
    scene : Scene
        The product.
    root : str
        The catalogue's OData root as the client knows it, for links.
    fields : collection of str, optional
        ``$select``; None for all. ``Id`` is always there.
    expand : collection of str
        ``$expand``.

    Returns
    -------
    dict
        JSON, keys in the order of the service.
    """
    result: Json = {"@odata.mediaContentType": "application/octet-stream"}
    for name, value in _FIELDS.items():
        if fields is None or name in fields or name == "Id":
            result[name] = value(world, scene)
    for name in expand:
        result[name] = _EXPANDED[name](world, scene, root)
    return result


def deleted_record(scene: Scene, moment: datetime, *, fields: Collection[str] | None, expand: Collection[str]) -> Json:
    """One entity of DeletedProducts; arguments as for `record`, and when it was deleted."""
    entity: dict[str, Callable[[], Any]] = {
        "DeletionDate": lambda: iso(moment),
        "DeletionCause": lambda: "Obsolete product or Other",
        "Id": lambda: scene.id,
        "Name": lambda: scene.name,
        "ContentType": lambda: "application/octet-stream",
        "OriginDate": lambda: iso(originated(scene)),
        "PublicationDate": lambda: iso(scene.published),
        "ModificationDate": lambda: iso(moment),
        "Checksum": list,
        "ContentDate": lambda: {"Start": iso(scene.sensing), "End": iso(scene.sensing)},
        "Footprint": partial(_ewkt, scene.footprint),
        "GeoFootprint": partial(_geojson, scene.footprint),
    }
    result: Json = {"@odata.mediaContentType": "application/octet-stream"}
    result |= {name: value() for name, value in entity.items() if not fields or name in fields or name == "Id"}
    return result | ({"Attributes": attributes_of(scene)} if "Attributes" in expand else {})


def _assets(_: World, scene: Scene, root: str) -> list[Json]:
    if scene.quicklook_id is None:
        return []
    link = f"{root}/Assets({scene.quicklook_id})/$value"
    return [{"Type": "QUICKLOOK", "Id": scene.quicklook_id, "DownloadLink": link, "S3Path": scene.s3_path}]


def _locations(world: World, scene: Scene, root: str) -> list[Json]:
    return [
        {
            "FormatType": "Extracted",
            "DownloadLink": f"{root}/Products({scene.id})/$value",
            "ContentLength": world.size(scene),
            "Checksum": [],
            "S3Path": scene.s3_path,
        }
    ]


_EXPANDED: dict[str, Callable[[World, Scene, str], Any]] = {
    "Attributes": lambda _, scene, __: attributes_of(scene),
    "Assets": _assets,
    "Locations": _locations,
}
