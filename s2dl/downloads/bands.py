"""Some bands of a product in the place of all of it: how they are named, and which files they are.

Besides the images, a product's metadata and those of its granule are always among the files, so that what is fetched
can be used by itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from s2dl.downloads.members import is_safe_path
from s2dl.errors import BadAnswer, BadInput, TransferError
from s2dl.product import parse_name

if TYPE_CHECKING:
    from s2dl.downloads.manifest import ProductFile
    from s2dl.product import Product

__all__ = ["Band", "chosen_files", "estimated_size", "read_bands"]

_ALL, _COARSE = (10, 20, 60), (20, 60)
# ESA, Sentinel-2 Products Specification Document: pixel sizes in metres of the images of each level.
_METRES_1C: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("B02", "B03", "B04", "B08", "TCI"), (10,)),
    **dict.fromkeys(("B05", "B06", "B07", "B8A", "B11", "B12"), (20,)),
    **dict.fromkeys(("B01", "B09", "B10"), (60,)),
}
_METRES_2A: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("B02", "B03", "B04", "TCI", "AOT", "WVP"), _ALL),
    **dict.fromkeys(("B01", "B05", "B06", "B07", "B8A", "B11", "B12", "SCL"), _COARSE),
    "B08": (10,),
    "B09": (60,),
}
_NAME = re.compile(r"(?P<band>[A-Z0-9]{3})(?:_(?P<metres>[0-9]{2})M)?")
# The same document: image files of compact products, of L2A before 2018, and of the long names before 2016-12-06.
_IMAGE = re.compile(
    r"(?P<granule>GRANULE/[^/]+)/IMG_DATA/(?:R[126]0m/)?"
    r"(?:[^/]*_)?T\d{2}[A-Z]{3}_(?:\d{8}T\d{6}_)?(?P<band>[A-Z0-9]{3})(?:_(?P<metres>10|20|60)m)?\.jp2"
)
_PRODUCT_METADATA = re.compile(r"MTD_MSIL(?:1C|2Ap?)\.xml|S2[A-D]_[A-Z]{4}_MTD_SAF[^/]*\.xml")
_GRANULE_METADATA = re.compile(r"GRANULE/[^/]+/(?:MTD_TL|S2[A-D]_[A-Z]{4}_MTD_L[^/]*_TL_[^/]*)\.xml")


@dataclass(frozen=True, slots=True)
class Band:
    """An image that is wanted; without `metres` the finest one that a product has."""

    name: str
    metres: int | None = None

    def __str__(self) -> str:
        return self.name if self.metres is None else f"{self.name}_{self.metres}m"


def read_bands(bands: str | Iterable[str]) -> tuple[Band, ...]:
    """Read names of bands, doubles once: ``"B04"``, ``"B8A"``, ``"TCI"``, or with a pixel size, ``"B02_20m"``.

    Raises
    ------
    BadInput
        There are none, or there is no such band at any level.
    """
    texts = [bands] if isinstance(bands, str) else bands
    if not isinstance(texts, Iterable):
        raise BadInput(f"bands: {bands!r} are no names of bands; give for instance ('B04', 'B03', 'B02').")
    read = tuple(dict.fromkeys(_read(text) for text in texts))
    if not read:
        raise BadInput("bands: name one at least, or leave it out for whole products.")
    return read


def _read(text: object) -> Band:
    found = _NAME.fullmatch(text.strip().upper()) if isinstance(text, str) else None
    sizes = _sizes(found["band"]) if found else set()
    if found is None or not sizes:
        known = sorted({*_METRES_1C, *_METRES_2A})
        raise BadInput(f"bands: there is no band {text!r}; choose of {', '.join(known)}, as 'B02' or 'B02_20m'.")
    if found["metres"] is None:
        return Band(found["band"])
    if int(found["metres"]) not in sizes:
        raise BadInput(f"bands: {found['band']} comes at {_said(sizes)} m, not as {text!r}.")
    return Band(found["band"], int(found["metres"]))


def _sizes(band: str) -> set[int]:
    return {*_METRES_1C.get(band, ()), *_METRES_2A.get(band, ())}


def chosen_files(name: str, listed: Iterable[ProductFile], bands: Iterable[Band]) -> tuple[ProductFile, ...]:
    """Choose the files of some bands, and the metadata with them.

    Parameters
    ----------
    name : str
        The product's, for the sentences.
    listed : iterable of ProductFile
        All of its manifest.
    bands : iterable of Band
        Of products with several granules, they are taken of each.

    Raises
    ------
    TransferError
        The product has no such band.
    BadAnswer
        Its manifest names files as no product does, or leaves out the metadata.
    """
    files = _by_path(name, listed)
    images: dict[tuple[str, str], dict[int, ProductFile]] = defaultdict(dict)
    for path, file in files.items():
        if found := _IMAGE.fullmatch(path):
            metres = int(found["metres"] or _METRES_1C.get(found["band"], (10,))[0])
            images[found["band"], found["granule"]][metres] = file
    metadata = [
        _some(name, [file for path, file in files.items() if form.fullmatch(path)])
        for form in (_PRODUCT_METADATA, _GRANULE_METADATA)
    ]
    pictures = [_of_band(name, band, images) for band in bands]
    return tuple(dict.fromkeys(file for some in (*metadata, *pictures) for file in some))


def _by_path(name: str, listed: Iterable[ProductFile]) -> dict[str, ProductFile]:
    """The files, under names that lie within the product's folder and apart on every disk."""
    files: dict[str, ProductFile] = {}
    spelled: set[str] = set()
    for file in listed:
        if not is_safe_path(file.path) or str(PurePosixPath(file.path)) != file.path:
            raise BadAnswer(f"{name}: its manifest names {file.path[:80]!r}, which does not belong in a product.")
        if file.path.casefold() in spelled:
            raise BadAnswer(f"{name}: its manifest names {file.path[:80]!r} twice, as no product does.")
        spelled.add(file.path.casefold())
        files[file.path] = file
    return files


def _some(name: str, files: list[ProductFile]) -> list[ProductFile]:
    if not files:
        raise BadAnswer(f"{name}: its manifest lists no metadata, so that single bands would be of no use.")
    return files


def _of_band(name: str, band: Band, images: Mapping[tuple[str, str], Mapping[int, ProductFile]]) -> list[ProductFile]:
    of_granules = [sizes for (each, _), sizes in images.items() if each == band.name]
    if not of_granules:
        there = ", ".join(sorted({each for each, _ in images})) or "none"
        raise TransferError(f"{name}: it has no {band.name}; its bands are {there}.")
    found = [sizes.get(min(sizes) if band.metres is None else band.metres) for sizes in of_granules]
    if any(file is None for file in found):
        there = _said({metres for sizes in of_granules for metres in sizes})
        raise TransferError(f"{name}: it has {band.name} at {there} m, not at {band.metres} m.")
    return [file for file in found if file is not None]


def _said(metres: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(metres)))


def estimated_size(product: Product, bands: Iterable[Band]) -> int:
    """About how many bytes some bands of a product have, before its manifest is at hand: by their numbers of pixels."""
    parts = parse_name(product.name)
    level = _METRES_1C if (product.product_type or (parts and parts.product_type)) == "S2MSI1C" else _METRES_2A
    whole = sum(_pixels(metres) for sizes in level.values() for metres in sizes)
    some = sum(_pixels(band.metres or min(level[band.name])) for band in bands if band.name in level)
    return round(product.size * some / whole)


def _pixels(metres: int) -> float:
    return 1 / metres**2
