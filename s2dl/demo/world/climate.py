"""The made-up Earth's climate: how dry, how high and how warm a place is, after the real one's large features."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Degrees = NDArray[np.float64]
    _Lines = tuple[tuple[float, tuple[tuple[float, float, float], ...]], ...]

__all__ = ["dryness", "heights", "season", "warmth"]

# From wet (0) to desert (9), ten degrees a figure, from 180 W eastwards, from 90 N southwards.
_DRYNESS = (
    "555555555555555555555555555555555555",
    "555555555555555555555555555555555555",
    "333333344433333553333333334444443333",
    "222223444322222222222333544433322222",
    "222226642222222222234688789962222222",
    "333355842233333335765578986885322233",
    "222224974222223378999999886322222222",
    "222222223322222777888888653221222222",
    "111111111200111111221248411111111111",
    "111111111701113611110043111000001111",
    "222222222682343222235433322225653222",
    "222222222296522222297342222289872222",
    "222222222236222222254222222447642211",
    "111111111107111111111111111111221111",
    "222222222229222222222222222222222222",
    "555555555555555555555555555555555555",
    "777777777777777777777777777777777777",
    "777777777777777777777777777777777777",
)

# Mountain ranges: half their width in degrees; along them longitude, latitude and height in kilometres.
_RANGES: _Lines = (
    (0.8, ((6.6, 44.2, 2.6), (7.0, 45.7, 3.7), (10.0, 46.6, 3.5), (13.5, 47.1, 2.6))),  # Alps
    (0.4, ((-1.5, 43.0, 1.6), (0.8, 42.6, 2.6), (2.5, 42.4, 2.0))),  # Pyrenees
    (1.0, ((6.6, 60.3, 1.3), (8.5, 61.6, 1.7), (14.0, 65.3, 1.2), (17.5, 67.7, 1.4), (22.0, 69.6, 1.0))),  # Scandes
    (0.35, ((8.5, 44.4, 1.2), (13.3, 42.5, 1.8), (16.0, 40.0, 1.4))),  # Apennines
    (0.5, ((19.5, 49.2, 1.8), (24.3, 48.0, 1.5), (26.0, 45.6, 1.6), (22.5, 45.3, 1.6))),  # Carpathians
    (0.6, ((14.8, 45.0, 1.1), (19.0, 43.1, 1.8), (21.0, 41.0, 1.8), (22.3, 38.5, 1.6))),  # Dinarides, Pindus
    (0.16, ((23.7, 35.3, 1.6), (24.9, 35.2, 1.9), (25.8, 35.1, 1.1))),  # Crete
    (0.6, ((39.5, 43.8, 1.8), (43.0, 43.1, 3.6), (48.0, 41.0, 2.2))),  # Caucasus
    (1.2, ((30.0, 37.0, 1.8), (36.0, 37.6, 1.8), (43.0, 38.2, 2.6), (46.0, 35.0, 2.2), (51.0, 31.0, 2.6),
           (57.0, 28.0, 1.6))),  # Anatolia, Zagros
    (0.7, ((49.0, 37.0, 2.2), (54.0, 36.3, 2.6), (66.0, 35.2, 2.8), (71.5, 36.2, 4.6))),  # Elburz, Hindu Kush
    (1.2, ((72.5, 35.5, 5.2), (77.0, 32.6, 5.2), (84.0, 28.9, 5.8), (90.0, 28.1, 5.4), (96.0, 29.0, 4.6))),  # Himalaya
    (2.8, ((80.0, 34.0, 5.0), (90.0, 33.5, 4.8), (99.0, 33.0, 4.0))),  # Tibet
    (1.1, ((70.5, 41.0, 2.8), (78.0, 41.8, 4.2), (88.0, 43.5, 3.4))),  # Tien Shan
    (1.4, ((86.0, 50.0, 2.4), (92.0, 48.2, 2.4), (99.0, 47.5, 2.2))),  # Altai
    (1.5, ((-151.0, 62.8, 2.8), (-140.0, 60.8, 2.6), (-129.0, 55.5, 2.0), (-119.0, 52.0, 2.6), (-114.0, 47.0, 2.2),
           (-109.5, 43.3, 2.6), (-106.2, 39.2, 3.0), (-105.5, 36.0, 2.6))),  # Rocky Mountains
    (0.5, ((-121.8, 49.0, 1.8), (-121.8, 44.0, 1.7), (-118.6, 37.0, 2.9))),  # Cascades, Sierra Nevada
    (1.0, ((-108.0, 29.5, 2.0), (-104.0, 24.0, 2.1), (-98.5, 19.3, 2.4))),  # Sierra Madre
    (0.8, ((-84.0, 35.3, 1.1), (-78.5, 39.5, 0.8), (-71.0, 44.3, 0.9))),  # Appalachians
    (1.1, ((-75.0, 7.5, 2.0), (-76.8, 1.5, 2.8), (-78.8, -3.0, 2.8), (-77.0, -10.0, 4.0), (-71.0, -14.6, 4.4),
           (-67.8, -19.5, 4.4), (-68.0, -26.0, 4.2), (-70.0, -33.0, 4.0), (-71.4, -38.5, 2.0))),  # Andes
    (0.9, ((-71.4, -38.5, 1.8), (-72.8, -46.5, 1.9), (-73.2, -50.0, 1.8), (-70.0, -54.5, 1.0))),  # southern Andes
    (1.3, ((38.5, 13.5, 2.4), (39.0, 9.0, 2.4), (37.0, 6.5, 2.2))),  # Ethiopia
    (0.6, ((30.0, 0.6, 2.2), (29.4, -2.5, 2.2))),
    (0.7, ((35.5, 0.8, 2.2), (37.2, -3.2, 2.4))),  # eastern Africa
    (0.8, ((27.0, -31.3, 1.8), (29.3, -29.3, 2.6))),  # Drakensberg
    (0.7, ((-8.5, 30.8, 2.4), (-4.5, 32.6, 2.6), (3.0, 35.0, 1.4))),  # Atlas
    (0.5, ((167.6, -45.0, 1.6), (170.4, -43.4, 2.4), (173.0, -42.1, 1.5))),  # New Zealand
    (0.6, ((59.0, 54.5, 0.9), (59.2, 61.0, 1.0), (65.5, 67.5, 1.0))),  # Urals
    (0.6, ((136.0, 35.5, 1.4), (138.0, 36.2, 2.3), (140.6, 39.5, 1.3))),  # Japan
    (0.7, ((157.0, 53.0, 1.4), (160.0, 56.2, 2.2))),  # Kamchatka
    (2.2, ((130.0, 62.0, 1.5), (140.0, 65.5, 1.7), (150.0, 62.5, 1.4))),  # eastern Siberia
    (0.6, ((152.0, -29.5, 1.1), (148.3, -36.5, 1.6))),  # Great Dividing Range
    (0.7, ((137.0, -4.0, 3.4), (142.0, -5.4, 2.8), (147.2, -8.6, 2.6))),  # New Guinea
    (0.8, ((40.0, 21.3, 1.6), (44.2, 14.8, 2.6))),  # western Arabia
    (0.9, ((-19.0, 64.7, 1.2), (-17.0, 64.6, 1.5))),  # Iceland
    (1.2, ((13.0, 79.0, 0.9), (17.0, 77.5, 0.9))),  # Svalbard
)  # fmt: skip

# Green valleys in dry lands: half their width in degrees; along them longitude, latitude and how much wetter they are.
_VALLEYS: _Lines = (
    (0.4, ((30.5, 31.1, 0.55), (31.5, 31.1, 0.55), (31.1, 30.5, 0.55), (30.5, 31.1, 0.55))),
    (0.14, ((31.2, 30.2, 0.6), (30.8, 28.5, 0.6), (31.8, 26.4, 0.6), (32.7, 25.6, 0.6), (32.9, 24.1, 0.6))),  # Nile
    (0.7, ((39.0, 36.5, 0.4), (43.6, 33.3, 0.5), (47.2, 31.0, 0.5))),  # Mesopotamia
    (0.9, ((68.2, 24.6, 0.6), (68.8, 27.5, 0.7), (73.5, 31.2, 0.8))),  # Indus
)


def dryness(lon: Degrees, lat: Degrees) -> NDArray[np.float64]:
    """Return from 0 (rain forest) to 1 (desert) how dry places are; same shape."""
    table = np.array([[int(figure) for figure in row] for row in _DRYNESS]) / 9.0
    x = (lon + 180.0) / 10.0 - 0.5
    y = np.clip((90.0 - lat) / 10.0 - 0.5, 0.0, len(_DRYNESS) - 1.001)
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    right, down = x - column, y - row
    columns = table.shape[1]
    upper, lower = (
        table[line, column % columns] * (1.0 - right) + table[line, (column + 1) % columns] * right
        for line in (row, row + 1)
    )
    result: NDArray[np.float64] = upper * (1.0 - down) + lower * down - _highest(_VALLEYS, lon, lat)
    return result.clip(0.0, 1.0)


def heights(lon: Degrees, lat: Degrees) -> NDArray[np.float64]:
    """Return in kilometres how high the mountains around places are; same shape."""
    return _highest(_RANGES, lon, lat)


def season(day: float) -> float:
    """Return 1 in the middle of July, -1 in the middle of January; days since 1970-01-01."""
    return float(np.cos(2.0 * np.pi * (day / 365.2425 - 0.54)))


def warmth(lon: Degrees, lat: Degrees) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean temperature at sea level and by how much July's differs from it, degrees Celsius; same shape."""
    gulf_stream = np.exp(-((_turned(lon - 6.0) / 20.0) ** 2) - ((lat - 60.0) / 13.0) ** 2)
    greenland = np.exp(-((_turned(lon + 42.0) / 14.0) ** 2) - ((lat - 74.0) / 9.0) ** 2)
    mean = 27.0 - 0.0066 * lat**2 + 8.0 * gulf_stream - 14.0 * greenland - 25.0 * (lat < -60.0)
    swing = np.where(lat > 0.0, 0.25 * lat * (1.0 - 0.35 * gulf_stream), 0.13 * lat)
    return mean, np.clip(swing, -16.0, 16.0)


