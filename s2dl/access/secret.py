"""Text that is not shown by accident: not by a `repr`, nor by a traceback that shows what variables hold."""

from __future__ import annotations

__all__ = ["Secret"]


class Secret(str):
    """A password or a token; used as any text, and shown as stars."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"
