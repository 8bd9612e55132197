"""What has to be done for each product: fetch, skip, adopt; decided before a byte moves."""

from __future__ import annotations

import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from s2dl.downloads.progress_file import Entry, ProgressFile
from s2dl.errors import BadInput, DiskError
from s2dl.files import archive_name, disk_errors, md5_of
from s2dl.report import SceneResult, readable_size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2dl.product import Product
    from s2dl.settings import Settings

__all__ = ["Overwrite", "Plan", "Target", "check_space", "make_plan", "make_ready", "resolve_target"]

Overwrite = bool | Literal["missing"]

_RESERVE = 100 * 2**20
"""Bytes of the disk that are left alone."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """Where files go, and which progress file lists them."""

    directory: Path
    progress_file: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """`fetch` is to be transferred; `settled` needs no transfer."""

    fetch: tuple[Product, ...]
    settled: tuple[SceneResult, ...]

    @property
    def size(self) -> int:
        """Bytes to fetch, as far as the catalogue knows."""
        return sum(product.size for product in self.fetch)


def resolve_target(
    directory: str | os.PathLike[str] | None, progress_file: str | os.PathLike[str] | None, settings: Settings
) -> Target:
    """Settle directory and progress file: a relative progress file lies in the directory, an absolute one sets it.

    Raises
    ------
    BadInput
        Both were given and disagree, or the directory is a file.
    """
    listing = Path(progress_file if progress_file is not None else settings.progress_file).expanduser()
    if not listing.is_absolute():
        folder = Path(directory if directory is not None else settings.directory).expanduser().absolute()
        target = Target(folder, folder / listing)
    else:
        if directory is not None and Path(directory).expanduser().resolve() != listing.parent.resolve():
            raise BadInput(
                f"The progress file {listing} does not lie in {directory}: give one of the two, or a file name only."
            )
        target = Target(listing.parent, listing)
    if target.directory.exists() and not target.directory.is_dir():
        raise BadInput(f"{target.directory} is a file; name a directory to download into.")
    return target


def make_ready(target: Target) -> None:
    """Make the directory and see that files can be written there.

    Raises
    ------
    DiskError
        They cannot.
    """
    probe = target.directory / ".s2dl-probe"
    with disk_errors(target.directory):
        target.directory.mkdir(parents=True, exist_ok=True)
        target.progress_file.parent.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()


def check_space(target: Target, needed: int) -> None:
    """See that `needed` bytes fit on the disk.

    Raises
    ------
    DiskError
        They do not.
    """
    with disk_errors(target.directory):
        free = shutil.disk_usage(target.directory).free
    if needed + _RESERVE > free:
        raise DiskError(
            f"{target.directory}: {readable_size(needed)} are to be downloaded and {readable_size(free)} are free; "
            "make room, or choose fewer scenes or another disk."
        )


def make_plan(
    products: Iterable[Product], target: Target, progress: ProgressFile, overwrite: Overwrite, *, touch: bool = True
) -> Plan:
    """Decide what each product needs. Blocking: it hashes files that are present and not listed.

    Parameters
    ----------
    products : iterable of Product
        Doubles are taken once.
    target : Target
    progress : ProgressFile
        Adopted files are entered.
    overwrite : bool or "missing"
    touch : bool
        False for a dry run: nothing is hashed, renamed or listed.
    """
    fetch: list[Product] = []
    settled: list[SceneResult] = []
    for product in {each.name: each for each in products}.values():
        result = _settle(product, target, progress, overwrite, touch=touch)
        if result is None:
            fetch.append(product)
        else:
            settled.append(result)
    return Plan(tuple(fetch), tuple(settled))


def _settle(
    product: Product, target: Target, progress: ProgressFile, overwrite: Overwrite, *, touch: bool
) -> SceneResult | None:
    """What came of a product that needs no transfer; None where it does."""
    path = target.directory / archive_name(product.name)
    entry = progress.find(product.name)
    if entry is not None:
        listed = _settle_listed(product, target.directory / entry.file, entry, overwrite)
        if listed is not None:
            return listed
    for present in (path, path.with_name(path.name.replace(".SAFE.zip", ".zip"))):
        if present.is_file() and touch and overwrite is not True:
            adopted = _adopt(product, present, progress)
            if adopted is not None:
                return adopted
    if not product.online:
        return SceneResult(product.name, "offline", reason="The service keeps it offline; try again later.")
    return None


def _settle_listed(product: Product, path: Path, entry: Entry, overwrite: Overwrite) -> SceneResult | None:
    here = path.is_file()
    if overwrite is True or (overwrite == "missing" and not here and entry.kind != "removed"):
        return None
    if entry.kind == "removed":
        return SceneResult(product.name, "skipped", size=entry.size, md5=entry.md5, reason="unzipped, archive removed")
    reason = "already here" if here else "listed, not here"
    return SceneResult(product.name, "skipped", path if here else None, entry.size, entry.md5, reason=reason)


def _adopt(product: Product, present: Path, progress: ProgressFile) -> SceneResult | None:
    """List a file that is there and right; set one aside that is not, or of which nobody can tell."""
    with disk_errors(present):
        size = present.stat().st_size
        digest = md5_of(present) if product.md5 and (not product.size or size == product.size) else None
        if digest is not None and digest == product.md5:
            progress.add(Entry(present.name, digest, product.name, product.id, size, catalogue_md5=product.md5))
            return SceneResult(product.name, "adopted", present, size, digest, reason="was here, its MD5 is right")
        aside = _free_name(present.with_name(f"{present.name}.mismatch"))
        present.rename(aside)
    _log.warning("%s is not known to be what the catalogue lists; it was renamed to %s", present, aside.name)
    return None


def _free_name(path: Path) -> Path:
    """`path`, or with a number where that is taken."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}{number}")
    return free
