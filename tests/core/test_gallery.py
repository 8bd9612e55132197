"""Contact sheet and animation: every scene has its place, its words, and its picture or the reason for none."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from core.made_images import plain, png
from core.made_scenes import product, table
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure
from PIL import Image, ImageSequence

from s2dl.errors import BadInput
from s2dl.plots.animation import animation
from s2dl.plots.gallery import gallery


def some(number: int, **fields: Any) -> Any:
    return table(
        *(product(day=f"2024{1 + each // 28:02}{1 + each % 28:02}T101559", **fields) for each in range(number))
    )


def shade(number: int) -> tuple[int, int, int]:
    return (40 + 20 * (number % 10), 230 - 5 * (number // 10), 60)


def coloured(scenes: Any) -> dict[str, bytes | str]:
    return {name: png(plain(shade(number), 60)) for number, name in enumerate(scenes["name"])}


def texts(figure: Figure) -> list[str]:
    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(mpl.text.Text) if text.get_visible() and text.get_text()]


def pixels(figure: Figure) -> np.ndarray[Any, Any]:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    return np.asarray(Image.open(buffer).convert("RGB")).astype(int)


def colours(image: np.ndarray[Any, Any]) -> set[tuple[int, ...]]:
    values, counts = np.unique(image @ (65_536, 256, 1), return_counts=True)
    return {(value >> 16, value >> 8 & 255, value & 255) for value in values[counts > 30].tolist()}


@pytest.mark.parametrize(("number", "style"), [(0, "light"), (1, "dark"), (4, "light"), (23, "dark"), (100, "light")])
def test_every_scene_has_its_picture(number: int, style: Any) -> None:
    scenes = some(number)
    figure = gallery(scenes, coloured(scenes), style=style)
    assert {shade(each) for each in range(number)} <= colours(pixels(figure))
    assert any(f"{number} scene" in text for text in texts(figure))
    assert figure.get_size_inches()[0] <= 9


def test_captions_say_day_tile_and_clouds() -> None:
    scenes = table(product(cloud=12.4), product(day="20240611T101559", tile="01KAB", cloud=None))
    words = texts(gallery(scenes, coloured(scenes)))
    assert "1 Jun 2024\n32TPS  12 % cloud" in words
    assert "11 Jun 2024\n01KAB  clouds unknown" in words
    nameless = table(product(tile="32TPS", sensing_start=None))
    nameless["tile"] = None
    assert "day unknown\ntile unknown  10 % cloud" in texts(gallery(nameless, {}))


def test_captions_do_not_overlap_their_neighbours() -> None:
    scenes = some(100, cloud=100)
    figure = gallery(scenes, coloured(scenes))
    figure.draw_without_rendering()
    captions = [text for text in figure.axes[0].texts if "32TPS" in text.get_text()]
    boxes = [text.get_window_extent() for text in captions]
    assert not any(a.overlaps(b) for number, a in enumerate(boxes) for b in boxes[number + 1 :])
    # In pixels of the sheet: the next row of pictures begins below the caption.
    pictures = [image.get_window_extent() for image in figure.axes[0].images]
    assert not any(a.overlaps(b) for a in boxes for b in pictures)
    sheet = figure.bbox
    assert all(sheet.x0 <= box.x0 and box.x1 <= sheet.x1 and sheet.y0 <= box.y0 for box in boxes)


def test_order_is_that_of_the_table() -> None:
    scenes = some(6).iloc[[3, 0, 5]]
    figure = gallery(scenes, coloured(scenes))
    images = sorted(figure.axes[0].images, key=lambda image: image.get_extent()[0])
    assert [tuple(np.asarray(image.get_array())[0, 0]) for image in images] == [shade(0), shade(1), shade(2)]


def test_a_scene_without_a_picture_has_an_empty_frame_that_says_so() -> None:
    scenes = some(3)
    pictures = coloured(scenes)
    pictures[scenes["name"][1]] = "the quicklook cannot be read"
    del pictures[scenes["name"][2]]
    figure = gallery(scenes, pictures)
    words = {" ".join(text.split()) for text in texts(figure)}
    assert {"the quicklook cannot be read", "no quicklook"} <= words
    assert len(figure.axes[0].images) == 1
    assert len(figure.axes[0].patches) == 2


def test_words_from_outside_are_shown_as_they_are() -> None:
    scenes = some(1)
    assert "$x^2$ <b>" in texts(gallery(scenes, {scenes["name"][0]: "$x^2$ <b>"}))


@pytest.mark.parametrize(("columns", "rows"), [(1, 7), (3, 3), (7, 1), (20, 1)])
def test_columns_as_asked_for(columns: int, rows: int) -> None:
    scenes = some(7)
    images = gallery(scenes, coloured(scenes), columns=columns).axes[0].images
    assert len({round(image.get_extent()[0], 3) for image in images}) == min(columns, 7)
    assert len({round(image.get_extent()[3], 3) for image in images}) == rows


@pytest.mark.parametrize("columns", [0, -1, 21])
def test_columns_out_of_range_are_refused(columns: int) -> None:
    with pytest.raises(BadInput, match=f"columns: {columns} is out of range"):
        gallery(some(2), {}, columns=columns)


def test_too_many_scenes_are_refused() -> None:
    with pytest.raises(BadInput, match=r"at most 200 scenes, not 201; give fewer, as scenes.head\(200\)"):
        gallery(some(201), {})


def test_a_notebook_shows_the_sheet_once() -> None:
    scenes = some(5)
    shown, _ = DisplayFormatter().format(gallery(scenes, coloured(scenes)))
    assert [kind for kind in shown if kind.startswith("image/")] == ["image/png"]


def test_neither_loads_pyplot() -> None:
    code = "import sys, s2dl.plots.gallery, s2dl.plots.animation; assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


# Animation


def frames(gif: bytes) -> list[np.ndarray[Any, Any]]:
    return [
        np.asarray(frame.convert("RGB")).astype(int) for frame in ImageSequence.Iterator(Image.open(io.BytesIO(gif)))
    ]


def middle(frame: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    middle: np.ndarray[Any, Any] = frame[frame.shape[0] // 2, frame.shape[1] // 2]
    return middle


def test_frames_come_by_date_each_for_its_time() -> None:
    scenes = some(5)
    shuffled = scenes.iloc[[4, 1, 3, 0, 2]]
    made = animation(shuffled, coloured(scenes), seconds=0.4)
    assert made.frames == tuple(scenes["name"])
    gif = Image.open(io.BytesIO(made.gif))
    assert (gif.format, gif.info["duration"], gif.info["loop"]) == ("GIF", 400, 0)
    shown = frames(made.gif)
    assert len(shown) == 5
    for number, frame in enumerate(shown):
        assert np.abs(middle(frame) - shade(number)).max() < 8


@pytest.mark.parametrize(("style", "paper"), [("light", 255), ("dark", 24)])
def test_titles_stand_on_paper_of_the_style(style: Any, paper: int) -> None:
    scenes = some(2)
    first, second = frames(animation(scenes, coloured(scenes), style=style).gif)
    title = slice(4, 38)
    assert np.abs(first[0, 0] - paper).max() < 8
    assert np.abs(first[title].mean(axis=-1) - paper).max() > 100
    assert np.abs(first[title] - second[title]).max() > 100  # another day


def test_what_has_no_picture_is_left_out_and_said() -> None:
    scenes = some(4)
    pictures = coloured(scenes)
    pictures[scenes["name"][1]] = "no quicklook"
    made = animation(scenes, pictures)
    assert made.left_out == (scenes["name"][1],)
    assert len(frames(made.gif)) == 3
    assert repr(made).startswith("<Animation of 3 frames, 1 left out for want of a quicklook, ")
    with pytest.raises(BadInput, match="None of these scenes has a quicklook"):
        animation(scenes, {})


def test_a_notebook_shows_it_and_it_can_be_saved(tmp_path: Path) -> None:
    scenes = some(2)
    made = animation(scenes, coloured(scenes))
    shown, _ = DisplayFormatter().format(made)
    assert base64.b64decode(shown["image/gif"]) == made.gif
    saved = made.save(tmp_path / "a.gif")
    assert saved.read_bytes() == made.gif
    with pytest.raises(BadInput, match=r"a\.mp4.*ends in \.gif"):
        made.save(tmp_path / "a.mp4")


def test_several_tiles_are_refused() -> None:
    scenes = table(product(tile="32TPS"), product(tile="32TQS", day="20240611T101559"))
    with pytest.raises(BadInput, match=r"of 32TPS, 32TQS; choose, as scenes\[scenes.tile == '32TPS'\]"):
        animation(scenes, coloured(scenes))


@pytest.mark.parametrize("seconds", [0, -1, 0.01, 31, float("nan")])
def test_times_out_of_range_are_refused(seconds: float) -> None:
    with pytest.raises(BadInput, match=r"seconds: .* is out of range"):
        animation(some(2), {}, seconds=seconds)


def test_none_and_too_many_are_refused() -> None:
    with pytest.raises(BadInput, match="no scene with a time"):
        animation(some(0), {})
    with pytest.raises(BadInput, match="at most 120 frames, not 121"):
        animation(some(121), {})


def test_scenes_without_a_time_cannot_take_part() -> None:
    scenes = table(product(), product(sensing_start=None, orbit=1))
    assert len(animation(scenes, coloured(scenes)).frames) == 1
