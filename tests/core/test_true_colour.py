"""True colour: of zips and folders, at screen resolution, and one sentence for what cannot be read."""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from core.made_images import L1C, L2A, OLD, at, quarters, write_jp2, write_product, zipped
from core.made_scenes import product, table

import s2dl
from s2dl.errors import BadInput
from s2dl.previews.true_colour import compose

# Middles of the four quarters of 32TPS.
NORTH_WEST, NORTH_EAST, SOUTH_WEST, SOUTH_EAST = (10.66, 46.69), (11.38, 46.67), (10.65, 46.2), (11.36, 46.18)


def shows_the_quarters(laid: Any) -> bool:
    colours = [at(laid, *place) for place in (NORTH_WEST, NORTH_EAST, SOUTH_WEST)]
    return colours == [(210, 10, 10, 255), (10, 210, 10, 255), (10, 10, 210, 255)] and at(laid, *SOUTH_EAST)[3] == 0


@pytest.mark.parametrize("name", [L1C, L2A])
@pytest.mark.parametrize("kind", ["folder", "stored", "packed"])
def test_a_product_lies_on_the_map(name: str, kind: str, tmp_path: Path) -> None:
    where = write_product(tmp_path, name)
    if kind != "folder":
        # The archive's own name is the user's affair.
        packing = zipfile.ZIP_STORED if kind == "stored" else zipfile.ZIP_DEFLATED
        where = zipped(where, tmp_path / "my, product (1) 'ü'.zip", packing)
    assert shows_the_quarters(s2dl.true_colour(where, size=200))
    assert shows_the_quarters(s2dl.true_colour(str(where)))


def test_nothing_is_left_of_a_packed_image(tmp_path: Path, monkeypatch: Any) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    assert s2dl.true_colour(zipped(write_product(tmp_path), tmp_path / "a.zip", zipfile.ZIP_DEFLATED))
    assert not list(scratch.iterdir())


def test_it_has_the_size_asked_for_and_is_never_enlarged(tmp_path: Path) -> None:
    where = write_product(tmp_path)
    assert len(s2dl.true_colour(where, size=64).png) < len(s2dl.true_colour(where, size=300).png)
    assert s2dl.true_colour(where, size=366) == s2dl.true_colour(where, size=4096)


def test_the_coarsest_that_is_fine_enough_is_read(tmp_path: Path) -> None:
    folder = write_product(tmp_path)
    images = next(folder.glob("GRANULE/*/IMG_DATA"))
    for metres, colour in ((60, 50), (20, 120), (10, 200)):
        write_jp2(
            images / f"R{metres}m/T32TPS_20240601T101559_TCI_{metres}m.jp2", np.full((3, 366, 366), colour, np.uint8)
        )
    shown = [at(s2dl.true_colour(folder, size=size), *NORTH_WEST)[0] for size in (64, 1830, 1831, 4096)]
    assert shown == [50, 50, 120, 120]


def bands(folder: Path, pattern: str, tile: str, numbers: tuple[int, int, int]) -> None:
    for band, number in zip(("B04", "B03", "B02"), numbers, strict=True):
        pixels = np.full((1, 366, 366), number, np.uint16)
        pixels[:, 183:, 183:] = 0
        write_jp2(folder / pattern.format(tile=tile, band=band), pixels, tile)


def test_bands_are_composed_where_there_is_no_true_colour_image(tmp_path: Path) -> None:
    folder = tmp_path / L2A
    bands(folder, "GRANULE/G/IMG_DATA/R10m/T{tile}_20240601T101559_{band}_10m.jp2", "32TPS", (1_800, 1_400, 1_200))
    laid = s2dl.true_colour(folder)
    assert at(laid, *NORTH_WEST) == (102, 51, 26, 255)  # 255 * 0.08 / 0.2, 255 * 0.04 / 0.2, 255 * 0.02 / 0.2
    assert at(laid, *SOUTH_EAST)[3] == 0
    next(folder.rglob("*_B03_10m.jp2")).unlink()
    with pytest.raises(BadInput, match="neither a true-colour image nor all of bands 4, 3 and 2"):
        s2dl.true_colour(folder)


@pytest.mark.parametrize(
    ("name", "number", "value"),
    [
        (L1C, 1_000, 1),
        (L1C, 1_000 + 3_558, 255),
        (L1C, 1_001 + 1_779, 128),
        (L2A, 3_000, 255),
        (L2A, 1_020, 3),
        (L2A, 65_535, 255),
        (L2A, 200, 1),
        (L2A, 0, 0),
        (L2A.replace("N0510", "N0400"), 2_000, 128),
        (L2A.replace("N0510", "N0301"), 2_000, 255),
        (L1C.replace("N0510", "N0209"), 3_558, 255),
        (OLD, 3_558, 255),
        (OLD, 100, 7),
    ],
)
def test_composed_bands_are_as_bright_as_the_products_own_image(name: str, number: int, value: int) -> None:
    composed = compose(np.full((3, 1, 1), number, np.uint16), name)
    assert composed.dtype == np.uint8
    assert composed[0, 0, 0] == pytest.approx(value, abs=0 if value in {0, 1, 255} else 1)


