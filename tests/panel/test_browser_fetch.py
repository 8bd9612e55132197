"""From the cart to verified files in JupyterLab: log in, download, pause, go on; preferences, and the way out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect

from s2dl.demo import DataSpace

from .lab import PATIENCE, panel_page, run, serving

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE)

SECRET = "a-secret-that-is-nowhere"
TOKEN = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.")
"""What every token of the service is: JSON, twice, and a signature."""
QUERY = {
    "region": [11.2, 46.4, 11.5, 46.6],
    "start": "2024-06",
    "end": "2024-06",
    "product_type": "L2A",
}


@pytest.fixture(scope="module")
def space() -> Iterator[DataSpace]:
    """Slow enough that there is time for clicks while it sends."""
    with DataSpace(product_size=3_000_000, rate=600_000, users={"demo": SECRET}) as space:
        yield space


@pytest.fixture(scope="module")
def lab(space: DataSpace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server whose kernels know no account."""
    folder = tmp_path_factory.mktemp("lab")
    environment = {name: value for name, value in space.env.items() if name not in {"S2DL_USERNAME", "S2DL_PASSWORD"}}
    with serving(folder, environment) as url:
        yield url, folder / "notebooks"


@pytest.fixture
def received() -> list[str]:
    """All that kernels send to the page."""
    return []


@pytest.fixture
def page(
    browser: Browser, lab: tuple[str, Path], request: pytest.FixtureRequest, received: list[str]
) -> Iterator[Page]:
    """A page with the panel, in a notebook and a kernel of its own, with twelve scenes found and two selected."""

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: received.append(str(frame)))

    with panel_page(browser, lab, request.node.name, prepare=lambda page: page.on("websocket", listen)) as page:
        expect(page.locator(".leaflet-container")).to_be_visible()
        run(page, f"panel.query = {QUERY}; panel.search()")
        page.wait_for_function("document.querySelector('.s2dl-status')?.textContent.includes('scenes')")
        run(page, "panel.selected = panel.scenes.head(2)")
        yield page


def button(place: Page | Locator, name: str) -> Locator:
    # Before the name stands its icon, a character of the icons' font.
    return place.get_by_role("button", name=re.compile(rf"^\W?\s*{name}$"))


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def bars(page: Page, status: str) -> Locator:
    return page.locator(f".s2dl-bar[data-status={status}]")


def saved(page: Page, notebook: Path) -> str:
    """Save the notebook with its widgets' state, and give what stands in it."""
    page.evaluate("window.jupyterapp.commands.execute('@jupyter-widgets/jupyterlab-manager:saveWidgetState')")
    page.wait_for_function(_SAVED)
    return notebook.read_text()


_SAVED = """
async () => {
  await window.jupyterapp.commands.execute("docmanager:save");
  return Boolean(window.jupyterapp.shell.currentWidget.content.model.getMetadata("widgets"));
}
"""


def test_log_in_download_pause_go_on_and_skip_the_second_time(
    page: Page, shoot: Callable[[str], None], received: list[str], lab: tuple[str, Path]
) -> None:
    tab(page, "Downloads")
    cart = page.locator(".s2dl-cart")
    expect(cart.get_by_text("2 scenes chosen")).to_contain_text("free on the disk")
    expect(bars(page, "planned")).to_have_count(2)
    shoot("cart")

    button(cart, "Download").click()
    login = page.locator(".s2dl-login-form")
    expect(page.locator(".s2dl-login")).to_contain_text("needs an account")
    login.get_by_label("User name").fill("demo")
    login.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.locator(".s2dl-login")).to_contain_text("refused the account")
    expect(login.get_by_label("Password")).to_have_value("")
    shoot("login-refused")
    login.get_by_label("Password").fill(SECRET)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Logged in as demo")).to_be_visible()
    expect(login).to_be_hidden()

    # The download goes on by itself.
    expect(bars(page, "downloading")).to_have_count(2)
    button(cart, "Pause").click()
    expect(bars(page, "total")).to_contain_text("paused")
    shoot("paused")
    button(cart, "Resume").click()
    expect(bars(page, "downloaded")).to_have_count(2)
    expect(page.locator(".s2dl-status")).to_contain_text("2 downloaded")
    shoot("downloaded")
    names = run(page, "print(*panel.selected['name'])").split()
    digests = run(page, "print(*panel.selected['md5'])").split()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Save the file of").first.click()
    assert coming.value.suggested_filename == f"{names[0]}.zip"
    assert hashlib.md5(coming.value.path().read_bytes()).hexdigest() == digests[0]

    button(cart, "Download").click()
    expect(bars(page, "skipped")).to_have_count(2)
    expect(page.locator(".s2dl-status")).to_contain_text("2 skipped")

    notebook = saved(page, lab[1] / "test_log_in_download_pause_go_on_and_skip_the_second_time.ipynb")
    assert json.loads(notebook)["metadata"]["widgets"]
    assert "LoginBox" in notebook
    assert SECRET not in notebook
    assert len(notebook) < 400_000, "mostly the scripts of the widgets; no land, no footprints, no pictures"
    assert len(received) > 50
    assert not any(SECRET in frame for frame in received)
    for text in (notebook, *received):
        assert not TOKEN.search(text)
    for path in lab[1].parent.rglob("*"):
        text = path.read_bytes().decode("latin-1") if path.is_file() else ""
        assert SECRET not in text, path
        assert not TOKEN.search(text), path
    button(page, "Log out").click()
    expect(page.get_by_text("Not logged in")).to_be_visible()


def test_preferences_and_the_way_out_in_the_dark(page: Page, shoot: Callable[[str], None]) -> None:
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    tab(page, "Help")
    expect(page.get_by_text("In three steps")).to_be_visible()
    shoot("help-dark")
    tab(page, "Preferences")
    field = page.get_by_label("Concurrent downloads", exact=True)
    field.fill("9")
    field.press("Tab")
    expect(page.locator(".s2dl-preferences")).to_contain_text("less than or equal to 4")
    shoot("preferences-dark")
    field.fill("3")
    field.press("Tab")
    expect(page.locator(".s2dl-preferences")).not_to_contain_text("less than or equal to 4")
    assert run(page, "from s2dl import Settings; print(Settings().concurrent_downloads)") == "3"
    expect(page.get_by_label("Data Space Base URL", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Default of Concurrent downloads").click()
    expect(field).to_have_value("2")

    tab(page, "Downloads")
    button(page, "Log in").first.click()
    page.get_by_label("User name").fill("demo")
    page.get_by_label("Password").fill(SECRET)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Logged in as demo")).to_be_visible()
    directory = page.locator(".s2dl-cart").get_by_label("Directory")
    directory.fill("elsewhere")
    directory.press("Tab")
    button(page.locator(".s2dl-cart"), "Download").click()
    expect(bars(page, "downloading").first).to_be_visible()
    button(page, "Close").click()
    expect(page.get_by_text("A download is running.")).to_be_visible()
    shoot("closing-dark")
    button(page, "Stay").click()
    expect(page.get_by_text("A download is running.")).to_be_hidden()
    button(page, "Close").click()
    button(page, "Stop and close").click()
    expect(page.locator(".s2dl-panel")).to_have_count(0)
