"""A Data Space and the state of a panel on it; a browser, and pictures of what it shows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from s2dl.demo import DataSpace
from s2dl.panel.state.state import PanelState

from .lab import chromium

PATIENCE = 60.0

BOX = (11.2, 46.4, 11.5, 46.6)
JUNE = {"region": BOX, "start": "2024-06", "end": "2024-06", "product_type": "L2A"}


class Watched:
    """A panel's state, and a way to wait for what it will say."""

    def __init__(self, state: PanelState, space: DataSpace | None = None) -> None:
        self.state = state
        self.space = space
        self._changed = threading.Condition()
        state.observe(self._note)
        state.pictures.observe(self._note)
        state.account.observe(self._note)

    def _note(self, _: Any) -> None:
        with self._changed:
            self._changed.notify_all()

    def until(self, condition: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE), (self.state.status, self.state.errors)

    def search(self) -> None:
        self.state.search()
        self.until(lambda: not self.state.searching)

    def download(self) -> None:
        self.state.download()
        self.until(lambda: self.state.report is not None)


@pytest.fixture
def panel_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    """Make a panel's state on a Data Space with the given manners, with June's question and a directory."""
    with ExitStack() as stack:

        def make(**manners: Any) -> Watched:
            space = stack.enter_context(DataSpace(**manners))
            for name, value in space.env.items():
                monkeypatch.setenv(name, value)
            state = PanelState(settings=space.settings)
            stack.callback(state.close)
            state.query = JUNE
            state.directory = str(tmp_path / "products")
            return Watched(state, space)

        yield make


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests of a file."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def shoot(page: Page, request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Take a screenshot for people to look at."""
    folder = request.config.rootpath / "test-results"
    folder.mkdir(exist_ok=True)
    subject = request.path.stem.removeprefix("test_browser").strip("_") or "panel"
    return lambda name: page.screenshot(path=folder / f"{subject}-{name}.png") and None


@pytest.fixture
def state() -> Iterator[PanelState]:
    """A state that asks no one."""
    state = PanelState()
    yield state
    state.close()
