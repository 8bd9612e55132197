"""`python -m s2dl.runner JOB`: a job's own process; account and proxy come through its standard input, once."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from s2dl.access.credentials import Credentials, remember
from s2dl.errors import S2dlError
from s2dl.jobs.store import Store
from s2dl.runner.carry import carry_through
from s2dl.settings import Settings


def main() -> int:
    """Carry out one job."""
    secrets = _secrets()
    store, job, proxy = Store(), int(sys.argv[1]), secrets.pop("proxy", None)
    try:
        if secrets:
            remember(Credentials(**secrets), Settings(**store.find(job).task.settings))
        return carry_through(store, job, progress=False, proxy=proxy)
    except S2dlError as error:  # the job is another's, or cannot be told of its end; this goes to its log
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def _secrets() -> dict[str, Any]:
    """Read the pipe to its end and close it, before anything is asked of anyone."""
    content: dict[str, Any] = json.loads(sys.stdin.buffer.read() or b"{}")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return content


if __name__ == "__main__":
    sys.exit(main())
