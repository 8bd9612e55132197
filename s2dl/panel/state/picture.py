"""Pictures: the quicklook of the scene in focus, fetched and kept for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from traitlets import Any as AnyTrait
from traitlets import HasTraits

from s2dl.panel.state.outcome import Failure, outcome
from s2dl.sync import Work, submit

if TYPE_CHECKING:
    import geopandas as gpd

    from s2dl.panel.state.pulse import Pulse
    from s2dl.settings import Settings

__all__ = ["Picture", "Pictures"]

_KEPT = 64


@dataclass(frozen=True, slots=True)
class Picture:
    """What is shown for a scene: a PNG, or a sentence in its place."""

    name: str = ""
    kind: Literal["none", "loading", "shown", "missing"] = "none"
    png: bytes = b""
    sentence: str = "Select a scene to see its quicklook."


class Pictures(HasTraits):
    """Shows one quicklook at a time in the trait `now`; only the last one asked for is waited for.

    Parameters
    ----------
    settings : Settings
    pulse : Pulse
    """

    now: Picture = AnyTrait(Picture())  # type: ignore[assignment]  # a trait gives its value

    def __init__(self, settings: Settings, pulse: Pulse) -> None:
        super().__init__()
        self._settings = settings
        self._pulse = pulse
        self._work: Work[bytes] | None = None
        self._kept: dict[str, bytes] = {}

    def show(self, name: str, scene: gpd.GeoDataFrame | None) -> None:
        """Show the quicklook of a scene; none for an empty name."""
        self._drop()
        if not name or scene is None:
            self.now = Picture()
        elif name in self._kept:
            self.now = Picture(name, "shown", self._kept[name], "")
        else:
            self.now = Picture(name, "loading", sentence="Loading the quicklook…")
            self._work = submit(_fetched(scene, self._settings))
            self._work.when_done(lambda work: self._pulse.soon(lambda: self._arrived(name, work)))

    def _arrived(self, name: str, work: Work[bytes]) -> None:
        came = outcome(work, "The quicklook")
        if isinstance(came, Failure):
            picture = Picture(name, "missing", sentence=came.sentence)
        else:
            self._keep(name, came)
            picture = Picture(name, "shown", came, "")
        if work is self._work:
            self.now = picture

    def _keep(self, name: str, png: bytes) -> None:
        self._kept[name] = png
        while len(self._kept) > _KEPT:
            self._kept.pop(next(iter(self._kept)))

    def _drop(self) -> None:
        if self._work is not None:
            self._work.cancel()
            self._work = None

    def close(self) -> None:
        """Fetch nothing more."""
        self._drop()
        self.unobserve_all()


async def _fetched(scene: gpd.GeoDataFrame, settings: Settings) -> bytes:
    from s2dl.verbs.preview import quicklook  # noqa: PLC0415 - heavy: it waits for the first picture

    return await quicklook(scene, settings=settings)
