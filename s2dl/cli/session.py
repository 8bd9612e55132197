"""The session at the service that a command has opened: ended with the command, as those that are open are counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import s2dl

__all__ = ["session"]


@contextmanager
def session() -> Iterator[None]:
    """Log out when the block, or the command that this decorates, is over: nobody will use its session again."""
    try:
        yield
    finally:
        _leave()


def _leave() -> None:
    from s2dl.access.identity import account_state  # noqa: PLC0415 - what is heavy would slow down every command
    from s2dl.sync import blocking  # noqa: PLC0415
    from s2dl.verbs.account import leave  # noqa: PLC0415

    settings = s2dl.Settings()
    if account_state(settings).logged_in:
        blocking(leave)(settings)
