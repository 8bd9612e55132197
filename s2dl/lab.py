"""Open a notebook in JupyterLab, which runs as a child process for as long as the person wants it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from s2dl.errors import BadInput
from s2dl.files import disk_errors

__all__ = ["open_lab", "panel_notebook"]

_PATIENCE = 10.0


def panel_notebook() -> Path:
    """Where the notebook of one cell is that shows the panel."""
    return Path(__file__).parent / "panel" / "panel.ipynb"


def open_lab(
    notebook: Path, environment: Mapping[str, str], *, directory: Path | None = None, browser: bool = True
) -> int:
    """Open a copy of a notebook in JupyterLab and wait until it ends.

    Jupyter makes its own token, as ever. Ctrl-C ends it.

    Parameters
    ----------
    notebook : Path
        Copied into `directory`; a copy that is there already is a person's work and is opened as it is.
    environment : mapping
        Variables for the notebook's kernel, beside those of this process.
    directory : Path, optional
        Where the copy goes; by default ``s2dl-demo`` in the current directory.
    browser : bool
        False only serves, and prints the address to open.

    Returns
    -------
    int
        JupyterLab's exit code; 0 after Ctrl-C.

    Raises
    ------
    BadInput
        JupyterLab is not installed, or there is no such notebook.
    DiskError
        The directory cannot be written to.
    """
    if find_spec("jupyterlab") is None:
        raise BadInput('JupyterLab is not installed; install it with: pip install "s2dl[demo]".')
    if not notebook.is_file():
        raise BadInput(f"There is no notebook {notebook}; check the path.")
    folder = (Path("s2dl-demo") if directory is None else directory).expanduser().absolute()
    copy = folder / notebook.name
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not copy.exists():
            shutil.copyfile(notebook, copy)
    command = [sys.executable, "-m", "jupyterlab", str(copy), f"--ServerApp.root_dir={folder}"]
    command += [] if browser else ["--no-browser"]
    # Jupyter refuses to run as root unless told; where people are root, as in containers, they are so anyway.
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    child = subprocess.Popen(command, cwd=folder, env={**os.environ, **environment})  # noqa: S603 - our own command
    return _wait(child)


def _wait(child: subprocess.Popen[bytes]) -> int:
    """Wait for the child; Ctrl-C ends it without its question whether it should."""
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        return 0
