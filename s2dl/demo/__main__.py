"""``python -m s2dl.demo``: the other end of `s2dl.demo.process`."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import asdict
from typing import Any

from s2dl.demo.dataspace import Local
from s2dl.demo.service.faults import Fault
from s2dl.demo.service.service import Plan


def main() -> None:
    """Serve until standard input ends."""
    # An interrupt at the terminal is meant for the parent, which ends this process in its own time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    first = json.loads(sys.stdin.readline())
    faults = tuple(Fault(**fault) for fault in first["plan"].pop("faults"))
    space = Local(Plan(**first["plan"], faults=faults), first["port"])
    try:
        _say(dict(space.origins))
        for line in sys.stdin:
            _say(_answer(space, json.loads(line)))
    finally:
        space.close()


def _answer(space: Local, question: dict[str, Any]) -> object:
    if "inject" in question:
        space.inject(Fault(**question["inject"]))
        return None
    if question["get"] == "requests":
        return [asdict(request) for request in space.requests]
    return getattr(space, question["get"])


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
