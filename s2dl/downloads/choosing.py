"""Which files of a product are wanted, and which of them are not here yet; for downloads of some bands."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2dl.access.http import backoff
from s2dl.access.threads import in_thread
from s2dl.downloads.keeping import entry_of
from s2dl.downloads.manifest import ProductFile, listed_files
from s2dl.downloads.parts import remove_part
from s2dl.downloads.plan import Overwrite, Target
from s2dl.downloads.progress_file import ProgressFile
from s2dl.downloads.source import Source, folder_name
from s2dl.errors import BadAnswer, ChecksumMismatch, S2dlError, ServiceError
from s2dl.files import digest_of, disk_errors, md5_of, set_aside
from s2dl.manifest import MANIFEST
from s2dl.report import SceneResult, Status

if TYPE_CHECKING:
    from pathlib import Path

    from s2dl.product import Product

__all__ = ["Choose", "Choosing", "Missing", "Shelf", "manifest_file"]

Choose = Callable[[str, Iterable[ProductFile]], tuple[ProductFile, ...]]

_READINGS = 4
_SAYS = {"here": "already here", "away": "listed, not here", "adopted": "was here, its checksums are right"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Missing:
    """What of a product is to be fetched: `files`, and `manifest` where that is not kept here yet.

    `settled` is what came of the product if that is nothing.
    """

    files: tuple[ProductFile, ...]
    manifest: bytes | None
    settled: SceneResult

    @property
    def size(self) -> int:
        """Bytes to fetch."""
        return sum(file.size for file in self.files) + len(self.manifest or b"")

    def __bool__(self) -> bool:
        return bool(self.files) or self.manifest is not None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Holds what is here of products against what is wanted of them. Blocking: it hashes files that are not listed.

    Attributes
    ----------
    choose : callable
        Takes a product's name and all files of its manifest, gives those that are wanted.
    target : Target
    progress : ProgressFile
        Adopted files are entered.
    overwrite : bool or "missing"
    touch : bool
        False for a dry run: nothing is hashed against a manifest, renamed or listed.
    broken : set of str
        Listed files, as the progress file calls them, that are known to be wrong: they are missing.
    """

    choose: Choose
    target: Target
    progress: ProgressFile
    overwrite: Overwrite = False
    touch: bool = True
    broken: frozenset[str] = frozenset()

    def look_by_kept(self, product: Product) -> Missing | None:
        """What is missing by the manifest that is listed and here; None where there is none."""
        source = Source(product, ProductFile(MANIFEST, 0, "md5", ""))
        entry, path = self.progress.find_file(source.place), source.path(self.target.directory)
        if entry is None or self.overwrite is True or not path.is_file():
            return None
        with disk_errors(path):
            content = path.read_bytes() if path.stat().st_size == entry.size else b""
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != entry.md5:
            _log.warning("%s is not as it was; the manifest is fetched again", path)
            return None
        return self.look(product, content)

    def look(self, product: Product, manifest: bytes) -> Missing:
        """What is missing by a manifest.

        Raises
        ------
        S2dlError
            The product has not what is wanted, or its manifest is none.
        """
        own = manifest_file(manifest)
        wanted = (*self.choose(product.name, listed_files(manifest, product.name)), own)
        states = {file: self._state(Source(product, file)) for file in wanted}
        missing = [file for file, state in states.items() if state == "missing"]
        files = tuple(file for file in missing if file != own)
        return Missing(files, manifest if own in missing else None, self._settled(product, states))

    def _settled(self, product: Product, states: dict[ProductFile, str]) -> SceneResult:
        folder = self.target.directory / folder_name(product.name)
        count = Counter(states.values())
        reason = ", ".join(said for state, said in _SAYS.items() if count[state])
        size = sum(file.size for file in states)
        status: Status = "adopted" if count["adopted"] else "skipped"
        return SceneResult(product.name, status, folder if folder.is_dir() else None, size, reason=reason)

    def _state(self, source: Source) -> str:
        path = source.path(self.target.directory)
        here = path.is_file()
        if source.place in self.broken:
            return "missing"
        if self.progress.find_file(source.place) is not None:
            if self.overwrite is True or (self.overwrite == "missing" and not here):
                return "missing"
            return "here" if here else "away"
        if here and self.touch and self.overwrite is not True:
            return "adopted" if self._adopted(source, path) else "missing"
        return "missing"

    def _adopted(self, source: Source, path: Path) -> bool:
        """List a file that is there and right; set one aside that is not."""
        with disk_errors(path):
            size = path.stat().st_size
            if size == source.size and digest_of(path, source.algorithm) == source.checksum:
                remove_part(path, self.progress.path.name)  # a run was ended when it had just been renamed
                self.progress.add(entry_of(source, size, md5_of(path)))
                return True
            aside = set_aside(path)
        _log.warning("%s is not what the manifest lists; it was renamed to %s", path, aside.name)
        return False


@dataclass(slots=True)
class Choosing:
    """Chooses among the files of products.

    Attributes
    ----------
    shelf : Shelf
    fetch_manifest : callable
        Fetches the manifest of a product.
    """

    shelf: Shelf
    fetch_manifest: Callable[[Product], Awaitable[bytes]]
    _seen: dict[str, Missing] = field(default_factory=dict)

    async def missing(self, product: Product) -> Missing:
        """What of a product is not here; asked again, the same answer.

        Raises
        ------
        S2dlError
            There is no manifest to be had, or the product has not what is wanted.
        """
        found = self._seen.get(product.name)
        if found is None:  # one of which nothing is missing counts as false
            found = await self.missing_by_kept(product)
        if found is None:
            content = await self._manifest(product)
            found = await in_thread(lambda: self.shelf.look(product, content))
        self._seen[product.name] = found
        return found

    async def _manifest(self, product: Product) -> bytes:
        """A product's manifest.

        Nothing vouches for it: it is believed when it comes twice the same. One that is wrong in the same way each time
        is found out by the files only whose checksums it has wrong.
        """
        before: bytes | None = None
        trouble: S2dlError = ChecksumMismatch(
            f"{product.name}: its manifest came differently each time; try again later."
        )
        for attempt in range(1, _READINGS + 1):
            try:
                content = await self.fetch_manifest(product)
            except ServiceError as error:
                if not isinstance(error, BadAnswer) and error.status != 404:  # a 404 is seen to pass
                    raise
                trouble = error
                await asyncio.sleep(backoff(attempt))
                continue
            if content == before:
                return content
            before = content
        raise trouble

    async def missing_by_kept(self, product: Product) -> Missing | None:
        """The same by the manifest that is here; None where there is none."""
        return await in_thread(lambda: self.shelf.look_by_kept(product))


def manifest_file(content: bytes) -> ProductFile:
    """The manifest itself as a file of the product, right as the service gave it: nothing else has its checksum."""
    return ProductFile(MANIFEST, len(content), "sha3_256", hashlib.sha3_256(content).hexdigest())
