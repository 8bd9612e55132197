"""KML: polygons, bare rings and ground overlays, wherever they stand in the document.

GDAL has two KML drivers: neither takes bare rings, placemarks outside of documents or undeclared prefixes, both leave
entities to their XML library, and which of the two is there differs from wheel to wheel. Geometry is a small part of
KML, so it is read here, from the events of Python's own expat. Links are never followed.
"""

from __future__ import annotations

import codecs
import math
import re
from collections import Counter
from xml.parsers import expat

import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from s2dl.errors import BadRegion
from s2dl.regions.guard import MOST_CORNERS
from s2dl.regions.layer import Layer
from s2dl.regions.sphere import stepped

__all__ = ["from_kml"]

_ROOTS = {"kml", "Document", "Folder", "Placemark", "GroundOverlay"}
_SIDES = ("west", "south", "east", "north", "rotation")
_HOLDERS = {"LinearRing", "LineString", "Point", "LatLonQuad"}
_PATHLIKE = {"Track": "LineString", "Model": "Point"}
_DECLARED = re.compile(rb"""<\?xml[^>]{1,100}?encoding\s*=\s*["']([\w.-]+)""")
_MANY_BYTES = {"gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "iso-2022-jp"}
_DEEPEST = 1_000
"""Elements within one another; people nest folders ten deep."""


def from_kml(content: bytes, what: str) -> list[Layer]:
    """Read all areas of a KML document.

    Parameters
    ----------
    content
        The document.
    what
        The source, as messages name it.

    Raises
    ------
    BadRegion
        If it is no well-formed KML, declares entities, or has coordinates that are no numbers.
    """
    reader = _Reader(what)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = reader.entity
    try:
        parser.Parse(_readable(content), True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        if isinstance(error, BadRegion):
            raise
        raise BadRegion(f"{what} is not well-formed KML ({error}); export it again.") from error
    return [Layer(what, reader.shapes)]


def _readable(content: bytes) -> str | bytes:
    """Decode what expat cannot: declared encodings of more than one byte a letter, as of East Asia."""
    content = content.removeprefix(codecs.BOM_UTF8).lstrip()
    declared = _DECLARED.match(content)
    encoding = declared[1].decode("ascii").lower() if declared else ""
    return content.decode(encoding) if encoding in _MANY_BYTES else content


class _Reader:
    """Collects shapes from the events of a parser without namespaces, as prefixes are often undeclared."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.shapes: list[BaseGeometry] = []
        self._path: list[str] = []
        self._count: Counter[str] = Counter()
        self._commas = 0
        self._text: list[str] = []
        self._listens = False
        self._shell: list[list[float]] = []
        self._holes: list[list[list[float]]] = []
        self._sides: dict[str, str] = {}

    def start(self, tag: str, _: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if not self._path and name not in _ROOTS:
            raise BadRegion(f"{self.what} is XML, but not KML (it begins with <{tag[:40]}>); export it as KML.")
        if len(self._path) >= _DEEPEST:
            raise BadRegion(f"{self.what} nests its elements more than {_DEEPEST} deep; export it again.")
        self._path.append(name)
        self._count[name] += 1
        if name == "Polygon":
            self._shell, self._holes = [], []
        elif name == "LatLonBox":
            self._sides = {}
        self._text = []
        self._listens = name == "coordinates" or name in _SIDES

    def text(self, text: str) -> None:
        if self._listens:
            self._text.append(text)

    def end(self, _: str) -> None:
        name = self._path.pop()
        self._count[name] -= 1
        self._listens = False
        parent = self._path[-1] if self._path else ""
        if name == "coordinates" and parent in _HOLDERS:
            self._coordinates(parent, self._numbers("".join(self._text)))
        elif name == "Polygon" and self._shell:
            self.shapes.append(self._polygon(self._shell, self._holes))
        elif name in _PATHLIKE and self._path:
            self.shapes.append(shapely.Point(0, 0) if _PATHLIKE[name] == "Point" else _A_LINE)
        elif name in _SIDES and parent == "LatLonBox":
            self._sides[name] = "".join(self._text)
        elif name == "LatLonBox" and self._count["GroundOverlay"]:
            self.shapes.append(self._overlay())

    def entity(self, *_: object) -> None:
        raise BadRegion(f"{self.what} declares XML entities, which no KML needs; export it again without them.")

    def _coordinates(self, parent: str, corners: list[list[float]]) -> None:
        if not corners:
            return
        if parent == "Point":
            self.shapes.append(shapely.Point(corners[0]))
        elif parent == "LineString":
            self.shapes.append(shapely.LineString(corners if len(corners) > 1 else corners * 2))
        elif parent == "LatLonQuad" or not self._count["Polygon"]:
            self.shapes.append(self._polygon(corners, []))
        elif self._count["innerBoundaryIs"]:
            self._holes.append(corners)
        else:
            self._shell = corners

    def _numbers(self, text: str) -> list[list[float]]:
        self._commas += text.count(",")
        if self._commas > 2 * MOST_CORNERS:
            raise BadRegion(f"{self.what} has more than {MOST_CORNERS:,} corners; simplify the outline and try again.")
        # People write blanks around commas, too.
        tuples = " ".join(text.split()).replace(" ,", ",").replace(", ", ",").split()
        parts = [each.rstrip(",").split(",") for each in tuples]
        if not all(2 <= len(each) <= 3 for each in parts):
            raise BadRegion(
                f"{self.what} has coordinates that are not longitude,latitude or longitude,latitude,height with a "
                "blank between corners; export it again."
            )
        try:
            corners = [[float(part) for part in each[:2]] for each in parts]
        except ValueError as error:
            raise BadRegion(
                f"{self.what} has coordinates that are no numbers ({str(error)[:100]}); export it again."
            ) from error
        if not all(math.isfinite(number) for corner in corners for number in corner):
            raise BadRegion(f"{self.what} has coordinates that are not finite numbers; mend them and try again.")
        return corners

    def _polygon(self, shell: list[list[float]], holes: list[list[list[float]]]) -> BaseGeometry:
        if len(shell) < 3:
            return shapely.LineString((shell * 2)[:2])
        return shapely.Polygon(shell, [hole for hole in holes if len(hole) > 2])

    def _overlay(self) -> BaseGeometry:
        try:
            west, south, east, north = (float(self._sides[side]) for side in _SIDES[:4])
            turn = float(self._sides.get("rotation", "0").strip() or "0")
        except (KeyError, ValueError) as error:
            raise BadRegion(f"{self.what} has a ground overlay without its four sides; export it again.") from error
        box = shapely.box(west, south, east + 360 if east < west else east, north)
        return stepped(affinity.rotate(box, turn) if turn else box)


_A_LINE = shapely.LineString([(0, 0), (1, 0)])
"""Stands for paths whose coordinates are not read, as they have no area."""
