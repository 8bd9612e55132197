"""A notebook is opened in JupyterLab: a copy, with the environment and Jupyter's own token, until Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

import pytest

from s2dl.errors import BadInput
from s2dl.lab import open_lab, panel_notebook

OPEN = """
import sys
from pathlib import Path
from s2dl.lab import open_lab, panel_notebook
sys.exit(open_lab(panel_notebook(), {"S2DL_USERNAME": "demo"}, directory=Path(sys.argv[1]), browser=False))
"""


def test_the_packaged_notebook_shows_the_panel_and_nothing_else() -> None:
    (cell,) = json.loads(panel_notebook().read_text())["cells"]
    assert "s2dl.Panel()" in "".join(cell["source"])
    assert cell["outputs"] == []


def test_a_notebook_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no notebook"):
        open_lab(tmp_path / "none.ipynb", {}, directory=tmp_path)


def test_lab_serves_with_a_token_until_ctrl_c(tmp_path: Path) -> None:
    folder, log = tmp_path / "demo", tmp_path / "log"
    with log.open("wb") as out:
        child = subprocess.Popen([sys.executable, "-c", OPEN, str(folder)], stderr=out, start_new_session=True)
    try:
        address = _address(child, log)
        with urlopen(_api(address)) as answer:
            assert [entry["name"] for entry in json.load(answer)["content"]] == ["panel.ipynb"]
        with pytest.raises(HTTPError) as refused:
            urlopen(_api(address.split("?")[0]))
        refused.value.close()
        assert refused.value.code == 403
        os.killpg(child.pid, signal.SIGINT)  # as a terminal does
        assert child.wait(30) == 0
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _address(child: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(300):
        found = re.search(r"http://127\.0\.0\.1:\S+token=\w+(?=\s)", log.read_text())
        if found and _answers(found[0]):  # it tells its address before it listens there
            return found[0]
        assert child.poll() is None, log.read_text()
        time.sleep(0.2)
    pytest.fail(log.read_text())


def _answers(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(address).port or 0)) == 0


def _api(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path="/api/contents"))
