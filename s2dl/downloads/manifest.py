"""What a product's manifest lists, and archives checked by it where the catalogue has no checksum.

``manifest.safe`` names each file with size and SHA3-256 (MD5 in older products); the quicklook ``-ql.jpg`` is added by
the Data Space and stands in no manifest.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s2dl.downloads.members import DAMAGED, checked_top
from s2dl.errors import ChecksumMismatch, Incomplete
from s2dl.manifest import LARGEST_MANIFEST, MANIFEST, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ProductFile", "check_archive", "listed_files"]

_PIECE = 2**20
_HASHES = {"SHA3-256": "sha3_256", "MD5": "md5"}


@dataclass(frozen=True, slots=True)
class ProductFile:
    """One file of a product.

    Attributes
    ----------
    path : str
        Within the product's folder, with slashes; from a manifest it is as untrusted as all that comes from outside.
    size : int
        Bytes.
    algorithm : str
        Of `checksum`, as `hashlib` calls it.
    checksum : str
        Lower-case hex.
    """

    path: str
    size: int
    algorithm: str
    checksum: str


def check_archive(path: Path, name: str) -> None:
    """Check a product's zip against its CRCs and its manifest.

    Parameters
    ----------
    path : Path
    name : str
        The product's, for the sentence.

    Raises
    ------
    Incomplete
        It is no whole zip, or a file of the manifest is not in it.
    ChecksumMismatch
        A file is not what CRC or manifest say, or it is another product.
    TransferError
        Something in it has no place in a product.
    """
    try:
        with zipfile.ZipFile(path) as zipped:
            top = checked_top(path, zipped)
            if top != name:
                raise ChecksumMismatch(f"{name}: what came is another product, {top}.")
            if damaged := zipped.testzip():
                raise ChecksumMismatch(f"{name}: {damaged} within the zip is damaged.")
            files = tuple(listed_files(_manifest(zipped, name), name))
            if not files:
                raise Incomplete(f"{name}: its manifest lists no files, so it cannot be checked.")
            for file in files:
                _check(zipped, f"{top}/{file.path}", file, name)
    except DAMAGED as error:
        raise Incomplete(f"{name}: what came is no whole zip ({error}).") from error


def _manifest(zipped: zipfile.ZipFile, name: str) -> bytes:
    try:
        info = zipped.getinfo(f"{name}/{MANIFEST}")
    except KeyError as error:
        raise Incomplete(f"{name}: the zip has no {MANIFEST}, so it cannot be checked.") from error
    if info.file_size > LARGEST_MANIFEST:
        raise ChecksumMismatch(f"{name}: its manifest is too large to be one.")
    return zipped.read(info)


def listed_files(manifest: bytes, name: str) -> Iterator[ProductFile]:
    """Read a manifest: each file of which it gives a checksum that can be checked.

    Parameters
    ----------
    manifest : bytes
    name : str
        The product's, for the sentence.

    Raises
    ------
    ChecksumMismatch
        It is none.
    """
    try:
        root = read_manifest(manifest)
    except ValueError as error:
        raise ChecksumMismatch(f"{name}: its manifest is none: {error}.") from error
    for stream in root.iter("byteStream"):
        location, checksum = stream.find("fileLocation"), stream.find("checksum")
        if location is None or checksum is None or checksum.get("checksumName") not in _HASHES:
            continue
        size = stream.get("size", "")
        yield ProductFile(
            str(location.get("href")).removeprefix("./"),
            int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0,
            _HASHES[str(checksum.get("checksumName"))],
            (checksum.text or "").strip().lower(),
        )


def _check(zipped: zipfile.ZipFile, member: str, file: ProductFile, name: str) -> None:
    try:
        info = zipped.getinfo(member)
    except KeyError as error:
        raise Incomplete(f"{name}: {member} of its manifest is not in the zip.") from error
    digest = hashlib.new(file.algorithm, usedforsecurity=False)
    with zipped.open(info) as content:
        while piece := content.read(_PIECE):
            digest.update(piece)
    if digest.hexdigest() != file.checksum:
        raise ChecksumMismatch(f"{name}: {member} is not what the manifest says.")
