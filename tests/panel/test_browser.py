"""The panel in JupyterLab, as a person uses it: in real Chromium, with mouse and keyboard, without any network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas
import pytest
import shapely
from playwright.sync_api import Browser, Page, expect

from s2dl.demo import DataSpace

from .hands import button, draw_rectangle, rows, status, summary, tab, wait_for, wait_until_found
from .lab import PATIENCE, panel_page, run, serving

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE)

TILES = ("https://tile.openstreetmap.org/",)
JUNE = '{"start": "2024-06", "end": "2024-06", "product_type": "L2A"}'


@pytest.fixture(scope="module")
def space() -> Iterator[DataSpace]:
    """Slow enough that there is time for clicks while it sends."""
    with DataSpace(product_size=4_000_000, rate=600_000) as space:
        yield space


@pytest.fixture(scope="module")
def lab(space: DataSpace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("lab")
    with serving(folder, space.env) as url:
        yield url, folder / "notebooks"


@pytest.fixture
def page(browser: Browser, lab: tuple[str, Path], request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page with the panel, in a notebook and a kernel of its own."""
    with panel_page(browser, lab, request.node.name, excused=TILES) as page:
        expect(page.locator(".leaflet-container")).to_be_visible()
        expect(page.get_by_text("What a search finds is listed")).to_be_visible()
        run(page, f"panel.query = {JUNE}")
        yield page


def chosen(page: Page) -> list[str]:
    return run(page, "print(*panel.selected['name'])").split()


def test_from_a_rectangle_to_verified_files(page: Page, shoot: Callable[[str], None], tmp_path: Path) -> None:
    draw_rectangle(page)
    expect(page.get_by_label("W", exact=True)).not_to_have_value("")
    west = float(page.get_by_label("W", exact=True).input_value())
    assert float(run(page, "print(panel.region.bounds[0])")) == pytest.approx(west, abs=1e-4)

    button(page, "Search").click()
    wait_until_found(page)
    count = int(run(page, "print(len(panel.scenes))"))
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", str(count + 1))
    expect(page.locator(".leaflet-s2dl-footprints-pane path")).to_have_count(count)

    rows(page).nth(0).click()
    expect(page.locator(".s2dl-quicklook img")).to_be_visible()
    first = run(page, "print(panel.scenes['name'][0])")
    assert chosen(page) == [first]
    page.locator(".leaflet-s2dl-footprints-pane path").last.hover(force=True)
    expect(page.locator(".s2dl-tooltip")).to_contain_text("% cloud")
    page.mouse.down()
    page.mouse.up()
    expect(summary(page)).to_contain_text("2 selected (7.9 MB)")
    names = chosen(page)
    assert first in names
    expect(page.locator(".leaflet-s2dl-highlights-pane .s2dl-path-chosen")).to_have_count(2)
    # The mouse is still over it.
    expect(page.locator(".s2dl-path-pointed")).to_have_count(1)
    assert run(page, "print(panel._state.hover)") in names
    shoot("selected")
    rows(page).nth(3).hover()
    expect(page.locator(".s2dl-tooltip")).to_have_count(0)
    wait_for(lambda: run(page, "print(panel._state.hover == panel.scenes['name'][3])") == "True")
    expect(page.locator(".s2dl-path-pointed")).to_have_count(1)

    tab(page, "Downloads").click()
    page.get_by_label("Directory", exact=True).fill(str(tmp_path / "products"))
    button(page, "Download").click()
    expect(page.locator(".s2dl-bar[data-status=downloading]")).to_have_count(2)
    shoot("downloading")
    tab(page, "Results").click()
    row = page.locator(".s2dl-table-body [aria-selected=false]").first
    other = row.get_by_role("gridcell").last.inner_text()
    row.click()
    expect(page.locator(".s2dl-quicklook figcaption")).to_have_text(other)
    expect(page.locator(".s2dl-quicklook img")).to_be_visible()
    assert run(page, "print(panel.report)") == "None", "the clicks above were to be answered while it downloads"

    expect(status(page)).to_contain_text("2 downloaded")
    run(page, f"panel.selected = panel.scenes[panel.scenes['name'].isin({names})]")
    tab(page, "Downloads").click()
    expect(page.locator(".s2dl-bar[data-status=downloaded]")).to_have_count(2)
    expect(page.get_by_text("2 of 2 scenes")).to_be_visible()
    shoot("downloaded")
    listing = (tmp_path / "products" / "s2dl.progress").read_text()
    for name in names:
        content = (tmp_path / "products" / f"{name}.zip").read_bytes()
        assert f"{hashlib.md5(content).hexdigest()}  {name}.zip" in listing


