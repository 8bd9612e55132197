"""The accessor `scenes.s2dl`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from core.made_scenes import part, product, table
from matplotlib.figure import Figure

import s2dl
import s2dl.accessor
from s2dl.choice.baseline import latest_baseline
from s2dl.choice.cover import best_cover
from s2dl.choice.overpass import by_overpass
from s2dl.demo import DataSpace

BOX = (11.2, 46.4, 11.5, 46.6)


@pytest.fixture(scope="module")
def space() -> Iterator[DataSpace]:
    with DataSpace() as running:
        yield running


@pytest.fixture
def scenes(space: DataSpace) -> gpd.GeoDataFrame:
    return s2dl.search(BOX, start="2024-06", end="2024-06", product_type="L2A", settings=space.settings)


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("way", ["s2dl.search", "s2dl.aio.search", "s2dl.read_scenes", "import s2dl.accessor"])
def test_every_way_to_a_table_brings_the_accessor(way: str) -> None:
    found = run(
        "import pandas, s2dl; print(hasattr(pandas.DataFrame, 's2dl'))\n"
        f"{way}\nprint(hasattr(pandas.DataFrame, 's2dl'))"
    )
    assert found.split() == ["False", "True"]


def test_importing_s2dl_stays_light() -> None:
    assert run("import sys, s2dl; print({'pandas', 'matplotlib', 'pyarrow'} & set(sys.modules))") == "set()"


def test_tables_come_with_it_and_figures_wait_until_asked_for() -> None:
    assert run("import sys, s2dl; s2dl.search; print({'matplotlib.figure'} & set(sys.modules))") == "set()"


def test_its_methods_are_the_functions_on_the_table() -> None:
    rows = table(product(baseline="0400"), product(footprint=part(0, 0.5)), product(orbit=22, footprint=part(0.4, 1)))
    assert list(rows.s2dl.latest_baseline()["name"]) == list(latest_baseline(rows)["name"])
    assert list(rows.s2dl.best_cover()["name"]) == list(best_cover(rows)["name"])
    assert rows.s2dl.best_cover((10, 46, 10.2, 47)).attrs["uncovered"] == 0
    assert rows.s2dl.by_overpass().equals(by_overpass(rows))
    assert rows.s2dl.total_size == 3_000
    assert type(rows.head(0).s2dl.total_size) is int
    assert rows.head(1).s2dl.total_size == 1_000


def test_a_reprojected_table_gives_the_same(scenes: gpd.GeoDataFrame) -> None:
    projected = scenes.to_crs(32632)
    pd.testing.assert_series_equal(
        projected.s2dl.by_overpass(BOX)["coverage"], scenes.s2dl.by_overpass(BOX)["coverage"], rtol=1e-6
    )
    assert list(projected.s2dl.best_cover(BOX)["name"]) == list(scenes.s2dl.best_cover(BOX)["name"])
    assert projected.s2dl.best_cover(BOX).crs == "EPSG:4326"


def test_methods_can_be_chained() -> None:
    rows = table(product(baseline="0400"), product(), product(orbit=22, cloud=90))
    assert len(rows.s2dl.latest_baseline().s2dl.best_cover()) == 1


@pytest.mark.parametrize(
    "draw", [lambda rows: rows.s2dl.timeline(by="platform", style="dark"), lambda rows: rows.s2dl.plot()]
)
def test_it_draws(draw: Any) -> None:
    assert isinstance(draw(table(product())), Figure)


@pytest.mark.parametrize("frame", [pd.DataFrame({"a": [1]}), pd.DataFrame({"name": ["a"]})])
def test_other_tables_have_none(frame: pd.DataFrame) -> None:
    assert not hasattr(frame, "s2dl")
    with pytest.raises(AttributeError, match="no table of scenes"):
        frame.s2dl  # noqa: B018


def test_previews_and_downloads(space: DataSpace, scenes: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: Any) -> None:
    for name, value in space.env.items():
        monkeypatch.setenv(name, value)
    few = scenes.head(2)
    assert few.s2dl.preview(tmp_path / "pictures").ok
    report = few.s2dl.download(tmp_path / "products", progress=False)
    assert report.ok
    assert {path.name for path in (tmp_path / "products").glob("*.zip")} == {f"{name}.zip" for name in few["name"]}


@pytest.mark.parametrize("kind", ["parquet", "geojson"])
def test_a_saved_table_downloads_later_by_its_names(
    space: DataSpace, scenes: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: Any, kind: str
) -> None:
    for name, value in space.env.items():
        monkeypatch.setenv(name, value)
    few = scenes.head(2).copy()
    # Ids change and a file may lie: what counts is the name, and what the catalogue says of it today.
    few["id"] = "gone"
    few["md5"] = "0" * 32
    saved = s2dl.write_scenes(few, tmp_path / f"later.{kind}")
    report = s2dl.download(saved if kind == "parquet" else str(saved), tmp_path / "products", progress=False)
    assert report.ok
    assert [each.md5 for each in report] == scenes.head(2)["md5"].tolist()
