"""Ports that nobody listens at, for servers that are told theirs, and for those that are not there."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack


def free_ports() -> int:
    """The first of three free ports, below those that the system gives to whoever asks for any."""
    while True:
        first = random.randrange(20_000, 32_000, 3)
        with ExitStack() as probes:
            try:
                for port in range(first, first + 3):
                    probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first
