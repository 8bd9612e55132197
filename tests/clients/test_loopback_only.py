"""What keeps the clients away from the real Data Space does so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from clients.driving import HERE


@pytest.mark.parametrize("host", ["192.0.2.1", "catalogue.example"])
def test_a_client_that_leaves_loopback_is_stopped(host: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import socket\n"
        "try:\n"
        f"    socket.create_connection(({host!r}, 80), timeout=1)\n"
        "except Exception:\n"
        "    print('swallowed')\n"
    )
    run = subprocess.run(
        [sys.executable, "-I", HERE / "loopback_only.py", script], capture_output=True, text=True, check=False
    )
    assert run.returncode != 0
    assert "NotLoopback" in run.stderr
    assert host in run.stderr
    assert not run.stdout
