"""`s2dl preview`, `s2dl download` and `s2dl verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import s2dl
from s2dl.cli.options import asked, query_options
from s2dl.errors import BadInput

if TYPE_CHECKING:
    from s2dl.report import Report

__all__ = ["download", "preview", "verify"]

_DIRECTORY = click.option(
    "-d", "--directory", type=click.Path(path_type=Path), help="Where the files go; by default the settings'."
)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@query_options
@_DIRECTORY
def preview(names: tuple[str, ...], directory: Path | None, **options: Any) -> int:
    """Save quicklooks of products, by name or by question; no account is needed."""
    return _said(s2dl.preview(_wanted(names, options), directory or Path()))


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@query_options
@_DIRECTORY
@click.option("--progress-file", type=click.Path(path_type=Path), help="Lists what is complete; md5sum -c reads it.")
@click.option("--unzip/--no-unzip", default=None, help="Unzip each product beside its archive.")
@click.option("--unzip-dir", type=click.Path(path_type=Path), help="Unzip into this directory.")
@click.option("--keep-archive/--remove-archive", default=None, help="After unzipping.")
@click.option("--overwrite", type=click.Choice(["no", "missing", "yes"]), default="no", show_default=True)
@click.option(
    "--wait-offline",
    metavar="SECONDS|yes",
    help="Wait for products that the service keeps offline; yes: as long as it takes.",
)
@click.option("--concurrent", type=int, help="Transfers at a time, 1 to 4.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--take-over", is_flag=True, help="Ask a download of the same progress file to yield, and go on.")
def download(  # noqa: PLR0917 - an option each
    names: tuple[str, ...],
    directory: Path | None,
    progress_file: Path | None,
    unzip: bool | None,
    unzip_dir: Path | None,
    keep_archive: bool | None,
    overwrite: str,
    wait_offline: str | None,
    concurrent: int | None,
    dry_run: bool,
    take_over: bool,
    **options: Any,
) -> int:
    r"""Fetch products, by name or by question, verified.

    \b
    s2dl download --tile 32TPS --start 2024-06-01 --end 2024-06-30 --product-type L2A --cloud 20 -d images
    """
    report = s2dl.download(
        _wanted(names, options),
        directory,
        progress_file=progress_file,
        unzip=unzip_dir if unzip_dir is not None else unzip,
        keep_archive=keep_archive,
        overwrite={"no": False, "missing": "missing", "yes": True}[overwrite],  # type: ignore[arg-type]
        wait_offline=_patience(wait_offline),
        concurrent=concurrent,
        dry_run=dry_run,
        take_over=take_over,
    )
    return _said(report, ok=dry_run or report.ok)


@click.command()
@click.argument("progress_file", type=click.Path(path_type=Path))
@click.option("--repair", is_flag=True, help="Fetch what is corrupt or missing.")
def verify(progress_file: Path, repair: bool) -> int:
    """Hash all that a progress file lists, and say what is intact, corrupt or missing."""
    return _said(s2dl.verify(progress_file, repair=repair))


def _patience(text: str | None) -> float | bool | None:
    if text is None:
        return None
    if text == "yes":
        return True
    try:
        return float(text)
    except ValueError as error:
        raise BadInput(f"--wait-offline: {text!r} is no number of seconds; write 600, or yes.") from error


def _wanted(names: tuple[str, ...], options: dict[str, Any]) -> Any:
    """Product names as given, or the scenes that a question finds."""
    question = asked(options)
    if names and question:
        raise BadInput("Give product names or a question (--tile, --bbox, …), not both.")
    if not names and not question:
        raise BadInput("Say what to fetch: product names, or a question such as --tile 32TPS --start 2024-06.")
    return list(names) or s2dl.search(**question)


def _said(report: Report, *, ok: bool | None = None) -> int:
    """Write a report, a line a scene; gives the exit code."""
    for result in report:
        place = "" if result.path is None else f"  {result.path}"
        reason = f"  ({result.reason})" if result.reason else ""
        click.echo(f"{result.status:<10} {result.name}{place}{reason}")
    click.echo(report.summary(), err=True)
    return 0 if (report.ok if ok is None else ok) else 1
