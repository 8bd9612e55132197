"""`s2dl demo` and `s2dl lab`: the panel, on the embedded Data Space or on the real one."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

import s2dl
from s2dl.errors import BadInput, S2dlError
from s2dl.report import readable_size

__all__ = ["demo", "lab"]

_LAST_PORT = 65_535
_REGION = (11.2, 46.4, 11.5, 46.6)
_QUESTION: dict[str, Any] = {"start": "2024-06-01", "end": "2024-08-31", "product_type": "L2A", "cloud_cover": 40}


@click.command()
@click.option("--check", is_flag=True, help="Run the whole main job without a browser, and say what was done.")
@click.option("--serve", is_flag=True, help="Only serve, and print the variables that point a client here.")
@click.option(
    "--port",
    type=click.IntRange(0, _LAST_PORT - 2),
    default=0,
    help="With --serve: the first of three ports; by default free ones.",
)
def demo(check: bool, serve: bool, port: int) -> int:
    """Try s2dl without account and network, on an embedded Data Space.

    Opens the panel in JupyterLab; with --check or --serve it opens nothing.

    \b
    s2dl demo
    s2dl demo --check
    s2dl demo --serve > variables.sh &
    . ./variables.sh
    """
    if check and serve:
        raise BadInput("--check and --serve exclude one another; give one of them.")
    if port and not serve:
        raise BadInput("--port is for --serve; give both.")
    _need_demo()
    if serve:
        return _serve(port)
    return _check() if check else _open()


@click.command()
def lab() -> int:
    """Open the panel in JupyterLab, on the Copernicus Data Space.

    \b
    s2dl lab
    """
    from s2dl.lab import open_lab, panel_notebook  # noqa: PLC0415 - needs JupyterLab

    return open_lab(panel_notebook(), {})


def _need_demo() -> None:
    try:
        import starlette  # noqa: F401, PLC0415
        import uvicorn  # noqa: F401, PLC0415
    except ImportError as error:
        raise BadInput("The embedded Data Space is not installed; run: pip install 's2dl[demo]'") from error


def _serve(port: int) -> int:
    from s2dl.demo import DataSpace, serve  # noqa: PLC0415

    def ready(space: DataSpace) -> None:
        for name, value in space.env.items():
            click.echo(f"export {name}={value}")
        click.echo("The embedded Data Space is ready; stop it with Ctrl-C.", err=True)

    try:
        serve(ready, port)
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        raise BadInput(
            f"The ports {port} to {port + 2} cannot be had ({os.strerror(error.errno)}); give others."
        ) from error
    return 0


def _open() -> int:
    from s2dl.demo import DataSpace  # noqa: PLC0415
    from s2dl.lab import open_lab, panel_notebook  # noqa: PLC0415

    with DataSpace(process=True) as space:
        return open_lab(panel_notebook(), space.env)


def _check() -> int:
    from unittest import mock  # noqa: PLC0415 - slow to load

    from s2dl.demo import DataSpace  # noqa: PLC0415

    with (
        tempfile.TemporaryDirectory(prefix="s2dl-check-") as folder,
        DataSpace() as space,
        mock.patch.dict(os.environ, space.env),
    ):
        return 0 if _main_job(Path(folder)) else 1


def _main_job(folder: Path) -> bool:
    """The main job, a line a step; true when each step did what it should."""
    scenes = _step(
        "search", lambda: s2dl.search(_REGION, **_QUESTION, progress=False), lambda it: f"{len(it)} scenes found"
    )
    if len(scenes) < 2:
        raise S2dlError("The embedded Data Space lists fewer than two scenes; this installation is broken.")
    chosen = scenes.head(2)
    previews = _step(
        "preview", lambda: s2dl.preview(chosen, folder / "quicklooks", progress=False), lambda it: it.summary()
    )
    report = _step("download", lambda: s2dl.download(chosen, folder, progress=False), lambda it: it.summary())
    verified = _step("verify", lambda: s2dl.verify(folder / "s2dl.progress", progress=False), lambda it: it.summary())
    unzipped = _step(
        "unzip",
        lambda: s2dl.download(chosen, folder, unzip=folder / "products", progress=False),
        lambda _: f"{len(list((folder / 'products').glob('*.SAFE')))} products, {_bytes_below(folder / 'products')}",
    )
    return all(bool(step.ok) for step in (previews, report, verified, unzipped))


def _step(name: str, work: Callable[[], Any], said: Callable[[Any], str]) -> Any:
    started = time.monotonic()
    result = work()
    click.echo(f"{name:<10} {said(result):<50} {time.monotonic() - started:5.1f} s")
    return result


def _bytes_below(folder: Path) -> str:
    return readable_size(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))
