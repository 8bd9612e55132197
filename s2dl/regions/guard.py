"""What a file may be, before any reader sees it: its extension and its first bytes must agree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from s2dl.errors import BadRegion

__all__ = [
    "ARCHIVE",
    "ENVI",
    "GEOJSON",
    "GEOPACKAGE",
    "KINDS",
    "KML",
    "KMZ",
    "LARGEST_BINARY",
    "LARGEST_TEXT",
    "MOST_CORNERS",
    "RASTERS",
    "SHAPEFILE",
    "WKT",
    "WKT_START",
    "Kind",
    "envi_header",
    "identify",
    "kind_of_suffix",
    "must_agree",
    "shown",
    "text_of",
]

LARGEST_TEXT = 64 * 2**20
"""Bytes of a text file; as parsed objects it takes about ten times as much memory."""
LARGEST_BINARY = 256 * 2**20
"""Bytes of a vector file: sixteen million corners, far more than an outline has."""
MOST_CORNERS = 2_000_000
"""A coastline of the whole Earth at 100 m has fewer; uniting more takes minutes."""
_HEAD = 4096
_SPACE = rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_VRT = re.compile(
    _SPACE + rb"(<.*<?(OGR)?VRT(Data|Raster|Warped)|\{.*\"gdal_(streamed|virtual))", re.IGNORECASE | re.DOTALL
)
WKT_START = re.compile(
    r"\s*(SRID\s*=\s*\d+\s*;)?\s*((MULTI)?(POINT|LINESTRING|POLYGON|SURFACE|CURVE)|LINEARRING|CURVEPOLYGON"
    r"|GEOMETRYCOLLECTION)\s*(Z|M|ZM)?\s*(\(|EMPTY\s*$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Parameters
    ----------
    name
        With its article, as a message says it.
    suffixes
        Extensions, lower case, with the dot.
    start
        What its first bytes match.
    largest
        Bytes; None where only a part of the file is read.
    driver
        The only GDAL driver that may open it.
    """

    name: str
    suffixes: tuple[str, ...]
    start: re.Pattern[bytes]
    largest: int | None = None
    driver: str = ""


def _kind(name: str, suffixes: str, start: bytes, largest: int | None = None, driver: str = "") -> Kind:
    return Kind(name, tuple(suffixes.split()), re.compile(start, re.IGNORECASE | re.DOTALL), largest, driver)


_ZIP = rb"PK(\x03\x04|\x05\x06)"
SHAPEFILE = _kind("a shapefile", ".shp", rb"\x00\x00\x27\x0a", LARGEST_BINARY, "ESRI Shapefile")
ARCHIVE = _kind("a zip archive", ".zip", _ZIP, LARGEST_BINARY)
KMZ = _kind("a zip archive (KMZ)", ".kmz", _ZIP, LARGEST_BINARY)
KML = _kind("KML", ".kml", _SPACE + rb"<", LARGEST_TEXT)
GEOJSON = _kind("GeoJSON", ".geojson .json .geojsonl .geojsons .ndjson", _SPACE + rb"[\x1e{\[]", LARGEST_TEXT)
GEOPACKAGE = _kind("a GeoPackage", ".gpkg", rb"SQLite format 3\x00.{52}GP", LARGEST_BINARY, "GPKG")
WKT = _kind("WKT", ".wkt", WKT_START.pattern.replace(r"EMPTY\s*$", "EMPTY").encode(), LARGEST_TEXT)
ENVI = _kind("an ENVI image", ".dat .img .bsq .bil .bip .raw .bin .hdr", rb"ENVI\b", driver="ENVI")
RASTERS = (
    _kind("a TIFF image", ".tif .tiff .gtiff .cog", rb"II[\x2a\x2b]\x00|MM\x00[\x2a\x2b]", driver="GTiff"),
    _kind(
        "a JPEG 2000 image",
        ".jp2 .j2k .j2c .jpx",
        rb"\x00\x00\x00\x0cjP[ \x1a]{2}\r\n\x87\n|\xff\x4f\xff\x51",
        driver="JP2OpenJPEG",
    ),
    _kind("an Erdas Imagine image", ".img", rb"EHFA_HEADER_TAG", driver="HFA"),
    _kind("a PNG image", ".png", rb"\x89PNG\r\n\x1a\n", driver="PNG"),
    _kind("a JPEG image", ".jpg .jpeg", rb"\xff\xd8\xff", driver="JPEG"),
    ENVI,
)
KINDS = (SHAPEFILE, ARCHIVE, KMZ, KML, GEOJSON, GEOPACKAGE, WKT, *RASTERS)


def shown(name: object) -> str:
    """Show a name from outside in a message: quoted, escaped, not endless."""
    text = str(name)
    return repr(text if len(text) <= 120 else f"{text[:100]}…{text[-18:]}")


