"""`s2dl jobs`: downloads that outlive the terminal, and archives that are kept up to date."""

from __future__ import annotations

import json
import shlex
import time
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import click

import s2dl
from s2dl.cli.download_options import download_options, how
from s2dl.cli.fetching import SCENES, said, said_job
from s2dl.cli.options import asked, query_options
from s2dl.cli.sections import Sectioned
from s2dl.cli.session import session
from s2dl.errors import BadInput, S2dlError
from s2dl.report import readable_size

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from s2dl.jobs import Job, Record

__all__ = ["jobs"]

_INTERRUPTED = 130
_TIME_TO_STOP = 20.0
_PAUSE = 0.2

_HEAD = f"{'JOB':>4}  {'NAME':<16} {'STATE':<8} {'SCENES':>14} {'RECEIVED':<20} DIRECTORY"
_LONGEST_NOTE = 100
"""Characters in a list, where a job should be a line; `jobs show` has the whole."""


def _beginning(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    known = [record.name or str(record.id) for record in s2dl.jobs.records()]
    return [each for each in known if each.startswith(begun)]


_JOB = click.argument("job", metavar="JOB", shell_complete=_beginning)


@click.group()
def jobs() -> None:
    """Downloads that outlive the terminal, and archives that are kept up to date.

    A JOB is a number or a name of `s2dl jobs list`.

    \b
    s2dl download --tile 32TPS --start 2024-06 --end 2024-06 -d images --detach
    s2dl jobs list
    s2dl jobs watch 1

    \b
    s2dl jobs add alps --tile 32TPS --product-type L2A --cloud 20 --start 2024 -d alps
    s2dl jobs run alps --quiet      # each night: only what is new is fetched
    """


@jobs.command("list")
def list_() -> None:
    """List all jobs, the oldest first.

    \b
    s2dl jobs list
    """
    records = s2dl.jobs.records()
    if not records:
        click.echo("There is no job; `s2dl jobs add` stores one, `s2dl download --detach` starts one.", err=True)
    else:
        click.echo(_HEAD)
    for record in records:
        numbers, note = record.numbers, shorten(record.note, _LONGEST_NOTE, placeholder=" …")
        click.echo(
            f"{record.id:>4}  {record.name or '':<16} {record.state:<8} {numbers.done:>5} of {numbers.count:<5} "
            f"{_bytes(record):<20} {record.task.directory}  {note}".rstrip()
        )


@jobs.command()
@_JOB
def show(job: str) -> None:
    """Show all there is to know of a job, a line a scene.

    \b
    s2dl jobs show alps
    """
    held = s2dl.Job(job)
    record = held.record
    lines = {
        "job": f"{record.id}  {record.name or ''}",
        "state": f"{record.state}  {record.note}",
        "directory": record.task.directory,
        "question": _plain(record.task.question),
        "options": _plain(record.task.options),
        "settings": _plain(record.task.settings),
        "stored": _time(record.created),
        "starts at": _time(record.start_at),
        "started": _time(record.started),
        "ended": _time(record.ended),
        "runs": record.runs,
        "runner": f"process {record.pid} on {record.host}" if record.active and record.pid else "",
        "received": _bytes(record),
    }
    for what, value in lines.items():
        if text := str(value).strip():
            click.echo(f"{what:<10} {text}")
    for scene in held.scenes:
        reason = f"  ({scene.reason})" if scene.reason else ""
        click.echo(f"{scene.status:<11} {scene.name}{reason}")


@jobs.command(cls=Sectioned)
@click.argument("job", metavar="NAME")
@query_options
@SCENES
@download_options
def add(job: str, scenes: Path | None, **options: Any) -> None:
    """Store a question, to be run again and again, or a table of scenes.

    \b
    s2dl jobs add alps --tile 32TPS --product-type L2A --cloud 20 --start 2024 -d alps

    `s2dl jobs run alps` asks it and fetches what it finds. Leave --end out, and each run looks for what is new.
    """
    arguments = how(options)
    question = asked(options) or None
    table = None if scenes is None else s2dl.read_scenes(scenes)
    stored = s2dl.jobs.add(job, scenes=table, question=question, **arguments)
    click.echo(stored.id)
    click.echo(f"Stored; `s2dl jobs run {shlex.quote(job)}` runs it here, with --detach by itself.", err=True)


@jobs.command()
@_JOB
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors, as cron wants it.")
@click.option("--detach", is_flag=True, help="Let a process of its own do it, and return at once.")
@click.option("--at", metavar="TIME", help="With --detach: begin then, like 2024-06-30T22:00, local time.")
def run(job: str, quiet: bool, detach: bool, at: str | None) -> int:
    """Run a job here and wait for its end.

    What its progress file lists is not fetched again.

    \b
    s2dl jobs run alps --quiet
    s2dl jobs run alps --detach --at 2030-06-30T22:00

    Exit codes: 0 all is there, 1 some scenes are not, 2 the stored question cannot be used, 3 login refused or missing,
    4 service unreachable, 5 it runs already, 130 stopped.
    """
    held = s2dl.Job(job)
    if detach:
        _start(held, at)
        return 0 if quiet else said_job(held)
    if at is not None:
        raise BadInput("--at needs --detach: write both, or let cron or a timer call this.")
    from s2dl.runner.carry import run_here  # noqa: PLC0415 - heavy

    if quiet:
        run_here(held.id, progress=False)
    else:
        with session():
            _ask_for_account(held)
            run_here(held.id)
    return _say_end(held, quiet=quiet)


@jobs.command()
@_JOB
def resume(job: str) -> int:
    """Let a job that stopped or died go on, by itself.

    With two-factor authentication it needs a code that no login has used.

    \b
    s2dl jobs resume alps
    S2DL_TOTP=123456 s2dl jobs resume alps
    """
    held = s2dl.Job(job)
    _start(held)
    return said_job(held)


@jobs.command()
@_JOB
def watch(job: str) -> int:
    """Follow a job until it ends. Ctrl-C ends the watching; the job goes on.

    The exit code is the job's own.

    \b
    s2dl jobs watch alps
    """
    held = s2dl.Job(job)
    try:
        held.watch()
    except KeyboardInterrupt:
        click.echo(f"\nThe job goes on; see it again with `s2dl jobs watch {job}`.", err=True)
        return _INTERRUPTED
    except S2dlError:
        if held.record.exit_code is None:
            raise
        # It failed before it knew its scenes, and why is said below.
    return _say_end(held, quiet=False)


@jobs.command()
@click.argument("job", required=False, shell_complete=_beginning)
@click.option("--all", "everything", is_flag=True, help="Stop all that run.")
def stop(job: str | None, everything: bool) -> None:
    """Stop a job, and wait until it has.

    What was downloaded is kept, and `s2dl jobs resume` goes on from there.

    \b
    s2dl jobs stop alps
    s2dl jobs stop --all
    """
    if (job is None) != everything:
        raise BadInput("Say which job to stop, or --all.")
    if everything:
        stopped = s2dl.jobs.stop_all()
    else:
        stopped = [s2dl.Job(job or "")]
        stopped[0].stop()
    if not stopped:
        click.echo("No job runs.", err=True)
    until = time.monotonic() + _TIME_TO_STOP
    for held in stopped:
        while held.record.active and time.monotonic() < until:
            time.sleep(_PAUSE)
        click.echo(repr(held))
    if any(held.record.active for held in stopped):
        raise S2dlError(f"Asked to stop, and not yet done so within {_TIME_TO_STOP:g} s; look again a little later.")


@jobs.command()
@_JOB
def remove(job: str) -> None:
    """Forget a job; what it has downloaded stays.

    \b
    s2dl jobs remove alps
    """
    s2dl.Job(job).remove()


@jobs.command()
@_JOB
@click.argument("name", required=False)
def copy(job: str, name: str | None) -> None:
    """Store another job of the same task, under another name.

    \b
    s2dl jobs copy alps more
    """
    click.echo(s2dl.Job(job).copy(name).id)


@jobs.command()
@_JOB
def log(job: str) -> None:
    """Write what a job's runs wrote down.

    \b
    s2dl jobs log alps
    """
    click.echo(s2dl.Job(job).log, nl=False)


def _start(job: Job, at: str | None = None) -> None:
    """Start a job's own process; a person who is at hand is asked for the account, as by `s2dl download`."""
    from s2dl.asking import asking  # noqa: PLC0415 - heavy

    with session():
        asking(job.start)(at, settings=s2dl.Settings(**job.record.task.settings))


def _ask_for_account(job: Job) -> None:
    """Ask a person who is at hand for the account that a run will need, if none is known."""
    from s2dl.access.credentials import find_credentials  # noqa: PLC0415
    from s2dl.access.prompt import can_ask  # noqa: PLC0415
    from s2dl.asking import asking  # noqa: PLC0415

    record = job.record
    if can_ask() and not record.active and not record.task.preview_only:
        asking(find_credentials)(settings=s2dl.Settings(**record.task.settings))


def _say_end(job: Job, *, quiet: bool) -> int:
    """Write the report of a run that is over, a quiet one only if something went wrong; gives its exit code."""
    record, report = job.record, job.report
    if not quiet and report is not None:
        said(report)
    if record.exit_code:
        click.echo(f"s2dl: {record.title} {record.state}: {record.note}", err=True)
    return record.exit_code or 0


def _plain(values: dict[str, Any] | None) -> str:
    return json.dumps(values, ensure_ascii=False) if values else ""


def _bytes(record: Record) -> str:
    """How much of it has come; nothing where nothing was to come, as with an archive that is up to date."""
    numbers = record.numbers
    if not numbers.size or not (record.active or numbers.received):
        return ""
    return f"{readable_size(numbers.received)} of {readable_size(numbers.size)}"


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
