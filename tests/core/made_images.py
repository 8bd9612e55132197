"""Made-up images: JPEG 2000 files of products, in the geometry of their tile."""

from __future__ import annotations

import io
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import Affine

from s2dl.tiles import SIZE, utm_bounds

L2A = "S2A_MSIL2A_20240601T101559_N0510_R065_T32TPS_20240601T160000.SAFE"
L1C = "S2A_MSIL1C_20240601T101559_N0510_R065_T32TPS_20240601T160000.SAFE"
OLD = "S2A_OPER_PRD_MSIL1C_PDMC_20160605T173355_R065_V20160605T101025_20160605T101025.SAFE"


def png(pixels: np.ndarray[Any, Any]) -> bytes:
    """PNG of an array of shape (rows, columns, 3 or 4)."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def plain(colour: tuple[int, int, int], side: int = 343) -> np.ndarray[Any, Any]:
    """One colour, shape (side, side, 3)."""
    return np.full((side, side, 3), colour, np.uint8)


def write_jp2(path: Path, pixels: np.ndarray[Any, Any], tile: str = "32TPS", *, placed: bool = True) -> Path:
    """Write an array of shape (bands, rows, columns) that fills a tile, without loss."""
    epsg, (left, _, __, top) = utm_bounds(tile)
    bands, rows, columns = pixels.shape
    place = (
        {"crs": f"EPSG:{epsg}", "transform": Affine(SIZE / columns, 0, left, 0, -SIZE / rows, top)} if placed else {}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning),
        rasterio.open(
            path, "w", driver="JP2OpenJPEG", width=columns, height=rows, count=bands, dtype=pixels.dtype,
            QUALITY="100", REVERSIBLE="YES", BLOCKXSIZE="128", BLOCKYSIZE="128", **place,
        ) as image,
    ):  # fmt: skip
        image.write(pixels)
    return path


def quarters(side: int = 366) -> np.ndarray[Any, Any]:
    """Red in the north west, green, blue in the south west, and no data; shape (3, side, side)."""
    pixels = np.zeros((3, side, side), np.uint8)
    half = side // 2
    pixels[0, :half, :half] = pixels[1, :half, half:] = pixels[2, half:, :half] = 200
    pixels[:, :half] += 10
    pixels[:, half:, :half] += 10
    return pixels


def write_product(directory: Path, name: str = L2A) -> Path:
    """A folder with the quarters as true-colour image, and a file that is none."""
    folder = directory / name
    granule = folder / "GRANULE" / "L2A_T32TPS_A046664_20240601T101559"
    image = "T32TPS_20240601T101559_TCI.jp2" if "L1C" in name else "R60m/T32TPS_20240601T101559_TCI_60m.jp2"
    write_jp2(granule / "IMG_DATA" / image, quarters())
    (folder / "manifest.safe").write_text("<manifest/>")
    return folder


def zipped(folder: Path, path: Path, packing: int = zipfile.ZIP_STORED) -> Path:
    """A folder as an archive."""
    with zipfile.ZipFile(path, "w", packing) as archive:
        for each in sorted(folder.rglob("*")):
            archive.write(each, f"{folder.name}/{each.relative_to(folder)}")
    return path


def at(overlay: Any, longitude: float, latitude: float) -> tuple[int, ...]:
    """Colour and opacity of an overlay at a place, found as a map would: linear in Web Mercator."""
    (south, west), (north, east) = overlay.bounds
    image = Image.open(io.BytesIO(overlay.png))
    top, bottom, here = (np.arcsinh(np.tan(np.radians(each))) for each in (north, south, latitude))
    column = int((longitude - west) / (east - west) * image.width)
    row = int((top - here) / (top - bottom) * image.height)
    if not (0 <= column < image.width and 0 <= row < image.height):
        return (0, 0, 0, 0)
    return tuple(int(each) for each in image.getpixel((column, row)))  # type: ignore[union-attr]  # it has bands
