"""KML 2.2: a product's footprint, and its quicklook draped where it truly lies."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree as ET

import defusedxml.ElementTree
import shapely
from defusedxml import DefusedXmlException

from s2dl.errors import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from s2dl.previews.placement import Placement
    from s2dl.product import Product
    from s2dl.settings import Settings

__all__ = ["document", "is_of"]

_KML = "http://www.opengis.net/kml/2.2"
_GX = "http://www.google.com/kml/ext/2.2"
_STYLE = "footprint"
_LINE_COLOUR = "ff00d7ff"  # alpha, blue, green, red: gold, which stands out from land, sea and clouds


def document(product: Product, placement: Placement | None, picture: str, settings: Settings) -> bytes:
    """Write a product as KML (OGC 07-147r2), with Google's extension for the quicklook's four corners.

    Parameters
    ----------
    product : Product
    placement : Placement, optional
        Of the quicklook; without it there is only the footprint.
    picture : str
        File name of the quicklook, beside the KML.
    settings : Settings
        Name the service, for the links.

    Raises
    ------
    BadAnswer
        The footprint cannot be read.
    """
    root = ET.Element("kml", {"xmlns": _KML, "xmlns:gx": _GX})
    top = _add(root, "Document")
    said = _description(product, settings)
    _add(top, "name", _plain(product.name.removesuffix(".SAFE")))
    _add(top, "description", said)
    _add_style(top)
    if placement is not None:
        overlay = _add_feature(top, "GroundOverlay", "Quicklook", said, product)
        _add(_add(overlay, "Icon"), "href", quote(picture))
        _add(_add(overlay, "gx:LatLonQuad"), "coordinates", _quad(placement))
    if polygons := list(_polygons(product)):
        placemark = _add_feature(top, "Placemark", "Footprint", said, product, style=f"#{_STYLE}")
        shapes = _add(placemark, "MultiGeometry")
        for polygon in polygons:
            _add_polygon(shapes, polygon)
    ET.indent(root)
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def is_of(content: bytes, name: str, placement: Placement | None) -> bool:
    """Say whether KML is that of a product, with its quicklook in this place.

    Parameters
    ----------
    content : bytes
        From a file that anybody may have changed.
    name : str
        The product's, without ``.SAFE``.
    placement : Placement, optional
        As for `document`.
    """
    try:
        root: ET.Element = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException, LookupError, ValueError):
        return False
    corners = root.findtext(f".//{{{_GX}}}LatLonQuad/{{{_KML}}}coordinates")
    return root.findtext(f"{{{_KML}}}Document/{{{_KML}}}name") == name and corners == (placement and _quad(placement))


def _add(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, name)
    child.text = text
    return child


def _add_style(parent: ET.Element) -> None:
    style = _add(parent, "Style")
    style.set("id", _STYLE)
    line = _add(style, "LineStyle")
    _add(line, "color", _LINE_COLOUR)
    _add(line, "width", "2")
    _add(_add(style, "PolyStyle"), "fill", "0")


def _add_feature(
    parent: ET.Element, kind: str, name: str, said: str, product: Product, *, style: str | None = None
) -> ET.Element:
    feature = _add(parent, kind)
    _add(feature, "name", name)
    _add(feature, "description", said)
    if product.sensing_start is not None:
        _add(_add(feature, "TimeStamp"), "when", _iso(product.sensing_start))
    if style is not None:
        _add(feature, "styleUrl", style)
    return feature


def _add_polygon(parent: ET.Element, polygon: shapely.Polygon) -> None:
    element = _add(parent, "Polygon")
    _add(element, "tessellate", "1")
    rings = [("outerBoundaryIs", polygon.exterior), *(("innerBoundaryIs", ring) for ring in polygon.interiors)]
    for side, ring in rings:
        _add(_add(_add(element, side), "LinearRing"), "coordinates", _coordinates(ring.coords))


def _quad(placement: Placement) -> str:
    """The corners as Google's extension wants them: against the clock, from the lower left."""
    upper_left, upper_right, lower_right, lower_left = placement.corners
    return _coordinates((lower_left, lower_right, upper_right, upper_left))


def _coordinates(points: Iterable[tuple[float, ...]]) -> str:
    """Longitude, latitude: a tenth of a millimetre is enough."""
    return " ".join(f"{point[0]:.9f},{point[1]:.9f}" for point in points)


def _polygons(product: Product) -> Iterator[shapely.Polygon]:
    if product.footprint is None:
        return
    try:
        shape = shapely.from_wkt(product.footprint)
    except shapely.errors.ShapelyError as error:
        raise BadAnswer(f"{product.name}: its footprint cannot be read ({error}).") from error
    for part in shapely.get_parts(shape):
        if isinstance(part, shapely.Polygon) and not part.is_empty:
            if not all(map(math.isfinite, part.bounds)):
                raise BadAnswer(f"{product.name}: its footprint has coordinates that are no numbers.")
            yield shapely.geometry.polygon.orient(part)


def _description(product: Product, settings: Settings) -> str:
    """HTML, as balloons show it: the facts, and the links."""
    facts = (
        ("Sensed", "unknown" if product.sensing_start is None else _iso(product.sensing_start)),
        ("Cloud cover", "unknown" if product.cloud_cover is None else f"{product.cloud_cover:.1f} %"),
        ("Orbit", _orbit(product)),
    )
    lines = [f"<b>{label}</b> {html.escape(_plain(value))}" for label, value in facts]
    lines += [f'<a href="{html.escape(_plain(url))}">{label}</a>' for label, url in _links(product, settings)]
    return "<br/>".join(lines)


def _links(product: Product, settings: Settings) -> Iterator[tuple[str, str]]:
    entry = f"Products({quote(product.id)})"
    yield "Catalogue entry", f"{settings.base_url}/{entry}"
    yield "Product (needs an account)", f"{settings.data_url}/{entry}/$value"
    # It comes from outside, and could be a script.
    if product.quicklook_url is not None and product.quicklook_url.startswith(("https://", "http://")):
        yield "Quicklook", product.quicklook_url


def _orbit(product: Product) -> str:
    number = "unknown" if product.relative_orbit is None else str(product.relative_orbit)
    return number if product.orbit_direction is None else f"{number}, {product.orbit_direction}"


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _plain(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(sign for sign in text if sign.isprintable())