def test_by_keyboard_alone_in_the_dark(page: Page, shoot: Callable[[str], None], tmp_path: Path) -> None:
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    button(page, "Search").press("Enter")
    expect(page.get_by_text("Say where")).to_be_visible()
    for name, text in {"N": "46.6", "W": "11,2", "E": "11.5", "S": "46.4"}.items():
        page.get_by_label(name, exact=True).fill(text)
        page.keyboard.press("Tab")
    page.get_by_label("Orbit").fill("144")
    page.keyboard.press("Tab")
    expect(page.get_by_text("write decimals with a dot")).to_be_visible()
    expect(page.get_by_text("relative orbits are 1 to 143")).to_be_visible()
    page.get_by_label("To", exact=True).fill("2024-05-01")
    expect(page.get_by_text("lies before the start")).to_be_visible()
    page.get_by_label("Covers", exact=True).fill("120")
    page.keyboard.press("Tab")
    expect(page.get_by_text("between 0 and 100 percent")).to_be_visible()
    shoot("errors-dark")
    page.get_by_label("W", exact=True).fill("11.2")
    page.keyboard.press("Tab")
    page.get_by_label("Orbit").fill("")
    page.get_by_label("To", exact=True).fill("2024-06-30")
    page.get_by_label("Covers", exact=True).fill("")
    page.keyboard.press("Tab")
    expect(page.get_by_text("write decimals with a dot")).to_be_hidden()
    expect(page.locator(".leaflet-overlay-pane path")).to_have_count(1)
    expect(page.locator(".s2dl-count")).to_contain_text("products")

    button(page, "Search").press("Enter")
    wait_until_found(page)
    page.get_by_role("grid").focus()
    for key in ("ArrowDown", "ArrowDown", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(summary(page)).to_contain_text("2 selected")
    assert chosen(page) == run(page, "print(*panel.scenes['name'][1:3])").split()
    page.keyboard.press("Control+a")
    count = int(run(page, "print(len(panel.scenes))"))
    expect(summary(page)).to_contain_text(f"{count} selected")
    page.keyboard.press("Escape")
    expect(summary(page)).to_contain_text("none selected")
    page.keyboard.press("End")
    expect(rows(page).last).to_have_attribute("aria-selected", "true")
    expect(summary(page)).to_contain_text("1 selected")
    assert chosen(page) == [run(page, "print(panel.scenes['name'].iloc[-1])")]
    assert page.locator(".jp-Notebook .jp-Cell").count() == 1, "the notebook took a key for its own"

    header = page.get_by_role("columnheader", name="Cloud")
    header.get_by_role("button").press("Enter")
    expect(header).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("grid").focus()
    page.keyboard.press("Home")
    least = "print(panel.scenes.sort_values('cloud_cover', kind='stable')['name'].iloc[0])"
    expect(page.locator(".s2dl-quicklook figcaption")).to_have_text(run(page, least))

    tab(page, "Downloads").click()
    page.get_by_label("Directory", exact=True).fill(str(tmp_path))
    button(page, "Download").press("Enter")
    expect(page.locator(".s2dl-bar[data-status=downloading]")).to_have_count(1)
    shoot("downloading-dark")
    button(page, "Stop").press("Enter")
    expect(status(page)).to_contain_text("The download was stopped")
    expect(page.locator(".s2dl-bar[data-status=cancelled]")).to_have_count(1)
    assert list(tmp_path.glob("*.zip")) == []


MANY = """
import geopandas, pandas, s2dl
found = s2dl.search((11.2, 46.4, 11.5, 46.6), start="2024-06", end="2024-06", progress=False)
many = geopandas.GeoDataFrame(pandas.concat([found] * (10_000 // len(found) + 1)).head(10_000), crs=4326)
many["name"] = [f"<img src=x onerror=alert(1)>{number:05}" for number in range(10_000)]
panel.scenes = many.reset_index(drop=True)
print(len(panel.scenes))
"""


def test_ten_thousand_scenes_with_hostile_names(page: Page, shoot: Callable[[str], None]) -> None:
    page.on("dialog", lambda _: pytest.fail("a product's name was run as a script"))
    assert run(page, MANY) == "10000"
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "10001")
    expect(page.locator(".leaflet-s2dl-footprints-pane canvas")).to_be_visible()
    assert rows(page).count() < 60, "only the rows in sight are drawn"
    page.get_by_role("grid").focus()
    page.keyboard.press("End")
    expect(page.locator(".s2dl-quicklook figcaption")).to_have_text("<img src=x onerror=alert(1)>09999")
    expect(summary(page)).to_contain_text("10000 scenes, 1 selected")
    expect(rows(page).last).to_contain_text("<img src=x onerror=alert(1)>09999")
    run(page, "panel.selected = panel.scenes.iloc[4000:4002]")
    expect(page.locator(".s2dl-table [aria-selected=true]").first).to_contain_text("04000")
    shoot("many")
    assert page.locator(".s2dl-panel img[src=x]").count() == 0


