"""The options that say how to download, for every command that downloads or stores a download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

import s2dl
from s2dl.errors import BadInput

if TYPE_CHECKING:
    from s2dl.downloads.plan import Overwrite

__all__ = ["DIRECTORY", "download_options", "how"]

F = TypeVar("F", bound=Callable[..., Any])

DIRECTORY = click.option(
    "-d", "--directory", type=click.Path(path_type=Path), help="Where the files go; by default the settings'."
)
_OPTIONS = (
    DIRECTORY,
    click.option(
        "--progress-file", type=click.Path(path_type=Path), help="Lists what is complete; md5sum -c reads it."
    ),
    click.option("--unzip/--no-unzip", default=None, help="Unzip each product beside its archive."),
    click.option("--unzip-dir", type=click.Path(path_type=Path), help="Unzip into this directory."),
    click.option("--keep-archive/--remove-archive", default=None, help="After unzipping."),
    click.option(
        "--overwrite",
        type=click.Choice(["no", "missing", "yes"]),
        default="no",
        show_default=True,
        help="Fetch again what is listed: what has moved away, or all.",
    ),
    click.option(
        "--bands",
        metavar="NAME,…",
        help="Fetch only these images of each product, as B02,B03,B04 or SCL,B04_20m, with their metadata.",
    ),
    click.option(
        "--wait-offline",
        metavar="SECONDS|yes",
        help="Wait for products that the service keeps offline; yes: as long as it takes.",
    ),
    click.option("--concurrent", type=int, help="Transfers at a time, 1 to 4."),
    click.option("--preview-only/--products", default=None, help="Save previews instead, as s2dl preview does."),
)

_OVERWRITE: dict[str, Overwrite] = {"no": False, "missing": "missing", "yes": True}


def download_options(command: F) -> F:
    """Add the options to a command; they arrive as keyword arguments, for `how`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def how(options: dict[str, Any]) -> dict[str, Any]:
    """Make `download`'s arguments of the options, and take them out of `options`.

    Raises
    ------
    BadInput
        One cannot be read.
    """
    unzip, unzip_dir, bands = options.pop("unzip"), options.pop("unzip_dir"), options.pop("bands")
    keep_archive = options.pop("keep_archive")
    if keep_archive is False and unzip_dir is None and not (s2dl.Settings().unzip if unzip is None else unzip):
        raise BadInput("--remove-archive: Archives go once they are unzipped; add --unzip.")
    return {
        "directory": options.pop("directory"),
        "progress_file": options.pop("progress_file"),
        "unzip": unzip if unzip_dir is None else unzip_dir,
        "keep_archive": keep_archive,
        "overwrite": _OVERWRITE[options.pop("overwrite")],
        "bands": None if bands is None else bands.split(","),
        "wait_offline": _patience(options.pop("wait_offline")),
        "concurrent": options.pop("concurrent"),
        "preview_only": options.pop("preview_only"),
    }


def _patience(text: str | None) -> float | bool | None:
    if text is None:
        return None
    if text == "yes":
        return True
    try:
        return float(text)
    except ValueError as error:
        raise BadInput(f"--wait-offline: {text!r} is no number of seconds; write 600, or yes.") from error
