"""What lies under the clouds: land and water of a place, coloured after its climate and the season."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from s2dl.demo.world.climate import dryness, heights, season, warmth
from s2dl.demo.world.noise import noise
from s2dl.demo.world.place import INNER, SIDE, Place, enlarged
from s2dl.demo.world.shore import Shore, shore

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Field = NDArray[np.floating[Any]]

__all__ = ["ground"]

_SAND, _ROCK, _SCREE = (212, 180, 132), (158, 120, 86), (126, 116, 104)
_JUNGLE, _FOREST, _TAIGA = (26, 62, 28), (44, 74, 36), (34, 52, 34)
_CROPS, _STRAW, _SOIL, _STUBBLE = (84, 122, 54), (182, 162, 104), (126, 98, 70), (112, 108, 78)
_SAVANNA, _STEPPE, _TUNDRA = (102, 112, 58), (160, 142, 98), (108, 100, 76)
_SNOW, _ICE, _SEA_ICE = (240, 243, 248), (214, 226, 238), (222, 230, 238)
_DEEP, _COLD_SHALLOW, _WARM_SHALLOW, _LAKE = (7, 20, 42), (26, 62, 72), (44, 132, 138), (12, 32, 46)

_NOISES = ((9, 0.6), (7, 0.66), (13, 0.95))  # of relief, woods and patches: coarsest lattice and fading


@dataclass(frozen=True)
class _Land:
    """What of a place does not change with time; fields of shape (`SIDE`, `SIDE`).

    Attributes
    ----------
    dry, height, mean, swing : ndarray
        From `climate`: 0 to 1, kilometres, degrees Celsius of the place itself, and of July's difference.
    light : ndarray
        Of slopes, by that of level ground.
    woods, patches : ndarray
        Noise, smooth and from field to field.
    """

    shore: Shore
    dry: Field
    height: Field
    mean: Field
    swing: Field
    light: Field
    woods: Field
    patches: Field


def ground(tile: str, seed: int, day: float) -> Field:
    """Return the colours of a tile's ground.

    Parameters
    ----------
    tile : str
        Such as ``32TPS``.
    seed : int
        The world's.
    day : float
        Days since 1970-01-01.

    Returns
    -------
    ndarray, shape (3, `SIDE`, `SIDE`)
        Red, green, blue from 0 to 255.
    """
    land = _land(tile, seed)
    now = land.mean + land.swing * np.float32(season(day))
    colours: Field = _cover(land, now) * land.light
    snow = _step(1.0 - now + 1.5 * land.woods, 5.0) * np.clip(0.2 + 0.5 * land.light + 0.5 * land.patches, 0.0, 1.0)
    colours = _mixed(colours, _SNOW, snow)
    lakes = _mixed(_plain(_LAKE, land), _ICE, _step(-4.0 - now, 3.0))
    colours = _mixed(colours, lakes, land.shore.lakes)
    if land.shore.sea.any():
        colours = _mixed(colours, _water(land, now), land.shore.sea)
    return colours


@lru_cache(maxsize=8)
def _land(tile: str, seed: int) -> _Land:
    """Return a place's land (memoised, for a gallery often shows one tile again and again)."""
    place = Place(tile)
    relief, woods, patches = (
        noise(place, seed * 8 + number, coarsest=coarsest, fading=fading)[INNER]
        for number, (coarsest, fading) in enumerate(_NOISES)
    )
    lon, lat = place.knots
    dry, high, mean, swing = (enlarged(f)[INNER] for f in (dryness(lon, lat), heights(lon, lat), *warmth(lon, lat)))
    height = high * (0.15 + 1.0 / (1.0 + 1.4 * np.abs(relief))) + 0.05 * relief + 0.05
    sunward = 1.0 if lat.mean() > 0.0 else -1.0  # the sun stands in the south-east, in the south in the north-east
    down, right = np.gradient(height)
    light = np.clip(1.0 - 3.4 * (right + sunward * down), 0.45, 1.45)
    patches = np.clip(0.5 + 0.3 * patches, 0.0, 1.0)
    dry = np.clip(dry + 0.05 * woods, 0.0, 1.0)
    water = Shore(*(field[INNER] for field in shore(place)))
    return _Land(water, dry, height, mean - 6.0 * np.maximum(height, 0.0), swing, light, woods, patches)


