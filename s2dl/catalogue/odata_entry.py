"""The shape of OData answers, as far as s2dl reads them; what may be missing or odd on the service has a default.

Sentinel-2 entries carry some twenty attributes each: reading just these fields, straight from the bytes, takes a
fraction of the time that dictionaries of everything do.
"""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["Answer", "Asset", "Attribute", "Checksum", "Dates", "Entry"]


class Attribute(msgspec.Struct, gc=False):
    """A named value, such as cloud cover, tile or orbit."""

    name: str = msgspec.field(name="Name")
    value: Any = msgspec.field(name="Value")


class Checksum(msgspec.Struct, gc=False):
    """A digest of the zip; an empty object on some old products."""

    algorithm: str | None = msgspec.field(name="Algorithm", default=None)
    value: str | None = msgspec.field(name="Value", default=None)


class Asset(msgspec.Struct, gc=False):
    """Something that belongs to a product: its quicklook."""

    kind: str | None = msgspec.field(name="Type", default=None)
    link: str | None = msgspec.field(name="DownloadLink", default=None)


class Dates(msgspec.Struct, gc=False):
    """When it was sensed."""

    start: str | None = msgspec.field(name="Start", default=None)


class Entry(msgspec.Struct, gc=False):
    """One product."""

    id: str = msgspec.field(name="Id")
    name: str = msgspec.field(name="Name")
    size: Any = msgspec.field(name="ContentLength", default=None)
    published: str | None = msgspec.field(name="PublicationDate", default=None)
    online: Any = msgspec.field(name="Online", default=True)
    s3_path: str | None = msgspec.field(name="S3Path", default=None)
    checksums: list[Checksum | None] | None = msgspec.field(name="Checksum", default=None)
    sensed: Dates | None = msgspec.field(name="ContentDate", default=None)
    footprint: str | None = msgspec.field(name="Footprint", default=None)
    attributes: list[Attribute] | None = msgspec.field(name="Attributes", default=None)
    assets: list[Asset] | None = msgspec.field(name="Assets", default=None)


class Answer(msgspec.Struct):
    """A page of products."""

    entries: list[Entry] = msgspec.field(name="value")
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)
    count: int | None = msgspec.field(name="@odata.count", default=None)
