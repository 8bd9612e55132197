"""Help in sections: options and commands under headings, since a list of thirty teaches nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

__all__ = ["Option", "Sectioned", "SectionedGroup", "a_file", "offering"]

_A_SENTENCE = 200
"""Characters of a command's first sentence that are shown; it is wrapped, not cut."""


class Option(click.Option):
    """An option that stands under a heading of its command's help.

    Parameters
    ----------
    section : str
        The heading.
    """

    def __init__(self, *args: Any, section: str = "Options", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


class Sectioned(click.Command):
    """A command whose help lists its options under headings, those without one last."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each heading."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                sections.setdefault(getattr(parameter, "section", "Options"), []).append(record)
        for heading in sorted(sections, key=lambda heading: heading == "Options"):
            with formatter.section(heading):
                formatter.write_dl(sections[heading])


class SectionedGroup(click.Group):
    """A group of commands that its help lists under headings.

    Parameters
    ----------
    sections : mapping
        Names of commands by heading, in the order in which they are shown.
    """

    def __init__(self, *args: Any, sections: Mapping[str, Iterable[str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sections = sections

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each heading."""
        for heading, names in self._sections.items():
            found = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(heading):
                formatter.write_dl([(name, each.get_short_help_str(_A_SENTENCE)) for name, each in found if each])


def offering(*words: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """For an option's `shell_complete`: the usual words, where any text is taken."""
    return lambda _context, _parameter, begun: [word for word in words if word.startswith(begun)]


def a_file(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """For an option's `shell_complete`: files, where other text is taken, too."""
    return [CompletionItem(begun, type="file")]
