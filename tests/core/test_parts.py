"""Part files, and what a 206 says it holds."""

from __future__ import annotations

import email.message
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl.downloads.parts import Part
from s2dl.downloads.span import continues_at
from s2dl.errors import DiskError
from s2dl.product import Product

URL = "https://download.example.org/odata/v1"
PRODUCT = Product("1", "S2A_MSIL2A_20240601T101525_N0510_R022_T32TPS_20240601T160141.SAFE", md5="a" * 32, size=100)


def test_a_part_is_named_after_its_archive(tmp_path: Path) -> None:
    usual = Part(tmp_path, PRODUCT, URL)
    assert usual.path == tmp_path / f"{PRODUCT.name}.zip.part"
    others = [Part(tmp_path, PRODUCT, URL, progress_file=name) for name in ("mine", "yours", "\udcff" * 100)]
    assert len({usual.path, *(each.path for each in others)}) == 4
    for each in others:
        assert each.target == usual.target
        assert each.path.name.startswith(f"{PRODUCT.name}.zip.")
        assert each.path.suffix == ".part"
        with each.open(0) as file:
            file.write(b"mine")
        assert (each.size, usual.size) == (4, 0)
        each.drop()
    assert list(tmp_path.iterdir()) == []


def test_a_part_is_that_of_one_version(tmp_path: Path) -> None:
    others = [replace(PRODUCT, md5="b" * 32), replace(PRODUCT, size=101), replace(PRODUCT, md5=None)]
    versions = {Part(tmp_path, each, URL).version for each in [PRODUCT, *others]}
    assert len(versions) == 4
    with Part(tmp_path, PRODUCT, URL).open(0) as file:
        file.write(b"0123")
    assert Part(tmp_path, PRODUCT, URL).size == 4
    assert [Part(tmp_path, each, URL).size for each in others] == [0, 0, 0]


def test_the_same_bytes_are_the_same_version_under_another_id_and_address(tmp_path: Path) -> None:
    again = replace(PRODUCT, id="2")
    mirror = Part(tmp_path, again, "https://mirror.example.org/odata/v1")
    assert mirror.version == Part(tmp_path, PRODUCT, URL).version


def test_without_checksum_another_id_or_address_is_another_version(tmp_path: Path) -> None:
    bare = replace(PRODUCT, md5=None)
    there = "https://mirror.example.org/odata/v1"
    parts = [Part(tmp_path, bare, URL), Part(tmp_path, replace(bare, id="2"), URL), Part(tmp_path, bare, there)]
    assert len({part.version for part in parts}) == 3


def test_a_part_of_unknown_origin_is_not_gone_on_from(tmp_path: Path) -> None:
    part = Part(tmp_path, PRODUCT, URL)
    part.path.write_bytes(b"somebody's")
    assert part.size == 0


def test_it_is_written_from_where_it_is_told_and_cut_off_behind(tmp_path: Path) -> None:
    part = Part(tmp_path, PRODUCT, URL)
    assert part.size == 0
    for at, content in ((0, b"0123456789"), (4, b"xy")):
        with part.open(at) as file:
            file.write(content)
    assert part.path.read_bytes() == b"0123xy"
    assert b"".join(part.pieces(5)) == b"0123x"
    with part.open(0) as file:
        assert part.size == 0
        file.write(b"z")
    assert part.path.read_bytes() == b"z"


def test_what_is_left_of_another_version_is_dropped(tmp_path: Path) -> None:
    part = Part(tmp_path, PRODUCT, URL)
    with part.open(0) as file:
        file.write(b"x")
    neighbour = Part(tmp_path, replace(PRODUCT, name=PRODUCT.name.replace("32TPS", "32TPT")), URL)
    with neighbour.open(0) as file:
        file.write(b"y")
    part.drop_other_version()
    assert (part.size, neighbour.size) == (1, 1)
    Part(tmp_path, replace(PRODUCT, md5="b" * 32), URL).drop_other_version()
    assert (part.size, neighbour.size) == (0, 1)
    neighbour.drop()
    assert not list(tmp_path.iterdir())


def test_what_the_disk_refuses_is_said(tmp_path: Path) -> None:
    part = Part(tmp_path, PRODUCT, URL)
    part.path.mkdir()
    with pytest.raises(DiskError, match="s a directory"):
        part.open(0)


def answer(content_range: str | None, length: int | None) -> SimpleNamespace:
    headers = email.message.Message()
    if content_range is not None:
        headers["Content-Range"] = content_range
    return SimpleNamespace(headers=headers, length=length)


@pytest.mark.parametrize(
    ("content_range", "length", "trusted"),
    [
        ("bytes 40-99/100", 60, True),
        ("bytes 40-99/100", None, True),
        ("bytes 40-99/100", 59, False),
        ("bytes 0-99/100", 100, False),
        ("bytes 40-98/100", 59, False),
        ("bytes 40-99/*", 60, False),
        ("bytes 40-98/99", 59, False),
        ("bytes 41-99/100", 59, False),
        ("items 40-99/100", 60, False),
        ("", 60, False),
        (None, 60, False),
    ],
)
def test_a_206_is_trusted_only_with_exactly_the_rest(
    content_range: str | None, length: int | None, *, trusted: bool
) -> None:
    assert continues_at(answer(content_range, length), 40, 100) is trusted  # type: ignore[arg-type]  # all it looks at


@given(st.text(max_size=40))
def test_no_text_is_trusted_by_chance(text: str) -> None:
    headers = {"content-range": text}
    given_answer = SimpleNamespace(headers=headers, length=60)
    assert not continues_at(given_answer, 40, 100) or text.strip() == "bytes 40-99/100"  # type: ignore[arg-type]
