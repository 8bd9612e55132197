"""The panel's main path in Notebook 7 and in Voilà, the latter compact and under a base URL; without any network."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from s2dl.demo import DataSpace
from s2dl.lab import panel_notebook

from .hands import button, draw_rectangle, middle_of_map, rows, status, summary, tab, wait_until_found
from .lab import PATIENCE, offline_page, serving

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE)

JUNE = """
import s2dl

panel = s2dl.Panel(compact={compact})
panel.query = {{"start": "2024-06", "end": "2024-06", "product_type": "L2A"}}
panel
"""


# Voilà's own page asks for its icons' style there, and does without.
ICONS = ("https://cdn.jsdelivr.net/npm/@fortawesome/",)


def write_notebook(path: Path, *, compact: bool) -> None:
    content: dict[str, Any] = json.loads(panel_notebook().read_text())
    content["cells"][0]["source"] = JUNE.format(compact=compact)
    path.write_text(json.dumps(content))


def from_a_rectangle_to_verified_files(page: Page, folder: Path, shoot: Callable[[str], None]) -> None:
    # The rarest part is drawn last.
    expect(page.locator(".s2dl-legend")).to_be_visible()
    draw_rectangle(page)
    expect(page.get_by_label("W", exact=True)).not_to_have_value("")
    expect(page.locator(".s2dl-count")).to_contain_text("About")
    button(page, "Search").click()
    wait_until_found(page)
    page.get_by_label("Filter the scenes").fill("s2a")
    expect(summary(page)).to_contain_text(re.compile(r"^[1-9]\d* of \d+ scenes, none selected"))
    rows(page).nth(0).click()
    expect(page.locator(".s2dl-path-chosen")).to_have_count(1)
    expect(page.locator(".s2dl-quicklook img")).to_be_visible()
    page.mouse.click(*middle_of_map(page))
    expect(page.locator(".s2dl-path-chosen")).to_have_count(2)
    button(page, "Show 2 on map").click()
    expect(page.locator(".leaflet-s2dl-quicklooks-pane img[src^='blob:']")).to_have_count(2)
    shoot("selected")
    for again in ("2 downloaded", "2 skipped"):
        tab(page, "Downloads").click()
        page.get_by_label("Directory", exact=True).fill(str(folder))
        page.keyboard.press("Tab")
        button(page, "Download").click()
        expect(status(page)).to_contain_text(again)
    products = [*folder.glob("*.zip")]
    assert len(products) == 2
    listing = (folder / "s2dl.progress").read_text()
    for product in products:
        assert f"{hashlib.md5(product.read_bytes()).hexdigest()}  {product.name}" in listing


@pytest.mark.parametrize(
    ("front", "address", "size"),
    [("notebook", "/notebooks/panel.ipynb", (1300, 1300)), ("voila", "/voila/render/panel.ipynb", (900, 900))],
)
def test_the_main_path(
    browser: Browser, tmp_path: Path, pytestconfig: pytest.Config, front: str, address: str, size: tuple[int, int]
) -> None:
    with DataSpace() as space, serving(tmp_path / front, space.env, front) as url:
        write_notebook(tmp_path / front / "notebooks" / "panel.ipynb", compact=front == "voila")
        excused = ICONS if front == "voila" else ()
        with offline_page(browser, width=size[0], height=size[1], excused=excused) as page:
            page.goto(url + address)
            if front == "notebook":
                page.wait_for_function(_IS_IDLE)
                page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
            folder = pytestconfig.rootpath / "test-results"
            folder.mkdir(exist_ok=True)

            def shoot(name: str) -> None:
                page.screenshot(path=folder / f"{front}-{name}.png")

            from_a_rectangle_to_verified_files(page, tmp_path / "products", shoot)


def test_the_demonstration_as_binder_shows_it(browser: Browser, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    with serving(tmp_path / "voila", {}, "voila") as url:
        shutil.copy(pytestconfig.rootpath / "notebooks" / "demo.ipynb", tmp_path / "voila" / "notebooks")
        with offline_page(browser, width=1200, height=2400, excused=ICONS) as page:
            page.set_default_navigation_timeout(4 * PATIENCE)  # it is shown when all its cells have run
            page.goto(f"{url}/voila/render/demo.ipynb")
            expect(page.locator(".s2dl-legend")).to_be_visible()
            expect(page.get_by_role("table").get_by_text("downloaded").first).to_be_visible()
            expect(page.get_by_text("Error displaying widget")).to_have_count(0)
            button(page, "Search").click()
            wait_until_found(page)
            rows(page).nth(0).click()
            expect(page.locator(".s2dl-quicklook img")).to_be_visible()
            page.screenshot(path=pytestconfig.rootpath / "test-results" / "voila-demo.png")
    assert [*(tmp_path / "voila" / "notebooks" / "products").glob("*.zip")]


_IS_IDLE = """
() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === "idle"
"""
