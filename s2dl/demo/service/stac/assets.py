"""The assets of an item: metadata, quicklook, images and the whole product as zip.

Checksums are multihashes in hex: a code for the algorithm, the digest's length, the digest.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from s2dl.demo.service.stac.constants import BANDS, STORAGE, band
from s2dl.demo.world.blanks import VIEW, Filling
from s2dl.demo.world.grid import TILE_METRES, grid
from s2dl.demo.world.safe import images

if TYPE_CHECKING:
    from s2dl.demo.world import Scene, World

__all__ = ["ASSETS", "Addresses", "asset"]

Json = dict[str, Any]

_MD5 = "d50110"
_SHA3 = "1620"
_MISLABELLED = "d50120"
"""What the service writes before the SHA3-256 of metadata: the code of MD5 with the length of SHA3-256."""

_METADATA = {
    "safe_manifest": "manifest.safe",
    "product_metadata": "MTD_MSI{level}.xml",
    "granule_metadata": "GRANULE/{granule}/MTD_TL.xml",
    "inspire_metadata": "INSPIRE.xml",
    "datastrip_metadata": "DATASTRIP/{datastrip}/MTD_DS.xml",
}
_TITLES = {
    "TCI": "True color image",
    "AOT": "Aerosol optical thickness (AOT)",
    "SCL": "Scene classification map (SCL)",
    "WVP": "Water vapour (WVP)",
}
_CLASSES = (
    "no_data", "saturated_or_defective", "dark_area_pixels", "cloud_shadows", "vegetation", "not_vegetated", "water",
    "unclassified", "cloud_medium_probability", "cloud_high_probability", "thin_cirrus", "snow",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the service is: the STAC root, and the origins for downloads and for login."""

    stac: str
    download: str
    identity: str


@cache
def _images(product_type: str) -> dict[str, tuple[str, int]]:
    """Path, with blanks, and pixel size in metres by asset, in the order of the service."""
    order = [*BANDS, *_TITLES]
    keyed = [(path.partition(f"{VIEW}_")[2].removesuffix(".jp2"), path, size) for path, size in images(product_type)]
    keyed.sort(key=lambda entry: (order.index(entry[0][:3]), entry[0]))
    return {key: (path, size) for key, path, size in keyed}


ASSETS: dict[str, tuple[str, ...]] = {
    product_type: (*_METADATA, "thumbnail", *_images(product_type), "Product")
    for product_type in ("S2MSI1C", "S2MSI2A")
}
"""Keys of the assets by product type, in the order of the service."""


def asset(world: World, scene: Scene, addresses: Addresses, key: str) -> Json:
    """One asset of a product."""
    if key == "Product":
        return _product(world, scene, addresses)
    if key == "thumbnail":
        return _thumbnail(world, scene, addresses)
    return _metadata(world, scene, addresses, key) if key in _METADATA else _image(world, scene, addresses, key)


def _metadata(world: World, scene: Scene, addresses: Addresses, key: str) -> Json:
    level = f"L{scene.product_type[-2:]}"
    path = _METADATA[key].format(level=level, granule=scene.granule, datastrip=scene.datastrip)
    checked = _md5(world, scene, path) if key == "safe_manifest" else _sha3(world, scene, path, _MISLABELLED)
    head = {"type": "application/xml", "title": path.rpartition("/")[2], "roles": ["metadata"]}
    return head | checked | _stored(scene, addresses, path)


def _image(world: World, scene: Scene, addresses: Addresses, key: str) -> Json:
    form, metres = _images(scene.product_type)[key]
    path = Filling.of(scene).text(form)
    described = _described(key[:3], metres, level_2=scene.product_type == "S2MSI2A")
    placed = _placed(scene.tile, metres)
    seen = {"view:azimuth": 104.0, "view:incidence_angle": 5.0} if key[:3] in BANDS else {}
    classes = {"classification:classes": _classes(scene)} if key[:3] == "SCL" else {}
    checked = _sha3(world, scene, path, _SHA3)
    return described | placed | seen | classes | checked | _stored(scene, addresses, path)


