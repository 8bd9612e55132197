"""Names that stay in their directory, digests, and writes that are whole or not at all."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl.errors import BadAnswer, DiskError
from s2dl.files import archive_name, disk_errors, md5_of, replace_durably, write_durably

NAME = "S2A_MSIL1C_20200808T010311_N0500_R045_T54PXA_20230413T212505.SAFE"


def test_an_archive_is_named_after_its_product() -> None:
    assert archive_name(NAME) == f"{NAME}.zip"


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", "C:x", ".hidden", "a..b", "a\0b", "a\n", "-rf", "x" * 300],
)
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(BadAnswer, match="product name that cannot be a file's"):
        archive_name(name)


@given(st.text(max_size=30) | st.text("./\\a:", max_size=6))
def test_any_accepted_name_is_one_plain_file_name(name: str) -> None:
    try:
        archive = archive_name(name)
    except BadAnswer:
        return
    assert Path("/folder", archive).resolve().parent == Path("/folder").resolve()
    assert archive == f"{name}.zip"


@pytest.mark.parametrize("size", [0, 1, 2**18, 3_000_001])
def test_md5(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a"
    content = bytes(size)
    path.write_bytes(content)
    assert md5_of(path) == hashlib.md5(content).hexdigest()


def test_the_systems_errors_say_what_to_do() -> None:
    with (
        pytest.raises(DiskError, match=r"here: No space left on device\. The disk is full: make room, then run it"),
        disk_errors(Path("here")),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_other_errors_pass() -> None:
    with pytest.raises(KeyError), disk_errors(Path("here")):
        raise KeyError("x")


def test_a_complete_file_takes_its_final_name(tmp_path: Path) -> None:
    part, final = tmp_path / "a.part", tmp_path / "a"
    part.write_bytes(b"new")
    final.write_bytes(b"old")
    replace_durably(part, final)
    assert final.read_bytes() == b"new"
    assert not part.exists()


def test_a_small_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_durably(path, b"one")
    write_durably(path, b"two")
    assert path.read_bytes() == b"two"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
