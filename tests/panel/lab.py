"""Jupyter's front ends as child processes, and a page in real Chromium that never leaves this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright
from ports import free_ports

from s2dl.lab import panel_notebook

PATIENCE = 30_000
"""Milliseconds that a page may take for anything."""

_LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}
_OWN_FOLDERS = (
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
    "IPYTHONDIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
)


_SERVER = (
    "--allow-root", "--ServerApp.port_retries=0", "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True",
)  # fmt: skip
_FRONTS = {
    "jupyterlab": (*_SERVER, "--LabApp.expose_app_in_browser=True", "--ServerApp.root_dir={notebooks}"),
    "notebook": (*_SERVER, "--JupyterNotebookApp.expose_app_in_browser=True", "--ServerApp.root_dir={notebooks}"),
    "voila": ("--base_url=/user/somebody/", "{notebooks}"),
}
_READY = {"jupyterlab": "/api/status", "notebook": "/api/status", "voila": "/user/somebody/"}


@contextmanager
def serving(folder: Path, environment: Mapping[str, str], front: str = "jupyterlab") -> Iterator[str]:
    """Serve JupyterLab, Notebook or Voilà on `folder / "notebooks"`, with settings of its own; gives its address.

    Voilà stands under a base URL, as on Binder.
    """
    notebooks = folder / "notebooks"
    notebooks.mkdir(parents=True)
    own = {name: str(folder / name.lower()) for name in _OWN_FOLDERS}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("S2DL_")}
    overrides = Path(own["JUPYTER_CONFIG_DIR"]) / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(json.dumps(_LAB_SETTINGS))
    port = free_ports()
    options = (option.format(notebooks=notebooks) for option in _FRONTS[front])
    command = [sys.executable, "-m", front, "--no-browser", "--ip=127.0.0.1", f"--port={port}", *options]
    with (folder / "lab.log").open("wb") as log:
        child = subprocess.Popen(command, cwd=notebooks, env={**inherited, **own, **environment}, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(child, f"{url}{_READY[front]}", folder / "lab.log")
            yield url + _READY[front].removesuffix("/").removesuffix("/api/status")
        finally:
            child.terminate()
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _wait_for(child: subprocess.Popen[bytes], url: str, log: Path) -> None:
    for _ in range(300):
        if child.poll() is not None:
            break
        try:
            with urlopen(url):
                return
        except (URLError, ConnectionError):
            time.sleep(0.2)
    pytest.fail(f"{child.args} did not start:\n{log.read_text()[-3000:]}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.fail("The browser tests need Chromium: install it, on Debian with `apt-get install chromium`.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@contextmanager
def offline_page(
    browser: Browser, *, width: int = 1400, height: int = 1500, excused: tuple[str, ...] = ()
) -> Iterator[Page]:
    """Open a page; what it asks of any other machine is refused, and fails the test unless it begins as `excused`."""
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(PATIENCE)
    strayed: list[str] = []

    def guard(route: Route) -> None:
        if urlsplit(route.request.url).hostname in {"127.0.0.1", "localhost", None}:
            route.continue_()
        else:
            strayed.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    yield context.new_page()
    context.close()
    assert [address for address in strayed if not address.startswith(excused)] == []


def open_notebook(page: Page, url: str, notebook: Path) -> None:
    """Open a notebook with room for it, and wait for its kernel."""
    # Reset: else JupyterLab opens what an earlier page had open, too.
    page.goto(f"{url}/lab/tree/{notebook.name}?reset")
    page.wait_for_function(_IS_READY, arg=notebook.name)
    page.evaluate("window.jupyterapp.shell.collapseLeft()")


def open_and_run(page: Page, url: str, notebook: Path) -> None:
    """Open a notebook, and run all its cells."""
    open_notebook(page, url, notebook)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")


@contextmanager
def panel_page(
    browser: Browser,
    lab: tuple[str, Path],
    name: str,
    *,
    prepare: Callable[[Page], object] = lambda _: None,
    excused: tuple[str, ...] = (),
) -> Iterator[Page]:
    """Open the panel in a notebook and a kernel of its own, on a page that is first prepared; in the end close it."""
    url, notebooks = lab
    notebook = notebooks / f"{name}.ipynb"
    shutil.copyfile(panel_notebook(), notebook)
    with offline_page(browser, excused=excused) as page:
        prepare(page)
        open_and_run(page, url, notebook)
        page.evaluate(_AT_REST)
        yield page
        run(page, "panel.close()")


def run(page: Page, code: str) -> str:
    """Run code in the notebook's kernel and give what it printed."""
    return str(page.evaluate(_RUN, code))


_IS_READY = """
(name) => {
  const notebook = window.jupyterapp?.shell?.currentWidget;
  return notebook?.context?.path === name && notebook.sessionContext?.session?.kernel?.status === "idle";
}
"""

# JupyterLab gives the focus to the notebook at some moment after all cells have run.
_AT_REST = """
async () => {
  let quiet = 0;
  for (let last = null; quiet < 10; last = document.activeElement) {
    quiet = last === document.activeElement ? quiet + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
"""

_RUN = """
async (code) => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const future = kernel.requestExecute({ code });
  let said = "";
  future.onIOPub = ({ header, content }) => {
    if (header.msg_type === "stream") said += content.text;
    if (header.msg_type === "error") said += content.traceback.join("\\n");
  };
  await future.done;
  return said.trim();
}
"""
