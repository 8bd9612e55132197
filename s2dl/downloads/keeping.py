"""A verified part file gets its final name and its entry; in this order, so that the list never says too much."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from s2dl.downloads.progress_file import Entry, ProgressFile, VerifiedBy
from s2dl.files import disk_errors, replace_durably

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s2dl.product import Product

__all__ = ["keep", "unbroken"]

P = ParamSpec("P")
T = TypeVar("T")


def keep(product: Product, part: Path, path: Path, digest: str, progress: ProgressFile) -> int:
    """Rename and list; gives the size in bytes.

    Raises
    ------
    DiskError
        The disk refused.
    """
    verified_by: VerifiedBy = "md5" if product.md5 else "manifest"
    with disk_errors(path):
        replace_durably(part, path)
        size = path.stat().st_size
    progress.add(
        Entry(path.name, digest, product.name, product.id, size, verified_by=verified_by, catalogue_md5=product.md5)
    )
    return size


async def unbroken(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call in a thread and wait until it has ended, even when cancelled: what it does must not be left half-done."""
    running = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError:
            continue
    return running.result()
