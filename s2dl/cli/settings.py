"""`s2dl settings`: what later runs do unless told otherwise."""

from __future__ import annotations

import click

import s2dl
from s2dl.errors import BadInput

__all__ = ["settings"]


def _as_written(_context: click.Context, _parameter: click.Parameter, name: str) -> str:
    """A setting's name; also with hyphens, as options are written."""
    return name.replace("-", "_")


def _beginning(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    return [each.name for each in s2dl.preferences.fields() if each.name.startswith(begun)]


_NAME = click.argument("name", callback=_as_written, shell_complete=_beginning)


@click.group(invoke_without_command=True)
@click.pass_context
def settings(context: click.Context) -> None:
    """Show or change what later runs do unless told otherwise.

    Without a command, lists each setting with its value and where that comes from: an environment variable S2DL_NAME
    goes before the file, and the file before the default. Passwords are no settings; see `s2dl login --help`.

    \b
    s2dl settings
    s2dl settings set concurrent_downloads 4
    s2dl settings unset concurrent_downloads
    S2DL_SEARCH_TIMEOUT=300 s2dl search --tile 32TPS --start 2024
    """
    if context.invoked_subcommand is None:
        _list()


@settings.command("get")
@_NAME
def get(name: str) -> None:
    """Print the value of one setting, as it is used now.

    \b
    s2dl settings get directory
    """
    found = {each.name: each.text for each in s2dl.preferences.listing()}
    if name not in found:
        raise BadInput(f"There is no setting {name}; `s2dl settings` lists them.")
    click.echo(found[name])


@settings.command("set", context_settings={"ignore_unknown_options": True})  # -1 is a value, and a wrong one
@_NAME
@click.argument("value")
def set_(name: str, value: str) -> None:
    """Keep a value for later runs.

    \b
    s2dl settings set directory ~/sentinel-2
    s2dl settings set unzip yes
    """
    s2dl.preferences.store(name, value)
    _warn_if_hidden(name)


@settings.command("unset")
@_NAME
def unset(name: str) -> None:
    """Give a setting its default again.

    \b
    s2dl settings unset directory
    """
    s2dl.preferences.unset(name)
    _warn_if_hidden(name)


@settings.command("path")
def path() -> None:
    """Print where the file is; it need not exist.

    \b
    cat "$(s2dl settings path)"
    """
    click.echo(s2dl.preferences.settings_path())


@settings.command("edit")
def edit() -> None:
    """Open the file in your editor, with every setting and what it is.

    \b
    EDITOR=nano s2dl settings edit
    """
    click.edit(filename=str(s2dl.preferences.make_file()))
    s2dl.Settings()  # says what is wrong, and where


def _list() -> None:
    values = s2dl.preferences.listing()
    about = {each.name: each.description for each in s2dl.preferences.fields()}
    widths = max(len(each.name) for each in values), min(max(len(each.text) for each in values), 60)
    group = ""
    groups = {each.name: each.group for each in s2dl.preferences.fields()}
    for each in values:
        if groups[each.name] != group:
            group = groups[each.name]
            click.secho(f"{group}", bold=True)
        click.echo(f"  {each.name:<{widths[0]}}  {each.text or '(none)':<{widths[1]}}  {each.source}")
        click.secho(f"  {'':<{widths[0]}}  {about[each.name]}", dim=True)


def _warn_if_hidden(name: str) -> None:
    """An environment variable goes before the file: what was just changed there has no effect."""
    value = next(each for each in s2dl.preferences.listing() if each.name == name)
    if value.source == "environment":
        click.echo(
            f"Note: the environment variable S2DL_{name.upper()} goes before the file; now {name} is {value.text}.",
            err=True,
        )
