"""Table, gallery, timeline and pictures on the map in JupyterLab, as a person uses them, without any network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from s2dl.demo import DataSpace

from .hands import wait_for
from .lab import PATIENCE, panel_page, run, serving

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE)

SPRING = """
panel.scenes = s2dl.search((11.2, 46.4, 11.9, 46.9), start="2024-04", end="2024-06", product_type="L2A", progress=False)
"""
SAVED = """
import ipywidgets
ours = [each for each in ipywidgets.widgets.widget._instances.values() if ".panel.results." in type(each).__module__]
assert len(ours) > 5
print(max(len(str(each.get_state())) for each in ours))
"""
HOSTILE = """
import geopandas, pandas
many = geopandas.GeoDataFrame(pandas.concat([panel.scenes] * (10_000 // len(panel.scenes) + 1)).head(10_000), crs=4326)
many["name"] = [f"<img src=x onerror=alert(1)>{number:05}" for number in range(10_000)]
panel.scenes = many.reset_index(drop=True)
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("lab")
    with DataSpace() as space, serving(folder, space.env) as url:
        yield url, folder / "notebooks"


@pytest.fixture
def page(browser: Browser, lab: tuple[str, Path], request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page with the panel and a spring of scenes, in a notebook and a kernel of its own."""

    def watch(page: Page) -> None:
        page.on("dialog", lambda _: pytest.fail("a product's name was run as a script"))

    with panel_page(browser, lab, request.node.name, prepare=watch) as page:
        expect(page.locator(".s2dl-table-empty")).to_have_text("What a search finds is listed here.")
        assert run(page, SPRING) == ""
        expect(rows(page).first).to_be_visible()
        yield page


def rows(page: Page) -> Locator:
    return page.locator(".s2dl-table-body [role=row]")


def cells(page: Page) -> Locator:
    return page.locator(".s2dl-gallery [role=option]")


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def chosen(page: Page) -> list[str]:
    return run(page, "print(*panel.selected['name'], sep='\\n')").splitlines()


def summary(page: Page) -> Locator:
    return page.locator(".s2dl-words .s2dl-summary")


def on_map(page: Page) -> Locator:
    return page.locator(".leaflet-s2dl-quicklooks-pane img[src^='blob:']")


def width_shown(picture: Locator) -> int:
    """Pixels of the picture that has arrived; 0 while none has."""
    return int(picture.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }"))


def test_table_gallery_timeline_and_map_are_one(page: Page, shoot: Callable[[str], None]) -> None:
    count = int(run(page, "print(len(panel.scenes))"))

    # The filter: all words, in any column.
    page.get_by_label("Filter the scenes").fill("s2a 32tps")
    matching = run(page, "print(*panel.scenes.query(\"platform == 'S2A' and tile == '32TPS'\")['name'], sep='\\n')")
    expected = matching.splitlines()
    assert 1 < len(expected) < count
    expect(page.locator(".s2dl-table-count")).to_have_text(f"{len(expected)} of {count} shown")
    expect(rows(page)).to_have_count(len(expected))
    expect(summary(page)).to_contain_text(f"{len(expected)} of {count} scenes")

    # The table's order is the gallery's.
    header = page.get_by_role("columnheader", name="Cloud")
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    clearest = run(page, f"print(panel.scenes.set_index('name').loc[{expected!r}, 'cloud_cover'].idxmin())")
    expect(rows(page).first).to_contain_text(clearest)
    rows(page).first.click()
    expect(summary(page)).to_contain_text("1 selected")
    assert chosen(page) == [clearest]
    tab(page, "Gallery")
    expect(cells(page)).to_have_count(len(expected))
    expect(cells(page).first).to_have_attribute("title", re.compile(re.escape(clearest)))
    expect(cells(page).first).to_have_attribute("aria-selected", "true")
    expect(cells(page).first.locator("img")).to_be_visible()
    assert width_shown(cells(page).first.locator("img")) > 50

    # A click there selects in the table, too; the mouse is seen everywhere.
    cells(page).nth(2).click(modifiers=["Control"])
    expect(summary(page)).to_contain_text("2 selected")
    shoot("gallery")
    cells(page).nth(1).hover()
    pointed = cells(page).nth(1).get_attribute("title").splitlines()[0]  # type: ignore[union-attr]
    wait_for(lambda: run(page, "print(panel._state.hover)") == pointed)
    tab(page, "Results")
    wait_for(lambda: run(page, "print(panel._state.hover)") == "")
    expect(rows(page).and_(page.locator("[aria-selected=true]"))).to_have_count(2)
    run(page, f"panel._state.hover = {pointed!r}")
    expect(page.locator(".s2dl-table .s2dl-pointed")).to_contain_text(pointed)

    # The timeline shows what the filter lets through, and dates are dragged over.
    page.get_by_label("Filter the scenes").fill("")
    expect(summary(page)).to_contain_text(f"{count} scenes")
    tab(page, "Timeline")
    expect(page.locator(".s2dl-timeline img")).to_have_attribute("alt", re.compile(f"^{count} scenes"))
    canvas = page.locator(".s2dl-timeline canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 90, steps=5)
    expect(page.locator(".s2dl-timeline-words")).to_contain_text("scenes")
    dragged = int(page.locator(".s2dl-timeline-words").inner_text().split()[0])
    shoot("timeline")
    page.mouse.up()
    expect(summary(page)).to_contain_text(f"{dragged} selected")
    gap = "d = panel.selected['sensing_start']; a = panel.scenes['sensing_start'].between(d.min(), d.max())"
    assert int(run(page, f"{gap}; print(a.sum())")) == dragged, "all scenes of a stretch of time"
    page.locator(".s2dl-timeline").press("End")
    expect(summary(page)).to_contain_text("1 selected")
    assert run(page, "print(panel.selected['sensing_start'].iloc[0] == panel.scenes['sensing_start'].max())") == "True"


def test_quicklooks_lie_on_the_map_and_no_notebook_saves_them(page: Page, shoot: Callable[[str], None]) -> None:
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    button = page.get_by_role("button", name="Best cover")
    button.click()
    expect(page.locator(".s2dl-status")).to_contain_text("Best cover:")
    expect(page.locator(".s2dl-status")).to_contain_text("the whole region is covered")
    picked = len(chosen(page))
    assert picked > 1
    page.get_by_role("button", name=f"Show {picked} on map").click()
    expect(on_map(page)).to_have_count(picked)
    assert width_shown(on_map(page).first) > 100
    expect(page.locator(".s2dl-onmap li")).to_have_count(picked)
    shoot("on-map-dark")

    # The list on the map: fade, restack, remove.
    page.get_by_label("Opacity").fill("30")
    expect(on_map(page).first).to_have_css("opacity", "0.3")
    lowest = page.locator(".s2dl-onmap li").last
    words = lowest.locator("span").inner_text()
    under = on_map(page).first.get_attribute("src")
    lowest.get_by_role("button", name="Bring to the front").click()
    expect(page.locator(".s2dl-onmap li").first).to_contain_text(words)
    expect(on_map(page).last).to_have_attribute("src", under or "")

    # A page that comes anew asks for the bytes; what the notebook would save has none of them.
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    assert int(run(page, SAVED)) < 30_000
    page.reload()
    expect(on_map(page)).to_have_count(picked)
    assert width_shown(on_map(page).last) > 100
    expect(on_map(page).first).to_have_css("opacity", "0.3")
    expect(page.locator(".s2dl-table [aria-selected=true]").first).to_be_visible()
    page.get_by_role("button", name="Remove all").click()
    expect(on_map(page)).to_have_count(0)
    expect(page.locator(".s2dl-onmap")).to_be_hidden()


def test_ten_thousand_with_hostile_names_are_only_ever_text(page: Page, shoot: Callable[[str], None]) -> None:
    assert run(page, HOSTILE) == ""
    expect(page.locator(".s2dl-table-count")).to_have_text("10000 of 10000 shown")
    page.get_by_role("button", name="All shown").click()
    expect(summary(page)).to_contain_text("10000 selected")
    page.get_by_role("button", name="None", exact=True).click()
    expect(summary(page)).to_contain_text("none selected")
    tab(page, "Gallery")
    expect(cells(page).first).to_have_attribute("aria-setsize", "10000")
    page.locator(".s2dl-gallery").press("End")
    expect(cells(page).last).to_have_attribute("aria-selected", "true")
    expect(cells(page).last).to_have_attribute("aria-posinset", "10000")
    assert cells(page).count() < 120, "only what is in sight is in the page"
    expect(cells(page).last.locator("img")).to_be_visible()
    assert chosen(page) == ["<img src=x onerror=alert(1)>09999"]
    shoot("many")
    tab(page, "Results")
    expect(page.locator(".s2dl-quicklook figcaption")).to_have_text("<img src=x onerror=alert(1)>09999")
    page.get_by_role("button", name="Show on map").click()
    expect(page.locator(".s2dl-onmap li")).to_contain_text("<img src=x onerror=alert(1)>09999")
    expect(on_map(page)).to_have_count(1)
    page.get_by_label("Filter the scenes").fill("onerror 0999")
    expect(page.locator(".s2dl-table-count")).to_have_text("11 of 10000 shown")
    assert page.locator(".s2dl-panel img[src=x]").count() == 0
