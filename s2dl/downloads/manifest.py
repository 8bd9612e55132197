"""A product without a catalogue checksum is checked from within: the zip's CRCs, and its own manifest.

``manifest.safe`` names each file with size and SHA3-256 (MD5 in older products); the quicklook ``-ql.jpg`` is added by
the Data Space and stands in no manifest.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from s2dl.errors import ChecksumMismatch, Incomplete

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_archive"]

_PIECE = 2**20
_LARGEST_MANIFEST = 16 * 2**20
_HASHES = {"SHA3-256": "sha3_256", "MD5": "md5"}


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
        A file is not what CRC or manifest say.
    """
    try:
        with zipfile.ZipFile(path) as zipped:
            if damaged := zipped.testzip():
                raise ChecksumMismatch(f"{name}: {damaged} within the zip is damaged.")
            manifests = [each for each in zipped.namelist() if each.count("/") == 1 and each.endswith("/manifest.safe")]
            if len(manifests) != 1:
                raise Incomplete(f"{name}: the zip has no manifest.safe, so it cannot be checked.")
            top = manifests[0].removesuffix("manifest.safe")
            for element in _listed(zipped, manifests[0], name):
                _check(zipped, top, element, name)
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise Incomplete(f"{name}: what came is no whole zip ({error}).") from error


def _listed(zipped: zipfile.ZipFile, manifest: str, name: str) -> Iterator[Element]:
    if zipped.getinfo(manifest).file_size > _LARGEST_MANIFEST:
        raise ChecksumMismatch(f"{name}: its manifest is too large to be one.")
    try:
        root: Element = defusedxml.ElementTree.fromstring(zipped.read(manifest), forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise ChecksumMismatch(f"{name}: its manifest cannot be read ({error}).") from error
    return root.iter("byteStream")


def _check(zipped: zipfile.ZipFile, top: str, stream: Element, name: str) -> None:
    location, checksum = stream.find("fileLocation"), stream.find("checksum")
    if location is None or checksum is None or checksum.get("checksumName") not in _HASHES:
        return
    member = top + str(location.get("href")).removeprefix("./")
    try:
        info = zipped.getinfo(member)
    except KeyError as error:
        raise Incomplete(f"{name}: {member} of its manifest is not in the zip.") from error
    digest = hashlib.new(_HASHES[str(checksum.get("checksumName"))], usedforsecurity=False)
    with zipped.open(info) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    if digest.hexdigest() != (checksum.text or "").strip().lower():
        raise ChecksumMismatch(f"{name}: {member} is not what the manifest says.")
