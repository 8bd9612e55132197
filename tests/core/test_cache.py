"""Pictures kept on disk: what was put is given back, or nothing; never more than the bound."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl.previews.cache import Cache


def size_of(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.iterdir())


@given(st.text(), st.binary(max_size=300))
def test_what_was_put_is_given_back(tmp_path_factory: pytest.TempPathFactory, key: str, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("cache")
    key = key.encode(errors="replace").decode()
    assert Cache(folder).get(key) is None
    Cache(folder).put(key, content)
    assert Cache(folder).get(key) == content
    assert Cache(folder).get(f"{key}+") is None


def test_it_lies_in_the_users_cache_directory() -> None:
    Cache().put("a", b"picture")
    (entry,) = (Path(os.environ["XDG_CACHE_HOME"]) / "s2dl" / "pictures").iterdir()
    assert entry.read_bytes().endswith(b"picture")


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, most=4 * 132)
    for number, key in enumerate("abcd"):
        cache.put(key, bytes(100))
        (newest,) = (each for each in tmp_path.iterdir() if each.stat().st_mtime > 1_000)
        os.utime(newest, (number, number))
    assert cache.get("a") is not None  # now the most recent
    cache.put("e", bytes(100))
    assert [key for key in "abcde" if cache.get(key) is not None] == ["a", "c", "d", "e"]
    assert size_of(tmp_path) <= 4 * 132


def test_what_is_larger_than_all_is_not_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path, most=1_000)
    cache.put("small", bytes(100))
    cache.put("large", bytes(1_000))
    assert cache.get("large") is None
    assert cache.get("small") == bytes(100)


@pytest.mark.parametrize("damage", [b"", b"short", bytes(500)])
def test_a_damaged_entry_is_dropped(tmp_path: Path, damage: bytes) -> None:
    cache = Cache(tmp_path)
    cache.put("a", b"picture")
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(damage)
    assert cache.get("a") is None
    assert not list(tmp_path.iterdir())


def test_leftovers_of_killed_processes_make_room_too(tmp_path: Path) -> None:
    (tmp_path / "tmpabc.part").write_bytes(bytes(900))
    os.utime(tmp_path / "tmpabc.part", (1, 1))
    Cache(tmp_path, most=1_000).put("a", bytes(200))
    assert [each.stat().st_size for each in tmp_path.iterdir()] == [232]


def test_a_disk_that_refuses_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file")
    cache.put("a", b"picture")
    assert cache.get("a") is None


def test_it_is_made_once(tmp_path: Path) -> None:
    made = []

    async def make() -> bytes:
        made.append(1)
        return b"picture"

    for _ in range(3):
        assert asyncio.run(Cache(tmp_path).get_or_make("a", make)) == b"picture"
    assert len(made) == 1


def test_many_processes_share_it(tmp_path: Path) -> None:
    """Each puts and gets the same few keys within a narrow bound; whatever comes is whole."""
    code = (
        "import sys; from pathlib import Path; from s2dl.previews.cache import Cache\n"
        "cache = Cache(Path(sys.argv[1]), most=40_000)\n"
        "for turn in range(150):\n"
        "    key = str(turn % 7); whole = key.encode() * 9_000\n"
        "    cache.put(key, whole); came = cache.get(key); assert came in (None, whole), key\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = [each.communicate(timeout=120)[1] for each in running]
    assert [each.returncode for each in running] == [0] * 4, said
    assert said == [""] * 4  # nothing damaged, nothing refused
    assert size_of(tmp_path) <= 40_000
