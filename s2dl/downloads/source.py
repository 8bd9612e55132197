"""What one transfer fetches: a product's archive, or one file of a product by itself.

Single files go into a folder ``<name>.SAFE.bands``, each at its own place in it. It has a name of its own because
``<name>.SAFE`` says that a product is there whole, to `s2dl.downloads.archive` as well as to people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from s2dl.files import archive_name

if TYPE_CHECKING:
    from pathlib import Path

    from s2dl.downloads.manifest import ProductFile
    from s2dl.product import Product

__all__ = ["Source", "folder_name"]

_ZIP_STARTS = b"PK\x03\x04"


def folder_name(name: str) -> str:
    """`<name>.bands` for a product's name.

    Raises
    ------
    BadAnswer
        The name, which comes from the service, could lead out of the directory.
    """
    return f"{archive_name(name).removesuffix('.zip')}.bands"


@dataclass(frozen=True, slots=True)
class Source:
    """A product's archive or, with `file`, that file of it."""

    product: Product
    file: ProductFile | None = None

    @property
    def name(self) -> str:
        """What sentences call it."""
        return self.product.name if self.file is None else f"{self.product.name}, {self.file.path.rpartition('/')[2]}"

    @property
    def place(self) -> str:
        """Its final name below the directory, with slashes."""
        if self.file is None:
            return archive_name(self.product.name)
        return f"{folder_name(self.product.name)}/{self.file.path}"

    @property
    def size(self) -> int:
        """Bytes; 0 unknown."""
        return self.product.size if self.file is None else self.file.size

    @property
    def algorithm(self) -> str:
        """Of the checksum, as `hashlib` calls it."""
        return "md5" if self.file is None else self.file.algorithm

    @property
    def checksum(self) -> str | None:
        """Lower-case hex; None unknown."""
        return self.product.md5 if self.file is None else self.file.checksum

    @property
    def authority(self) -> str:
        """Who says size and checksum."""
        return "the catalogue" if self.file is None else "the manifest"

    @property
    def head(self) -> bytes:
        """What its bytes begin with, as far as that is known."""
        return _ZIP_STARTS if self.file is None else b""

    def url(self, data_url: str) -> str:
        """Its address at the service; that of a file leads through the product's nodes."""
        address = f"{data_url}/Products({quote(self.product.id, safe='')})"
        if self.file is None:
            return f"{address}/$value"
        steps = (self.product.name, *self.file.path.split("/"))
        return "/".join((address, *(f"Nodes({quote(step)})" for step in steps), "$value"))

    def path(self, directory: Path) -> Path:
        """Its final name in `directory`."""
        return directory.joinpath(*self.place.split("/"))