def test_an_old_product_of_several_tiles_asks_which(tmp_path: Path) -> None:
    folder = tmp_path / OLD
    pattern = "GRANULE/S2A_T{tile}_N02.02/IMG_DATA/S2A_OPER_MSI_L1C_TL_SGS__20160605T153953_A004979_T{tile}_{band}.jp2"
    bands(folder, pattern, "32TPS", (3_558, 100, 100))
    bands(folder, pattern, "32TQS", (100, 100, 3_558))
    for where in (folder, zipped(folder, tmp_path / "old.zip")):
        with pytest.raises(BadInput, match=r"it has the tiles 32TPS, 32TQS; say which one, as tile='32TPS'"):
            s2dl.true_colour(where)
        assert at(s2dl.true_colour(where, tile="T32TPS"), *NORTH_WEST) == (255, 7, 7, 255)
        assert at(s2dl.true_colour(where, tile="32tqs"), 12.0, 46.6) == (7, 7, 255, 255)
        with pytest.raises(BadInput, match="has no tile 33TUM"):
            s2dl.true_colour(where, tile="33TUM")


def test_an_image_that_does_not_say_where_it_lies_fills_its_tile(tmp_path: Path) -> None:
    write_jp2(tmp_path / L2A / "T32TPS_20240601T101559_TCI_60m.jp2", quarters(), placed=False)
    assert shows_the_quarters(s2dl.true_colour(tmp_path / L2A))


# By name


@pytest.mark.parametrize("kind", ["folder", "zip", "other zip", "unzipped elsewhere"])
def test_a_scene_is_looked_for_in_the_settings_directory(kind: str, tmp_path: Path) -> None:
    folder = write_product(tmp_path / "made")
    here, there = tmp_path / "products", tmp_path / "unzipped"
    here.mkdir()
    match kind:
        case "folder":
            shutil.copytree(folder, here / L2A)
        case "zip":
            zipped(folder, here / f"{L2A}.zip")
        case "other zip":
            zipped(folder, here / L2A.replace(".SAFE", ".zip"))
        case _:
            shutil.copytree(folder, there / L2A)
    settings = s2dl.Settings(directory=here, unzip_directory=there)
    rows = table(product(baseline="0510"))
    assert rows["name"].tolist() == [L2A]
    for where in (rows, rows.iloc[0], L2A, L2A.removesuffix(".SAFE")):
        assert shows_the_quarters(s2dl.true_colour(where, settings=settings))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    settings = s2dl.Settings(directory=tmp_path)
    with pytest.raises(BadInput, match=f"There is no product {L2A} in .*{tmp_path.name}; download it"):
        s2dl.true_colour(L2A, settings=settings)
    with pytest.raises(BadInput, match=r"There is no product .*nowhere"):
        s2dl.true_colour(tmp_path / "nowhere" / L2A, settings=settings)
    with pytest.raises(BadInput, match="2 scenes were given"):
        s2dl.true_colour(table(product(), product(orbit=22)), settings=settings)


def test_what_was_shown_before_comes_at_once_until_the_file_changes(tmp_path: Path) -> None:
    folder = write_product(tmp_path)
    (image,) = folder.rglob("*.jp2")
    first = s2dl.true_colour(folder)
    stat, content = image.stat(), image.read_bytes()
    image.write_bytes(bytes(len(content)))
    os.utime(image, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert s2dl.true_colour(folder) == first  # the file was not read again
    os.utime(image)
    with pytest.raises(BadInput, match="no JPEG 2000"):
        s2dl.true_colour(folder)


# What cannot be read


def spoiled(tmp_path: Path, change: Any, *, in_zip: bool = False) -> Path:
    folder = write_product(tmp_path)
    (image,) = folder.rglob("*.jp2")
    image.write_bytes(change(image.read_bytes()))
    return zipped(folder, tmp_path / "a.zip") if in_zip else folder


@pytest.mark.parametrize("in_zip", [True, False])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda whole: b"", "T32TPS_20240601T101559_TCI_60m.jp2 is empty"),
        (lambda whole: b"\n", "is empty"),
        (lambda whole: b"<html>no such product</html>", "is no JPEG 2000 image"),
        (lambda whole: b"II*\x00" + whole, "is no JPEG 2000 image"),
        (lambda whole: whole[:-1], "is truncated"),
        (lambda whole: whole[: len(whole) // 2], "is truncated"),
        (lambda whole: whole[:40], "is truncated"),
        (lambda whole: whole[:13], "is truncated"),
        (lambda whole: whole[:12] + b"\x00" * (len(whole) - 12), "is truncated"),
    ],
)
def test_a_stub_or_a_truncated_image_is_said(in_zip: bool, change: Any, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"{sentence}.*fetch the product again"):
        s2dl.true_colour(spoiled(tmp_path, change, in_zip=in_zip))


