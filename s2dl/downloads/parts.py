"""Part files: the bytes of a product that is on its way, from one attempt or one run to the next.

A note beside the part, written before its first byte, says which version of the product it belongs to: one that was
published anew begins anew. Where a crash leaves the two in disagreement, the checksum of the whole decides. Files of a
product that are fetched by themselves have part files as archives have.

Each progress file has part files of its own: it is what is locked, and two that share a directory would otherwise write
into one another's.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from s2dl.access.bearer import origin
from s2dl.downloads.source import Source
from s2dl.files import disk_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from s2dl.downloads.manifest import ProductFile
    from s2dl.product import Product

__all__ = ["Part", "part_path", "remove_part"]

_PIECE = 2**20
_USUAL = "s2dl.progress"


def part_path(target: Path, progress_file: str) -> Path:
    """The part file of what will be `target`, for the progress file of this name in the same directory or above."""
    whose = "" if progress_file == _USUAL else f".{hashlib.sha256(os.fsencode(progress_file)).hexdigest()[:8]}"
    return target.with_name(f"{target.name}{whose}.part")


def remove_part(target: Path, progress_file: str) -> None:
    """Remove what is left of the part file of `target`, and the note about it; `part_path` has the parameters."""
    part = part_path(target, progress_file)
    with disk_errors(part):
        part.unlink(missing_ok=True)
        _note_of(part).unlink(missing_ok=True)


def _note_of(part: Path) -> Path:
    return part.with_name(f".{part.name}.version")


class Part:
    """The part file of one version of one product, or of one file of it.

    Parameters
    ----------
    directory : Path
    product : Product
    url : str
        Of the service; tells versions apart where the catalogue gives no checksum.
    file : ProductFile, optional
        The file that is fetched instead of the archive.
    progress_file : str, optional
        Name of the progress file that it is fetched for.

    Attributes
    ----------
    path : Path
    target : Path
        The final name.
    version : str
    """

    def __init__(
        self,
        directory: Path,
        product: Product,
        url: str,
        file: ProductFile | None = None,
        *,
        progress_file: str = _USUAL,
    ) -> None:
        source = Source(product, file)
        known = (source.checksum,) if source.checksum else (product.id, *origin(url))
        self.version = hashlib.sha256(repr((known, source.size)).encode()).hexdigest()[:12]
        self.target = source.path(directory)
        self.path = part_path(self.target, progress_file)
        self._note = _note_of(self.path)
        self._progress_file = progress_file

    @property
    def size(self) -> int:
        """Bytes of this version that are there."""
        with disk_errors(self.path):
            return self.path.stat().st_size if self.path.exists() and self._is_of_this_version() else 0

    def open(self, at: int) -> BinaryIO:
        """Open it to write from byte `at` on; what was there behind is cut off."""
        with disk_errors(self.path):
            if at == 0:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.unlink(missing_ok=True)
                self._note.write_text(self.version)
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
        """Remove it, and the note about it."""
        remove_part(self.target, self._progress_file)

    def drop_other_version(self) -> None:
        """Remove what is left of another version of the product."""
        with disk_errors(self.path):
            of_this_version = self._is_of_this_version()
        if not of_this_version:
            self.drop()

    def _is_of_this_version(self) -> bool:
        return self._note.exists() and self._note.read_bytes() == self.version.encode()
