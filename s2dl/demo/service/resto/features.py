"""A product as a resto feature. Names and shapes as in recorded answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import shapely

from s2dl.demo.service.attributes import ATTRIBUTES
from s2dl.demo.service.expression import COLLECTION
from s2dl.demo.service.moments import iso, modified
from s2dl.demo.service.shapes import geojson

if TYPE_CHECKING:
    from s2dl.demo.world import Scene, World

__all__ = ["feature"]

Json = dict[str, Any]

_LICENCE: Json = {
    "licenseId": "unlicensed",
    "hasToBeSigned": "never",
    "grantedCountries": None,
    "grantedOrganizationCountries": None,
    "grantedFlags": None,
    "viewService": "public",
    "signatureQuota": -1,
    "description": {"shortName": "No license"},
}


def feature(world: World, scene: Scene, root: str) -> Json:
    """The feature of a product; `root` is the catalogue's origin."""
    link = f"{root}/resto/collections/{COLLECTION}/{scene.id}.json"
    own = {"rel": "self", "type": "application/json", "title": f"GeoJSON link for {scene.id}", "href": link}
    download = {
        "url": f"{root}/download/{scene.id}",
        "mimeType": "application/octet-stream",
        "size": world.size(scene) if scene.has_checksum else 0,
    }
    geometry = json.loads(geojson(scene.footprint))
    sensed = iso(scene.sensing)
    return {
        "type": "Feature",
        "id": scene.id,
        "geometry": geometry,
        "properties": {
            "collection": COLLECTION,
            "status": "ONLINE" if scene.online else "OFFLINE",
            "license": _LICENCE,
            "parentIdentifier": None,
            "title": scene.name,
            "description": "Sentinel-2 images the land in 13 bands, from the embedded Data Space's made-up archive.",
            "organisationName": "ESA",
            "startDate": sensed,
            "completionDate": sensed,
            "productType": scene.product_type,
            "processingLevel": scene.product_type,
            "platform": f"S2{scene.platform}",
            "instrument": "MSI",
            "resolution": 60.0,
            "sensorMode": "INS-NOBS",
            "orbitNumber": scene.absolute_orbit,
            "quicklook": None,
            "thumbnail": _thumbnail(scene, root),
            "updated": iso(modified(scene)),
            "published": iso(scene.published),
            "snowCover": 0,
            "cloudCover": -1 if scene.cloud_cover is None else scene.cloud_cover,
            "gmlgeometry": _gml(geometry),
            "centroid": _centroid(scene.footprint),
            "productIdentifier": scene.s3_path,
            "orbitDirection": scene.orbit_direction,
            "timeliness": None,
            "relativeOrbitNumber": scene.relative_orbit,
            "processingBaseline": float(scene.baseline),
            "missionTakeId": ATTRIBUTES["productGroupId"].value(scene),
            "services": {"download": download},
            "links": [own],
        },
    }


def _thumbnail(scene: Scene, root: str) -> str | None:
    if scene.quicklook_id is None:
        return None
    folder = scene.s3_path.removeprefix("/eodata")
    return f"{root}/get-object?path={folder}/{scene.name.removesuffix('.SAFE')}-ql.jpg"


def _centroid(footprint: shapely.Geometry) -> Json:
    point = shapely.centroid(footprint)
    return {"type": "Point", "coordinates": [float(shapely.get_x(point)), float(shapely.get_y(point))]}


def _gml(geometry: Json) -> str:
    if geometry["type"] == "Polygon":
        return _gml_polygon(geometry["coordinates"])
    members = (f"<gml:polygonMember>{_gml_polygon(part)}</gml:polygonMember>" for part in geometry["coordinates"])
    return f'<gml:MultiPolygon srsName="EPSG:4326">{"".join(members)}</gml:MultiPolygon>'


def _gml_polygon(rings: list[list[list[float]]]) -> str:
    corners = " ".join(f"{lon},{lat}" for lon, lat in rings[0])
    ring = f"<gml:LinearRing><gml:coordinates>{corners}</gml:coordinates></gml:LinearRing>"
    return f'<gml:Polygon srsName="EPSG:4326"><gml:outerBoundaryIs>{ring}</gml:outerBoundaryIs></gml:Polygon>'
