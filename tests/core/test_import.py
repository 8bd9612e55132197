"""The house: quick to enter, every name in its place, and no module that looks downward."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import s2dl

PACKAGE = Path(s2dl.__file__).parent

ORDER = [
    "_version",
    "errors",
    "files",
    "events",
    "settings",
    "preferences",
    "earth",
    "demo",  # has its own arithmetic, so that tests do not confirm our own mistakes
    "tiles",
    "product",
    "manifest",
    "equal_area",
    "regions",
    "region",
    "query",
    "report",
    "access",
    "catalogue",
    "scenes",
    "scene_files",
    "scenes_like",
    "choice",
    "downloads",
    "previews",
    "plots",
    "sync",
    "bars",
    "jobs",
    "verbs",
    "runner",
    "asking",
    "accessor",
    "api",
    "aio",
    "cluster",
    "panel",
    "lab",
    "cli",
    "__init__",
    "__main__",
]
"""Each may import what stands above it."""

HEAVY = ["pandas", "geopandas", "numpy", "shapely", "httpx", "urllib3", "pydantic", "matplotlib", "ipyleaflet"]

MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    """`s2dl.access.http` for access/http.py."""
    return ".".join(["s2dl", *path.with_suffix("").parts]).removesuffix(".__init__")


def imports(path: Path) -> Iterator[str]:
    """All that a module imports, anywhere in it, for types only too."""
    names = {dotted(each) for each in MODULES}
    for node in ast.walk(ast.parse((PACKAGE / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by full name"
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in names else str(node.module) for name in inner)


def floor(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def rank(name: str) -> int:
    assert name in ORDER, f"give {name} a place in the order"
    return ORDER.index(name)


def test_importing_s2dl_loads_nothing_heavy() -> None:
    code = f"import sys, s2dl; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_s2dl_patches_no_loop() -> None:
    code = "import sys, s2dl, s2dl.sync; print([name for name in sys.modules if name.startswith('nest_asyncio')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


PUBLIC: list[str] = getattr(s2dl, "__all__")  # noqa: B009 - made at run time, unknown to the type checker


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(s2dl, name) is not None
    assert name in dir(s2dl)


def test_the_fixed_names_are_public() -> None:
    fixed = {"search", "count", "preview", "download", "verify", "login", "logout", "Panel", "demo", "read_region"}
    assert fixed | {"tiles", "nest", "Settings", "errors", "aio"} <= set(PUBLIC)


def test_functions_stay_functions_when_their_modules_are_loaded() -> None:
    code = "import s2dl, s2dl.verbs.download, s2dl.verbs.search; print(callable(s2dl.download), callable(s2dl.search))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_imports_only_what_stands_above_it(path: Path) -> None:
    below = [
        name
        for name in imports(path)
        if name.startswith("s2dl.")
        and name.split(".")[1] != floor(path)
        and rank(name.split(".")[1]) > rank(floor(path))
    ]
    assert not below


def test_the_embedded_data_space_shares_nothing_but_errors_and_the_settings_it_hands_out() -> None:
    shared = {name for path in MODULES if floor(path) == "demo" for name in imports(path) if name.startswith("s2dl.")}
    # And the coastlines: those of its quicklooks must meet those of the panel's map.
    allowed = {"s2dl.errors", "s2dl.settings", "s2dl.earth"}
    assert {name for name in shared if not name.startswith("s2dl.demo")} <= allowed


def test_there_are_no_circles() -> None:
    names = {dotted(path) for path in MODULES}
    graph = {dotted(path): {name for name in imports(path) if name in names} - {dotted(path)} for path in MODULES}
    assert set(TopologicalSorter(graph).static_order()) >= names


ONLY_IN = {
    "httpx": {"access/http.py"},
    "nest_asyncio": {"sync.py"},
    "nest_asyncio2": {"sync.py"},
    "filelock": {"access/lockfile.py"},
    "tqdm": {"bars.py"},
    "pydantic_settings": {"settings.py"},
    "tomlkit": {"preferences.py"},
    "keyring": {"access/keyring.py"},
}


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_met_in_one_place(library: str) -> None:
    users = {path.as_posix() for path in MODULES for name in imports(path) if name.split(".")[0] == library}
    assert users <= ONLY_IN[library]


@pytest.mark.parametrize(
    ("rooms", "strangers"),
    [
        ({"catalogue"}, {"pandas", "geopandas", "ipywidgets", "ipyleaflet"}),
        ({"access", "downloads"}, {"pandas", "geopandas", "ipywidgets", "ipyleaflet", "anywidget"}),
        ({"panel"}, {"httpx", "urllib3", "requests"}),
        ({"demo"}, {"httpx", "urllib3", "pandas", "geopandas"}),
    ],
    ids=lambda value: " ".join(sorted(value)),
)
def test_rooms_that_know_nothing_of_each_other(rooms: set[str], strangers: set[str]) -> None:
    met = {
        f"{path}: {name}"
        for path in MODULES
        if floor(path) in rooms
        for name in imports(path)
        if name.split(".")[0] in strangers
    }
    assert not met


def test_pyplot_is_used_nowhere() -> None:
    assert not [path for path in MODULES if any("pyplot" in name for name in imports(path))]
