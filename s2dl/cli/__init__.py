"""The command line: the same verbs as the functions.

Results go to stdout, messages and bars to stderr. Exit codes: 0 done, 1 some scenes not done, 2 bad input, 3 login
refused or missing, 4 service unreachable, 5 directory or progress file in use, 130 interrupted.
"""

from __future__ import annotations

import errno
import logging
import signal
import sys
from collections.abc import Sequence

import click

from s2dl._version import __version__
from s2dl.cli.account import login, logout
from s2dl.cli.completion import completion
from s2dl.cli.demo import demo, lab
from s2dl.cli.fetching import download, preview, verify
from s2dl.cli.jobs import jobs
from s2dl.cli.listing import count, search
from s2dl.cli.sections import SectionedGroup
from s2dl.cli.settings import settings
from s2dl.errors import S2dlError

__all__ = ["main"]

INTERRUPTED = 130
_FULL = {errno.ENOSPC, errno.EDQUOT}
"""Standard output may be a file; what s2dl writes itself it watches itself."""

_SECTIONS = {
    "Look": ("search", "count", "preview"),
    "Fetch": ("download", "verify", "jobs"),
    "Account and settings": ("login", "logout", "settings", "completion"),
    "The panel": ("lab", "demo"),
}


@click.group(
    cls=SectionedGroup,
    sections=_SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="s2dl")
@click.option("-v", "--verbose", count=True, help="Say more on stderr; twice for everything.")
def commands(verbose: int) -> None:
    """Search, preview and download Sentinel-2 images of the Copernicus Data Space.

    Searching and looking need no account, downloading a free one (dataspace.copernicus.eu). To try all of it without
    account and network: `s2dl demo`.

    \b
    s2dl search   --bbox 11.2 46.4 11.5 46.6 --start 2024-06 --end 2024-08 --product-type L2A --cloud 20
    s2dl login    --remember
    s2dl download --tile 32TPS --start 2024-06 --end 2024-06 --product-type L2A --cloud 20 -d images

    Each command has a help of its own: `s2dl download --help`.

    Exit codes: 0 done, 1 some scenes not done, 2 bad input, 3 login refused or missing, 4 service unreachable, 5
    directory or progress file in use, 130 interrupted.
    """
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)


for _command in (
    search, count, preview, download, verify, jobs, login, logout, settings, completion, lab, demo
):  # fmt: skip
    commands.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    # Who ends a service or shuts a machine down shall find things as tidy as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = commands.main(
            args=None if arguments is None else list(arguments), prog_name="s2dl", standalone_mode=False
        )
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("Stopped; anything that was downloaded is kept.", err=True)
        return INTERRUPTED
    except S2dlError as error:
        click.echo(f"s2dl: {error}", err=True)
        return error.exit_code
    except OSError as error:
        if error.errno not in _FULL:
            raise
        click.echo(f"s2dl: The output cannot be written ({error.strerror}); make room, then run it again.", err=True)
        return 1
    return code if isinstance(code, int) else 0
