"""How quick the panel is in real Chromium: first paint, footprints, selection, and no stall while it downloads."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from panel.lab import chromium, offline_page, open_notebook, run, serving
from playwright.sync_api import Page

from s2dl.demo import DataSpace
from s2dl.lab import panel_notebook

pytestmark = [pytest.mark.full, pytest.mark.browser]

FIRST_PAINT = 2.0
DRAWN = {1_000: 0.5, 10_000: 3.0}
SELECTED = 0.25
STALL = 0.2

MANY = """
import geopandas, pandas, s2dl
some = s2dl.search((3, 43.5, 17.1, 49), start="2024-06", end="2024-06", product_type="L2A", limit=1_000, progress=False)
found = geopandas.GeoDataFrame(pandas.concat([some] * 10, ignore_index=True), crs=4326)
found["name"] = [f"{{name}}-{{row // 1_000}}" for row, name in enumerate(found["name"])]
panel._state.directory = {folder!r}
print(len(found))
"""

# Seconds from a deed to the first frame in which a condition of the page holds.
TIMED = """
async ([deed, condition]) => {
  const holds = new Function(`return ${condition}`);
  const act = new Function("app", `return (async () => { ${deed} })()`);
  const begun = performance.now();
  act(window.jupyterapp);
  while (!holds()) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  await new Promise((painted) => setTimeout(painted));
  return (performance.now() - begun) / 1000;
}
"""
KERNEL = "app.shell.currentWidget.sessionContext.session.kernel.requestExecute({{ code: {code} }})"
# The longest time between two frames until the status line says that the download has ended.
LONGEST_FRAME = """
async () => {
  let [longest, last] = [0, performance.now()];
  while (!document.querySelector(".s2dl-status").textContent.includes("4 downloaded")) {
    await new Promise(requestAnimationFrame);
    [longest, last] = [Math.max(longest, performance.now() - last), performance.now()];
  }
  return longest / 1000;
}
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page with a notebook of the panel whose cell has not run."""
    folder = tmp_path_factory.mktemp("lab")
    with (
        DataSpace(product_size=40_000_000, rate=10_000_000, process=True) as space,
        serving(folder, {**space.env, "S2DL_CONCURRENT_DOWNLOADS": "4"}) as url,
        chromium() as browser,
        offline_page(browser) as page,
    ):
        notebook = folder / "notebooks" / "bench.ipynb"
        shutil.copyfile(panel_notebook(), notebook)
        open_notebook(page, url, notebook)
        yield page


def timed(page: Page, deed: str, condition: str) -> float:
    return float(page.evaluate(TIMED, [deed, condition]))


def in_kernel(code: str) -> str:
    return KERNEL.format(code=json.dumps(code))


def seen(selector: str) -> str:
    return f"document.querySelector({selector!r})?.clientWidth > 0"


def test_the_panel_is_quick(page: Page, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = f"{seen('.s2dl-form .jupyter-button')} && {seen('.leaflet-container')}"
    took = {"first paint": (timed(page, 'app.commands.execute("notebook:run-all-cells")', shown), FIRST_PAINT)}

    assert run(page, MANY.format(folder=str(tmp_path))) == "10000"
    for count, goal in DRAWN.items():
        pane = ".leaflet-s2dl-footprints-pane"
        drawn = {1_000: f"document.querySelectorAll('{pane} path').length === 1000", 10_000: seen(f"{pane} canvas")}
        rows = f"document.querySelector('.s2dl-table').ariaRowCount === '{count + 1}'"
        deed = in_kernel(f"panel.scenes = found.head({count}).reset_index(drop=True)")
        took[f"{count} footprints"] = timed(page, deed, f"{drawn[count]} && {rows}"), goal

    click = "document.querySelector('.s2dl-table-body [role=row]').click();"
    both = "document.querySelector('.s2dl-path-chosen') && document.querySelector('.s2dl-words').textContent"
    took["selection at 10 000"] = timed(page, click, f"{both}.includes('1 selected')"), SELECTED

    run(page, "panel.scenes = some.head(8); panel.selected = some.head(4)")
    run(page, "panel.download()")
    took["longest frame while four downloads run"] = float(page.evaluate(LONGEST_FRAME)), STALL

    with capsys.disabled():
        lines = [f"{what}: {seconds:.2f} s (goal {goal} s)" for what, (seconds, goal) in took.items()]
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert {what: seconds for what, (seconds, goal) in took.items() if seconds > goal} == {}
