"""The progress file: md5sum reads it, a crash at any byte loses one entry at most, strangers' files are refused."""

from __future__ import annotations

import errno
import hashlib
import json
import subprocess
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from s2dl import files
from s2dl.downloads.progress_file import HEADER, Entry, ProgressFile
from s2dl.errors import BadInput, DiskError

WHEN = "2024-06-30T10:00:00+00:00"


def entry(number: int, **changes: Any) -> Entry:
    name = f"S2A_MSIL2A_2024010{number}T101031_N0510_R022_T32TPS_20240101T160000.SAFE"
    made = Entry(f"{name}.zip", hashlib.md5(name.encode()).hexdigest(), name, f"id-{number}", 10 + number, WHEN)
    return replace(made, **changes)


def filled(path: Path, count: int) -> list[Entry]:
    progress = ProgressFile(path)
    entries = [entry(number) for number in range(count)]
    for each in entries:
        progress.add(each)
    return entries


def test_md5sum_reads_it(tmp_path: Path) -> None:
    progress = ProgressFile(tmp_path / "s2dl.progress")
    names = ["S2A_one.SAFE", "S2B_two.SAFE", "S2C_gone.SAFE"]
    for name in names:
        content = name.encode() * 100
        (tmp_path / f"{name}.zip").write_bytes(content)
        progress.add(Entry(f"{name}.zip", hashlib.md5(content).hexdigest(), name))
    gone = progress.find(names[2])
    assert gone is not None
    progress.add(replace(gone, kind="removed"))
    (tmp_path / "S2C_gone.SAFE.zip").unlink()
    checked = subprocess.run(
        ["md5sum", "--check", "--strict", "s2dl.progress"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert checked.stdout.splitlines() == ["S2A_one.SAFE.zip: OK", "S2B_two.SAFE.zip: OK"]
    assert checked.stderr == ""
    assert checked.returncode == 0


def test_its_lines_are_those_of_the_format(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    (one,) = filled(path, 1)
    header, comment, checksum = path.read_text().splitlines()
    assert header == "# s2dl progress file, version 1"
    assert json.loads(comment.removeprefix("# ")) == {
        "id": "id-0",
        "name": one.name,
        "size": 10,
        "completed": WHEN,
        "kind": "product",
        "verified_by": "md5",
        "catalogue_md5": None,
        "extracted": None,
    }
    assert checksum == f"{one.md5}  {one.name}.zip"


def test_it_is_made_with_the_first_entry_only(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    assert ProgressFile(path).entries == ()
    assert not path.exists()
    filled(path, 1)
    assert path.exists()


def test_all_of_an_entry_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    whole = entry(1, verified_by="manifest", catalogue_md5="ab" * 16, extracted="/somewhere/été")
    ProgressFile(path).add(whole)
    again = ProgressFile(path)
    assert again.entries == (whole,)
    assert again.find(whole.name) == whole
    assert again.find("another") is None


def test_an_entry_gets_the_time_of_its_completion(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    ProgressFile(path).add(entry(1, completed=""))
    assert ProgressFile(path).entries[0].completed.startswith("20")


def test_a_second_entry_of_a_product_takes_the_place_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    first, second, third = filled(path, 3)
    changed = replace(second, extracted="/x", kind="removed")
    ProgressFile(path).add(changed)
    assert ProgressFile(path).entries == (first, changed, third)
    assert second.md5 + "  " not in path.read_text()
    assert [each.name for each in tmp_path.iterdir()] == ["s2dl.progress"]


def test_torn_at_every_byte_of_its_last_two_entries(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    entries = filled(path, 4)
    content = path.read_bytes()
    ends = [content.index(each.to_text().encode()) + len(each.to_text()) for each in entries]
    late = entry(9)
    for length in range(ends[1], len(content) + 1):
        path.write_bytes(content[:length])
        whole = [each for each, end in zip(entries, ends, strict=True) if end <= length]
        torn = ProgressFile(path)
        assert list(torn.entries) == whole, length
        assert path.stat().st_size == length
        torn.add(late)
        assert list(ProgressFile(path).entries) == [*whole, late], length
        assert path.read_bytes() == content[: ends[len(whole) - 1]] + late.to_text().encode(), length


def test_torn_at_every_byte_of_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    (one,) = filled(path, 1)
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        progress = ProgressFile(path)
        assert progress.entries == ()
        progress.add(one)
        assert path.read_bytes() == content


@pytest.mark.parametrize("tail", [b"\0" * 40, b"\xff\xfe\xfd", b'# {"id": "', b"\r", b"no line's end"])
def test_a_torn_tail_of_rubbish_is_cut_off(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "s2dl.progress"
    entries = filled(path, 2)
    sound = path.read_bytes()
    path.write_bytes(sound + tail)
    progress = ProgressFile(path)
    assert list(progress.entries) == entries
    progress.add(entry(5))
    assert path.read_bytes() == sound + entry(5).to_text().encode()


def test_a_carriage_return_within_does_not_end_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    one, two = filled(path, 2)
    path.write_bytes((HEADER + one.to_text() + "# a note\r of mine\n" + two.to_text()).encode())
    assert ProgressFile(path).entries == (one, two)


def test_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    entries = filled(path, 2)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    progress = ProgressFile(path)
    assert list(progress.entries) == entries
    progress.add(entry(7))
    assert list(ProgressFile(path).entries) == [*entries, entry(7)]


@pytest.mark.parametrize("mode", [" ", "*"])
@pytest.mark.parametrize("suffix", [".SAFE.zip", ".zip"])
def test_what_md5sum_itself_appended_counts(tmp_path: Path, mode: str, suffix: str) -> None:
    path = tmp_path / "s2dl.progress"
    filled(path, 1)
    with path.open("a") as file:
        file.write(f"{'AB' * 16} {mode}S2B_MSIL1C_x{suffix}\n")
    progress = ProgressFile(path)
    found = progress.find("S2B_MSIL1C_x.SAFE")
    assert found is not None
    assert (found.file, found.md5, found.kind) == (f"S2B_MSIL1C_x{suffix}", "ab" * 16, "product")
    progress.add(entry(8))
    assert len(ProgressFile(path).entries) == 3


def test_notes_and_empty_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    entries = filled(path, 2)
    path.write_text(f"{HEADER}\n# my note\n{entries[0].to_text()}# [1, 2]\n# {{\n\n{entries[1].to_text()}# the end\n")
    progress = ProgressFile(path)
    assert list(progress.entries) == entries
    progress.add(entry(6))
    assert "# my note\n" in path.read_text()
    assert "# the end\n" in path.read_text()


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + bytes(range(256)) * 10,
        b"\x89PNG\r\n\x1a\n",
        b"hello\n",
        b"\n" + HEADER.encode(),
        b"d41d8cd98f00b204e9800998ecf8427e  a.zip\n",
        b"# s2dl progress file, version x\n",
        b"# s2dl progress file, version \xd9\xa1\n",
        b"# s2dl progress file, version 1 \n",
        bytes(1000),
    ],
)
def test_another_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="exists and is not a progress file of s2dl; name another one"):
        ProgressFile(path)
    assert path.read_bytes() == content


def test_a_later_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    path.write_text("# s2dl progress file, version 2\nwho knows\n")
    with pytest.raises(BadInput, match=r"later version of s2dl \(2\); update s2dl"):
        ProgressFile(path)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a directory; name a file"):
        ProgressFile(tmp_path)


def test_a_file_far_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    with path.open("wb") as file:
        file.truncate(2**29 + 1)
    with pytest.raises(BadInput, match="too large"):
        ProgressFile(path)


@pytest.mark.parametrize(
    "line",
    [
        f"{'ab' * 16}  ../outside.zip",
        f"{'ab' * 16}  /etc/passwd",
        f"{'ab' * 16}  ..\\outside.zip",
        f"{'ab' * 16}  ..",
        f"{'ab' * 16}  .",
        f"{'ab' * 15}  short.zip",
        "not a line of it",
        '# {"kind": "removed", "file": "../outside.zip", "md5": "x", "name": "n"}',
        '# {"kind": "removed", "file": "..", "md5": "x", "name": "n"}',
        '# {"kind": "removed", "file": "..\\\\outside", "md5": "x", "name": "n"}',
    ],
)
def test_a_line_that_leads_outside_or_nowhere_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "s2dl.progress"
    path.write_text(f"{HEADER}{line}\n")
    with pytest.raises(BadInput, match="Mend or remove"):
        ProgressFile(path)


def test_it_says_when_the_disk_refuses(tmp_path: Path) -> None:
    progress = ProgressFile(tmp_path / "gone" / "s2dl.progress")
    with pytest.raises(DiskError, match="Check free space and permissions"):
        progress.add(entry(1))
    assert progress.find(entry(1).name) is None


def test_a_rewrite_that_fails_leaves_the_old_list_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "s2dl.progress"
    filled(path, 2)
    before, progress = path.read_bytes(), ProgressFile(path)
    monkeypatch.setattr(files, "replace_durably", full)
    with pytest.raises(DiskError, match="The disk is full: make room"):
        progress.add(entry(1, kind="removed"))
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["s2dl.progress"]


def test_transfers_that_end_side_by_side_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s2dl.progress"
    progress = ProgressFile(path)
    ready = threading.Barrier(8)

    def add(first: int) -> None:
        ready.wait()
        for number in range(first, first + 10):
            progress.add(Entry(f"{number}.zip", f"{number:032x}", f"{number}.SAFE", completed=WHEN))

    threads = [threading.Thread(target=add, args=(10 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each.name for each in ProgressFile(path).entries} == {f"{number}.SAFE" for number in range(80)}


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(content: bytes, header: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "s2dl.progress")
        path.write_bytes(HEADER.encode() * header + content)
        try:
            progress = ProgressFile(path)
        except BadInput:
            return
        before = list(progress.entries)
        progress.add(entry(3))
        assert list(ProgressFile(path).entries) == [*before, entry(3)]


class Keeping(RuleBasedStateMachine):
    """Whatever is added, read anew or torn, the file and a plain dict say the same."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name, "s2dl.progress")
        self.progress = ProgressFile(self.path)
        self.model: dict[str, Entry] = {}

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(
        number=st.integers(0, 9),
        size=st.integers(0, 2**50),
        kind=st.sampled_from(["product", "removed"]),
        extracted=st.none() | st.text(),
        ident=st.text(),
    )
    def add(self, number: int, size: int, kind: Any, extracted: str | None, ident: str) -> None:
        added = entry(number, size=size, kind=kind, extracted=extracted, id=ident)
        self.progress.add(added)
        self.model[added.name] = added

    @rule()
    def read_anew(self) -> None:
        self.progress = ProgressFile(self.path)

    @rule(tail=st.binary(min_size=1, max_size=30).filter(lambda tail: b"\n" not in tail))
    def tear(self, tail: bytes) -> None:
        if self.model:
            with self.path.open("ab") as file:
                file.write(tail)
            self.progress = ProgressFile(self.path)

    @invariant()
    def they_say_the_same(self) -> None:
        assert self.progress.entries == tuple(self.model.values())
        assert ProgressFile(self.path).entries == tuple(self.model.values())


TestKeeping = Keeping.TestCase
TestKeeping.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