def field_of_wheat(folder: Path) -> list[Path]:
    """A shapefile, as its four files."""
    shape = geopandas.GeoSeries([shapely.box(11.2, 46.4, 11.5, 46.6)], crs="EPSG:4326")
    shape.to_file(folder / "wheat.shp")
    return sorted(folder.glob("wheat.*"))


def test_where_from_a_file_the_map_or_a_tile(page: Page, shoot: Callable[[str], None], tmp_path: Path) -> None:
    button(page, "From a file").click()
    page.locator(".s2dl-upload input").set_input_files(field_of_wheat(tmp_path))
    expect(page.get_by_text("1 area")).to_be_visible()
    expect(page.locator(".leaflet-overlay-pane path")).to_have_count(1)
    assert run(page, "print(panel.region.bounds)") == "(11.2, 46.4, 11.5, 46.6)"
    page.get_by_label("Or path").fill(str(tmp_path / "none.kml"))
    page.keyboard.press("Tab")
    expect(page.get_by_text("There is no file")).to_be_visible()
    shoot("file")

    button(page, "Tile").click()
    expect(page.locator(".leaflet-overlay-pane path")).to_have_count(0)
    page.get_by_label("Tile", exact=True).fill("T32TPS")
    page.keyboard.press("Tab")
    expect(page.locator(".leaflet-overlay-pane path[stroke-dasharray]")).to_have_count(1)
    assert run(page, "print(panel.query['tile'])") == "['32TPS']"

    button(page, "On the map").click()
    button(page, "What the map shows").click()
    wait_for(lambda: run(page, "print(panel.region.covers(s2dl.read_region((11, 46, 12, 47))))") == "True")
    button(page, "Clear").click()
    expect(page.get_by_label("W", exact=True)).to_have_value("")
    assert run(page, "print(panel.region)") == "None"

    # With a service elsewhere there are tiles to choose from; here none comes, and the land takes their place.
    page.evaluate(ADD_CELL, "s2dl.Panel(settings=s2dl.Settings(base_url='https://example.invalid/odata/v1'))")
    elsewhere = page.locator(".s2dl-panel").nth(1)
    expect(elsewhere.get_by_label("Map", exact=True)).to_have_value("OpenStreetMap")
    expect(elsewhere.locator(".leaflet-s2dl-ground-pane path.s2dl-land")).to_be_visible()


def test_a_page_that_comes_again_two_panels_and_an_interrupt(page: Page, tmp_path: Path) -> None:
    run(page, "panel.region = (11.2, 46.4, 11.5, 46.6)")
    button(page, "Search").click()
    wait_until_found(page)
    rows(page).nth(1).click()
    expect(summary(page)).to_contain_text("1 selected")
    count = int(run(page, "print(len(panel.scenes))"))

    page.evaluate(ADD_CELL, "display(panel); other = s2dl.Panel(region=(1, 2, 3, 4)); other")
    panels = page.locator(".s2dl-panel")
    expect(panels).to_have_count(3)
    for at in (0, 1):
        shown = panels.nth(at)
        expect(shown.locator(".leaflet-s2dl-footprints-pane path")).to_have_count(count)
        expect(shown.locator(".s2dl-path-chosen")).to_have_count(1)
        expect(shown.locator(".s2dl-table-body [aria-selected=true]")).to_have_count(1)
    expect(panels.nth(2).get_by_label("W", exact=True)).to_have_value("1")
    assert panels.nth(2).locator(".leaflet-s2dl-footprints-pane path").count() == 0

    run(page, f"panel._state.directory = {str(tmp_path)!r}; panel.download()")
    under_way = panels.nth(0).locator(".s2dl-bar[data-status=downloading]")
    expect(under_way).to_have_count(1)
    # So that it is still at work when the page has come again.
    run(page, "panel._state.pause()")
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()")
    panels.nth(1).locator(".s2dl-table-body [role=row]").nth(0).click()
    expect(panels.nth(0).locator(".s2dl-words .s2dl-summary")).to_contain_text("1 selected")
    wait_for(lambda: chosen(page) == [run(page, "print(panel.scenes['name'][0])")])

    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.reload()
    expect(panels.nth(0).locator(".leaflet-s2dl-footprints-pane path")).to_have_count(count)
    expect(panels.nth(0).locator(".s2dl-path-chosen")).to_have_count(1)
    expect(panels.nth(0).locator(".s2dl-quicklook img")).to_be_visible()
    expect(under_way).to_have_count(1)
    run(page, "other.close()")
    expect(panels).to_have_count(2)

    # Taken away while it works.
    assert run(page, "panel.close(); print(panel.report)") == "None"
    expect(panels).to_have_count(0)
    assert list(tmp_path.glob("*.zip")) == []


ADD_CELL = """
async (source) => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  const { commands } = window.jupyterapp;
  await commands.execute("notebook:insert-cell-below");
  notebook.activeCell.model.sharedModel.setSource(source);
  await commands.execute("notebook:run-cell");
}
"""
