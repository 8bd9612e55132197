"""The gallery: captions at once, pictures of what is in view, a few at a time; and how they are fetched."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from s2dl.panel.results.gallery import captions_of, gallery_of
from s2dl.panel.state import thumbnails
from s2dl.panel.state.few import Few
from s2dl.panel.state.outcome import Failure
from s2dl.panel.state.pulse import Pulse
from s2dl.panel.state.state import PanelState
from s2dl.panel.state.thumbnails import Thumbnail

from .conftest import Watched
from .pages import FakePage, eventually
from .test_choice import scene, some


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    pulse = Pulse()
    yield pulse
    pulse.close()


def test_captions_say_date_tile_and_cloud(state: PanelState) -> None:
    some(state, scene("A", cloud_cover=12.4), scene("B", sensing_start=None, tile=None))
    first, second = captions_of(state.scenes)
    assert (first["date"], first["words"]) == ("2024-06-01", "32TPS · 12 % cloud")
    assert "A.SAFE" in first["title"]
    assert (second["date"], second["words"]) == ("no date", " · cloud unknown")


def test_pictures_in_view_are_fetched_and_kept(panel_on: Callable[..., Watched]) -> None:
    panel = panel_on()
    panel.search()
    page = FakePage(gallery_of(panel.state))
    page.say({"ask": "rows"})
    page.act("want", [0, 1, 5])
    eventually(lambda: len(page.heard("picture")) == 3)
    assert {message["row"] for message in page.heard("picture")} == {0, 1, 5}
    jpegs = [buffers[0] for message, buffers in page.told if message["tell"] == "picture"]
    assert all(jpeg.startswith(b"\xff\xd8") and len(jpeg) < 30_000 for jpeg in jpegs)
    requests = len(panel.space.requests)
    page.act("want", [5])
    assert page.heard("picture")[-1]["row"] == 5
    assert len(panel.space.requests) == requests, "what is kept is not fetched again"


def test_a_scene_without_quicklook_has_a_sentence(panel_on: Callable[..., Watched]) -> None:
    panel = panel_on()
    panel.search()
    panel.state.scenes = panel.state.scenes.head(1).assign(quicklook_url=None)
    page = FakePage(gallery_of(panel.state))
    page.act("want", [0])
    eventually(lambda: page.heard("picture"))
    assert "no quicklook" in page.heard("picture")[0]["sentence"]


def test_a_picture_of_scenes_that_are_gone_is_not_shown(state: PanelState) -> None:
    some(state, scene("A"))
    page = FakePage(gallery_of(state))
    state.pictures.thumbnails.latest = Thumbnail("GONE.SAFE", b"jpeg")
    assert page.heard("picture") == []


def test_the_gallery_follows_filter_and_selection(state: PanelState) -> None:
    some(state, scene("A"), scene("B"), scene("C"))
    page = FakePage(gallery_of(state))
    state.visible = ("C.SAFE", "A.SAFE")
    assert page.rows_of("visible") == [2, 0]
    state.select(["C.SAFE"])
    assert page.rows_of("selected") == [2]
    page.say({"ask": "rows"})
    assert page.rows_of("visible") == [2, 0]


def test_a_bounded_number_is_kept(state: PanelState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "_KEPT", 2)
    some(state, *(scene(name) for name in "ABC"))
    kept = state.pictures.thumbnails
    for name in "ABC":
        kept._arrived(f"{name}.SAFE", b"jpeg")
    rows = {name: state.scenes.iloc[[at]] for at, name in enumerate(state.scenes["name"])}
    assert [each.name for each in kept.want(rows)] == ["B.SAFE", "C.SAFE"]


class Jobs:
    """Jobs that wait until they are let go, and note who began and who was dropped."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.dropped: list[str] = []
        self.go = threading.Event()

    def named(self, *keys: str) -> dict[str, Callable[[], object]]:
        return {key: lambda key=key: self._run(key) for key in keys}

    async def _run(self, key: str) -> str:
        self.begun.append(key)
        try:
            for _ in iter(self.go.is_set, True):
                await asyncio.sleep(0.005)
        except asyncio.CancelledError:
            self.dropped.append(key)
            raise
        if key == "bad":
            raise ValueError(key)
        return key.upper()


def test_a_few_at_a_time_and_what_scrolled_away_is_dropped(pulse: Pulse) -> None:
    told: list[tuple[str, object]] = []
    few: Few[object] = Few(pulse, "It", lambda key, came: told.append((key, came)), at_a_time=2)
    jobs = Jobs()
    few.want(jobs.named("a", "b", "c", "d"))
    eventually(lambda: len(jobs.begun) == 2)
    few.want(jobs.named("b", "e"))
    eventually(lambda: jobs.begun == ["a", "b", "e"])
    eventually(lambda: jobs.dropped == ["a"])
    jobs.go.set()
    eventually(lambda: len(told) == 2)
    assert sorted(told) == [("b", "B"), ("e", "E")]


def test_what_fails_is_told_and_the_rest_goes_on(pulse: Pulse) -> None:
    told: dict[str, object] = {}
    few: Few[object] = Few(pulse, "It", told.__setitem__, at_a_time=1)
    jobs = Jobs()
    jobs.go.set()
    few.also(jobs.named("bad"))
    few.also(jobs.named("good"))
    eventually(lambda: len(told) == 2)
    assert isinstance(told["bad"], Failure)
    assert told["good"] == "GOOD"


def test_closing_drops_all(pulse: Pulse) -> None:
    few: Few[object] = Few(pulse, "It", lambda *_: pytest.fail("told after the end"))
    jobs = Jobs()
    few.want(jobs.named("a"))
    eventually(lambda: jobs.begun)
    pulse.close()
    few.close()
    eventually(lambda: jobs.dropped == ["a"])
