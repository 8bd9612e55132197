"""Downloads of the panel: paused, stopped, tried again, detached; and what they say when days are bad."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

import s2dl
from s2dl.panel.state.closing import Closing
from s2dl.panel.state.tally import Tally
from s2dl.report import DownloadReport, SceneResult

from .conftest import Watched

PanelOn = Callable[..., Watched]

LARGE, SLOW = 3_000_000, 500_000


def choose(panel: Watched, count: int) -> list[str]:
    panel.search()
    panel.state.select(panel.state.scenes["name"][:count])
    return panel.state.selected_names


def statuses(panel: Watched) -> list[str]:
    return [scene.status for scene in panel.state.downloads.scenes]


def begin(panel: Watched) -> None:
    panel.state.download()
    panel.until(lambda: panel.state.downloads.received > 0)


def ended(panel: Watched) -> DownloadReport:
    panel.until(lambda: panel.state.report is not None)
    assert panel.state.report is not None
    return panel.state.report


def test_paused_it_holds_and_resumed_it_brings_everything_home(panel_on: PanelOn) -> None:
    panel = panel_on(product_size=LARGE, rate=SLOW)
    state = panel.state
    choose(panel, 2)
    assert not state.can_pause
    begin(panel)
    state.pause()
    assert state.downloads.paused
    assert "paused" in state.status
    state.pause()
    assert not state.downloads.paused
    assert ended(panel).ok
    for scene, md5 in zip(state.downloads.scenes, state.selected["md5"], strict=True):
        assert scene.status == "downloaded"
        assert hashlib.md5(Path(scene.path).read_bytes()).hexdigest() == md5


def test_stopped_while_paused_it_gives_its_report_and_retry_goes_on(panel_on: PanelOn) -> None:
    panel = panel_on(product_size=LARGE, rate=SLOW)
    state = panel.state
    names = choose(panel, 2)
    begin(panel)
    state.pause()
    state.stop()
    assert not ended(panel).ok
    assert statuses(panel) == ["cancelled", "cancelled"]
    assert state.downloads.unfinished == tuple(names)
    assert not state.trouble
    state.select([])
    state.retry()
    assert ended(panel).ok
    assert statuses(panel) == ["downloaded", "downloaded"]
    assert state.downloads.unfinished == ()


def test_one_that_failed_is_tried_again_and_the_others_stay_as_they_are(panel_on: PanelOn) -> None:
    panel = panel_on()
    state = panel.state
    names = choose(panel, 2)
    panel.space.inject("no-objects", names[0], times=2)
    panel.download()
    assert statuses(panel) == ["failed", "downloaded"]
    assert state.downloads.scenes[0].reason
    assert state.trouble
    assert state.downloads.unfinished == (names[0],)
    state.retry()
    report = ended(panel)
    assert statuses(panel) == ["downloaded", "downloaded"]
    assert [result.name for result in report] == names
    assert all(result.path is not None and result.path.is_file() for result in report)
    state.retry()
    assert not state.downloads.running


def test_a_service_that_is_down_is_said_and_what_is_left_can_be_tried_again(panel_on: PanelOn) -> None:
    panel = panel_on()
    state = panel.state
    choose(panel, 1)
    panel.space.inject("server-error", "/auth/*", times=99)
    panel.download()
    assert state.trouble
    assert statuses(panel) == ["failed"]
    assert len(state.downloads.unfinished) == 1


def test_a_disk_without_room_is_said_before_a_byte_is_fetched(
    panel_on: PanelOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = panel_on()
    choose(panel, 1)
    monkeypatch.setattr("s2dl.downloads.space.free_space", lambda directory: 1_000)
    panel.download()
    assert "make room" in panel.state.status
    assert panel.state.trouble
    assert not any("/Products(" in request.path for request in panel.space.requests)


def test_only_quicklooks_are_saved_when_only_they_are_wanted(panel_on: PanelOn, tmp_path: Path) -> None:
    panel = panel_on()
    panel.state.preview_only = True
    choose(panel, 2)
    panel.download()
    assert statuses(panel) == ["downloaded", "downloaded"]
    assert len(list((tmp_path / "products").glob("*.png"))) == 2
    assert list((tmp_path / "products").glob("*.zip")) == []


def test_options_reach_the_download(panel_on: PanelOn, tmp_path: Path) -> None:
    panel = panel_on()
    state = panel.state
    state.unzip, state.unzip_directory, state.keep_archive = True, str(tmp_path / "unzipped"), False
    state.progress_file = "list.txt"
    (name,) = choose(panel, 1)
    panel.download()
    assert (tmp_path / "unzipped" / name / "manifest.safe").is_file()
    assert (tmp_path / "products" / "list.txt").is_file()
    assert list((tmp_path / "products").glob("*.zip")) == []


def test_a_tally_of_a_second_try_keeps_the_order_and_what_was_got() -> None:
    first = Tally({"A": 10, "B": 20})
    first.finish(DownloadReport((SceneResult("A", "failed"), SceneResult("B", "downloaded", Path("/b"), 20))))
    second = Tally({"A": 10}, first.picture().scenes)
    assert [scene.status for scene in second.picture().scenes] == ["waiting", "downloaded"]
    report = second.finish(DownloadReport((SceneResult("A", "downloaded", Path("/a"), 10),)))
    assert [(result.name, result.path) for result in report] == [("A", Path("/a")), ("B", Path("/b"))]
    assert second.picture().received == 30


class Way:
    """A way out of a panel that counts how often it was taken."""

    def __init__(self, panel: Watched) -> None:
        self.taken = 0
        self.closing = Closing(panel.state, self.take)

    def take(self) -> None:
        self.taken += 1


def test_without_work_it_closes_at_once(panel_on: PanelOn) -> None:
    way = Way(panel_on())
    way.closing.ask()
    way.closing.ask()
    assert way.taken == 1


def test_while_it_downloads_it_asks_and_stays_or_waits_or_stops(panel_on: PanelOn) -> None:
    panel = panel_on(product_size=LARGE, rate=SLOW)
    choose(panel, 1)
    begin(panel)
    way, other = Way(panel), Way(panel)
    way.closing.ask()
    assert way.closing.asks
    way.closing.stay()
    assert (way.closing.asks, way.taken) == (False, 0)
    way.closing.ask()
    way.closing.wait()
    other.closing.stop()
    ended(panel)
    panel.until(lambda: way.taken and other.taken)
    assert statuses(panel) == ["cancelled"]


def test_it_closes_when_done_only_if_all_is_well(panel_on: PanelOn) -> None:
    panel = panel_on()
    names = choose(panel, 1)
    way = Way(panel)
    way.closing.when_done = True
    panel.space.inject("no-objects", names[0], times=2)
    panel.download()
    assert way.taken == 0
    panel.state.retry()
    ended(panel)
    panel.until(lambda: way.taken == 1)


def test_detached_it_goes_on_when_the_panel_is_gone(panel_on: PanelOn, tmp_path: Path) -> None:
    panel = panel_on(product_size=LARGE, rate=SLOW)
    state = panel.state
    (name,) = choose(panel, 1)
    begin(panel)
    way = Way(panel)
    way.closing.ask()
    assert way.closing.can_detach
    way.closing.detach()
    panel.until(lambda: way.taken)
    (record,) = s2dl.jobs.records()
    state.close()
    report = s2dl.Job(record.id).watch(progress=False)
    assert report.ok
    assert (tmp_path / "products" / f"{name}.zip").is_file()
