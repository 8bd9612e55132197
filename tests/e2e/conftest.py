"""A Data Space for each test that wants one, and the environment that points at it."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from s2dl.demo import DataSpace


@pytest.fixture
def open_space(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., DataSpace]]:
    """Open a Data Space with the given manners, and point the environment at it."""
    with ExitStack() as stack:

        def open_it(**manners: Any) -> DataSpace:
            space = stack.enter_context(DataSpace(**manners))
            for name, value in space.env.items():
                monkeypatch.setenv(name, value)
            return space

        yield open_it


@pytest.fixture
def space(open_space: Callable[..., DataSpace]) -> DataSpace:
    return open_space()


@pytest.fixture
def free_port() -> int:
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
