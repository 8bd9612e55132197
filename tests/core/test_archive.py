"""A product is unzipped whole or not at all, and a hostile archive gets a refusal."""

from __future__ import annotations

import io
import os
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2dl.access.lockfile import LockFile
from s2dl.downloads import members, space
from s2dl.downloads.archive import is_whole, unzip
from s2dl.downloads.manifest import check_archive
from s2dl.errors import DiskError, InUse, S2dlError, TransferError

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


def entry(name: bytes, content: bytes = b"x", **header: int) -> tuple[bytes, bytes, dict[str, int]]:
    return name, content, header


def by_hand(*entries: tuple[bytes, bytes, dict[str, int]], overlap: bool = False) -> bytes:
    """A zip with any names and headers, and whether its entries share their bytes."""
    out, central = bytearray(), bytearray()
    for number, (name, content, header) in enumerate(entries):
        flags, method = header.get("flags", 0), header.get("method", 0)
        crc, size = header.get("crc", zlib.crc32(content)), header.get("size", len(content))
        start = 0 if overlap and number else len(out)
        common = struct.pack("<HHHHIII", flags, method, 0, 0x21, crc, len(content), size)
        if not (overlap and number):
            out += b"PK\x03\x04" + struct.pack("<H", 20) + common + struct.pack("<HH", len(name), 0) + name + content
        central += b"PK\x01\x02" + struct.pack("<HH", 0x314, 20) + common + struct.pack("<HHH", len(name), 0, 0)
        central += struct.pack("<HHII", 0, 0, header.get("mode", 0o100644) << 16, start) + name
    counts = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(central), len(out), 0)
    return bytes(out + central + b"PK\x05\x06" + counts)


def named(*names: str) -> Callable[[], bytes]:
    return lambda: by_hand(*(entry(f"{TOP}/{name}".encode(), flags=0x800) for name in names))


HOSTILE = [
    (named("a", "A"), "are one name to many disks"),
    (named("GRANULE/a", "Granule/b"), "are one name to many disks"),
    (named("stra\u00dfe", "STRASSE"), "are one name to many disks"),
    (named("a", "a/b"), "is a file and a folder"),
    (named("con"), "does not belong in a product"),
    (named("Nul.txt"), "does not belong in a product"),
    (named("COM1/x"), "does not belong in a product"),
    (named("dot."), "does not belong in a product"),
    (named("space /x"), "does not belong in a product"),
    (named("a:b"), "does not belong in a product"),
    (named("a\tb"), "does not belong in a product"),
    (named("/".join("d" * 30)), "does not belong in a product"),
    (named("n" * 600), "does not belong in a product"),
    (lambda: by_hand(entry(b"dir.SAFE/.."), entry(b"dir.SAFE/x")), "does not belong in a product"),
    (lambda: by_hand(entry(b".ssh/authorized_keys")), "has not the name of a product"),
    (lambda: by_hand(entry(b"documents/letter")), "has not the name of a product"),
    (lambda: by_hand(entry(f"{TOP}/pipe".encode(), mode=stat.S_IFIFO | 0o644)), "does not belong in a product"),
    (lambda: by_hand(entry(f"{TOP}/disk".encode(), mode=stat.S_IFBLK | 0o644)), "does not belong in a product"),
    (lambda: by_hand(entry(f"{TOP}/x".encode(), method=14)), "packed as no product is"),
    (lambda: by_hand(entry(f"{TOP}/x".encode(), crc=0)), "is damaged"),
    (lambda: by_hand(entry(f"{TOP}/x".encode(), size=2**31)), "would grow to 2,147,483,648 bytes"),
    (lambda: by_hand(entry(f"{TOP}/a".encode()), entry(f"{TOP}/b".encode()), overlap=True), "is damaged"),
    (lambda: by_hand(entry(b"")), "does not belong in a product"),
    (lambda: by_hand(entry(b"\xff\xfe", flags=0x800)), "is damaged"),
]


