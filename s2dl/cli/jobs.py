"""`s2dl jobs`: downloads that outlive the terminal, and archives that are kept up to date."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

import s2dl
from s2dl.cli.download_options import download_options, how
from s2dl.cli.fetching import said, said_job
from s2dl.cli.options import asked, query_options
from s2dl.cli.sections import Sectioned
from s2dl.errors import BadInput, S2dlError
from s2dl.report import readable_size

if TYPE_CHECKING:
    from datetime import datetime

    from s2dl.jobs import Job, Record

__all__ = ["jobs"]

_INTERRUPTED = 130
_TIME_TO_STOP = 20.0
_PAUSE = 0.2

_JOB = click.argument("job", metavar="JOB")


@click.group()
def jobs() -> None:
    """Downloads that outlive the terminal, and archives that are kept up to date.

    A JOB is a number or a name of `s2dl jobs list`.

    \b
    s2dl jobs add alps --tile 32TPS --product-type L2A --cloud 20 --start 2024 -d alps
    s2dl jobs run alps --quiet      # each night: only what is new is fetched
    """


@jobs.command("list")
def list_() -> None:
    """List all jobs, the oldest first."""
    records = s2dl.jobs.records()
    if not records:
        click.echo("There is no job; `s2dl jobs add` stores one, `s2dl download --detach` starts one.", err=True)
    for record in records:
        numbers = record.numbers
        click.echo(
            f"{record.id:>4}  {record.name or '':<16} {record.state:<8} {numbers.done:>5} of {numbers.count:<5} "
            f"{_bytes(record):<20} {record.task.directory}  {record.note}".rstrip()
        )


@jobs.command()
@_JOB
def show(job: str) -> None:
    """Show all there is to know of a job, a line a scene."""
    held = s2dl.Job(job)
    record = held.record
    lines = {
        "job": f"{record.id}  {record.name or ''}",
        "state": f"{record.state}  {record.note}",
        "directory": record.task.directory,
        "question": record.task.question or "",
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
@_JOB
@query_options
@click.option("--scenes", metavar="FILE", help="A table of `write_scenes`, in the place of a question.")
@download_options
def add(job: str, scenes: str | None, **options: Any) -> None:
    """Store a question, to be run again and again.

    \b
    s2dl jobs add alps --tile 32TPS --product-type L2A --cloud 20 --start 2024 -d alps

    `s2dl jobs run alps` asks it and fetches what it finds. Leave --end out, and each run looks for what is new.
    """
    arguments = how(options)
    question = asked(options) or None
    stored = s2dl.jobs.add(job, scenes=scenes, question=question, **arguments)
    click.echo(stored.id)
    click.echo(f"Stored; `s2dl jobs run {job}` runs it here, with --detach by itself.", err=True)


@jobs.command()
@_JOB
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors, as cron wants it.")
@click.option("--detach", is_flag=True, help="Let a process of its own do it, and return at once.")
@click.option("--at", metavar="TIME", help="With --detach: begin then, like 2024-06-30T22:00, local time.")
def run(job: str, quiet: bool, detach: bool, at: str | None) -> int:
    """Run a job here and wait for its end.

    What its progress file lists is not fetched again.

    Exit codes: 0 all is there, 1 some scenes are not, 3 login refused or missing, 4 service unreachable, 5 it runs
    already, 130 stopped.
    """
    held = s2dl.Job(job)
    if detach:
        return said_job(held.start(at))
    if at is not None:
        raise BadInput("--at needs --detach: write both, or let cron or a timer call this.")
    from s2dl.runner.carry import run_here  # noqa: PLC0415 - heavy

    code = run_here(held.id, progress=False if quiet else None)
    _say_end(held, code, quiet=quiet)
    return code


@jobs.command()
@_JOB
def resume(job: str) -> int:
    """Let a job that stopped or died go on, by itself.

    With two-factor authentication it needs a code that no login has used: S2DL_TOTP=123456 s2dl jobs resume JOB
    """
    return said_job(s2dl.Job(job).resume())


@jobs.command()
@_JOB
def watch(job: str) -> int:
    """Follow a job until it ends. Ctrl-C ends the watching; the job goes on."""
    held = s2dl.Job(job)
    try:
        said(held.watch())
    except KeyboardInterrupt:
        click.echo(f"\nThe job goes on; see it again with `s2dl jobs watch {job}`.", err=True)
        return _INTERRUPTED
    return held.record.exit_code or 0


@jobs.command()
@click.argument("job", required=False)
@click.option("--all", "everything", is_flag=True, help="Stop all that run.")
def stop(job: str | None, everything: bool) -> None:
    """Stop a job, and wait until it has.

    What was downloaded is kept, and `s2dl jobs resume` goes on from there.
    """
    if (job is None) != everything:
        raise BadInput("Say which job to stop, or --all.")
    if everything:
        stopped = s2dl.jobs.stop_all()
    else:
        stopped = [s2dl.Job(job or "")]
        stopped[0].stop()
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
    """Forget a job; what it has downloaded stays."""
    s2dl.Job(job).remove()


@jobs.command()
@_JOB
@click.argument("name", required=False)
def copy(job: str, name: str | None) -> None:
    """Store another job of the same task, under another name."""
    click.echo(s2dl.Job(job).copy(name).id)


@jobs.command()
@_JOB
def log(job: str) -> None:
    """Write what a job's runs wrote down."""
    click.echo(s2dl.Job(job).log, nl=False)


def _say_end(job: Job, code: int, *, quiet: bool) -> None:
    """The report of a run in the foreground; a quiet one speaks only of what went wrong."""
    record = job.record
    if not quiet and job.report is not None:
        said(job.report)
    if code:
        click.echo(f"s2dl: {record.title} {record.state}: {record.note}", err=True)


def _bytes(record: Record) -> str:
    numbers = record.numbers
    return f"{readable_size(numbers.received)} of {readable_size(numbers.size)}" if numbers.size else ""


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
