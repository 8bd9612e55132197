"""What the catalogue's answers say of one product: the JSON of Products and DeletedProducts.

It is written as text at once: a page has a thousand products, and most of each is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from s2dl.demo.service.attributes import ATTRIBUTES
from s2dl.demo.service.moments import iso, modified, originated
from s2dl.demo.service.shapes import ewkt, geojson

if TYPE_CHECKING:
    from s2dl.demo.world import Scene, World

__all__ = ["EXPANSIONS", "FIELD_NAMES", "deleted_record", "record"]

NEVER = "9999-12-31T23:59:59.999999Z"
EXPANSIONS = ("Attributes", "Assets", "Locations")

_MEDIA = '"application/octet-stream"'
_QUOTE = {"String": '"', "DateTimeOffset": '"'}
_FORMS = [
    (
        f'{{"@odata.type":"#OData.CSC.{one.type}Attribute","Name":"{one.name}","Value":{_QUOTE.get(one.type, "")}',
        one.value,
        f'{_QUOTE.get(one.type, "")},"ValueType":"{one.type}"}}',
    )
    for one in ATTRIBUTES.values()
]


def _attributes(scene: Scene) -> str:
    """The expanded ``Attributes`` of a product; the archive's texts need no escapes."""
    written = []
    for before, value_of, after in _FORMS:
        value = value_of(scene)
        if value is not None:
            written.append(f"{before}{iso(value) if isinstance(value, datetime) else value}{after}")
    return f"[{','.join(written)}]"


def _checksum(world: World, scene: Scene) -> str:
    if not scene.has_checksum:
        return "[]"
    date = scene.published + timedelta(seconds=6, microseconds=4421)
    later = date + timedelta(microseconds=461307)
    return (
        f'[{{"Value":"{world.md5(scene)}","Algorithm":"MD5","ChecksumDate":"{iso(date)}"}},'
        f'{{"Value":"{world.blake3(scene)}","Algorithm":"BLAKE3","ChecksumDate":"{iso(later)}"}}]'
    )


def _content_date(scene: Scene) -> str:
    moment = iso(scene.sensing)
    return f'{{"Start":"{moment}","End":"{moment}"}}'


_FIELDS: dict[str, Callable[[World, Scene], str]] = {
    "Id": lambda _, scene: f'"{scene.id}"',
    "Name": lambda _, scene: f'"{scene.name}"',
    "ContentType": lambda _, __: _MEDIA,
    "ContentLength": lambda world, scene: str(world.size(scene) if scene.has_checksum else 0),
    "OriginDate": lambda _, scene: f'"{iso(originated(scene))}"',
    "PublicationDate": lambda _, scene: f'"{iso(scene.published)}"',
    "ModificationDate": lambda _, scene: f'"{iso(modified(scene))}"',
    "Online": lambda _, scene: "true" if scene.online else "false",
    "EvictionDate": lambda _, scene: f'"{NEVER}"' if scene.has_checksum else '""',
    "S3Path": lambda _, scene: f'"{scene.s3_path}"',
    "Checksum": _checksum,
    "ContentDate": lambda _, scene: _content_date(scene),
    "Footprint": lambda _, scene: f'"{ewkt(scene.footprint)}"',
    "GeoFootprint": lambda _, scene: geojson(scene.footprint),
}
FIELD_NAMES = tuple(_FIELDS)


def record(world: World, scene: Scene, root: str, *, fields: Collection[str] | None, expand: Collection[str]) -> str:
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
    str
        JSON, keys in the order of the service.
    """
    chosen = [
        f'"{name}":{text(world, scene)}'
        for name, text in _FIELDS.items()
        if fields is None or name in fields or name == "Id"
    ]
    chosen += [f'"{name}":{_EXPANDED[name](world, scene, root)}' for name in expand]
    return _entity(chosen)


def deleted_record(scene: Scene, moment: datetime, *, fields: Collection[str] | None, expand: Collection[str]) -> str:
    """One entity of DeletedProducts; arguments as for `record`, and when it was deleted."""
    deletion = f'"{iso(moment)}"'
    texts: dict[str, Callable[[], str]] = {
        "DeletionDate": lambda: deletion,
        "DeletionCause": lambda: '"Obsolete product or Other"',
        "Id": lambda: f'"{scene.id}"',
        "Name": lambda: f'"{scene.name}"',
        "ContentType": lambda: _MEDIA,
        "OriginDate": lambda: f'"{iso(originated(scene))}"',
        "PublicationDate": lambda: f'"{iso(scene.published)}"',
        "ModificationDate": lambda: deletion,
        "Checksum": lambda: "[]",
        "ContentDate": partial(_content_date, scene),
        "Footprint": lambda: f'"{ewkt(scene.footprint)}"',
        "GeoFootprint": partial(geojson, scene.footprint),
    }
    chosen = [f'"{name}":{text()}' for name, text in texts.items() if not fields or name in fields or name == "Id"]
    if "Attributes" in expand:
        chosen.append(f'"Attributes":{_attributes(scene)}')
    return _entity(chosen)


def _entity(fields: list[str]) -> str:
    return f'{{"@odata.mediaContentType":{_MEDIA},{",".join(fields)}}}'


def _assets(_: World, scene: Scene, root: str) -> str:
    if scene.quicklook_id is None:
        return "[]"
    link = f"{root}/Assets({scene.quicklook_id})/$value"
    return f'[{{"Type":"QUICKLOOK","Id":"{scene.quicklook_id}","DownloadLink":"{link}","S3Path":"{scene.s3_path}"}}]'


def _locations(world: World, scene: Scene, root: str) -> str:
    link = f"{root}/Products({scene.id})/$value"
    return (
        f'[{{"FormatType":"Extracted","DownloadLink":"{link}","ContentLength":{world.size(scene)},"Checksum":[],'
        f'"S3Path":"{scene.s3_path}"}}]'
    )


_EXPANDED: dict[str, Callable[[World, Scene, str], str]] = {
    "Attributes": lambda _, scene, __: _attributes(scene),
    "Assets": _assets,
    "Locations": _locations,
}
