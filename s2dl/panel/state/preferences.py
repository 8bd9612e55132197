"""Preferences: the user's settings as rows of a form; a change is stored for later runs and holds here at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from traitlets import Any as AnyTrait
from traitlets import HasTraits, Unicode

from s2dl.errors import S2dlError
from s2dl.settings import settings_path

if TYPE_CHECKING:
    from s2dl.panel.state.options import Options
    from s2dl.preferences import Preference, Value

__all__ = ["LABELS", "Preferences", "Row"]

LABELS = {
    "base_url": "Data Space Base URL",
    "search_url": "Data Space Search URL",
    "data_url": "Data Space Data URL",
    "token_url": "Token URL",
    "stac_url": "STAC URL",
    "resto_url": "resto URL",
    "s3_endpoint": "S3 endpoint",
    "order_url": "LTA (orders of offline products)",
    "download_speed": "Download Speed",
    "concurrent_downloads": "Concurrent downloads",
    "directory": "Output Files",
    "preview_only": "Preview Only",
    "username": "Login - USERNAME",
    "ca_bundle": "CA bundle",
}
"""Where the name with blanks in it would not do: the words of the tool that people know, and abbreviations."""


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as the form shows it; `note` says where its value comes from, `error` why one was not taken."""

    field: Preference
    text: str
    source: str
    note: str = ""
    error: str = ""

    @property
    def label(self) -> str:
        """What stands beside the field."""
        return LABELS.get(self.field.name, self.field.name.replace("_", " ").capitalize())


class Preferences(HasTraits):
    """The user's settings.

    Parameters
    ----------
    work : Options
        What works with the settings here and now.

    Attributes
    ----------
    rows : tuple of Row
    place : str
        Where the settings are stored.
    trouble : str
        Why they cannot be read at all.
    """

    rows: tuple[Row, ...] = AnyTrait(())  # type: ignore[assignment]  # a trait gives its value
    place = Unicode()
    trouble = Unicode()

    def __init__(self, work: Options) -> None:
        super().__init__()
        self._work = work
        self.refresh()

    def refresh(self, errors: dict[str, str] | None = None) -> None:
        """Read them anew."""
        from s2dl.preferences import fields, listing  # noqa: PLC0415 - it waits for the first look

        self.place = str(settings_path())
        try:
            values = {value.name: value for value in listing()}
        except S2dlError as error:
            self.trouble = str(error)
            return
        self.trouble = ""
        errors = errors or {}
        self.rows = tuple(
            Row(field, values[field.name].text, values[field.name].source, self._note(values[field.name]),
                errors.get(field.name, ""))
            for field in fields()
        )  # fmt: skip

    def _note(self, value: Value) -> str:
        if value.source == "environment":
            return f"The environment variable S2DL_{value.name.upper()} overrides what is stored."
        here = getattr(self._work.settings, value.name)
        if here != value.value:
            return "This panel was given another value, which holds until you change it here."
        return "Stored" if value.source == "file" else ""

    def change(self, name: str, text: str) -> None:
        """Store what a person typed; what cannot be used is said beside its field, and nothing is stored."""
        from s2dl.preferences import store  # noqa: PLC0415

        optional = any(row.field.optional for row in self.rows if row.field.name == name)
        self._then(name, lambda: store(name, None if optional and not text.strip() else text))

    def reset(self, name: str) -> None:
        """Give a setting its default again."""
        from s2dl.preferences import unset  # noqa: PLC0415

        self._then(name, lambda: unset(name))

    def _then(self, name: str, act: Callable[[], None]) -> None:
        from s2dl.preferences import listing  # noqa: PLC0415

        try:
            act()
            values = {value.name: value.value for value in listing()}
        except S2dlError as error:
            self.refresh({name: str(error)})
            return
        self._work.use_settings(self._work.settings.model_copy(update={name: values[name]}))
        self.refresh()
