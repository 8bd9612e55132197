"""A Data Space in a process of its own, led by lines of JSON over its standard input and output.

The first line in says how it shall be, the first line out where it is. Each line in after that is one question
with one line in answer. When its input ends, it ends: so it cannot outlive the process that started it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from s2dl.demo.service.faults import Fault
from s2dl.demo.service.records import Request
from s2dl.demo.service.service import Plan

__all__ = ["Process"]


class Process:
    """A Data Space in a process of its own; the members are those of `s2dl.demo.dataspace.Local`."""

    def __init__(self, plan: Plan, port: int = 0) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "s2dl.demo"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._turn = threading.Lock()
        try:
            self.origins: Mapping[str, str] = self._ask({"plan": asdict(plan), "port": port})
        except OSError:
            self.close()
            raise

    @property
    def requests(self) -> list[Request]:
        """All requests so far."""
        return [Request(**request) for request in self._ask({"get": "requests"})]

    @property
    def logins(self) -> int:
        """Password grants so far."""
        return int(self._ask({"get": "logins"}))

    @property
    def orders(self) -> list[str]:
        """Names of the products that were ordered so far."""
        return list(self._ask({"get": "orders"}))

    @property
    def max_sessions_seen(self) -> int:
        """The most transfers that were open at a time."""
        return int(self._ask({"get": "max_sessions_seen"}))

    def inject(self, fault: Fault) -> None:
        """Let `fault` strike from now on."""
        self._ask({"inject": asdict(fault)})

    def close(self) -> None:
        """Let the process end, and wait for it."""
        self._child.communicate()

    def _ask(self, question: Mapping[str, Any]) -> Any:
        stdin, stdout = self._child.stdin, self._child.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("The Data Space's process has no pipes.")
        with self._turn:
            stdin.write(json.dumps(question) + "\n")
            stdin.flush()
            answer = stdout.readline()
        if not answer:
            raise ConnectionError("The Data Space's process has ended; its last words are on standard error.")
        return json.loads(answer)
