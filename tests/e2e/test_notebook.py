"""The functions in a real notebook kernel: plain, awaited, and nested."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

from s2dl.demo import DataSpace

PLAIN = """
import s2dl
scenes = s2dl.search((11.2, 46.4, 11.5, 46.6), start="2024-06", end="2024-08", product_type="L2A")
axes = scenes.plot("cloud_cover", alpha=0.3)
report = s2dl.download(scenes.head(2), "images")
assert report.ok
report
"""
AWAITED = """
scenes = await s2dl.aio.search((11.2, 46.4, 11.5, 46.6), start="2024-06", end="2024-08", product_type="L2A")
report = await s2dl.aio.download(scenes.head(3), "images")
[result.status for result in report]
"""
NESTED = """
import asyncio
s2dl.nest()
found = asyncio.run(s2dl.aio.count(tile="32TPS", start="2024-06", end="2024-08"))
again = asyncio.get_event_loop().run_until_complete(s2dl.aio.count(tile="32TPS", start="2024-06", end="2024-08"))
assert found == again > 0
len(s2dl.search(tile="32TPS", start="2024-06", end="2024-08")) == found
"""


ROOT = Path(__file__).parents[2]


def test_the_quickstart_runs_from_top_to_bottom(space: DataSpace, tmp_path: Path) -> None:
    notebook = nbformat.read(ROOT / "notebooks" / "quickstart.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = next(cell for cell in notebook.cells if "s2dl.Panel()" in cell.source)
    assert "application/vnd.jupyter.widget-view+json" in shown.outputs[-1]["data"]
    assert "2 downloaded" in notebook.cells[-1].outputs[-1]["data"]["text/html"]
    assert len(list((tmp_path / "products").glob("*.zip"))) == 2
    assert len(list((tmp_path / "quicklooks").glob("*.png"))) == 2


def test_the_demonstration_runs_without_account_and_settings(tmp_path: Path) -> None:
    notebook = nbformat.read(ROOT / "notebooks" / "demo.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = {cell.id: cell.get("outputs", []) for cell in notebook.cells}
    assert "application/vnd.jupyter.widget-view+json" in outputs["panel"][-1]["data"]
    assert any("image/png" in output.get("data", {}) for output in outputs["functions"])
    assert "downloaded" in outputs["download"][-1]["data"]["text/html"]
    assert list((tmp_path / "products").glob("*.zip"))


def test_the_three_ways_to_call_in_one_kernel(space: DataSpace, tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in (PLAIN, AWAITED, NESTED)])
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    plain, awaited, nested = (cell.outputs for cell in notebook.cells)
    kinds = {kind for output in plain for kind in output.get("data", {})}
    assert "image/png" in kinds
    assert any("2 downloaded" in output.get("data", {}).get("text/html", "") for output in plain)
    assert awaited[-1]["data"]["text/plain"] == "['skipped', 'skipped', 'downloaded']"
    assert nested[-1]["data"]["text/plain"] == "True"
    assert len(list((tmp_path / "images").glob("*.zip"))) == 3
