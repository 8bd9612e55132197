"""Pictures: quicklooks fetched and kept for a while: of the scene in focus, as thumbnails, and on the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from traitlets import Any as AnyTrait
from traitlets import HasTraits

from s2dl.panel.state.few import Few
from s2dl.panel.state.on_map import OnMap
from s2dl.panel.state.outcome import Failure
from s2dl.panel.state.thumbnails import Thumbnails

if TYPE_CHECKING:
    from collections.abc import Callable

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
    settings : callable
        Gives the settings that hold now.
    pulse : Pulse

    Attributes
    ----------
    now : Picture
    thumbnails : Thumbnails
        Those of the gallery.
    on_map : OnMap
        Those that lie on the map.
    """

    now: Picture = AnyTrait(Picture())  # type: ignore[assignment]  # a trait gives its value

    def __init__(self, settings: Callable[[], Settings], pulse: Pulse) -> None:
        super().__init__()
        self._settings = settings
        self._few: Few[bytes] = Few(pulse, "The quicklook", self._arrived)
        self._kept: dict[str, bytes] = {}
        self.thumbnails = Thumbnails(settings, pulse)
        self.on_map = OnMap(settings, pulse)

    def show(self, name: str, scene: gpd.GeoDataFrame | None) -> None:
        """Show the quicklook of a scene; none for an empty name."""
        if not name or scene is None:
            self._few.want({})
            self.now = Picture()
        elif name in self._kept:
            self._few.want({})
            self.now = Picture(name, "shown", self._kept[name], "")
        else:
            self.now = Picture(name, "loading", sentence="Loading the quicklook…")
            self._few.want({name: lambda: _fetched(scene, self._settings())})

    def _arrived(self, name: str, came: bytes | Failure) -> None:
        if isinstance(came, Failure):
            picture = Picture(name, "missing", sentence=came.sentence)
        else:
            self._keep(name, came)
            picture = Picture(name, "shown", came, "")
        if name == self.now.name:
            self.now = picture

    def _keep(self, name: str, png: bytes) -> None:
        self._kept[name] = png
        while len(self._kept) > _KEPT:
            self._kept.pop(next(iter(self._kept)))

    def close(self) -> None:
        """Fetch nothing more."""
        self._few.close()
        self.thumbnails.close()
        self.on_map.close()
        self.unobserve_all()


async def _fetched(scene: gpd.GeoDataFrame, settings: Settings) -> bytes:
    from s2dl.verbs.preview import quicklook  # noqa: PLC0415 - heavy: it waits for the first picture

    return await quicklook(scene, settings=settings)