def _described(name: str, metres: int, *, level_2: bool) -> Json:
    """What an image shows, and how its values are to be read."""
    title = BANDS[name][0] if name in BANDS else _TITLES[name]
    roles = ["visual"] if name == "TCI" else ["data", "reflectance"] if name in BANDS else ["data"]
    if level_2:
        roles += [] if name in {"AOT", "WVP"} else [_sampling(name, metres)]
        roles.append(f"gsd:{metres}m")
    result: Json = {"type": "image/jp2", "title": title if name == "TCI" else f"{title} - {metres}m", "roles": roles}
    if name == "TCI" or name in BANDS:
        result["bands"] = [band(one) for one in (("B04", "B03", "B02") if name == "TCI" else (name,))]
    result |= {"data_type": "uint8" if name in {"TCI", "SCL"} else "uint16", "nodata": 0}
    if name not in {"TCI", "SCL"}:
        result |= {"raster:scale": 0.0001, "raster:offset": -0.1}
    return result | {"gsd": metres}


def _sampling(name: str, metres: int) -> str:
    original = BANDS[name][-1] if name in BANDS else {"TCI": 10, "SCL": 20}[name]
    words = {-1: "upsampled", 0: "original", 1: "downsampled"}
    return f"sampling:{words[(metres > original) - (metres < original)]}"


def _placed(tile: str, metres: int) -> Json:
    """Where the image lies, in its UTM zone."""
    tiles = grid()
    number = tiles.index[tile]
    left, top = int(tiles.ulx[number]), int(tiles.uly[number])
    side = TILE_METRES // metres
    return {
        "proj:code": f"EPSG:{int(tiles.epsg[number])}",
        "proj:shape": [side, side],
        "proj:bbox": [left, top - TILE_METRES, left + TILE_METRES, top],
        "proj:transform": [metres, 0, left, 0, -metres, top],
    }


def _classes(scene: Scene) -> list[Json]:
    """The classes of the scene classification; all that is not cloud is vegetation."""
    cloud = scene.cloud_cover or 0.0
    shares = {4: 100.0 - cloud, 8: cloud * 0.3, 9: cloud * 0.5, 10: cloud * 0.2}
    return [
        {"value": value, "name": name} | ({"nodata": True} if value == 0 else {})
        | {"percentage": round(shares.get(value, 0.0), 6)}
        for value, name in enumerate(_CLASSES)
    ]  # fmt: skip


def _thumbnail(world: World, scene: Scene, addresses: Addresses) -> Json:
    """The quicklook; size and checksum are those of the small picture inside the zip, as its path says."""
    path = f"{scene.name.removesuffix('.SAFE')}-ql.jpg"
    stored = _stored(scene, addresses, path)
    return {
        "type": "image/jpeg",
        "title": "Quicklook",
        "roles": ["thumbnail", "overview"],
        "data_type": "uint8",
        "proj:code": None,
        "proj:shape": [343, 343],
        **_md5(world, scene, path),
        "file:local_path": stored["file:local_path"],
        "href": f"{addresses.download}/odata/v1/Assets({scene.quicklook_id})/$value",
        "alternate:name": "HTTPS",
        "alternate": {
            "s3": {name: stored[name] for name in ("href", "alternate:name", "auth:refs", "storage:refs")},
        },
    }


def _product(world: World, scene: Scene, addresses: Addresses) -> Json:
    checked: Json = {}
    if scene.has_checksum:
        checked = {"file:checksum": f"{_MD5}{world.md5(scene)}", "file:size": world.size(scene)}
    return {
        "type": "application/zip",
        "title": "Zipped product",
        "roles": ["data", "metadata", "archive"],
        **checked,
        "file:local_path": f"{scene.name}.zip",
        "href": f"{addresses.download}/odata/v1/Products({scene.id})/$value",
        "auth:refs": ["oidc"],
    }


def _md5(world: World, scene: Scene, path: str) -> Json:
    content = b"".join(world.file_body(scene, path))
    return {"file:checksum": f"{_MD5}{hashlib.md5(content).hexdigest()}", "file:size": len(content)}


def _sha3(world: World, scene: Scene, path: str, code: str) -> Json:
    size, sha3 = world.file_sha3(scene, path)
    return {"file:checksum": f"{code}{sha3}", "file:size": size}


def _stored(scene: Scene, addresses: Addresses, path: str) -> Json:
    """Where a file of the product lies: in the object store, and by HTTPS."""
    nodes = "".join(f"/Nodes({name})" for name in (scene.name, *path.split("/")))
    return {
        "file:local_path": f"{scene.name}/{path}",
        "href": f"s3:/{scene.s3_path}/{path}",
        "alternate:name": "S3",
        "auth:refs": ["s3"],
        "storage:refs": list(STORAGE),
        "alternate": {
            "https": {
                "href": f"{addresses.download}/odata/v1/Products({scene.id}){nodes}/$value",
                "alternate:name": "HTTPS",
                "auth:refs": ["oidc"],
                "storage:refs": [],
            }
        },
    }
