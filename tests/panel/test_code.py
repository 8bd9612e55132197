"""What was done in the panel, as Python, and as a notebook shows it where no kernel runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import s2dl
from s2dl.errors import BadInput, S2dlError
from s2dl.panel.state.code import python_code
from s2dl.panel.state.values import normal_query

from .conftest import BOX, JUNE, Watched

PanelOn = Callable[..., Watched]


def done_by(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(code, "<copied>", "exec"), names)
    return names


def test_the_code_does_again_what_was_done(panel_on: PanelOn, tmp_path: Path) -> None:
    panel = panel_on()
    state = panel.state
    assert "s2dl.search(" in state.as_python()
    panel.search()
    assert "download" not in state.as_python()
    state.select(state.scenes["name"][:2])
    panel.download()
    state.change(start="2024-01-01")
    done = done_by(state.as_python())
    assert list(done["scenes"]["name"]) == list(state.scenes["name"])
    assert list(done["selected"]["name"]) == state.selected_names
    assert {result.status for result in done["report"]} == {"skipped"}


def test_the_code_reads_as_a_person_would_write_it() -> None:
    query = normal_query({"region": BOX, **JUNE, "cloud_cover": 30, "relative_orbit": 22, "latest_baseline": True})
    assert python_code(query, None, None) == (
        "import s2dl\n\n"
        "scenes = s2dl.search(\n"
        "    region=(11.2, 46.4, 11.5, 46.6),\n"
        "    start='2024-06-01',\n"
        "    end='2024-06-30',\n"
        "    product_type='L2A',\n"
        "    cloud_cover=30.0,\n"
        "    relative_orbit=22,\n"
        "    latest_baseline=True,\n"
        ")\n"
    )


def test_hostile_names_stay_text_in_the_code() -> None:
    name = "'];import os;os.environ.clear()#"
    code = python_code({"tile": ["32TPS"]}, [name], None)
    assert repr(name) in code
    assert os.environ


@pytest.fixture
def panel(panel_on: PanelOn) -> Iterator[s2dl.Panel]:
    panel = s2dl.Panel(settings=panel_on().state.settings)
    panel.query = JUNE
    yield panel
    panel.close()


def test_a_cell_can_wait_for_the_search(panel: s2dl.Panel) -> None:
    scenes = asyncio.run(panel.search_async())
    assert len(scenes) > 5
    assert panel.scenes is scenes
    assert panel.copy_as_python().startswith("import s2dl")


def test_a_search_that_gives_nothing_raises_in_the_cell(panel: s2dl.Panel) -> None:
    panel.query = {"start": "2024-06"}
    with pytest.raises(BadInput, match="Say where"):
        asyncio.run(panel.search_async())
    panel.query = JUNE
    panel._state.settings = panel._state.settings.model_copy(update={"base_url": "http://127.0.0.1:9/odata/v1"})
    with pytest.raises(S2dlError, match=r"127\.0\.0\.1"):
        asyncio.run(panel.search_async())


def test_a_notebook_without_a_kernel_shows_the_question_and_the_scenes(panel: s2dl.Panel) -> None:
    panel.scenes = asyncio.run(panel.search_async()).assign(name=lambda scenes: "<script>" + scenes["name"])
    bundle = panel._repr_mimebundle_()
    assert bundle is not None
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert f"{len(panel.scenes)} scenes" in bundle["text/plain"]
    assert "2024-06-01" in bundle["text/html"]
    assert "&lt;script&gt;" in bundle["text/html"]
    assert "<script" not in bundle["text/html"]
    assert len(bundle["text/html"]) < 5_000


def test_closing_takes_every_part_away(panel: s2dl.Panel) -> None:
    parts = list(panel.children)
    panel.close()
    assert all(part.comm is None for part in parts)
