"""A process that has all imported and forks a child for each run, so that many runs can be killed in a short time.

``python zygote.py scenes.pickle``; each line in is JSON, ``{"directory": …, "kill_after": seconds or null, "options":
further arguments of `download`}``; each line out is how that run ended: ``killed``, or its exit code.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
import time
from pathlib import Path

import geopandas as gpd

import s2dl


def main() -> None:
    scenes = pickle.loads(Path(sys.argv[1]).read_bytes())
    download = s2dl.download  # loads what it needs, before the first fork
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            os._exit(run(download, scenes, asked["directory"], asked["options"]))
        if asked["kill_after"] is not None:
            time.sleep(asked["kill_after"])
            os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write("killed\n" if status == -signal.SIGKILL else f"{status}\n")
        sys.stdout.flush()


def run(download: object, scenes: gpd.GeoDataFrame, directory: str, options: dict[str, object]) -> int:
    assert callable(download)
    try:
        return 0 if download(scenes, directory, progress=False, **options).ok else 1
    except s2dl.errors.S2dlError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


if __name__ == "__main__":
    main()
