"""A Data Space for each test that wants one, and the environment that points at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from ports import free_ports

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
    return free_ports()
