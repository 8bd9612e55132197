"""A product's manifest: taken from the product where that is on disk, else fetched alone from the service."""

from __future__ import annotations

import logging
import zipfile
import zlib
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from s2dl.errors import BadAnswer
from s2dl.files import archive_name

if TYPE_CHECKING:
    from pathlib import Path

    from s2dl.previews.account import Account
    from s2dl.product import Product
    from s2dl.settings import Settings

__all__ = ["check_manifest", "fetch_manifest", "manifest_on_disk"]

_LARGEST = 16 * 2**20
"""Bytes; a manifest has some 50 kB, that of an old product with many granules some megabytes."""
_FILE = "manifest.safe"
_ROOT = "{urn:ccsds:schema:xfdu:1}XFDU"
_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError)

_log = logging.getLogger(__name__)


def manifest_on_disk(name: str, directory: Path) -> bytes | None:
    """The manifest out of a product's folder or archive in `directory`; None where neither has a good one.

    Parameters
    ----------
    name : str
        The product's, with ``.SAFE``.
    directory : Path
        Where ``<name>`` or ``<name>.zip`` may lie; an archive may also be named without ``.SAFE``.
    """
    archive = archive_name(name)
    for path in (directory / name / _FILE, directory / archive, directory / archive.replace(".SAFE.zip", ".zip")):
        try:
            if not path.is_file():
                continue
            content = _read(path)
            check_manifest(name, content)
        except (*_DAMAGED, BadAnswer) as error:
            _log.warning("%s gives no manifest: %s", path, error)
        else:
            return content
    return None


async def fetch_manifest(account: Account, product: Product, settings: Settings) -> bytes:
    """Fetch a product's manifest by itself, as a node of the product.

    Raises
    ------
    LoginError
        The account is missing or was refused.
    BadAnswer
        What came is no manifest.
    ServiceError
        The service did not give it.
    """
    path = f"Products({quote(product.id)})/Nodes({quote(product.name)})/Nodes({_FILE})/$value"
    content = await account.get_bytes(
        f"The manifest of {product.name}", f"{settings.data_url}/{path}", largest=_LARGEST
    )
    check_manifest(product.name, content)
    return content


def check_manifest(name: str, content: bytes) -> None:
    """See that it is a manifest.

    Raises
    ------
    BadAnswer
        It is none.
    """
    try:
        root: Element = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise BadAnswer(f"{name}: its manifest cannot be read ({error}).") from error
    if root.tag != _ROOT:
        raise BadAnswer(f"{name}: what came for its manifest is something else ({root.tag[:80]!r}).")


def _read(path: Path) -> bytes:
    if path.suffix != ".zip":
        with path.open("rb") as file:
            return _bounded(file.read(_LARGEST + 1))
    with zipfile.ZipFile(path) as zipped:
        members = [each for each in zipped.namelist() if each.count("/") == 1 and each.endswith(f"/{_FILE}")]
        if len(members) != 1:
            raise BadAnswer(f"it has {len(members)} files of this name.")
        with zipped.open(members[0]) as file:
            return _bounded(file.read(_LARGEST + 1))


def _bounded(content: bytes) -> bytes:
    if len(content) > _LARGEST:
        raise BadAnswer("it is too large to be one.")
    return content
