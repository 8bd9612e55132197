"""A verified part file gets its final name and its entry; in this order, so that the list never says too much."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from s2dl.downloads.parts import part_path, remove_part
from s2dl.downloads.progress_file import Entry, ProgressFile
from s2dl.files import disk_errors, md5_of, replace_durably, set_aside, sync_directory

if TYPE_CHECKING:
    from pathlib import Path

    from s2dl.downloads.source import Source

__all__ = ["entry_of", "keep", "keep_content"]


def keep(source: Source, part: Path, directory: Path, digest: str, progress: ProgressFile) -> int:
    """Rename and list; gives the size in bytes.

    An archive that came to its place while this one was on its way, and is another one, is set aside.

    Raises
    ------
    DiskError
        The disk refused.
    """
    path = source.path(directory)
    with disk_errors(path):
        unknown = source.file is None and progress.find(source.product.name) is None and path.is_file()
        if unknown and md5_of(path) != digest:
            set_aside(path)
        replace_durably(part, path)
        remove_part(path, progress.path.name)
        for folder in path.relative_to(directory).parents:  # they may be as new as the file
            sync_directory(directory / folder)
        size = path.stat().st_size
    progress.add(entry_of(source, size, digest))
    return size


def keep_content(source: Source, content: bytes, directory: Path, progress: ProgressFile) -> None:
    """Give a small file that is at hand its final name, and list it.

    Raises
    ------
    DiskError
        The disk refused.
    """
    path = source.path(directory)
    part = part_path(path, progress.path.name)
    with disk_errors(part):
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
    keep(source, part, directory, hashlib.md5(content, usedforsecurity=False).hexdigest(), progress)


def entry_of(source: Source, size: int, md5: str) -> Entry:
    """What the progress file says of a source that is there and verified."""
    product = source.product
    if source.file is not None:
        return Entry(source.place, md5, product.name, product.id, size, kind="files", verified_by="manifest")
    by_md5 = product.md5 is not None
    return Entry(
        source.place,
        md5,
        product.name,
        product.id,
        size,
        verified_by="md5" if by_md5 else "manifest",
        catalogue_md5=product.md5,
    )
