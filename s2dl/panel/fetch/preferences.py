"""The tab Preferences: all settings, with what they mean, where they come from, and why a value was not taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget

from s2dl.panel.state.preferences import Preferences, Row
from s2dl.panel.state.state import PanelState

__all__ = ["PreferencesForm", "preferences_of"]

_HERE = Path(__file__).parent

_LITTLE = 1e-3
"""The least number that a field takes which must be above 0."""


class PreferencesForm(anywidget.AnyWidget):
    """A field for each setting; values travel as messages, for a notebook is no place for them.

    Parameters
    ----------
    preferences : Preferences
    """

    _esm = _HERE / "preferences.js"

    def __init__(self, preferences: Preferences, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._preferences = preferences
        preferences.observe(lambda _: self._tell(), ["rows", "trouble"])
        self.on_msg(self._heard)

    def _heard(self, _: Any, content: dict[str, Any], __: Any) -> None:
        match content:
            case {"do": "set", "name": str(name), "text": str(text)}:
                self._preferences.change(name, text)
            case {"do": "reset", "name": str(name)}:
                self._preferences.reset(name)
            case _:
                self._preferences.refresh()
                self._tell()

    def _tell(self) -> None:
        known = self._preferences
        self.send({"place": known.place, "trouble": known.trouble, "rows": [_written(row) for row in known.rows]})


def _written(row: Row) -> dict[str, Any]:
    field = row.field
    above_nothing = field.kind == "number" and field.minimum is None
    return {
        "name": field.name,
        "label": row.label,
        "group": field.group,
        "kind": field.kind,
        "choices": field.choices,
        "minimum": _LITTLE if above_nothing else field.minimum,
        "maximum": field.maximum,
        "default": "" if field.default is None else str(field.default),
        "description": field.description,
        "text": row.text,
        "source": row.source,
        "note": row.note,
        "error": row.error,
    }


def preferences_of(state: PanelState) -> PreferencesForm:
    """Make the preferences of a state."""
    return PreferencesForm(Preferences(state))
