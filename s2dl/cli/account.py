"""`s2dl login` and `s2dl logout`."""

from __future__ import annotations

import click

import s2dl
from s2dl.cli.session import session

__all__ = ["login", "logout"]


@click.command()
@click.option(
    "--username", metavar="NAME", help="The account's name, an e-mail address; else it is found or asked for."
)
@click.option("--remember", is_flag=True, help="Keep the account in the system's keyring, for later runs.")
def login(username: str | None, remember: bool) -> None:
    """Test an account, and with --remember keep it for later runs.

    The password is asked for and not shown; it is never an argument, which other users of the machine could see. An
    account that is known already is tested without a question: one in S2DL_USERNAME and S2DL_PASSWORD, in .netrc, or
    in the keyring. With two-factor authentication the code is asked for, too; where nobody answers, it is S2DL_TOTP.

    \b
    s2dl login --username me@example.org --remember

    On a server, in cron and wherever no keyring is, use the environment, or this line in ~/.netrc (mode 600):

    \b
    machine identity.dataspace.copernicus.eu login me@example.org password ...
    """
    from s2dl.access.identity import account_state  # noqa: PLC0415 - what is heavy would slow down every command

    with session():
        s2dl.login(username, remember=remember)
        state = account_state(s2dl.Settings())
    click.echo(f"The account {state.username} works.", err=True)
    if remember:
        click.echo("It is in the keyring now; `s2dl logout` removes it.", err=True)
    elif state.source in {"login", "the prompt"}:
        click.echo("Nothing was kept; `s2dl login --remember` keeps it for later runs.", err=True)
    else:
        click.echo(f"It comes from {state.source}.", err=True)


@click.command()
@click.option("--all", "all_of_it", is_flag=True, help="Stop the jobs that run in the background, too.")
def logout(all_of_it: bool) -> None:
    """Remove the account from the keyring.

    What stands in the environment or in .netrc is yours and stays. Jobs that run in the background have sessions of
    their own, and go on unless told.

    \b
    s2dl logout --all
    """
    from s2dl.access.identity import account_state  # noqa: PLC0415

    try:
        s2dl.logout()
    finally:
        stopped = s2dl.jobs.stop_all() if all_of_it else []
    if stopped:
        titles = ", ".join(job.record.title for job in stopped)
        click.echo(f"Asked to stop: {titles}; `s2dl jobs resume` lets one go on.", err=True)
    click.echo("Logged out; the keyring holds no account of s2dl for this service.", err=True)
    state = account_state(s2dl.Settings())
    if state.username is not None:
        click.echo(f"The account {state.username} is still known from {state.source}.", err=True)
