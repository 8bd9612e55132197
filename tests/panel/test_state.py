"""The panel's work without a browser: search, choose, look, download, stop."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from s2dl.errors import BadInput
from s2dl.panel.state.tally import Downloads

from .conftest import Watched

PanelOn = Callable[..., Watched]
LARGE, SLOW = 2_000_000, 500_000


def test_search_finds_scenes_and_sums_them_up(panel_on: PanelOn) -> None:
    panel = panel_on()
    panel.search()
    state = panel.state
    assert len(state.scenes) > 5
    assert state.summary == f"{len(state.scenes)} scenes, none selected"
    assert state.status.startswith(f"Found {len(state.scenes)} scenes")
    assert not state.trouble


def test_search_returns_at_once_and_can_be_stopped(panel_on: PanelOn) -> None:
    panel = panel_on(page_delay=30)
    panel.state.search()
    assert panel.state.searching
    panel.state.stop_search()
    panel.until(lambda: not panel.state.searching)
    assert panel.state.status == "The search was stopped."
    assert panel.state.scenes is None


def test_a_new_search_takes_the_place_of_the_old_one(panel_on: PanelOn) -> None:
    panel = panel_on()
    panel.state.search()
    panel.state.change(start="2024-06-10", end="2024-06-12")
    panel.search()
    assert set(panel.state.scenes["sensing_start"].dt.day) <= {10, 11, 12}


def test_what_the_service_says_is_said_in_the_status_line(panel_on: PanelOn) -> None:
    panel = panel_on()
    panel.state.settings = panel.state.settings.model_copy(update={"base_url": "http://127.0.0.1:9/odata/v1"})
    panel.search()
    assert panel.state.trouble
    assert "127.0.0.1" in panel.state.status


def test_nothing_found_is_said(panel_on: PanelOn) -> None:
    panel = panel_on()
    panel.state.change(relative_orbit="1")
    panel.search()
    assert panel.state.scenes.empty
    assert "Found nothing" in panel.state.status


def test_selection_goes_by_name_and_the_last_one_is_in_focus(panel_on: PanelOn) -> None:
    panel = panel_on()
    panel.search()
    state = panel.state
    first, second, third = state.scenes["name"][:3]
    state.select([first])
    state.toggle(third)
    assert state.selected_names == [first, third]
    assert state.focus == third
    state.toggle(third)
    assert (state.selected_names, state.focus) == ([first], first)
    state.selected = state.scenes[state.scenes["name"] == second]
    assert (state.selected_names, state.focus) == ([second], second)
    assert "1 selected (" in state.summary


def test_only_what_was_found_can_be_selected(panel_on: PanelOn) -> None:
    panel = panel_on()
    panel.search()
    strange = panel.state.scenes.head(1).assign(name="S2A_STRANGER.SAFE")
    with pytest.raises(BadInput, match="S2A_STRANGER"):
        panel.state.selected = strange
    with pytest.raises(BadInput, match="S2A_STRANGER"):
        panel.state.select(["S2A_STRANGER.SAFE"])


def test_new_scenes_empty_the_selection(panel_on: PanelOn) -> None:
    panel = panel_on()
    panel.search()
    panel.state.select(panel.state.scenes["name"][:2])
    panel.state.scenes = panel.state.scenes.head(1)
    assert panel.state.selected_names == []
    assert panel.state.focus == ""


def test_the_quicklook_of_the_focus_is_fetched(panel_on: PanelOn) -> None:
    panel = panel_on()
    panel.search()
    name = panel.state.scenes["name"][0]
    panel.state.select([name])
    assert panel.state.pictures.now.kind == "loading"
    panel.until(lambda: panel.state.pictures.now.kind == "shown")
    assert panel.state.pictures.now.png.startswith(b"\x89PNG")
    panel.state.select([])
    assert panel.state.pictures.now.kind == "none"
    panel.state.select([name])
    assert panel.state.pictures.now.kind == "shown"


def test_a_scene_without_quicklook_says_so(panel_on: PanelOn) -> None:
    panel = panel_on()
    panel.search()
    panel.state.scenes = panel.state.scenes.head(1).assign(quicklook_url=None)
    panel.state.select(panel.state.scenes["name"])
    panel.until(lambda: panel.state.pictures.now.kind == "missing")
    assert "no quicklook" in panel.state.pictures.now.sentence


def test_download_brings_verified_files_and_a_report(panel_on: PanelOn, tmp_path: Path) -> None:
    panel = panel_on()
    panel.search()
    state = panel.state
    state.select(state.scenes["name"][:2])
    panel.download()
    assert state.report is not None
    assert state.report.ok
    for result, md5 in zip(state.report, state.selected["md5"], strict=True):
        assert result.path is not None
        assert hashlib.md5(result.path.read_bytes()).hexdigest() == md5
    assert {scene.status for scene in state.downloads.scenes} == {"downloaded"}
    assert state.downloads.received == state.downloads.size
    assert "2 downloaded" in state.status
    panel.download()
    assert {scene.status for scene in state.downloads.scenes} == {"skipped"}


def test_while_it_downloads_it_answers_and_stop_keeps_no_half_file(panel_on: PanelOn, tmp_path: Path) -> None:
    panel = panel_on(product_size=LARGE, rate=SLOW)
    panel.search()
    state = panel.state
    seen: list[Downloads] = []
    state.observe(lambda change: seen.append(change.new), "downloads")
    state.select(state.scenes["name"][:2])
    state.download()
    panel.until(lambda: state.downloads.received > 0)
    state.download()
    assert "A download is running" in state.status
    state.stop()
    panel.until(lambda: state.report is not None)
    assert not state.downloads.running
    assert {result.status for result in state.report or ()} == {"cancelled"}
    assert "stopped" in state.status
    assert list((tmp_path / "products").glob("*.zip")) == []
    received = [each.received for each in seen]
    assert received == sorted(received)


def test_download_without_a_selection_says_what_to_do(panel_on: PanelOn) -> None:
    panel = panel_on()
    panel.state.download()
    assert "Select scenes first" in panel.state.status


def test_a_missing_login_is_said_and_nothing_is_left_running(
    panel_on: PanelOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = panel_on()
    monkeypatch.delenv("S2DL_PASSWORD")
    panel.search()
    panel.state.select(panel.state.scenes["name"][:1])
    panel.download()
    assert "needs an account" in panel.state.status
    assert panel.state.trouble
    assert not panel.state.downloads.running
    assert panel.state.downloads.scenes[0].status == "failed"


def test_a_directory_that_cannot_be_is_said(panel_on: PanelOn, tmp_path: Path) -> None:
    panel = panel_on()
    panel.search()
    (tmp_path / "taken").write_text("")
    panel.state.directory = str(tmp_path / "taken")
    panel.state.select(panel.state.scenes["name"][:1])
    panel.download()
    assert "is a file" in panel.state.status


def test_a_product_that_fails_alone_is_told_apart(panel_on: PanelOn) -> None:
    panel = panel_on(faults=[("no-objects", "*", 99)])
    panel.search()
    panel.state.select(panel.state.scenes["name"][:1])
    panel.download()
    (scene,) = panel.state.downloads.scenes
    assert scene.status == "failed"
    assert scene.reason
    assert panel.state.trouble


def test_closing_stops_the_work(panel_on: PanelOn, tmp_path: Path) -> None:
    panel = panel_on(product_size=LARGE, rate=SLOW)
    panel.search()
    state = panel.state
    state.select(state.scenes["name"][:1])
    state.download()
    work = state._download
    assert work is not None
    state.close()
    with pytest.raises(CancelledError):
        work.result(30)
    assert list((tmp_path / "products").glob("*.zip")) == []