def test_a_damaged_image_is_said(tmp_path: Path) -> None:
    def change(whole: bytes) -> bytes:
        start = whole.index(b"\xff\x4f\xff\x51")
        return whole[: start + 60] + b"\x00" * 200 + whole[start + 260 :]

    with pytest.raises(BadInput, match="is damaged and cannot be read"):
        s2dl.true_colour(spoiled(tmp_path, change))


def test_an_image_larger_than_any_is_refused(tmp_path: Path) -> None:
    def change(whole: bytes) -> bytes:
        """The same codestream, said to have 20 000 x 20 000 pixels."""
        size = struct.pack(">II", 20_000, 20_000)
        header, codestream = whole.index(b"ihdr") + 4, whole.index(b"\xff\x4f\xff\x51") + 8
        whole = whole[:header] + size + whole[header + 8 :]
        return whole[:codestream] + size + whole[codestream + 8 :]

    with pytest.raises(BadInput, match="20000 x 20000 pixels, more than any image"):
        s2dl.true_colour(spoiled(tmp_path, change))


def test_another_number_of_bands_is_refused(tmp_path: Path) -> None:
    write_jp2(tmp_path / L2A / "T32TPS_20240601T101559_TCI_60m.jp2", quarters()[:1])
    with pytest.raises(BadInput, match="has 1 bands instead of 3"):
        s2dl.true_colour(tmp_path / L2A)


def test_what_is_no_product_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty.SAFE").mkdir()
    with pytest.raises(BadInput, match="no true-colour image in it"):
        s2dl.true_colour(tmp_path / "empty.SAFE")
    (tmp_path / "page.zip").write_text("<html>")
    with pytest.raises(BadInput, match="no whole zip archive"):
        s2dl.true_colour(tmp_path / "page.zip")
    whole = zipped(write_product(tmp_path), tmp_path / "a.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match="no whole zip archive"):
        s2dl.true_colour(tmp_path / "cut.zip")


@pytest.mark.parametrize("where", ["/vsicurl/http://127.0.0.1/a.zip", "/vsizip/a.zip", "/VSIMEM/a"])
def test_paths_of_gdal_are_no_paths(where: str) -> None:
    with pytest.raises(BadInput, match="virtual path of GDAL"):
        s2dl.true_colour(where)


def test_names_within_an_archive_lead_nowhere(tmp_path: Path) -> None:
    image = write_jp2(tmp_path / "image.jp2", quarters()).read_bytes()
    for number, name in enumerate(["../../../etc/x_T32TPS_TCI.jp2", "/vsicurl/http://127.0.0.1:9/a_T32TPS_TCI.jp2"]):
        where = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(where, "w") as archive:
            archive.writestr(name, image)
        assert shows_the_quarters(s2dl.true_colour(where))


@pytest.mark.parametrize("size", [0, -1, 63, 4097])
def test_sizes_out_of_range_are_refused(size: int, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"size: {size} is out of range"):
        s2dl.true_colour(write_product(tmp_path), size=size)


# Real products


def test_the_real_products_that_have_an_image_open(shared: Path) -> None:
    zips = shared / "data" / "s2_safe" / "zips"
    (whole,) = zips.glob("*T56JMM*.zip")
    laid = s2dl.true_colour(whole)
    assert at(laid, 152.5, -30.3)[3] == 255
    assert at(laid, 153.09, -30.3)[3] in {0, 255}
    (small,) = zips.glob("*T56JKT*.zip")
    (south, west), (north, east) = s2dl.true_colour(small).bounds
    assert (round(west, 1), round(south, 1), round(east, 1), round(north, 1)) == (150.0, -25.4, 151.1, -24.4)


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("zips/*T46UEU*.zip", "T46UEU_20230216T044851_TCI.jp2 is empty"),
        ("trees/*T18LTM*.SAFE", "T18LTM_20220125T151701_TCI.jp2 is empty"),
        ("trees/*T49WDM*.SAFE", "T49WDM_20210208T043939_TCI_60m.jp2 is empty"),
        ("trees_gdal/*T34UCF*.zip", "T34UCF_20230823T095559_TCI.jp2 is no JPEG 2000 image"),
        ("metadata_only/*T01LAC*.SAFE", "no true-colour image in it"),
    ],
)
def test_the_real_stubs_are_said(shared: Path, pattern: str, sentence: str) -> None:
    (where,) = (shared / "data" / "s2_safe").glob(pattern)
    with pytest.raises(BadInput, match=sentence):
        s2dl.true_colour(where)


def test_real_images_are_read_and_truncated_ones_refused(shared: Path, tmp_path: Path) -> None:
    real = (shared / "data/s2_safe/bands/sentinelhub_PVI_img-8bit.jp2").read_bytes()
    folder = tmp_path / L2A
    folder.mkdir()
    image = folder / "T09UWS_20240601T101559_TCI_60m.jp2"
    image.write_bytes(real)
    assert at(s2dl.true_colour(folder), -128.3, 50.9)[3] == 255
    for cut in (1, 50, 1_000, len(real) // 2, len(real) - 200):
        image.write_bytes(real[:-cut])
        with pytest.raises(BadInput, match="is truncated"):
            s2dl.true_colour(folder)
