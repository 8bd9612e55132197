"""Thumbnails: small pictures of the scenes in view, a few fetched at a time, a bounded number kept."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from traitlets import Any as AnyTrait
from traitlets import HasTraits

from s2dl.panel.state.few import Few
from s2dl.panel.state.outcome import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd

    from s2dl.panel.state.pulse import Pulse
    from s2dl.settings import Settings

__all__ = ["Thumbnail", "Thumbnails"]

_KEPT = 1000
_SIDE = 180
"""Pixels."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A JPEG, or a sentence in its place."""

    name: str = ""
    jpeg: bytes = b""
    sentence: str = ""


class Thumbnails(HasTraits):
    """Fetches what is in view; each that comes is in the trait `latest` for a moment.

    Parameters
    ----------
    settings : callable
        Gives the settings that hold now.
    pulse : Pulse
    """

    latest: Thumbnail = AnyTrait(Thumbnail())  # type: ignore[assignment]  # a trait gives its value

    def __init__(self, settings: Callable[[], Settings], pulse: Pulse) -> None:
        super().__init__()
        self._settings = settings
        self._kept: dict[str, Thumbnail] = {}
        self._few: Few[bytes] = Few(pulse, "The quicklook", self._arrived)

    def want(self, scenes: Mapping[str, gpd.GeoDataFrame]) -> list[Thumbnail]:
        """Give those that are kept, and fetch the others of these scenes, and no others any more.

        Parameters
        ----------
        scenes : mapping
            Name → its row, as a table of one.
        """
        kept = [self._kept[name] for name in scenes if name in self._kept]
        missing = {name: scene for name, scene in scenes.items() if name not in self._kept}
        self._few.want({name: lambda scene=scene: _made(scene, self._settings()) for name, scene in missing.items()})  # type: ignore[misc]
        return kept

    def _arrived(self, name: str, came: bytes | Failure) -> None:
        if isinstance(came, Failure):
            # Not kept: it is tried again when it is looked at again.
            self.latest = Thumbnail(name, sentence=came.sentence)
            return
        self._kept[name] = thumbnail = Thumbnail(name, came)
        while len(self._kept) > _KEPT:
            self._kept.pop(next(iter(self._kept)))
        self.latest = thumbnail

    def close(self) -> None:
        """Fetch nothing more."""
        self._few.close()
        self.unobserve_all()


async def _made(scene: gpd.GeoDataFrame, settings: Settings) -> bytes:
    from s2dl.verbs.preview import quicklook  # noqa: PLC0415 - heavy: it waits for the first picture

    return await asyncio.to_thread(_small, await quicklook(scene, settings=settings))


def _small(png: bytes) -> bytes:
    from PIL import Image  # noqa: PLC0415

    picture, out = Image.open(io.BytesIO(png)), io.BytesIO()
    picture.thumbnail((_SIDE, _SIDE))
    picture.save(out, "JPEG", quality=82)
    return out.getvalue()
