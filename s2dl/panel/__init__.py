"""The panel: search, look and download beside a map in a notebook."""

from __future__ import annotations

from s2dl.panel.panel import Panel

__all__ = ["Panel"]
