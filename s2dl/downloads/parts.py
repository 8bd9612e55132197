"""Part files: the bytes of a product that is on its way, from one attempt or one run to the next.

A part's name holds a digest of the product's version, ``<name>.zip.<version>.part``: what it belongs to is known
without a second file that could disagree with it after a crash, and a product that was published anew begins anew.
"""

from __future__ import annotations

import glob
import hashlib
import re
from typing import TYPE_CHECKING

from s2dl.access.bearer import origin
from s2dl.files import archive_name, disk_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from s2dl.product import Product

__all__ = ["Part"]

_PIECE = 2**20
_VERSION = re.compile(r"\.[0-9a-f]{12}\.part")


class Part:
    """The part file of one version of one product.

    Parameters
    ----------
    directory : Path
    product : Product
    url : str
        Of the service; tells versions apart where the catalogue gives no checksum.

    Attributes
    ----------
    path : Path
    archive : Path
        The final name.
    """

    def __init__(self, directory: Path, product: Product, url: str) -> None:
        known = (product.md5,) if product.md5 else (product.id, *origin(url))
        version = hashlib.sha256(repr((known, product.size)).encode()).hexdigest()[:12]
        self.archive = directory / archive_name(product.name)
        self.path = self.archive.with_name(f"{self.archive.name}.{version}.part")

    @property
    def size(self) -> int:
        """Bytes that are there."""
        with disk_errors(self.path):
            return self.path.stat().st_size if self.path.exists() else 0

    def open(self, at: int) -> BinaryIO:
        """Open it to write from byte `at` on; what was there behind is cut off."""
        with disk_errors(self.path):
            file = self.path.open("r+b" if at else "wb", buffering=0)
            file.truncate(at)
            file.seek(at)
        return file

    def pieces(self, size: int) -> Iterator[bytes]:
        """Yield its first `size` bytes."""
        with disk_errors(self.path), self.path.open("rb") as file:
            while size > 0 and (piece := file.read(min(_PIECE, size))):
                yield piece
                size -= len(piece)

    def drop(self) -> None:
        """Remove it."""
        with disk_errors(self.path):
            self.path.unlink(missing_ok=True)

    def drop_others(self) -> None:
        """Remove what is left of other versions of the product."""
        with disk_errors(self.archive):
            for other in self.archive.parent.glob(f"{glob.escape(self.archive.name)}.*.part"):
                if other != self.path and _VERSION.fullmatch(other.name.removeprefix(self.archive.name)):
                    other.unlink(missing_ok=True)
