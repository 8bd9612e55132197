"""One file or several, each by its kind to its reader."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from s2dl.errors import BadRegion
from s2dl.regions import guard
from s2dl.regions.archive import Archive, opened
from s2dl.regions.geojson import from_text, from_wkt
from s2dl.regions.guard import Kind, identify, shown, text_of
from s2dl.regions.kml import from_kml
from s2dl.regions.layer import Layer

__all__ = ["from_file", "from_files"]

_VECTOR = "vector"


def from_file(source: str | Path) -> list[Layer]:
    """Read a file of any kind.

    Parameters
    ----------
    source
        A path.

    Raises
    ------
    BadRegion
        With one sentence that says what to do.
    """
    return _read(source)[1]


def from_files(sources: Sequence[str | Path]) -> list[Layer]:
    """Read several files of one kind: geocoded, ground range or slant range images, or vector files.

    Parameters
    ----------
    sources
        Paths.

    Raises
    ------
    BadRegion
        If one cannot be read, or they are of different kinds.
    """
    found = [(source, *_read(source)) for source in sources]
    first, kind, _ = found[0]
    for source, other, _ in found:
        if other != kind:
            raise BadRegion(
                f"{shown(first)} is {kind} and {shown(source)} is {other}: images must all be of one kind "
                "(geocoded, ground range or slant range); give them one kind at a time."
            )
    return [layer for _, _, layers in found for layer in layers]


def _read(source: str | Path) -> tuple[str, list[Layer]]:
    path, kind = identify(source)
    what = shown(source)
    try:
        if kind in guard.RASTERS:
            from s2dl.regions.raster import from_raster  # noqa: PLC0415  # GDAL loads when an image comes

            return from_raster(path, kind, what)
        return _VECTOR, _vector(path, kind, what)
    except OSError as error:
        raise BadRegion(f"{what} cannot be read ({error.strerror or error}); check path and permissions.") from error


def _vector(path: Path, kind: Kind, what: str) -> list[Layer]:
    if kind is guard.SHAPEFILE:
        return _shapefile(path, what)
    if kind is guard.GEOPACKAGE:
        return _geopackage(path, what)
    if kind is guard.ARCHIVE:
        return _zipped(path, what)
    if kind is guard.KMZ:
        with opened(path, what) as archive:
            return _texts(archive, guard.KML, archive.named([".kml"]))
    return _text(path.read_bytes(), kind, what)


def _shapefile(path: Path, what: str) -> list[Layer]:
    from s2dl.regions.vector import from_shapefile, sidecars  # noqa: PLC0415  # GDAL loads when a shapefile comes

    files = {".shp": path, **sidecars(path)}
    if sum(each.stat().st_size for each in files.values()) > guard.LARGEST_BINARY:
        raise BadRegion(f"{what} and the files beside it are larger than 256 MiB; simplify the outline and try again.")
    return from_shapefile({suffix: each.read_bytes() for suffix, each in files.items()}, what)


def _geopackage(path: Path, what: str) -> list[Layer]:
    from s2dl.regions.vector import from_geopackage  # noqa: PLC0415  # GDAL loads when a GeoPackage comes

    return from_geopackage(path, what)


def _text(content: bytes, kind: Kind, what: str) -> list[Layer]:
    if kind is guard.KML:
        return from_kml(content, what)
    text = text_of(content, what)
    return from_wkt(text, what) if kind is guard.WKT else from_text(text, what)


def _zipped(path: Path, what: str) -> list[Layer]:
    """Read the shapefiles of an archive, all of them; where there are none, its KML, GeoJSON or WKT."""
    with opened(path, what) as archive:
        shapefiles = archive.named(guard.SHAPEFILE.suffixes)
        if shapefiles:
            return _zipped_shapefiles(archive, shapefiles)
        for kind in (guard.KML, guard.GEOJSON, guard.WKT):
            members = archive.named(kind.suffixes)
            if members:
                return _texts(archive, kind, members)
        if archive.nested():
            raise BadRegion(f"{what} holds another archive; unpack it and give the one within.")
        raise BadRegion(f"There is no shapefile, KML or GeoJSON in {what}; unpack it and give the file that you mean.")


def _zipped_shapefiles(archive: Archive, shapefiles: list[PurePosixPath]) -> list[Layer]:
    from s2dl.regions.vector import SIDECARS, from_shapefile  # noqa: PLC0415  # GDAL loads when a shapefile comes

    beside = archive.named(SIDECARS)
    layers = []
    left = guard.LARGEST_BINARY
    for shp in shapefiles:
        members = [shp, *(each for each in beside if _stem(each) == _stem(shp))]
        contents = archive.read(members, left)
        left -= sum(map(len, contents))
        guard.must_agree(str(shp), contents[0][:4096], guard.SHAPEFILE)
        parts = {member.suffix.lower(): content for member, content in zip(members, contents, strict=True)}
        layers += from_shapefile(parts, f"{shown(shp)} in {archive.what}")
    return layers


def _texts(archive: Archive, kind: Kind, members: list[PurePosixPath]) -> list[Layer]:
    if not members:
        inside = "another archive" if archive.nested() else f"no {kind.suffixes[0]}"
        raise BadRegion(f"{archive.what} holds {inside}; unpack it and give the file that you mean.")
    layers = []
    for member, content in zip(members, archive.read(members, guard.LARGEST_TEXT), strict=True):
        guard.must_agree(str(member), content[:4096], kind)
        layers += _text(content, kind, f"{shown(member)} in {archive.what}")
    return layers


def _stem(path: PurePosixPath) -> str:
    return str(path.with_suffix("")).lower()
