"""The documents around the items: landing page, conformance, collections, queryables."""

from __future__ import annotations

from typing import Any

from s2dl.demo.service.stac.assets import ASSETS, Addresses
from s2dl.demo.service.stac.conditions import COLLECTIONS, PROPERTIES
from s2dl.demo.service.stac.constants import BANDS, STORAGE, schemes

__all__ = ["collection", "conformance", "landing", "queryables"]

Json = dict[str, Any]

_STAC_API = "https://api.stacspec.org/v1.0.0"
_OGC = "http://www.opengis.net/spec"
CONFORMANCE = [
    *(f"{_STAC_API}/{part}" for part in ("core", "collections", "ogcapi-features", "item-search")),
    *(f"{_STAC_API}/item-search#{part}" for part in ("fields", "filter", "query", "sort")),
    f"{_STAC_API}/ogcapi-features#fields",
    f"{_STAC_API}/ogcapi-features#sort",
    *(f"{_OGC}/ogcapi-features-1/1.0/conf/{part}" for part in ("core", "geojson", "oas30")),
    *(f"{_OGC}/ogcapi-features-3/1.0/conf/{part}" for part in ("filter", "features-filter")),
    *(f"{_OGC}/cql2/1.0/conf/{part}" for part in ("basic-cql2", "cql2-text", "cql2-json")),
]

_LEVELS = {"S2MSI1C": ("Sentinel-2 Level-1C", "top", "L1"), "S2MSI2A": ("Sentinel-2 Level-2A", "bottom", "L2")}
_BEGIN = {"S2MSI1C": "2015-07-04T00:00:00Z", "S2MSI2A": "2017-03-28T00:00:00Z"}
_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_MOMENT = {"type": "string", "format": "date-time"}


def landing(addresses: Addresses) -> Json:
    """The root."""
    root = addresses.stac
    links = [
        _link("self", root, "application/json"),
        _link("root", root, "application/json"),
        _link("data", f"{root}/collections", "application/json"),
        _link("conformance", f"{root}/conformance", "application/json"),
        _link("search", f"{root}/search", "application/geo+json", method="GET"),
        _link("search", f"{root}/search", "application/geo+json", method="POST"),
        _link("http://www.opengis.net/def/rel/ogc/1.0/queryables", f"{root}/queryables", "application/schema+json"),
        *(_link("child", f"{root}/collections/{name}", "application/json") for name in COLLECTIONS),
    ]
    return {
        "type": "Catalog",
        "id": "cdse-stac",
        "title": "Copernicus Data Space Ecosystem (CDSE) STAC API",
        "description": "The made-up archive of the embedded Data Space.",
        "stac_version": "1.1.0",
        "stac_extensions": [],
        "conformsTo": CONFORMANCE,
        "links": links,
    }


def conformance() -> Json:
    """What the API can do."""
    return {"conformsTo": CONFORMANCE}


def collection(name: str, addresses: Addresses) -> Json:
    """One of `COLLECTIONS`."""
    product_type = COLLECTIONS[name]
    title, atmosphere, level = _LEVELS[product_type]
    own = f"{addresses.stac}/collections/{name}"
    return {
        "type": "Collection",
        "stac_version": "1.1.0",
        "stac_extensions": [],
        "id": name,
        "title": title,
        "description": f"Tiles of 110 km by 110 km in UTM, reflectances at the {atmosphere} of the atmosphere.",
        "license": "other",
        "keywords": ["Copernicus", "ESA", "EU", "MSI", "Reflectance", product_type, "Sentinel", "Sentinel-2"],
        "providers": [{"name": "ESA", "roles": ["producer"], "url": "https://sentinel.esa.int"}],
        "extent": {
            "spatial": {"bbox": [[-180, -90, 180, 90]]},
            "temporal": {"interval": [[_BEGIN[product_type], None]]},
        },
        "auth:schemes": schemes(addresses.identity),
        "storage:schemes": STORAGE,
        "bands": [
            {"name": key, "description": text, "eo:common_name": common, "gsd": metres}
            for key, (text, common, _, _, metres) in BANDS.items()
        ],
        "item_assets": {key: {"title": key} for key in ASSETS[product_type]},
        "summaries": {
            "gsd": [10],
            "platform": ["sentinel-2a", "sentinel-2b", "sentinel-2c"],
            "instruments": ["msi"],
            "constellation": ["sentinel-2"],
            "processing:level": [level],
            "product:type": [product_type],
        },
        "links": [
            _link("self", own, "application/json"),
            _link("parent", addresses.stac, "application/json"),
            _link("root", addresses.stac, "application/json"),
            _link("items", f"{own}/items", "application/geo+json"),
            _link("http://www.opengis.net/def/rel/ogc/1.0/queryables", f"{own}/queryables", "application/schema+json"),
        ],
    }


def queryables(address: str) -> Json:
    """What can be asked for, as a JSON schema; `address` is the document's own."""
    numbers = {"eo:cloud_cover", "sat:relative_orbit", "sat:absolute_orbit"}
    moments = {"datetime", "start_datetime", "end_datetime", "created", "published", "updated", "processing:datetime"}
    kinds = {name: _NUMBER if name in numbers else _MOMENT if name in moments else _TEXT for name in PROPERTIES}
    return {
        "$schema": "https://json-schema.org/draft-07/schema#",
        "$id": address,
        "type": "object",
        "title": "STAC Queryables.",
        "properties": {name: {"title": name} | kind for name, kind in kinds.items()},
        "additionalProperties": False,
    }


def _link(rel: str, href: str, media: str, **more: str) -> Json:
    return {"rel": rel, "type": media, "href": href} | more
