"""The panel: search, look and download beside a map in a notebook.

Whoever takes a table from the panel can use its accessor, ``scenes.s2dl``, which is registered along with it.
"""

from __future__ import annotations

import s2dl.accessor  # noqa: F401 - registers scenes.s2dl
from s2dl.panel.panel import Panel

__all__ = ["Panel"]
