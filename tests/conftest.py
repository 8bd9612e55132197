"""What all tests share: a user of their own, and the folder of recorded data where it is at hand."""

from __future__ import annotations

import os
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest
from hypothesis import settings

from s2dl.access import identity

ROOT = Path(__file__).parents[1]
BROWSERS = Path.home() / ".cache" / "ms-playwright"

# The machine may be busy: no test asserts on time.
settings.register_profile("full", deadline=None, max_examples=200)
settings.register_profile("s2dl", deadline=None, max_examples=40)
settings.load_profile("s2dl")


@pytest.fixture
def shared() -> Path:
    """The folder of recorded answers and real data, which is not part of the project."""
    folder = Path(os.environ.get("S2DL_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("the folder of recorded data is not here (S2DL_SHARED)")
    return folder


@pytest.fixture(autouse=True)
def _user_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep each test away from the real user's settings, the environment's, and the logins of other tests."""
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith("S2DL_") and name != "S2DL_SHARED"]:
        monkeypatch.delenv(name)
    if "PLAYWRIGHT_BROWSERS_PATH" not in os.environ and BROWSERS.is_dir():
        monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(BROWSERS))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("NETRC", raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        folder = home / name.lower()
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(name, str(folder))
    # A service of this test may be given the port of an earlier one, where this process was logged in.
    monkeypatch.setattr(identity, "_sessions", WeakKeyDictionary())
