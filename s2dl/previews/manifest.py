"""A product's manifest: taken from the product where that is on disk, else fetched alone from the service."""

from __future__ import annotations

import logging
import zipfile
import zlib
from typing import TYPE_CHECKING
from urllib.parse import quote

from s2dl.errors import BadAnswer
from s2dl.files import archive_name
from s2dl.manifest import LARGEST_MANIFEST, MANIFEST, read_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from s2dl.previews.account import Account
    from s2dl.product import Product
    from s2dl.settings import Settings

__all__ = ["check_manifest", "fetch_manifest", "manifest_on_disk"]

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
    for path in (directory / name / MANIFEST, directory / archive, directory / archive.replace(".SAFE.zip", ".zip")):
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
    path = f"Products({quote(product.id)})/Nodes({quote(product.name)})/Nodes({MANIFEST})/$value"
    content = await account.get_bytes(
        f"The manifest of {product.name}", f"{settings.data_url}/{path}", largest=LARGEST_MANIFEST
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
        read_manifest(content)
    except ValueError as error:
        raise BadAnswer(f"{name}: what came for its manifest is none: {error}.") from error


def _read(path: Path) -> bytes:
    if path.suffix != ".zip":
        with path.open("rb") as file:
            return _bounded(file.read(LARGEST_MANIFEST + 1))
    with zipfile.ZipFile(path) as zipped:
        members = [each for each in zipped.namelist() if each.count("/") == 1 and each.endswith(f"/{MANIFEST}")]
        if len(members) != 1:
            raise BadAnswer(f"it has {len(members)} files of this name.")
        with zipped.open(members[0]) as file:
            return _bounded(file.read(LARGEST_MANIFEST + 1))


def _bounded(content: bytes) -> bytes:
    if len(content) > LARGEST_MANIFEST:
        raise BadAnswer("it is too large to be one.")
    return content
