"""The button that gives what was done as Python, to copy into a cell or a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
from traitlets import Unicode

from s2dl.panel.state.state import PanelState

__all__ = ["CodeButton", "code_of"]

_HERE = Path(__file__).parent


class CodeButton(anywidget.AnyWidget):
    """A button; the code goes to the page as a message when it is asked for."""

    _esm = _HERE / "code.js"
    label = Unicode("Copy as Python").tag(sync=True)
    hint = Unicode("Code that repeats what was done: the search, the selection, the download").tag(sync=True)


def code_of(state: PanelState) -> CodeButton:
    """Make the button of a state."""
    button = CodeButton()

    def take(_: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("ask") == "code":
            button.send({"code": state.as_python()})

    button.on_msg(take)
    return button