BAD = [
    *HOSTILE,
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
    (encrypted, "is encrypted or packed as no product is"),
    (lambda: b"", "is damaged"),
    (lambda: b"<html>", "is damaged"),
    (lambda: made()[:-30], "is damaged"),
    (lambda: made()[: len(made()) // 2], "is damaged"),
    (lambda: made().replace(b"<xml/>", b"<xmL/>"), "is damaged .*CRC.*remove it and fetch it again"),
]


@pytest.mark.parametrize(("content", "sentence"), BAD)
def test_a_bad_archive_is_refused_and_leaves_nothing(
    archive: Callable[[bytes], Path], tmp_path: Path, content: Callable[[], bytes], sentence: str
) -> None:
    path = archive(content())
    with pytest.raises(TransferError, match=sentence):
        unzip(path, tmp_path / "out")
    assert sorted(each.name for each in tmp_path.iterdir()) == [path.name, "out"]
    assert list((tmp_path / "out").iterdir()) == []


MANIFEST = (
    b'<XFDU xmlns="urn:ccsds:schema:xfdu:1"><byteStream xmlns="" size="6"><fileLocation href="./a"/>'
    b'<checksum checksumName="MD5">'
    b"e80b5017098950fc58aad83c8c14978e</checksum></byteStream></XFDU>"
)
NO_FILES = b'<XFDU xmlns="urn:ccsds:schema:xfdu:1"/>'


def packed_and_damaged() -> bytes:
    content = bytearray(made({f"{TOP}/manifest.safe": MANIFEST, f"{TOP}/a": bytes(range(99))}, zipfile.ZIP_DEFLATED))
    for place in range(len(TOP) + 50, len(TOP) + 90):
        content[place] ^= 0x5A
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        *((content, TOP) for content, _ in BAD),
        (packed_and_damaged, "no whole zip"),
        (lambda: made({"S2X.SAFE/manifest.safe": MANIFEST, "S2X.SAFE/a": b"abcdef"}), "is another product, S2X.SAFE"),
        (lambda: made({f"{TOP}/a": b"abcdef"}), "the zip has no manifest.safe"),
        (
            lambda: made({f"{TOP}/manifest.safe": b"<x/>", f"{TOP}/a": b"abcdef"}),
            "manifest is none: it is something",
        ),
        (
            lambda: made({f"{TOP}/manifest.safe": b"<x", f"{TOP}/a": b"abcdef"}),
            "manifest is none: it cannot be",
        ),
        (lambda: made({f"{TOP}/manifest.safe": NO_FILES, f"{TOP}/a": b"abcdef"}), "its manifest lists no files"),
        (lambda: made({f"{TOP}/manifest.safe": MANIFEST}), "a of its manifest is not in the zip"),
        (lambda: made({f"{TOP}/manifest.safe": MANIFEST, f"{TOP}/a": b"abcdeF"}), "is not what the manifest says"),
    ],
)
def test_where_the_catalogue_has_no_checksum_a_bad_archive_is_no_product(
    archive: Callable[[bytes], Path], content: Callable[[], bytes], sentence: str
) -> None:
    check_archive(archive(made({f"{TOP}/manifest.safe": MANIFEST, f"{TOP}/a": b"abcdef"})), TOP)
    with pytest.raises(TransferError, match=sentence):
        check_archive(archive(content()), TOP)


def test_an_archive_of_too_many_files_is_refused(
    archive: Callable[[bytes], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "_MOST_MEMBERS", 1)
    with pytest.raises(TransferError, match="it holds 2 files, as no product does"):
        unzip(archive(made()), tmp_path / "out")


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


def test_large_files_are_unzipped_too(archive: Callable[[bytes], Path], tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped, zipped.open(f"{TOP}/big.jp2", "w", force_zip64=True) as member:
        member.write(b"many bytes")
    folder, _ = unzip(archive(buffer.getvalue()), tmp_path / "out")
    assert (folder / "big.jp2").read_bytes() == b"many bytes"


NAMES = st.lists(
    st.sampled_from([TOP, "..", ".", "", "a", "A", "b", "etc", "C:", "NUL", "x" * 300, "\\", "~", "é"]), max_size=5
).map("/".join)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "flags": st.sampled_from([0, 1, 8, 0x800]),
        "method": st.sampled_from([0, 8, 9, 12, 14, 99]),
        "crc": st.integers(0, 2**32 - 1),
        "size": st.integers(0, 2**32 - 1),
        "mode": st.sampled_from([0, 0o100644, 0o120777, 0o040755, 0o010644]),
    },
)


