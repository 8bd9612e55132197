"""OnMap: the pictures that lie on the map, from bottom to top, and how they come there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from traitlets import Float, HasTraits, Tuple

from s2dl.errors import BadAnswer
from s2dl.files import archive_name
from s2dl.panel.state.few import Few, Jobs
from s2dl.panel.state.outcome import Failure

if TYPE_CHECKING:
    import geopandas as gpd

    from s2dl.panel.state.pulse import Pulse
    from s2dl.settings import Settings

__all__ = ["MOST", "Kind", "MapPicture", "OnMap", "key_of", "product_in"]

MOST = 24
"""Pictures on the map at a time."""

Kind = Literal["quicklook", "true colour"]


class Say(Protocol):
    """Puts a sentence into the status line."""

    def __call__(self, sentence: str, *, trouble: bool = ...) -> None:
        """Say it."""


@dataclass(frozen=True, slots=True)
class MapPicture:
    """A warped picture and where it lies: PNG, ((south, west), (north, east)) in degrees."""

    name: str
    kind: Kind
    png: bytes
    bounds: tuple[tuple[float, float], tuple[float, float]]

    @property
    def key(self) -> str:
        """One picture of a scene lies on the map for each kind."""
        return key_of(self.kind, self.name)


class OnMap(HasTraits):
    """Fetches, warps and stacks pictures for the map; the one asked for last lies on top.

    Parameters
    ----------
    settings : callable
        Gives the settings that hold now.
    pulse : Pulse

    Attributes
    ----------
    pictures : tuple of MapPicture
        From bottom to top.
    coming : tuple of str
        Keys of those that are on their way.
    opacity : float
        Of all of them, 0 to 1.
    say : callable
        Told what does not show on the map.
    """

    pictures: tuple[MapPicture, ...] = Tuple()  # type: ignore[assignment]  # a trait gives its value
    coming: tuple[str, ...] = Tuple()  # type: ignore[assignment]
    opacity: float = Float(1.0, min=0.0, max=1.0)  # type: ignore[assignment]

    def __init__(self, settings: Callable[[], Settings], pulse: Pulse) -> None:
        super().__init__()
        self._settings = settings
        self._few: Few[MapPicture] = Few(pulse, "The picture for the map", self._arrived, at_a_time=3)
        self._ranks: dict[str, int] = {}
        self._rank = count()
        # Of the traits, which change on the caller's thread and on the pulse's.
        self._guard = threading.RLock()
        self.say: Say = _say_nothing

    def has(self, name: str, kind: Kind) -> bool:
        """Say whether a picture lies on the map, or is on its way."""
        key = key_of(kind, name)
        return key in self.coming or any(picture.key == key for picture in self.pictures)

    def show(self, scenes: gpd.GeoDataFrame) -> None:
        """Lay the quicklooks of scenes onto the map; of very many the last ones."""
        names = [name for name in scenes["name"] if not self.has(name, "quicklook")]
        if len(names) > MOST:
            self.say(f"The map holds {MOST} pictures; of these {len(names)} quicklooks the last ones go there.")
        rows = {name: scenes[scenes["name"] == name].head(1) for name in names[-MOST:]}
        self._bring(
            {
                key_of("quicklook", name): lambda name=name, row=row: _warped(name, row, self._settings())  # type: ignore[misc]
                for name, row in rows.items()
            }
        )

    def show_true_colour(self, name: str, path: Path) -> None:
        """Lay the true-colour image of a product on disk onto the map."""
        self._bring({key_of("true colour", name): lambda: _true_colour(name, path, self._settings())})

    def _bring(self, jobs: Jobs[MapPicture]) -> None:
        with self._guard:
            self._ranks |= {key: next(self._rank) for key in jobs}
            self.coming = (*(key for key in self.coming if key not in jobs), *jobs)
        self._few.also(jobs)

    def _arrived(self, key: str, came: MapPicture | Failure) -> None:
        with self._guard:
            wanted = key in self.coming
            self.coming = tuple(each for each in self.coming if each != key)
            if wanted and isinstance(came, MapPicture):
                if len(self.pictures) == MOST:
                    self.say(f"The map holds {MOST} pictures; the oldest made room for the new one.")
                self._lay([*(picture for picture in self.pictures if picture.key != key), came])
        if isinstance(came, Failure):
            self.say(came.sentence, trouble=not came.stopped)

    def _lay(self, pictures: Collection[MapPicture]) -> None:
        self.pictures = tuple(sorted(pictures, key=lambda picture: self._ranks[picture.key])[-MOST:])

    def to_front(self, key: str) -> None:
        """Lay a picture on top of the others."""
        with self._guard:
            self._ranks[key] = next(self._rank)
            self._lay(self.pictures)

    def remove(self, keys: Collection[str]) -> None:
        """Take pictures away; those that are on their way do not come."""
        with self._guard:
            self.coming = tuple(key for key in self.coming if key not in keys)
            self.pictures = tuple(picture for picture in self.pictures if picture.key not in keys)

    def clear(self) -> None:
        """Take all pictures away."""
        self._few.want({})
        with self._guard:
            self.coming = self.pictures = ()

    def close(self) -> None:
        """Fetch nothing more."""
        self._few.close()
        self.unobserve_all()


def key_of(kind: Kind, name: str) -> str:
    """What a picture is known by."""
    return f"{kind}/{name}"


def product_in(directory: Path, name: str) -> Path | None:
    """Find a downloaded product: its folder or its zip; None where it is not."""
    try:
        archive = directory / archive_name(name)
    except BadAnswer:
        return None
    places = (directory / name, archive, archive.with_name(archive.name.replace(".SAFE.zip", ".zip")))
    return next((place for place in places if place.exists()), None)


def _say_nothing(sentence: str, *, trouble: bool = False) -> None:
    pass


async def _warped(name: str, scene: gpd.GeoDataFrame, settings: Settings) -> MapPicture:
    from s2dl.verbs.look import overlay  # noqa: PLC0415 - heavy: it waits for the first picture

    warped = await overlay(scene, settings=settings)
    return MapPicture(name, "quicklook", warped.png, warped.bounds)


async def _true_colour(name: str, path: Path, settings: Settings) -> MapPicture:
    from s2dl.verbs.look import true_colour  # noqa: PLC0415

    read = await true_colour(path, settings=settings)
    return MapPicture(name, "true colour", read.png, read.bounds)
