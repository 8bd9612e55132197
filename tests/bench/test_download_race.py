"""The download race, and 10 GB through the engine in little memory."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.bench_download import RACERS, installed, race

from s2dl.demo import DataSpace

ROUNDS = 5
GROWTH = 64 * 2**20


@pytest.fixture
def memory_disk() -> Iterator[Path]:
    root = Path("/dev/shm")
    if not root.is_dir() or shutil.disk_usage(root).free < 2e9:
        pytest.skip("there is no tmpfs of 2 GB")
    directory = Path(tempfile.mkdtemp(prefix="s2dl-race-", dir=root))
    yield directory / "race"
    shutil.rmtree(directory)


@pytest.mark.full
def test_the_download_race(memory_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    racers = [racer for racer in RACERS if installed(racer)]
    laps, size = race(memory_disk, racers, ROUNDS)
    ours = laps["s2dl"].speed(size)
    with capsys.disabled():
        sys.stdout.write(f"\n{size / 1e6:.0f} MB, four at a time, {ROUNDS} rounds in turns\n")
        for racer, lap in laps.items():
            speed, best = lap.speed(size), lap.speed(size, min)
            sys.stdout.write(
                f"  {racer:<16}median {speed:5.0f} MB/s, best {best:5.0f}, {lap.effort(size):.2f} CPU s a GB, "
                f"s2dl is {ours / speed:.2f} times as fast\n"
            )
    assert ours > laps["curl"].speed(size)
    assert laps["s2dl"].effort(size) < laps["curl"].effort(size)


PROGRAM = """
import sys, threading
import psutil
import s2dl
scenes = s2dl.search(tile="32TPS", end="2024-08", product_type="L2A", limit=6)
me = psutil.Process()
s2dl.download(scenes.tail(1), sys.argv[1])
before = most = me.memory_info().rss
done = threading.Event()
def watch():
    global most
    while not done.wait(0.02):
        most = max(most, me.memory_info().rss)
watcher = threading.Thread(target=watch)
watcher.start()
report = s2dl.download(scenes.head(5), sys.argv[1], concurrent=4)
done.set()
watcher.join()
assert report.ok, report
assert sum(result.size for result in report) > 9_900_000_000
print(most - before)
"""


@pytest.mark.full
def test_ten_gigabytes_take_little_memory(tmp_path: Path) -> None:
    if shutil.disk_usage(tmp_path).free < 14e9:
        pytest.skip("there is no room for 12 GB")
    with DataSpace(process=True, big={"*": 2_000_000_000}) as space:
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path)],
            env=space.env | {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=1200,
        )
        shutil.rmtree(tmp_path)
        assert run.returncode == 0, run.stderr
        assert int(run.stdout) < GROWTH