def _cover(land: _Land, now: Field) -> Field:
    """Return the colours of bare and green land, without snow."""
    summer = land.mean + np.abs(land.swing)
    green = _step(now - 4.0, 10.0)
    tropical = _step(land.mean - 19.0, 5.0)
    woods = _mixed(_plain(_TAIGA, land), _FOREST, _step(land.mean - 3.0, 7.0) * (0.4 + 0.6 * green))
    woods = _mixed(woods, _JUNGLE, tropical)
    ripe = np.clip(1.0 - np.abs(now - summer) / 5.0, 0.0, 1.0) * (1.0 - 0.6 * tropical)
    fields = _mixed(_plain(_SOIL, land), _STUBBLE, np.clip(land.patches * 2.0, 0.0, 1.0))
    fields = _mixed(fields, _CROPS, green * _step(land.patches - 0.05, 0.3))
    fields = _mixed(fields, _STRAW, ripe * _step(land.patches - 0.6, 0.3) * 0.75)
    tilled = _step(land.woods + 0.9 - 2.4 * land.height - 2.2 * tropical * (1.0 - 2.2 * land.dry), 0.8)
    colours = _mixed(woods, fields, tilled * _step(land.mean - 3.0, 4.0))
    grass = _mixed(_plain(_STEPPE, land), _SAVANNA, green * np.clip(1.6 - 2.2 * land.dry, 0.0, 1.0))
    colours = _mixed(colours, grass, _step(land.dry - 0.42, 0.2))
    colours = _mixed(colours, _TUNDRA, _step(12.0 - summer, 4.0))
    colours = _mixed(colours, _SCREE, _step(7.5 - summer, 3.0))
    desert = _mixed(_plain(_SAND, land), _ROCK, _step(0.5 * land.woods + 1.2 * land.height, 0.9))
    return _mixed(colours, desert, _step(land.dry - 0.68, 0.16)) * (0.87 + 0.26 * land.patches)


def _water(land: _Land, now: Field) -> Field:
    """Return the colours of the sea: brighter where it is shallow, a gleam of the sun on it, ice in the cold."""
    shallow = np.clip(land.shore.shallow * (1.5 + 0.5 * land.woods), 0.0, 1.0)
    warm = _step(land.mean - 17.0, 9.0)
    bottom = _mixed(_plain(_COLD_SHALLOW, land), _WARM_SHALLOW, warm * 0.75)
    colours = _mixed(_plain(_DEEP, land), bottom, shallow)
    glint = np.linspace(0.0, 1.0, SIDE, dtype=np.float32) ** 2 * (6.0 + 16.0 * warm)
    colours = colours + (glint + 3.0 * land.woods)
    ice = _step(-9.0 - now - 6.0 * np.maximum(land.height, 0.0) + 5.0 * land.woods, 3.0)
    return _mixed(colours, _SEA_ICE, ice)


def _plain(colour: tuple[int, int, int], land: _Land) -> Field:
    return np.broadcast_to(_channels(colour), (3, *land.dry.shape))


def _mixed(one: Field, other: Field | tuple[int, int, int], share: Field) -> Field:
    """Return colours, by a share (0 to 1) the other ones."""
    if not share.any():
        return one
    result: Field = (_channels(other) if isinstance(other, tuple) else other) - one
    result *= share
    result += one
    return result


def _channels(colour: tuple[int, int, int]) -> Field:
    return np.array(colour, np.float32)[:, None, None]


def _step(value: Field, width: float) -> Field:
    """Return 0 below zero, 1 above `width`, and a straight ramp between."""
    result: Field = np.clip(value * np.float32(1.0 / width), 0.0, 1.0)
    return result
