"""What has to be done for each product: fetch, skip, adopt; decided before a byte moves."""

from __future__ import annotations

import logging
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from s2dl.downloads.parts import remove_part
from s2dl.downloads.progress_file import Entry, ProgressFile
from s2dl.downloads.space import disk_of, see_room
from s2dl.errors import BadAnswer, BadInput
from s2dl.files import archive_name, disk_errors, given_path, md5_of, see_writable, set_aside
from s2dl.report import SceneResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from s2dl.downloads.unzipping import Unzip
    from s2dl.product import Product
    from s2dl.settings import Settings

__all__ = ["OFFLINE", "Overwrite", "Plan", "Target", "check_space", "make_plan", "make_ready", "resolve_target"]

Overwrite = bool | Literal["missing"]

_MOST_ON_THEIR_WAY = 4
"""An account has four connections."""
OFFLINE = "The service keeps it offline; try again later, or wait for it (wait_offline)."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """Where files go, and which progress file lists them."""

    directory: Path
    progress_file: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """`fetch` is to be transferred, `offline` as soon as it comes online; `settled` needs no transfer.

    `in_files` says that single files of the products are meant; the sizes in `fetch` are those of what is missing.
    """

    fetch: tuple[Product, ...]
    settled: tuple[SceneResult, ...]
    offline: tuple[Product, ...] = ()
    in_files: bool = False

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
        Both were given and disagree, the directory is a file, or the progress file would lie elsewhere than what it
        lists.
    DiskError
        The directory's name is one that no disk takes.
    """
    listing = given_path("progress_file", settings.progress_file if progress_file is None else progress_file)
    given = None if directory is None else given_path("directory", directory)
    if listing.is_absolute():
        if given is not None and given.resolve() != listing.parent.resolve():
            raise BadInput(
                f"The progress file {listing} does not lie in {directory}: give one of the two, or a file name only."
            )
        folder = listing.parent
    else:
        folder = (given or given_path("directory", settings.directory)).absolute()
    if listing.name in {"", ".."} or (len(listing.parts) > 1 and not listing.is_absolute()):
        raise BadInput(
            f"progress_file: {str(listing)!r} is not the name of a file in the directory; give a name without folders, "
            "or a whole path, whose folder the files go into."
        )
    with disk_errors(folder):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if not there.is_dir():
            raise BadInput(f"{there} is a file; name a directory to download into.")
    return Target(folder, folder / listing.name)


def make_ready(target: Target) -> None:
    """Make the directory and see that files can be written there, and the progress file, before anything is fetched.

    Raises
    ------
    DiskError
        They cannot.
    """
    see_writable(target.directory)
    with disk_errors(target.progress_file):
        if target.progress_file.is_file():
            target.progress_file.open("r+b").close()


def check_space(plan: Plan, target: Target, unzip: Unzip | None = None) -> None:
    """See that what a plan fetches fits on the disk, and what will be unzipped of it too.

    Bytes that an earlier run left in part files are there already. Where archives go after unzipping, they take turns:
    room for the largest ones is enough.

    Raises
    ------
    DiskError
        It does not fit.
    """
    products = (*plan.fetch, *plan.offline)
    if not products:
        return
    sizes = [product.size for product in products]
    if unzip is None or unzip.keep_archive:
        begun = _begun(target, "*.SAFE.bands/**/*.part" if plan.in_files else "*.SAFE.zip.*part")
        archives = sum(max(0, product.size - begun[product.name]) for product in products)
    else:
        archives = sum(sorted(sizes)[-_MOST_ON_THEIR_WAY:])
    folders = 0 if unzip is None else sum(sizes)
    if unzip is not None and disk_of(unzip.directory) != disk_of(target.directory):
        see_room(target.directory, archives, "to be downloaded")
        see_room(unzip.directory, folders, "to be unzipped")
    else:
        what = "to be downloaded" if unzip is None else "to be downloaded and unzipped"
        see_room(target.directory, archives + folders, what)


def _begun(target: Target, pattern: str) -> Counter[str]:
    """Bytes that part files take already, by product name."""
    begun: Counter[str] = Counter()
    with disk_errors(target.directory):
        for part in target.directory.glob(pattern):
            name, _, _ = part.relative_to(target.directory).parts[0].partition(".SAFE.")
            begun[f"{name}.SAFE"] += part.stat().st_size
    return begun


def make_plan(
    products: Iterable[Product],
    target: Target,
    progress: ProgressFile,
    overwrite: Overwrite,
    *,
    touch: bool = True,
    wait: bool = False,
    must_stop: Callable[[], bool] = lambda: False,
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
    wait : bool
        Whether offline products will be waited for; else they are settled as such.
    must_stop : callable
        Asked before each product; once it says so, the products that are left are settled as cancelled.
    """
    fetch: list[Product] = []
    offline: list[Product] = []
    settled: list[SceneResult] = []
    for product in {each.name: each for each in products}.values():
        if must_stop():
            settled.append(SceneResult(product.name, "cancelled", reason="stopped before it was looked at"))
            continue
        try:
            result = _settle(product, target, progress, overwrite, touch=touch)
        except BadAnswer as error:  # a name that leads elsewhere fails this product only
            result = SceneResult(product.name, "failed", reason=str(error))
        if result is not None:
            settled.append(result)
        elif product.online:
            fetch.append(product)
        elif wait:
            offline.append(product)
        else:
            settled.append(SceneResult(product.name, "offline", size=product.size, reason=OFFLINE))
    return Plan(tuple(fetch), tuple(settled), tuple(offline))


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
    if overwrite is True and touch and path.is_file() and (entry is None or entry.kind == "removed"):
        with disk_errors(path):
            if _right_md5(product, path) is None:  # nobody has said that it may go
                _out_of_the_way(path)
    return None


def _settle_listed(product: Product, path: Path, entry: Entry, overwrite: Overwrite) -> SceneResult | None:
    archive = path.is_file()
    removed = entry.kind == "removed" and not archive  # a kill may come after the entry and before the removal
    here = (entry.extracted is None or Path(entry.extracted).is_dir()) if removed else archive
    if overwrite is True or (overwrite == "missing" and not here):
        return None
    if removed:
        reason = "unzipped, archive removed" if here else "unzipped, archive removed, and the folder is not here"
        return SceneResult(product.name, "skipped", size=entry.size, md5=entry.md5, reason=reason)
    reason = "already here" if here else "listed, not here"
    return SceneResult(product.name, "skipped", path if here else None, entry.size, entry.md5, reason=reason)


def _adopt(product: Product, present: Path, progress: ProgressFile) -> SceneResult | None:
    """List a file that is there and right; set one aside that is not, or of which nobody can tell."""
    with disk_errors(present):
        size, digest = present.stat().st_size, _right_md5(product, present)
        if digest is not None:
            remove_part(present, progress.path.name)  # a run was ended when it had just been renamed
            progress.add(Entry(present.name, digest, product.name, product.id, size, catalogue_md5=product.md5))
            return SceneResult(product.name, "adopted", present, size, digest, reason="was here, its MD5 is right")
        _out_of_the_way(present)
    return None


def _right_md5(product: Product, present: Path) -> str | None:
    """The MD5 of a file that is what the catalogue lists; None where it is not, or nobody can tell."""
    if not product.md5 or (product.size and present.stat().st_size != product.size):
        return None
    return product.md5 if md5_of(present) == product.md5 else None


def _out_of_the_way(present: Path) -> None:
    aside = set_aside(present)
    _log.warning("%s is not known to be what the catalogue lists; it was renamed to %s", present, aside.name)
