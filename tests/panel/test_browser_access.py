"""The panel for everyone in JupyterLab: audited by axe, by keyboard alone, with troubles and hostile texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from s2dl.demo import DataSpace

from .hands import button, rows, status, summary, tab, wait_for, wait_until_found
from .lab import PATIENCE, panel_page, run, serving

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE)

QUERY = '{"region": (11.2, 46.4, 11.5, 46.6), "start": "2024-06", "end": "2024-06", "product_type": "L2A"}'
HOSTILE = "<img src=x onerror=alert(1)>"
AUDIT = """
async () => {
  const { violations } = await axe.run({ include: [[".s2dl-panel"]] }, { resultTypes: ["violations"] });
  const said = ({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`);
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).flatMap(said);
}
"""


@pytest.fixture(scope="module")
def space() -> Iterator[DataSpace]:
    with DataSpace(product_size=200_000) as space:
        yield space


@pytest.fixture(scope="module")
def lab(space: DataSpace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("lab")
    with serving(folder, space.env) as url:
        yield url, folder / "notebooks"


@pytest.fixture
def page(browser: Browser, lab: tuple[str, Path], request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Page]:
    """A page with the panel, in a notebook and a kernel of its own."""

    def watch(page: Page) -> None:
        page.on("dialog", lambda _: pytest.fail("a text was run as a script"))

    with panel_page(browser, lab, request.node.name, prepare=watch) as page:
        expect(page.locator(".s2dl-legend")).to_be_visible()
        run(page, f"state = panel._state; state.directory = {str(tmp_path)!r}")
        yield page


def find(page: Page) -> None:
    run(page, f"panel.query = {QUERY}")
    button(page, "Search").click()
    wait_until_found(page)


def test_axe_finds_nothing_serious_in_any_tab(page: Page) -> None:
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    find(page)
    run(page, "panel.selected = panel.scenes.head(2); panel.download()")
    expect(status(page)).to_contain_text("2 downloaded")
    button(page, "Show 2 on map").click()
    expect(page.locator(".s2dl-onmap li")).to_have_count(2)
    tab(page, "Batch").click()
    batch = page.locator(".s2dl-batch")
    batch.get_by_label("Name", exact=True).fill("two")
    button(batch, "Store selection").click()
    expect(batch.get_by_role("status")).to_contain_text("Job two is stored")
    code = batch.get_by_label("2FA code")
    expect(code).to_be_hidden()
    run(page, "import dataclasses; state.account.known = dataclasses.replace(state.account.known, two_factor=True)")
    code.fill("123456")
    button(batch, "Start: two").click()
    expect(code).to_have_value("")
    button(batch, "Watch: two").click()
    expect(batch.locator(".s2dl-job[data-state=done] .s2dl-job-words")).to_contain_text("2 skipped")
    expect(batch.locator(".s2dl-job-scene[data-status=skipped]")).to_have_count(2)
    button(page, "Log out").click()
    button(page, "Log in").first.click()
    page.get_by_label("Orbit").fill("144")
    page.keyboard.press("Tab")
    expect(page.get_by_text("relative orbits are 1 to 143")).to_be_visible()
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        expect(page.locator("body")).to_have_attribute("data-jp-theme-light", str(theme.endswith("Light")).lower())
        for name in page.locator(".s2dl-tabs").get_by_role("tab").all_inner_texts():
            tab(page, name).click()
            expect(page.locator(".s2dl-tabs").get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
            if name == "Gallery":
                expect(page.locator(".s2dl-gallery [role=option]").first).to_be_visible()
            assert page.evaluate(AUDIT) == [], f"{theme}, {name}"


def go_to(page: Page, place: Locator, key: str = "Tab") -> None:
    """Press a key until a control has the focus."""
    for _ in range(120):
        if place.evaluate("(control) => control === document.activeElement"):
            return
        page.keyboard.press(key)
    pytest.fail(f"{key} does not lead to {place}")


def test_keys_alone_lead_from_the_question_to_a_second_download_that_skips(page: Page, tmp_path: Path) -> None:
    press, write = page.keyboard.press, page.keyboard.type
    # Here the person comes into the panel.
    button(page, "On the map").focus()
    for name, text in {"W": "11.2", "N": "46.6", "E": "11.5", "S": "46.4"}.items():
        go_to(page, page.get_by_label(name, exact=True))
        write(text)
    go_to(page, page.get_by_label("From", exact=True))
    write("06012024")
    go_to(page, page.get_by_label("To", exact=True))
    write("06302024")
    go_to(page, page.get_by_label("Cloud cover at most, percent"))
    press("PageDown")
    expect(page.locator(".s2dl-count")).to_contain_text("About")
    # A page tells the kernel of a field when it has heard that the one before was taken.
    asked = "print('region' in panel.query, panel.query.get('start')[:10], panel.query.get('end')[:10])"
    wait_for(lambda: run(page, asked) == "True 2024-06-01 2024-06-30")
    wait_for(lambda: run(page, "print(panel.query.get('cloud_cover', (0, 100))[1] < 100)") == "True")
    go_to(page, button(page, "Search"))
    press("Enter")
    expect(status(page)).to_contain_text("Found")

    go_to(page, page.get_by_label("Filter the scenes"))
    write("s2a 32tps")
    expect(page.locator(".s2dl-table-count")).not_to_contain_text("0 of")
    expect(summary(page)).to_contain_text("of")
    go_to(page, page.get_by_role("grid"))
    press("ArrowDown")
    press("Shift+ArrowDown")
    expect(summary(page)).to_contain_text("2 selected")
    expect(page.locator(".s2dl-quicklook img")).to_be_visible()
    go_to(page, button(page, "Show 2 on map"))
    press("Enter")
    expect(page.locator(".s2dl-onmap li")).to_have_count(2)

    go_to(page, tab(page, "Results"), "Shift+Tab")
    for _ in range(3):
        press("ArrowRight")
    press("Enter")
    expect(tab(page, "Downloads")).to_have_attribute("aria-selected", "true")
    for said in ("2 downloaded", "2 skipped"):
        expect(button(page, "Download")).to_be_enabled()
        tab(page, "Downloads").focus()
        go_to(page, button(page, "Download"))
        press("Enter")
        expect(status(page)).to_contain_text(said)
    assert len(list(tmp_path.glob("*.zip"))) == 2
    assert page.locator(".jp-Notebook .jp-Cell").count() == 1, "the notebook took a key for its own"


def test_troubles_are_said_where_they_belong_with_a_way_on(page: Page, space: DataSpace, lab: tuple[str, Path]) -> None:
    form = page.locator(".s2dl-form")
    for name, text in {"W": "11.2", "N": "46.3", "E": "11.5", "S": "46.4"}.items():
        page.get_by_label(name, exact=True).fill(text)
        page.keyboard.press("Tab")
    expect(form.get_by_role("alert").filter(has_text="north")).to_be_visible()
    page.get_by_label("N", exact=True).fill("46.6")
    page.keyboard.press("Tab")
    button(page, "Tile").click()
    page.get_by_label("Tile", exact=True).fill("99XXX")
    page.keyboard.press("Tab")
    expect(form.get_by_role("alert").filter(has_text="99XXX")).to_be_visible()
    button(page, "On the map").click()
    expect(form.get_by_role("alert").locator("visible=true")).to_have_count(0)

    # A service that is down, or that talks to browsers; the button asks again.
    run(
        page, "good = state.settings; state.use_settings(good.model_copy(update={'base_url': 'http://127.0.0.1:9/v1'}))"
    )
    run(page, f"panel.query = {QUERY}")
    expect(page.locator(".s2dl-count")).to_contain_text("No count")
    button(page, "Search").click()
    expect(status(page)).to_contain_text("127.0.0.1")
    run(page, f"state.use_settings(good.model_copy(update={{'base_url': '{lab[0]}/lab/tree'}}))")
    button(page, "Search").click()
    expect(status(page)).to_contain_text("text/html where JSON was due")
    run(page, "state.use_settings(good)")
    expect(page.locator(".s2dl-count")).to_contain_text("About")
    find(page)
    rows(page).nth(0).click()

    # A directory, and a disk, that cannot be used.
    tab(page, "Downloads").click()
    cart = page.locator(".s2dl-cart")
    directory = cart.get_by_label("Directory", exact=True)
    usable = directory.input_value()
    Path(usable, "a file").touch()
    directory.fill(f"{usable}/a file")
    page.keyboard.press("Tab")
    expect(cart.get_by_role("alert").filter(has_text="a file")).to_be_visible()
    directory.fill(usable)
    page.keyboard.press("Tab")
    expect(cart.get_by_role("alert").locator("visible=true")).to_have_count(0)
    run(page, "import s2dl.downloads.space as space; free = space.free_space; space.free_space = lambda _: 1_000")
    button(cart, "Download").click()
    expect(status(page)).to_contain_text("make room")
    run(page, "space.free_space = free")

    # One product that fails alone, and comes when it is tried again.
    space.inject("no-objects", run(page, "print(*panel.selected['name'])"), times=2)
    button(cart, "Download").click()
    failed = cart.locator(".s2dl-bar[data-status=failed]")
    expect(failed).to_have_count(1)
    expect(failed).to_contain_text("No objects to stream")  # not the one before, for want of room
    button(cart, "Retry 1").click()
    expect(cart.locator(".s2dl-bar[data-status=downloaded]")).to_have_count(1)


def test_hostile_texts_are_only_ever_texts(page: Page) -> None:
    find(page)
    run(page, f"bad = {HOSTILE!r}; found = panel.scenes.head(3).copy(); found['product_type'] = bad")
    run(page, "found['tile'] = [*found['tile'].head(2), bad]")
    run(page, "found['name'] = [f'{bad}{number}' for number in range(3)]; panel.scenes = found")
    expect(rows(page)).to_have_count(3)
    run(page, "panel.selected = panel.scenes.head(2)")
    expect(rows(page).first).to_contain_text(HOSTILE)
    expect(page.locator(".s2dl-quicklook figcaption")).to_contain_text(HOSTILE)
    footprints = page.locator(".leaflet-s2dl-footprints-pane path")
    expect(footprints).to_have_count(3)
    footprints.last.hover(force=True)
    expect(page.locator(".s2dl-tooltip")).to_contain_text(HOSTILE)
    button(page, "Show 2 on map").click()
    expect(page.locator(".s2dl-onmap li").first).to_contain_text(HOSTILE)
    tab(page, "Gallery").click()
    expect(page.locator(".s2dl-gallery [role=option]").last).to_contain_text(HOSTILE)
    tab(page, "Timeline").click()
    expect(page.locator(".s2dl-timeline img")).to_have_attribute("alt", re.compile("^3 scenes"))
    page.locator(".s2dl-timeline").press("End")
    expect(page.locator(".s2dl-timeline-words")).to_contain_text(HOSTILE)

    tab(page, "Batch").click()
    run(page, "s2dl.jobs.add(bad, question={'tile': '32TPS'})")
    expect(page.locator(".s2dl-job-title").filter(has_text=HOSTILE)).to_be_visible()

    tab(page, "Downloads").click()
    expect(page.locator(".s2dl-bar").nth(1)).to_contain_text(HOSTILE)
    button(page.locator(".s2dl-cart"), "Download").click()
    expect(page.locator(".s2dl-bar[data-status=failed]").first).to_contain_text(HOSTILE)
    expect(status(page)).to_contain_text("1 failed")
    run(page, "state.say(bad, trouble=True); state.errors = {'box': bad, 'end': bad}; state.account.ask(bad)")
    expect(status(page)).to_contain_text(HOSTILE)
    expect(page.locator(".s2dl-form .s2dl-text-error").filter(has_text=HOSTILE)).to_have_count(2)
    expect(page.locator(".s2dl-login")).to_contain_text(HOSTILE)
    run(page, "from dataclasses import replace; state.cart = replace(state.cart, trouble=bad)")
    expect(page.locator(".s2dl-cart [role=alert]")).to_contain_text(HOSTILE)
    button(page, "Copy as Python").click()
    expect(page.get_by_label("Python code")).to_have_value(re.compile(re.escape(HOSTILE)))
    assert page.locator(".s2dl-panel img[src=x]").count() == 0
