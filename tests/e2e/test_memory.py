"""Memory while large products are on their way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from s2dl.demo import DataSpace

SIZE = 200_000_000
LIMIT = 64 * 2**20

PROGRAM = """
import sys, threading, time
import psutil
import s2dl
scenes = s2dl.search((11.2, 46.4, 11.5, 46.6), end="2024-08", product_type="L2A", limit=5)
s2dl.download(scenes.tail(1), sys.argv[1])
me = psutil.Process()
before = most = me.memory_info().rss
done = threading.Event()
def watch():
    global most
    while not done.wait(0.02):
        most = max(most, me.memory_info().rss)
watcher = threading.Thread(target=watch)
watcher.start()
report = s2dl.download(scenes.head(4), sys.argv[1], concurrent=4)
done.set()
watcher.join()
assert report.ok, report
assert sum(result.size for result in report) == scenes.head(4)["size"].sum() > 790_000_000
print(most - before)
"""


def test_four_large_products_take_little_memory_and_one_login(tmp_path: Path) -> None:
    with DataSpace(big={"*": SIZE}, process=True) as space:
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path)],
            env=space.env | {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert run.returncode == 0, run.stderr
        assert int(run.stdout) < LIMIT
        assert space.logins == 1
