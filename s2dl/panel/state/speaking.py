"""Speaking: what all parts of the panel's state share: settings, the pulse, and one line that says what goes on."""

from __future__ import annotations

from typing import Any

from traitlets import Any as AnyTrait
from traitlets import Bool, HasTraits, Unicode

from s2dl.panel.state.pulse import Pulse
from s2dl.settings import Settings

__all__ = ["Speaking"]


class Speaking(HasTraits):
    """The line that says what goes on.

    Parameters
    ----------
    settings : Settings, optional

    Attributes
    ----------
    status : str
        One sentence that says what goes on; `trouble` is True when it is an error.
    drawn : bool
        A page has drawn the panel, so that what takes long to load may be loaded now.
    settings : Settings
        Those that hold now.
    pulse : Pulse
        Applies what comes from the engine.
    """

    status = Unicode("Draw a region on the map, then search.")
    trouble = Bool(False)
    drawn = Bool(False)
    settings: Settings = AnyTrait()  # type: ignore[assignment]  # a trait gives its value

    def __init__(self, settings: Settings | None = None, **kwargs: Any) -> None:
        self.pulse = Pulse()
        super().__init__(settings=Settings.given(settings), **kwargs)

    def say(self, sentence: str, *, trouble: bool = False) -> None:
        """Put a sentence into the status line."""
        self.trouble = trouble
        self.status = sentence
