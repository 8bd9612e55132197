"""Scripts and style sheets of several files, joined to one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

__all__ = ["joined"]


def joined(files: Iterable[Path]) -> str:
    """Join the texts of files; of scripts, the last one exports."""
    return "\n".join(file.read_text(encoding="utf-8") for file in files)