@settings(max_examples=150)
@given(
    st.lists(st.tuples(NAMES, st.binary(max_size=30), HEADERS), max_size=4),
    st.booleans(),
    st.booleans(),
)
def test_whatever_a_zip_says_nothing_is_written_outside(
    listed: list[tuple[str, bytes, dict[str, int]]], within: bool, overlap: bool
) -> None:
    prefix = f"{TOP}/" if within else ""
    content = by_hand(
        *(entry((prefix + name).encode(), *rest[:1], **rest[1]) for name, *rest in listed), overlap=overlap
    )
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder, "x.zip"), Path(folder, "a", "b", "c", "out")
        path.write_bytes(content)
        try:
            unzipped, _ = unzip(path, out)
        except S2dlError:
            assert list(out.iterdir()) == []
        else:
            assert [each.name for each in out.iterdir()] == [unzipped.name]
            assert is_whole(path, unzipped)
        written = {each.relative_to(folder).as_posix() for each in Path(folder).rglob("*")}
        assert {each for each in written if not each.startswith("a/b/c/out/")} <= {
            "x.zip",
            "a",
            "a/b",
            "a/b/c",
            "a/b/c/out",
        }


def test_a_folder_is_compared_with_its_archive(archive: Callable[[bytes], Path], tmp_path: Path) -> None:
    path = archive(made())
    folder, _ = unzip(path, tmp_path / "out")
    assert is_whole(path, folder)
    (folder / "notes.txt").write_text("mine")
    assert is_whole(path, folder)
    (folder / "manifest.safe").write_bytes(b"<XML/>")
    assert not is_whole(path, folder)
    (folder / "manifest.safe").unlink()
    assert not is_whole(path, folder)


def test_two_runs_do_not_unzip_one_product_at_a_time(archive: Callable[[bytes], Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    other = LockFile(out / f".{TOP}.lock")
    assert other.take()
    with pytest.raises(InUse, match="another run unzips it at this moment"):
        unzip(archive(made()), out)
    other.free()
    assert unzip(archive(made()), out) == (out / TOP, True)
    assert [each.name for each in out.iterdir()] == [TOP]


def test_a_disk_without_room_is_told_before_a_byte_is_written(
    archive: Callable[[bytes], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space, "RESERVE", 2**60)
    with pytest.raises(DiskError, match=rf"10\.2 kB are to be unzipped of {TOP} and .* are free"):
        unzip(archive(made()), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


KILLED = """
import sys
from pathlib import Path
from s2dl.downloads.archive import unzip

def wait():
    print("half done", flush=True)
    sys.stdin.readline()

unzip(Path(sys.argv[1]), Path(sys.argv[2]), lambda: wait() or True)
"""


def test_killed_in_the_middle_it_leaves_only_hidden_files_that_the_next_run_clears_away(
    archive: Callable[[bytes], Path], tmp_path: Path
) -> None:
    path, out = archive(made()), tmp_path / "out"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path), str(out)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half done\n"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert {each.name for each in out.iterdir()} == {f".{TOP}.part", f".{TOP}.lock"}
    assert unzip(path, out) == (out / TOP, True)
    assert [each.name for each in out.iterdir()] == [TOP]
    assert files_of(out) == FILES


def test_a_product_as_it_was_once_published(shared: Path, tmp_path: Path) -> None:
    name = "S2B_MSIL1C_20170719T000219_N0205_R030_T56JKT_20170719T000218"
    folder, fresh = unzip(shared / f"data/s2_safe/zips/{name}.zip", tmp_path)
    assert fresh
    assert folder.name == f"{name}.SAFE"
    assert (folder / "manifest.safe").is_file()
    assert len(files_of(folder)) == 94
