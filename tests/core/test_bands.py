"""Bands: their names, the files they are of products of all times, and what has no place among a product's files."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl.downloads.bands import Band, chosen_files, estimated_size, read_bands
from s2dl.downloads.manifest import ProductFile, listed_files
from s2dl.downloads.parts import Part
from s2dl.downloads.progress_file import HEADER, Entry, ProgressFile
from s2dl.downloads.source import Source
from s2dl.errors import BadAnswer, BadInput, ChecksumMismatch, TransferError
from s2dl.product import Product

NAME = "S2A_MSIL2A_20240601T101031_N0510_R022_T32TPS_20240601T160000.SAFE"
GRANULE = "GRANULE/L2A_T32TPS_A046700_20240601T101031"
METADATA = ["MTD_MSIL2A.xml", f"{GRANULE}/MTD_TL.xml"]
IMAGES = [
    f"{GRANULE}/IMG_DATA/R{metres}m/T32TPS_20240601T101031_{band}_{metres}m.jp2"
    for band, metres in [("B02", 10), ("B02", 20), ("B02", 60), ("SCL", 20), ("SCL", 60), ("B8A", 20), ("TCI", 10)]
]
OTHERS = ["INSPIRE.xml", f"{GRANULE}/QI_DATA/MSK_DETFOO_B02.jp2", f"{GRANULE}/QI_DATA/T32TPS_20240601T101031_PVI.jp2"]


def file(path: str, content: bytes = b"content") -> ProductFile:
    return ProductFile(path, len(content), "sha3_256", hashlib.sha3_256(content).hexdigest())


def paths(*bands: str, listed: list[str] | None = None, name: str = NAME) -> list[str]:
    files = map(file, [*METADATA, *IMAGES, *OTHERS] if listed is None else listed)
    return [each.path for each in chosen_files(name, files, read_bands(bands))]


@pytest.mark.parametrize(
    ("given_names", "read"),
    [
        ("B04", ["B04"]),
        (["b04", "B04", " b8a "], ["B04", "B8A"]),
        (("B02_20m", "B02", "tci_10M"), ["B02_20m", "B02", "TCI_10m"]),
        ({"SCL"}, ["SCL"]),
        (["B10", "AOT", "WVP", "B01_60m"], ["B10", "AOT", "WVP", "B01_60m"]),
    ],
)
def test_names_are_read_in_any_case(given_names: object, read: list[str]) -> None:
    assert [str(band) for band in read_bands(given_names)] == read  # type: ignore[arg-type]  # as users give them


@pytest.mark.parametrize(
    ("given_names", "said"),
    [
        ("B13", "there is no band 'B13'; choose of AOT, B01"),
        ("B4", "no band 'B4'"),
        ("B04,B03", "no band 'B04,B03'"),
        ("", "no band ''"),
        ([], "name one at least"),
        ([None], "no band None"),
        (4, "no names of bands"),
        ("B10_20m", r"B10 comes at 60 m, not as 'B10_20m'"),
        ("SCL_10m", r"SCL comes at 20, 60 m"),
        ("B04_15m", r"B04 comes at 10, 20, 60 m"),
        ("B0\N{FULLWIDTH DIGIT FOUR}", "no band"),
        ("../B04", "no band"),
    ],
)
def test_what_no_level_has_is_refused(given_names: object, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_bands(given_names)  # type: ignore[arg-type]  # as users give them


@given(st.text(max_size=12))
def test_any_text_is_a_band_or_refused(text: str) -> None:
    try:
        (band,) = read_bands(text)
    except BadInput:
        return
    assert str(band).upper() == text.strip().upper()


def test_the_finest_image_is_taken_and_the_metadata_with_it() -> None:
    assert paths("B02", "SCL") == [*METADATA, IMAGES[0], IMAGES[3]]


def test_a_pixel_size_is_heeded() -> None:
    assert paths("B02_60m", "B02_20m") == [*METADATA, IMAGES[2], IMAGES[1]]


def test_what_is_named_twice_is_taken_once() -> None:
    assert paths("B02", "B02_10m") == [*METADATA, IMAGES[0]]


@pytest.mark.parametrize(
    ("band", "said"),
    [("B11", "it has no B11; its bands are B02, B8A, SCL, TCI"), ("B8A_60m", "it has B8A at 20 m, not at 60 m")],
)
def test_what_a_product_lacks_is_said(band: str, said: str) -> None:
    with pytest.raises(TransferError, match=said):
        paths(band)


def test_products_of_several_granules_give_the_band_of_each() -> None:
    """Before 2016-12-06 a product had many tiles, under long names."""
    long = "S2A_OPER_MSI_L1C_TL_SGS__20160602T154522_A004939"
    granules = [f"GRANULE/{long}_T{tile}_N02.02" for tile in ("32TPS", "32TPT")]
    metadata = "S2A_OPER_MTD_SAFL1C_PDMC_20160602T203311_R022_V20160602T101557_20160602T101557.xml"
    listed = [metadata]
    for granule, tile in zip(granules, ("32TPS", "32TPT"), strict=True):
        listed += [f"{granule}/{long.replace('MSI', 'MTD')}_T{tile}.xml"]
        listed += [f"{granule}/IMG_DATA/{long}_T{tile}_{band}.jp2" for band in ("B01", "B04", "B8A")]
    assert paths("B04", listed=listed) == [listed[0], listed[1], listed[5], listed[3], listed[7]]


@pytest.mark.parametrize(
    "path",
    [
        "../outside.jp2",
        "/etc/passwd",
        f"{GRANULE}/IMG_DATA/../../../../x_T32TPS_B02.jp2",
        "C:/windows/B02.jp2",
        f"{GRANULE}\\..\\B02.jp2",
        "a/./b.jp2",
        "a//b.jp2",
        "nul.jp2",
        "",
        "x" * 600,
        METADATA[0].lower(),
        METADATA[1],
    ],
)
def test_a_manifest_with_hostile_names_is_refused(path: str) -> None:
    with pytest.raises(BadAnswer, match=r"does not belong in a product|twice"):
        paths("B02", listed=[*METADATA, *IMAGES, path])


@pytest.mark.parametrize("missing", METADATA)
def test_bands_without_metadata_are_refused(missing: str) -> None:
    with pytest.raises(BadAnswer, match="lists no metadata"):
        paths("B02", listed=[path for path in [*METADATA, *IMAGES] if path != missing])


@pytest.mark.parametrize("content", [b"", b"<a", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<html></html>"])
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(ChecksumMismatch, match=r"its manifest is none: it (cannot be read|is something else)"):
        list(listed_files(content, NAME))


def test_manifests_of_real_products_are_understood(shared: Path) -> None:
    manifests = sorted((shared / "data" / "s2_safe").glob("**/*.SAFE/manifest.safe"))
    assert manifests
    for path in manifests:
        level = "MSIL2A" if "MSIL2A" in path.parent.name else "MSIL1C"
        chosen = chosen_files(path.parent.name, listed_files(path.read_bytes(), level), read_bands(["B04", "tci"]))
        names = [each.path.rpartition("/")[2] for each in chosen]
        assert names[:2] == [f"MTD_{level}.xml", "MTD_TL.xml"]
        assert [name.removesuffix(".jp2").removesuffix("_10m")[-3:] for name in names[2:]] == ["B04", "TCI"]
        assert all(each.size > 0 and len(each.checksum) in {32, 64} for each in chosen)
        there = [each for each in chosen if (path.parent / each.path).is_file()]
        for each in there:
            content = (path.parent / each.path).read_bytes()
            assert hashlib.new(each.algorithm, content).hexdigest() == each.checksum or len(content) != each.size


def test_estimates_grow_with_the_bands() -> None:
    product = Product("1", NAME, size=1_000_000_000)
    sizes = [estimated_size(product, read_bands(bands)) for bands in (["SCL"], ["B02_20m"], ["B02"], ["B02", "B03"])]
    assert 0 < sizes[0] == sizes[1] < sizes[2] < sizes[3] < product.size
    first = replace(product, name=NAME.replace("MSIL2A", "MSIL1C"))
    assert estimated_size(first, [Band("SCL")]) == 0
    assert 0 < estimated_size(first, [Band("B04")]) < product.size


def test_a_file_has_a_place_and_an_address_of_its_own() -> None:
    source = Source(Product("1-2", NAME), file(IMAGES[0]))
    assert source.place == f"{NAME}.bands/{IMAGES[0]}"
    steps = "/".join(f"Nodes({step})" for step in (NAME, *IMAGES[0].split("/")))
    assert source.url("https://x/odata/v1") == f"https://x/odata/v1/Products(1-2)/{steps}/$value"


def test_a_name_cannot_lead_the_address_elsewhere() -> None:
    source = Source(Product("1", NAME), file("GRANULE/a)/$value?x#y/B02.jp2"))
    address = source.url("https://x")
    assert not {"?", "#"} & set(address)
    assert address.count("$value") == 1


@pytest.mark.parametrize("name", ["../x.SAFE", "a/b.SAFE", ".SAFE", "a b"])
def test_a_product_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadAnswer, match="refused"):
        Part(tmp_path, Product("1", name), "https://x", file(IMAGES[0]))


def entry(path: str, content: bytes = b"content", name: str = NAME) -> Entry:
    md5 = hashlib.md5(content).hexdigest()
    return Entry(f"{name}.bands/{path}", md5, name, "1", len(content), kind="files", verified_by="manifest")


def test_the_progress_file_lists_files_beside_the_archive_of_their_product(tmp_path: Path) -> None:
    progress = ProgressFile(tmp_path / "s2dl.progress")
    archive = Entry(f"{NAME}.zip", hashlib.md5(b"zip").hexdigest(), NAME)
    (tmp_path / archive.file).write_bytes(b"zip")
    files = [entry(path) for path in IMAGES[:3]]
    for each in (files[0], archive, *files[1:], files[0]):
        progress.add(each)
    for each in files:
        (tmp_path / each.file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / each.file).write_bytes(b"content")
    again = ProgressFile(progress.path)
    assert [each.file for each in again.entries] == [files[0].file, archive.file, files[1].file, files[2].file]
    found = again.find(NAME), again.find_file(files[2].file)
    assert [each and (each.kind, each.file) for each in found] == [("product", archive.file), ("files", files[2].file)]
    assert again.find_file(archive.file) is None
    said = subprocess.run(
        ["md5sum", "--check", "--strict", "s2dl.progress"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0
    assert said.stdout.count(": OK") == 4


def test_a_torn_entry_of_a_file_costs_that_entry_only(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    for image in IMAGES[:2]:
        ProgressFile(path).add(entry(image))
    whole = path.read_bytes()
    last = whole.rindex(b"# {")
    for length in range(last, len(whole)):
        path.write_bytes(whole[:length])
        torn = ProgressFile(path)
        assert [each.file for each in torn.entries] == [entry(IMAGES[0]).file]
        torn.add(entry(IMAGES[2]))
        assert [each.file for each in ProgressFile(path).entries] == [entry(image).file for image in IMAGES[::2][:2]]


@pytest.mark.parametrize("file_name", ["a/../../b", "/etc/passwd", "a//b", "a/./b", "a/..", "..", "a\\b/c", "a/"])
def test_an_entry_of_a_file_that_leads_elsewhere_is_refused(tmp_path: Path, file_name: str) -> None:
    path = tmp_path / "s2dl.progress"
    path.write_text(f'{HEADER}# {{"kind": "files", "name": "{NAME}"}}\n{"ab" * 16}  {file_name}\n')
    with pytest.raises(BadInput, match="Mend or remove"):
        ProgressFile(path)