def _highest(lines: _Lines, lon: Degrees, lat: Degrees) -> NDArray[np.float64]:
    """Return the highest of all lines' values, each fading away on both sides of its line."""
    width, lon0, lat0, value0, lon1, lat1, value1 = _segments(lines)
    shrink = np.cos(np.radians(lat))
    east, north = _turned(lon1 - lon0) * shrink, lat1 - lat0
    x, y = _turned(lon - lon0) * shrink, lat - lat0
    along = np.clip((x * east + y * north) / (east**2 + north**2), 0.0, 1.0)
    far = ((x - along * east) ** 2 + (y - along * north) ** 2) / width**2
    highest: NDArray[np.float64] = ((value0 + along * (value1 - value0)) * np.exp(-far)).max(axis=0)
    return highest


@cache
def _segments(lines: _Lines) -> NDArray[np.float64]:
    """Return the pieces of lines: width, both ends, shape (7, pieces, 1, 1)."""
    pieces = [(width, *one, *other) for width, points in lines for one, other in pairwise(points)]
    return np.array(pieces).T[:, :, None, None]


def _turned(degrees: Degrees | float) -> NDArray[np.float64]:
    """Return a difference of longitudes, within 180 degrees."""
    return np.asarray((degrees + 180.0) % 360.0 - 180.0, dtype=np.float64)
