"""`s2dl preview`, `s2dl download` and `s2dl verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import s2dl
from s2dl.cli.download_options import DIRECTORY, download_options, how
from s2dl.cli.options import asked, query_options
from s2dl.cli.sections import Sectioned
from s2dl.cli.session import session
from s2dl.errors import BadInput

if TYPE_CHECKING:
    from s2dl.jobs import Job
    from s2dl.report import Report

__all__ = ["SCENES", "download", "preview", "said", "said_job", "verify"]

SCENES = click.option(
    "--scenes",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A table of scenes (.geojson, .parquet), as `s2dl search --format geojson --output FILE` writes it.",
)


@click.command(cls=Sectioned)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@query_options
@SCENES
@DIRECTORY
@session()
def preview(names: tuple[str, ...], scenes: Path | None, directory: Path | None, **options: Any) -> int:
    """Save previews of products, by name, question or table; no account is needed, but for their manifests.

    Of each product there will be the quicklook (.png), which .kml shows in its true place and .dat with .hdr hold as a
    georeferenced ENVI image, and the manifest (.safe).

    \b
    s2dl preview --tile 32TPS --start 2024-06 --end 2024-06 --cloud 20 -d quicklooks
    """
    return said(s2dl.preview(_wanted(names, scenes, options), directory or s2dl.Settings().directory))


@click.command(cls=Sectioned)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@query_options
@SCENES
@download_options
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--take-over", is_flag=True, help="Ask a download of the same progress file to yield, and go on.")
@click.option("--detach", is_flag=True, help="Let a process of its own do it; see `s2dl jobs`.")
@session()
def download(
    names: tuple[str, ...], scenes: Path | None, dry_run: bool, take_over: bool, detach: bool, **options: Any
) -> int:
    """Fetch products, by name, question or table, verified.

    \b
    s2dl download --tile 32TPS --start 2024-06-01 --end 2024-06-30 --product-type L2A --cloud 20 -d images
    s2dl download S2A_MSIL2A_….SAFE -d images --unzip --detach
    """
    arguments = how(options) | {"dry_run": dry_run, "take_over": take_over}
    wanted = _wanted(names, scenes, options)
    if detach:
        return said_job(s2dl.download(wanted, **arguments, wait=False))
    report = s2dl.download(wanted, **arguments)
    return said(report, ok=dry_run)


@click.command(cls=Sectioned)
@click.argument("progress_file", type=click.Path(path_type=Path))
@click.option("--repair", is_flag=True, help="Fetch what is corrupt or missing.")
@session()
def verify(progress_file: Path, repair: bool) -> int:
    """Hash all that a progress file lists, and say what is intact, corrupt or missing.

    \b
    s2dl verify images/s2dl.progress --repair
    """
    return said(s2dl.verify(progress_file, repair=repair))


def _wanted(names: tuple[str, ...], scenes: Path | None, options: dict[str, Any]) -> Any:
    """Product names as given, the scenes of a table, or those that a question finds."""
    question = asked(options)
    given = [each for each in (names, scenes, question) if each]
    if len(given) > 1:
        raise BadInput("Product names, --scenes and a question (--tile, --bbox, …) exclude one another; give one.")
    if not given:
        raise BadInput("Say what to fetch: product names, or a question such as --tile 32TPS --start 2024-06.")
    if scenes is not None:
        return s2dl.read_scenes(scenes)
    return list(names) or s2dl.search(**question)


def said(report: Report, *, ok: bool = False) -> int:
    """Write a report, a line a scene; gives the exit code, 0 for one that is `ok` whatever it says."""
    for result in report:
        place = "" if result.path is None else f"  {result.path}"
        why = result.reason.removeprefix(f"{result.name}: ")
        reason = f"  ({why})" if why else ""
        click.echo(f"{result.status:<10} {result.name}{place}{reason}")
    click.echo(report.summary(), err=True)
    return 0 if ok else report.exit_code


def said_job(job: Job) -> int:
    """Write the number of a job that was started, and how to see it again."""
    click.echo(job.id)
    click.echo(
        f"Job {job.id} runs by itself; see it with `s2dl jobs watch {job.id}`, end it with `s2dl jobs stop {job.id}`.",
        err=True,
    )
    return 0
