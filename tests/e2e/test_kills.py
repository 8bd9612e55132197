"""Real processes that are really killed, at random moments: what is under a final name is right, and stays."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import geopandas as gpd
import pytest
from e2e.helpers import md5sum_says, names_in, some_scenes

import s2dl
from s2dl.access.lockfile import LockFile
from s2dl.demo import DataSpace
from s2dl.downloads.progress_file import ProgressFile

PRODUCTS = 12
MOST_KILLS_OF_ONE_DIRECTORY = 8

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")


class Zygote:
    """Starts a download in a process of its own, and kills it at the given moment."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, directory: Path, kill_after: float | None = None, **options: Any) -> str:
        """``killed``, or the exit code."""
        assert self._process.stdin
        asked = {"directory": str(directory), "kill_after": kill_after, "options": options}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return self.answer()

    def answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


@contextmanager
def zygote(scenes: gpd.GeoDataFrame, place: Path) -> Iterator[Zygote]:
    table = place / "scenes.pickle"
    table.write_bytes(pickle.dumps(scenes))
    script = Path(__file__).with_name("zygote.py")
    with subprocess.Popen(
        [sys.executable, str(script), str(table)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        made = Zygote(process)
        try:
            assert made.answer() == "ready"
            yield made
        finally:
            process.kill()


def transfers_of(space: DataSpace, scenes: gpd.GeoDataFrame) -> Counter[str]:
    """How often the service began to send each product's bytes."""
    names = {f"/odata/v1/Products({id_})/$value": name for id_, name in zip(scenes["id"], scenes["name"], strict=True)}
    return Counter(
        names[unquote(request.path)]
        for request in space.requests
        if request.origin == "download" and request.status == 200 and unquote(request.path) in names
    )


def check_what_is_there(directory: Path, scenes: gpd.GeoDataFrame) -> set[str]:
    """Gives the names of the products that are there; all of them are right, and so is the list."""
    right = dict(zip(scenes["name"], scenes["md5"], strict=True))
    there = {path.name.removesuffix(".zip"): path for path in directory.glob("*.zip")}
    assert {name: hashlib.md5(path.read_bytes()).hexdigest() for name, path in there.items()} == {
        name: right[name] for name in there
    }
    if (directory / "s2dl.progress").exists():
        assert set(md5sum_says(directory / "s2dl.progress").values()) <= {"OK"}
    return set(there)


@pytest.mark.parametrize("moments", [20, pytest.param(200, marks=pytest.mark.full)])
def test_downloads_that_are_killed_at_any_moment_end_well(
    open_space: Callable[..., DataSpace], tmp_path: Path, moments: int
) -> None:
    space = open_space(process=True)
    scenes = some_scenes(PRODUCTS)
    kills = directories = 0
    with zygote(scenes, tmp_path) as runs:
        began = time.monotonic()
        assert runs.run(tmp_path / "unharmed") == "0"
        length = time.monotonic() - began
        while kills < moments:
            directories += 1
            directory = tmp_path / f"{directories}"
            kills += killed_again_and_again(
                runs, directory, scenes, space, lambda: random.uniform(0, length), moments - kills
            )
    nothing_is_held()


def killed_again_and_again(
    runs: Zygote,
    directory: Path,
    scenes: gpd.GeoDataFrame,
    space: DataSpace,
    moment: Callable[[], float],
    most: int,
) -> int:
    """Let a download be killed until it ends by itself, and look closely each time; gives the number of kills."""
    first = before = transfers_of(space, scenes)
    kills, there = 0, set[str]()
    while kills < min(most, MOST_KILLS_OF_ONE_DIRECTORY) and runs.run(directory, moment()) == "killed":
        kills += 1
        now = transfers_of(space, scenes)
        assert not {name for name in there if now[name] > before[name]}, "fetched again what was there"
        before, there = now, check_what_is_there(directory, scenes) if directory.exists() else set()
    assert runs.run(directory) == "0"
    now = transfers_of(space, scenes)
    assert not {name for name in there if now[name] > before[name]}, "fetched again what was there"
    assert all(now[name] - first[name] <= 1 + kills for name in scenes["name"])
    assert check_what_is_there(directory, scenes) == set(scenes["name"])
    files = {f"{name}.zip" for name in scenes["name"]}
    assert names_in(directory) == files | {"s2dl.progress"}
    assert md5sum_says(directory / "s2dl.progress") == dict.fromkeys(files, "OK")
    assert [result.status for result in s2dl.download(scenes, directory)] == ["skipped"] * len(scenes)
    return kills


@pytest.mark.full
def test_unzipping_that_is_killed_at_any_moment_leaves_no_half_folder(
    open_space: Callable[..., DataSpace], tmp_path: Path
) -> None:
    open_space(process=True, big={"*": 8_000_000})
    scenes = some_scenes(4)
    right = tmp_path / "unharmed"
    with zygote(scenes, tmp_path) as runs:
        began = time.monotonic()
        assert runs.run(right, unzip=True, keep_archive=False) == "0"
        length = time.monotonic() - began
        folders = {name: files_of(right / name) for name in scenes["name"]}
        kills = directories = 0
        while kills < 20:
            directories += 1
            directory, ended = tmp_path / f"{directories}", "killed"
            while ended == "killed":
                ended = runs.run(directory, random.uniform(0, length), unzip=True, keep_archive=False)
                kills += ended == "killed"
                for name in names_in(directory) & set(folders) if directory.exists() else ():
                    assert files_of(directory / name) == folders[name]
            assert runs.run(directory, unzip=True, keep_archive=False) == "0"
            assert names_in(directory) == set(folders) | {"s2dl.progress"}
    nothing_is_held()


def files_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.md5(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("step", [31, pytest.param(1, marks=pytest.mark.full)])
def test_a_progress_file_torn_at_any_byte_costs_no_transfer(space: DataSpace, tmp_path: Path, step: int) -> None:
    scenes = some_scenes(3)
    assert s2dl.download(scenes, tmp_path).ok
    listing = tmp_path / "s2dl.progress"
    whole, first = listing.read_bytes(), ProgressFile(listing).entries[0].name
    *_, last_but_one, _last = (found.start() for found in re.finditer(rb"^# \{", whole, re.MULTILINE))
    before = transfers_of(space, scenes)
    for torn in range(last_but_one, len(whole), step):
        listing.write_bytes(whole[:torn])
        statuses = {result.name: result.status for result in s2dl.download(scenes, tmp_path)}
        assert statuses[first] == "skipped", torn
        assert set(statuses.values()) <= {"skipped", "adopted"}, torn
        assert md5sum_says(listing) == {f"{name}.zip": "OK" for name in scenes["name"]}, torn
    assert transfers_of(space, scenes) == before


def nothing_is_held() -> None:
    locks = [path for end in ("lock", "next") for path in Path(os.environ["XDG_RUNTIME_DIR"]).rglob(f"*.{end}")]
    assert locks
    for path in locks:
        lock = LockFile(path)
        assert lock.take(), f"{path.name} is held"
        lock.free()