def identify(source: str | Path) -> tuple[Path, Kind]:
    """Say what a file is, without letting any reader see it.

    Parameters
    ----------
    source
        A path.

    Returns
    -------
    pathlib.Path, Kind
        The absolute path, and what its extension and its first bytes both say.

    Raises
    ------
    BadRegion
        If it is not there, empty, too large, of no known kind, remote, virtual, or not what its extension says.
    """
    what = shown(source)
    if not str(source).strip():
        raise _unknown(what)
    path = _local(str(source))
    try:
        missing = not path.is_file()
    except ValueError as error:
        raise BadRegion(f"There is no file {what}; check the path.") from error
    except OSError as error:
        raise _unreadable(what, error) from error
    if missing:
        raise _missing(path, what)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD)
        header = envi_header(path)
    except OSError as error:
        raise _unreadable(what, error) from error
    if size == 0:
        raise BadRegion(f"{what} is an empty file; export or copy it again.")
    expected = kind_of_suffix(path.suffix)
    if expected is not None and expected.largest is not None and size > expected.largest:
        raise BadRegion(f"{what} is larger than {expected.largest >> 20} MiB; simplify the outline and try again.")
    return path, _kind_here(path, head, header)


def must_agree(name: str, head: bytes, kind: Kind) -> None:
    """Refuse a file whose first bytes are not those of its kind.

    Parameters
    ----------
    name
        As the message shows it.
    head
        The first bytes; a few thousand are enough.
    kind
        What the extension says.
    """
    if _VRT.match(head):
        raise BadRegion(
            f"{shown(name)} is a virtual file (VRT), which points to other files; give the file that it stands for."
        )
    if kind.start.match(head):
        return
    other = next((each for each in KINDS if each.start.match(head) and each is not kind), None)
    hint = f"it looks like {other.name}: rename it or" if other else "export it again or"
    raise BadRegion(f"{shown(name)} is not {kind.name} by its first bytes; {hint} give another file.")


def kind_of_suffix(suffix: str, kinds: tuple[Kind, ...] = KINDS) -> Kind | None:
    """Look up the kind of an extension."""
    return next((kind for kind in kinds if suffix.lower() in kind.suffixes), None)


def envi_header(path: Path) -> Path | None:
    """Find the ENVI header beside an image: ``image.hdr`` or ``image.dat.hdr``; the header itself for a header."""
    if path.suffix.lower() == ".hdr":
        return path
    names = {f"{path.name}.hdr".lower(), f"{path.stem}.hdr".lower()}
    if path.suffix and kind_of_suffix(path.suffix) not in (None, ENVI) and path.suffix.lower() != ".img":
        return None
    for each in sorted(path.parent.iterdir()):
        if each.name.lower() in names and each.is_file():
            with each.open("rb") as file:
                if ENVI.start.match(file.read(_HEAD)):
                    return each
    return None


def text_of(content: bytes, what: str) -> str:
    """Decode text: UTF-8, or UTF-16 with its mark."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadRegion(f"{what} is not text in UTF-8 ({error.reason}); save it again in UTF-8.") from error


def _local(text: str) -> Path:
    if _URL.match(text) or text.lower().startswith("\\\\?\\"):
        raise BadRegion(f"{shown(text)} is a remote address; download the file and give its path.")
    try:
        path = Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise BadRegion(f"There is no file {shown(text)}; check the path.") from error
    if path.as_posix().lower().startswith("/vsi") or text.lower().startswith("/vsi"):
        raise BadRegion(f"{shown(text)} is a virtual path of GDAL; give the path of a file on this disk.")
    return path


def _kind_here(path: Path, head: bytes, header: Path | None) -> Kind:
    suffix = path.suffix.lower()
    if suffix == ".vrt":
        must_agree(path.name, b"<VRTDataset", ENVI)
    candidates = [kind for kind in KINDS if suffix in kind.suffixes and kind is not ENVI]
    for kind in candidates:
        if kind.start.match(head):
            must_agree(path.name, head, kind)
            return kind
    if suffix == ".hdr":
        must_agree(path.name, head, ENVI)
    if header is not None:
        return ENVI
    if candidates:
        must_agree(path.name, head, candidates[0])
    if suffix in ENVI.suffixes:
        raise BadRegion(f"{shown(path.name)} has no ENVI header beside it; put its .hdr file into the same folder.")
    raise _unknown(shown(path.name))


def _unreadable(what: str, error: OSError) -> BadRegion:
    return BadRegion(f"{what} cannot be read ({error.strerror}); check path and permissions.")


def _missing(path: Path, what: str) -> BadRegion:
    if kind_of_suffix(path.suffix) is None and not path.is_dir():
        return _unknown(what)
    return BadRegion(f"There is no file {what}; check the path.")


def _unknown(what: str) -> BadRegion:
    return BadRegion(
        f"{what} is neither WKT nor a file of a known kind; give .shp, .zip, .kml, .kmz, .geojson, .gpkg, "
        ".wkt, or an image that says where it lies (.tif, .jp2, ENVI)."
    )
