"""A product is unzipped whole or not at all, and a hostile archive gets a refusal."""

from __future__ import annotations

import io
import stat
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2dl.downloads.archive import unzip
from s2dl.errors import DiskError, S2dlError, TransferError

TOP = "S2A_MSIL2A_20240101T101031_N0510_R022_T32TPS_20240101T160000.SAFE"
FILES = {f"{TOP}/manifest.safe": b"<xml/>", f"{TOP}/GRANULE/L2A/IMG_DATA/B02.jp2": bytes(range(256)) * 40}


def made(members: dict[str, bytes] | None = None, method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as zipped:
        for name, content in (FILES if members is None else members).items():
            zipped.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def archive(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / f"{TOP}.zip"
        path.write_bytes(content)
        return path

    return write


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_all_members_come_out(archive: Callable[[bytes], Path], tmp_path: Path, method: int) -> None:
    folder, fresh = unzip(archive(made(method=method)), tmp_path / "out" / "deep")
    assert folder == tmp_path / "out" / "deep" / TOP
    assert fresh
    assert files_of(tmp_path / "out" / "deep") == FILES
    assert [each.name for each in (tmp_path / "out" / "deep").iterdir()] == [TOP]


def test_empty_folders_come_out_too(archive: Callable[[bytes], Path], tmp_path: Path) -> None:
    folder, _ = unzip(archive(made({**FILES, f"{TOP}/": b"", f"{TOP}/AUX_DATA/": b""})), tmp_path / "out")
    assert (folder / "AUX_DATA").is_dir()


def test_a_folder_that_is_there_is_left_as_it_is(archive: Callable[[bytes], Path], tmp_path: Path) -> None:
    mine = tmp_path / "out" / TOP
    mine.mkdir(parents=True)
    (mine / "notes.txt").write_text("mine")
    folder, fresh = unzip(archive(made()), tmp_path / "out")
    assert folder == mine
    assert not fresh
    assert files_of(tmp_path / "out") == {f"{TOP}/notes.txt": b"mine"}


def test_what_a_crash_left_is_cleared_away(archive: Callable[[bytes], Path], tmp_path: Path) -> None:
    left = tmp_path / "out" / f".{TOP}.part" / TOP
    left.mkdir(parents=True)
    (left / "half.jp2").write_bytes(b"half")
    unzip(archive(made()), tmp_path / "out")
    assert files_of(tmp_path / "out") == FILES


def link() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        info = zipfile.ZipInfo(f"{TOP}/passwd")
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(info, "/etc/passwd")
        zipped.writestr(f"{TOP}/passwd/x", "y")
    return buffer.getvalue()


def doubled() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr(f"{TOP}/a", "1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            zipped.writestr(f"{TOP}/a", "2")
    return buffer.getvalue()


def encrypted() -> bytes:
    content = bytearray(made())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(signature, place + 1)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda: made({f"{TOP}/../../evil": b"x"}), "does not belong in a product"),
        (lambda: made({"../evil": b"x"}), "does not belong in a product"),
        (lambda: made({"/etc/evil": b"x"}), "does not belong in a product"),
        (lambda: made({f"{TOP}\\..\\evil": b"x"}), "does not belong in a product"),
        (lambda: made({"C:/evil": b"x"}), "does not belong in a product"),
        (lambda: made({**FILES, "loose.txt": b"x"}), "does not belong in a product"),
        (lambda: made({"alone.SAFE": b"x"}), "does not belong in a product"),
        (link, "does not belong in a product"),
        (lambda: made({**FILES, "other/file": b"x"}), "not hold one product folder but 2"),
        (lambda: made({}), "not hold one product folder but 0"),
        (doubled, "two files of one name"),
        (lambda: made({f"{TOP}/zeros": bytes(5_000_000)}, zipfile.ZIP_DEFLATED), "would grow to 5,000,000 bytes"),
        (encrypted, "is damaged"),
        (lambda: b"", "is damaged"),
        (lambda: b"<html>", "is damaged"),
        (lambda: made()[:-30], "is damaged"),
        (lambda: made()[: len(made()) // 2], "is damaged"),
        (lambda: made().replace(b"<xml/>", b"<xmL/>"), "is damaged .*CRC.*remove it and fetch it again"),
    ],
)
def test_a_bad_archive_is_refused_and_leaves_nothing(
    archive: Callable[[bytes], Path], tmp_path: Path, content: Callable[[], bytes], sentence: str
) -> None:
    path = archive(content())
    with pytest.raises(TransferError, match=sentence):
        unzip(path, tmp_path / "out")
    assert sorted(each.name for each in tmp_path.iterdir()) == [path.name, "out"]
    assert list((tmp_path / "out").iterdir()) == []


def test_an_archive_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match="No such file"):
        unzip(tmp_path / "gone.zip", tmp_path / "out")


def test_a_directory_that_cannot_be_made_is_told(archive: Callable[[bytes], Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskError, match="Check free space and permissions"):
        unzip(archive(made()), tmp_path / "file" / "out")


def test_it_can_be_stopped_and_leaves_nothing(archive: Callable[[bytes], Path], tmp_path: Path) -> None:
    answers = iter([True, False])
    with pytest.raises(TransferError, match="was stopped"):
        unzip(archive(made()), tmp_path / "out", lambda: next(answers))
    assert list((tmp_path / "out").iterdir()) == []


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), min_size=1, max_size=4), st.booleans())
def test_any_damage_is_refused_or_harmless(
    flips: list[tuple[int, int]],
    packed: bool,
) -> None:
    small = {f"{TOP}/a": b"1" * 20, f"{TOP}/b/c": b"2" * 20}
    content = bytearray(made(small, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED))
    for place, value in flips:
        content[place % len(content)] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.zip")
        path.write_bytes(content)
        out = Path(folder, "out")
        try:
            unzip(path, out)
        except S2dlError:
            assert list(out.iterdir()) == []
        assert {each.name for each in Path(folder).iterdir()} == {"x.zip", "out"}


def test_a_product_as_it_was_once_published(shared: Path, tmp_path: Path) -> None:
    name = "S2B_MSIL1C_20170719T000219_N0205_R030_T56JKT_20170719T000218"
    folder, fresh = unzip(shared / f"data/s2_safe/zips/{name}.zip", tmp_path)
    assert fresh
    assert folder.name == f"{name}.SAFE"
    assert (folder / "manifest.safe").is_file()
    assert len(files_of(folder)) == 94
