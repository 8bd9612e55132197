"""`s2dl completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["completion"]


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that lets your shell complete commands and options.

    \b
    bash:  echo 'eval "$(s2dl completion bash)"' >> ~/.bashrc
    zsh:   echo 'eval "$(s2dl completion zsh)"' >> ~/.zshrc
    fish:  s2dl completion fish > ~/.config/fish/completions/s2dl.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None, "click knows these three"  # noqa: S101 - told to the type checker
    click.echo(kind(context.find_root().command, {}, "s2dl", "_S2DL_COMPLETE").source())
