"""Coasts on the map: those in a quicklook meet those of the ground under it, pixel by pixel, by day and by night."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect

from s2dl.demo import DataSpace
from s2dl.lab import panel_notebook

from .lab import PATIENCE, chromium, offline_page, open_and_run, run, serving

pytestmark = [pytest.mark.browser, pytest.mark.full]

expect.set_options(timeout=PATIENCE)

Mask: TypeAlias = NDArray[np.bool_]
Seen: TypeAlias = tuple[Mask, Mask, Mask]
Shift: TypeAlias = tuple[int, int]

ONLY_GROUND_AND_PICTURES = """
.leaflet-control-container, .leaflet-overlay-pane, .leaflet-s2dl-graticule-pane, .leaflet-s2dl-footprints-pane,
.leaflet-s2dl-highlights-pane { visibility: hidden; }
"""
PLACES = {
    "equator": ("32NNG", "2024-01-26", (9.40, 1.10, 9.65, 1.35)),
    "45 S": ("18GXR", "2025-03-05", (-73.20, -44.85, -72.95, -44.60)),
    "65 N": ("32WPT", "2023-07-19", (12.05, 65.20, 12.30, 65.40)),
}
HALF_WATER = 0.82
"""Blue by green of a pixel that is half shallow water, half green land."""
FARTHEST = 4
"""Screen pixels."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page with the panel, and nothing on its map but the ground and pictures."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = folder / "notebooks" / "coast.ipynb"
    with DataSpace() as space, serving(folder, space.env) as url, chromium() as browser:
        shutil.copyfile(panel_notebook(), notebook)
        with offline_page(browser) as page:
            open_and_run(page, url, notebook)
            expect(page.locator(".s2dl-table-empty")).to_be_visible()
            page.add_style_tag(content=ONLY_GROUND_AND_PICTURES)
            yield page
            run(page, "panel.close()")


@pytest.fixture
def shoot(page: Page, pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Take a screenshot of the map for people to look at."""
    folder = pytestconfig.rootpath / "test-results"
    folder.mkdir(exist_ok=True)
    return lambda name: page.locator(".leaflet-container").screenshot(path=folder / f"coast-{name}.png") and None


@pytest.mark.parametrize("place", PLACES)
def test_the_coast_in_a_quicklook_meets_that_of_the_map(page: Page, shoot: Callable[[str], None], place: str) -> None:
    lay(page, place)
    for theme in ("Light", "Dark"):
        page.evaluate(f"window.jupyterapp.commands.execute('apputils:change-theme', {{theme: 'JupyterLab {theme}'}})")
        expect(page.locator("body")).to_have_attribute("data-jp-theme-name", f"JupyterLab {theme}")
        ground, picture, shown = at_rest(page)
        shoot(f"{place.replace(' ', '-')}-{theme}".lower())
        assert 0.2 < ground[shown].mean() < 0.8, "there is a coast to be seen"
        same = {shift: agreement(ground, picture, shown, shift) for shift in shifts()}
        best = max(same, key=lambda shift: same[shift])
        assert max(map(abs, best)) <= 1, "less than a pixel of the quicklook"


def lay(page: Page, place: str) -> None:
    """Look at a place, and lay its quicklook onto the map as a person does."""
    tile, day, box = PLACES[place]
    if page.locator(".s2dl-onmap li").count():
        run(page, "panel._state.pictures.on_map.clear()")
    question = f"tile={tile!r}, start={day!r}, end={day!r}, product_type='L2A', limit=1, progress=False"
    assert run(page, f"panel.scenes = s2dl.search({question}); panel.region = {box}") == ""
    row = page.locator(".s2dl-table-body [role=row]")
    expect(row).to_contain_text(tile)
    row.click()
    page.get_by_role("button", name=re.compile("Show on map")).click()
    expect(page.locator(".leaflet-s2dl-quicklooks-pane img[src^='blob:']")).to_be_visible()


def at_rest(page: Page) -> Seen:
    """What is seen when the map has come to rest, and land in detail has come."""
    before: list[bytes] = []
    for _ in range(40):
        page.wait_for_timeout(500)
        shots = screenshots(page)
        if shots == before:
            ground, picture, shown = seen(page, *shots)
            if shown.sum() > 50_000 and agreement(ground, picture, shown, (0, 0)) > 0.96:
                return ground, picture, shown
        before = shots
    pytest.fail("the map did not come to rest with the coast in its place")


def screenshots(page: Page) -> list[bytes]:
    """The map with the picture, and without it."""
    leaflet, picture = page.locator(".leaflet-container"), page.locator(".leaflet-s2dl-quicklooks-pane img")
    shots = [leaflet.screenshot()]
    picture.evaluate("(image) => { image.style.visibility = 'hidden'; }")
    shots.append(leaflet.screenshot())
    picture.evaluate("(image) => { image.style.visibility = ''; }")
    return shots


def seen(page: Page, *shots: bytes) -> Seen:
    """Where the ground has water, where the picture has, and where there is a picture, by screen pixels."""
    colours = [
        page.locator(where).first.evaluate(f"(each) => getComputedStyle(each).{what}")
        for where, what in ((".leaflet-container", "backgroundColor"), ("path.s2dl-land", "fill"))
    ]
    sea, land = (np.array(re.findall(r"\d+", colour)[:3], np.int16) for colour in colours)
    with_picture, without = (np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), np.int16) for shot in shots)
    ground = np.abs(without - sea).sum(axis=-1) < np.abs(without - land).sum(axis=-1)
    _, green, blue = np.moveaxis(with_picture, -1, 0)
    return ground, blue > HALF_WATER * green, (with_picture != without).any(axis=-1)


def shifts() -> list[Shift]:
    along = range(-FARTHEST, FARTHEST + 1)
    return [(down, right) for down in along for right in along]


def agreement(ground: NDArray[np.bool_], picture: NDArray[np.bool_], shown: NDArray[np.bool_], shift: Shift) -> float:
    """The share of pixels that are water in both, or land, with the picture moved."""
    moved, there = (np.roll(each, shift, axis=(0, 1)) for each in (picture, shown))
    within = there & shown
    return float((ground == moved)[within].mean())
