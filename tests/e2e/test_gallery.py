"""Gallery, animation and overlay of a search, with a service that has good and bad days."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from core.made_images import at
from PIL import Image, ImageSequence
from pyproj import Transformer

import s2dl
from s2dl import events
from s2dl.demo import DataSpace
from s2dl.errors import BadInput, ServiceUnreachable
from s2dl.previews.placement import place


def scenes_of(number: int, **question: Any) -> gpd.GeoDataFrame:
    return s2dl.search(tile="32TPS", start="2023", end="2024", product_type="L2A", **question).head(number)


def quicklooks(space: DataSpace) -> int:
    """Pictures that the service has sent."""
    return sum("Assets(" in each.path and each.status == 200 for each in space.requests)


def words(figure: Any) -> list[str]:
    return [" ".join(text.get_text().split()) for text in figure.axes[0].texts]


def test_a_hundred_quicklooks_at_once(space: DataSpace) -> None:
    scenes = scenes_of(100)
    heard: list[events.Event] = []
    figure = scenes.s2dl.gallery(on_event=heard.append)
    pictures = int(scenes["quicklook_url"].notna().sum())
    assert len(figure.axes[0].images) == pictures > 90
    assert [(each.done, each.count) for each in heard if isinstance(each, events.PreviewFinished)] == [
        (number, 100) for number in range(1, 101)
    ]
    assert quicklooks(space) == pictures
    again = scenes.s2dl.gallery()
    assert len(again.axes[0].images) == pictures
    assert quicklooks(space) == pictures  # the second time they came from the disk


def test_progress_is_drawn(space: DataSpace, capsys: pytest.CaptureFixture[str]) -> None:
    scenes_of(3).s2dl.gallery(progress=True)
    assert "3/3" in capsys.readouterr().err


def test_another_service_has_other_pictures(open_space: Callable[..., DataSpace]) -> None:
    first = open_space(seed=1)
    one = scenes_of(1).s2dl.gallery().axes[0].images[0].get_array()
    second = open_space(seed=2)
    other = scenes_of(1).s2dl.gallery().axes[0].images[0].get_array()
    assert quicklooks(first) == quicklooks(second) == 1
    assert not np.array_equal(np.asarray(one), np.asarray(other))


@pytest.mark.parametrize("style", ["light", "dark"])
def test_a_bad_picture_spoils_only_its_own_frame(space: DataSpace, style: Any) -> None:
    scenes = scenes_of(6)
    scenes.loc[2, "quicklook_url"] = None
    scenes.loc[4, "quicklook_url"] = scenes.loc[4, "quicklook_url"].replace("Assets(", "Assets(0")
    figure = scenes.s2dl.gallery(style=style)
    assert len(figure.axes[0].images) == 4
    assert "no quicklook" in words(figure)
    assert "the quicklook cannot be read" in words(figure)


def test_arguments_are_looked_at_before_anything_is_fetched(space: DataSpace) -> None:
    scenes = scenes_of(3)
    asked = len(space.requests)
    for wrong in ({"columns": 0}, {"style": "neon"}):
        with pytest.raises(BadInput):
            scenes.s2dl.gallery(**wrong)
    for path, wrong in (("a.mp4", {}), (None, {"seconds": 0}), (None, {"style": "neon"})):
        with pytest.raises(BadInput):
            scenes.s2dl.animate(path, **wrong)
    assert len(space.requests) == asked


def test_a_service_that_is_not_there_is_said(open_space: Callable[..., DataSpace], free_port: int) -> None:
    open_space()
    scenes = scenes_of(8)
    scenes["quicklook_url"] = f"http://127.0.0.1:{free_port}/odata/v1/Assets(1)/$value"
    with pytest.raises(ServiceUnreachable, match="cannot be reached"):
        scenes.s2dl.gallery()


def test_an_animation_of_a_tile(space: DataSpace, tmp_path: Path) -> None:
    scenes = scenes_of(6)
    made = scenes.sort_values("cloud_cover").s2dl.animate(tmp_path / "tile.gif", seconds=0.5)
    assert made.frames == tuple(scenes["name"])
    gif = Image.open(io.BytesIO((tmp_path / "tile.gif").read_bytes()))
    assert sum(frame.info["duration"] for frame in ImageSequence.Iterator(gif)) == 3_000
    with pytest.raises(BadInput, match="shows one tile"):
        s2dl.search((11.2, 46.4, 12.6, 46.6), start="2024-06", end="2024-06").s2dl.animate()


def test_an_overlay_is_the_quicklook_in_its_place(space: DataSpace) -> None:
    scenes = scenes_of(40)
    scene = scenes.loc[[scenes["cloud_cover"].idxmin()]]
    laid = s2dl.overlay(scene)
    assert laid == asyncio.run(s2dl.aio.overlay(scene))
    assert laid == s2dl.overlay(scene.iloc[0])
    picture = np.asarray(Image.open(io.BytesIO(s2dl.quicklook(scene)))).astype(int)
    placement = place("32TPS", 343, 343)
    to_degrees = Transformer.from_crs(placement.epsg, 4326, always_xy=True)
    seen = 0
    for row in range(30, 330, 20):
        for column in range(30, 330, 20):
            around = picture[row - 2 : row + 3, column - 2 : column + 3]
            if np.ptp(around, axis=(0, 1)).max() > 30 or around.max() < 60:
                continue  # where the picture is even, half a pixel makes no difference
            x, y = (
                placement.left + (column + 0.5) * placement.pixel_x,
                placement.top - (row + 0.5) * placement.pixel_y,
            )
            colour = np.array(at(laid, *to_degrees.transform(x, y)))
            assert colour[3] == 255
            assert np.abs(colour[:3] - picture[row, column]).max() <= 30
            seen += 1
    assert seen > 10


def test_overlays_by_name_have_the_footprint_of_the_catalogue(space: DataSpace) -> None:
    scene = scenes_of(1)
    assert s2dl.overlay(scene["name"][0]).bounds == s2dl.overlay(scene).bounds


def test_scenes_that_are_not_on_disk_have_no_true_colour(space: DataSpace) -> None:
    with pytest.raises(BadInput, match="There is no product"):
        s2dl.true_colour(scenes_of(1), settings=space.settings)
