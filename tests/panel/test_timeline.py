"""The timeline: where scenes lie in its figure, what a page asks for, and what it gets."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image

from s2dl.panel.results.timeline import Asked, draw, timeline_of
from s2dl.panel.state.state import PanelState

from .pages import FakePage, eventually
from .test_choice import MOMENT, scene, some

ALL = np.ones(4, dtype=bool)
WISH = {"ask": "rows", "width": 900, "ratio": 1, "dark": False}


@pytest.fixture
def four(state: PanelState) -> PanelState:
    some(
        state,
        scene("CLEAR", cloud_cover=0.0, relative_orbit=1),
        scene("CLOUDY", cloud_cover=100.0, sensing_start=MOMENT.replace(day=11)),
        scene("UNKNOWN", sensing_start=MOMENT.replace(day=21)),
        scene("TIMELESS", cloud_cover=50.0, sensing_start=None),
    )
    return state


def test_scenes_lie_where_their_dots_are(four: PanelState) -> None:
    drawing = draw(four.scenes, ALL, Asked(900, 1, dark=False))
    clear, cloudy, unknown, timeless = zip(drawing.x, drawing.y, strict=True)
    assert clear[0] < cloudy[0] < unknown[0]
    assert cloudy[1] < clear[1] < unknown[1]
    assert math.isnan(timeless[0])
    picture = Image.open(io.BytesIO(drawing.png)).convert("RGBA")
    assert picture.size == (900, 300)
    for x, y in (clear, cloudy):
        red, green, blue, opacity = picture.getpixel((round(x * 900), round(y * 300)))
        assert opacity > 200
        assert max(red, green, blue) - min(red, green, blue) > 40, "a coloured dot"


def test_the_ground_is_the_pages_own_and_words_suit_it(four: PanelState) -> None:
    def ink(*, dark: bool) -> float:
        pixels = np.asarray(
            Image.open(io.BytesIO(draw(four.scenes, ALL, Asked(600, 2, dark=dark)).png)).convert("RGBA")
        )
        assert pixels.shape[:2] == (600, 1200)
        assert (pixels[:5, :5, 3] == 0).all()
        title = pixels[:60, 120:600]
        return float(title[title[..., 3] > 200][:, :3].mean())

    assert ink(dark=False) < 100
    assert ink(dark=True) > 150


def test_what_the_filter_hides_has_no_place(four: PanelState) -> None:
    drawing = draw(four.scenes, np.array([True, False, False, False]), Asked(900, 1, dark=False))
    assert np.isnan(drawing.x).tolist() == [False, True, True, True]
    assert drawing.title.startswith("1 scene")
    assert draw(four.scenes, ~ALL, Asked(900, 1, dark=False)).png == b""


def test_a_page_that_asks_gets_the_figure_and_what_is_selected(four: PanelState) -> None:
    four.select(["CLOUDY.SAFE"])
    page = FakePage(timeline_of(four))
    four.select(["CLEAR.SAFE"])
    page.say(WISH)
    eventually(lambda: page.heard("focus") and page.heard("rows"))
    (figure,) = page.heard("rows")
    assert figure["captions"][0] == "2024-06-01 · 32TPS · 0 % cloud"
    assert page.rows_of("selected") == [four.scenes["name"].tolist().index("CLEAR.SAFE")]
    page.select([1, 2])
    assert len(four.selected_names) == 2


def test_a_filter_has_it_drawn_anew(four: PanelState) -> None:
    page = FakePage(timeline_of(four))
    four.visible = ("CLEAR.SAFE",)
    assert len(page.heard("stale")) == 1
    page.say(WISH | {"width": 10**9})
    eventually(lambda: page.heard("rows"))
    assert page.heard("rows")[0]["title"].startswith("1 scene")


def test_nothing_found_is_nothing_drawn(state: PanelState) -> None:
    some(state)
    page = FakePage(timeline_of(state))
    page.say(WISH)
    eventually(lambda: page.heard("rows"))
    assert page.heard("rows")[0]["captions"] == []
