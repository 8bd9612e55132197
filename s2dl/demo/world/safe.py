"""The text files of a SAFE product: what its metadata and its manifest say."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from s2dl.demo.world.blanks import GRANULE, VIEW, Filling
from s2dl.demo.world.grid import TILE_METRES, grid
from s2dl.demo.world.labels import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import shapely

    from s2dl.demo.world.scene import Scene

__all__ = ["TEXTS", "entry", "images", "manifest", "texts"]

_BANDS_1C = ["B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12", "TCI"]
_BANDS_2A = {
    10: ["AOT", "B02", "B03", "B04", "B08", "TCI", "WVP"],
    20: ["AOT", "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B8A", "B11", "B12", "SCL", "TCI", "WVP"],
    60: ["AOT", "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B8A", "B09", "B11", "B12", "SCL", "TCI", "WVP"],
}
_METRES_1C = {"B01": 60, "B09": 60, "B10": 60, "B02": 10, "B03": 10, "B04": 10, "B08": 10, "TCI": 10}
TEXTS = 4
"""How many text files a product has besides the manifest."""
_MIME = {"xml": "text/xml", "jp2": "application/octet-stream"}


@cache
def images(product_type: str) -> tuple[tuple[str, int], ...]:
    """Return the paths of a product's images, with blanks, and their pixel size in metres."""
    folder = f"GRANULE/{GRANULE}/IMG_DATA"
    if product_type == "S2MSI1C":
        return tuple((f"{folder}/{VIEW}_{band}.jp2", _METRES_1C.get(band, 20)) for band in _BANDS_1C)
    return tuple(
        (f"{folder}/R{metres}m/{VIEW}_{band}_{metres}m.jp2", metres)
        for metres, bands in _BANDS_2A.items()
        for band in bands
    )


def texts(scene: Scene) -> dict[str, bytes]:
    """Return the text files of a product by path, all but the manifest."""
    strip, granule = _identifiers(scene)
    return {
        f"MTD_MSIL{_level(scene)}.xml": _product_metadata(scene, strip, granule),
        "INSPIRE.xml": _inspire(scene),
        f"DATASTRIP/{scene.datastrip}/MTD_DS.xml": _datastrip_metadata(scene),
        f"GRANULE/{scene.granule}/MTD_TL.xml": _tile_metadata(scene, strip, granule),
    }


@cache
def _image_files(product_type: str) -> str:
    """Return what the metadata list of the images, with blanks."""
    return "".join(f"<IMAGE_FILE>{path.removesuffix('.jp2')}</IMAGE_FILE>\n" for path, _ in images(product_type))


def _product_metadata(scene: Scene, strip: str, granule: str) -> bytes:
    """Return MTD_MSIL1C.xml or MTD_MSIL2A.xml."""
    level = _level(scene)
    sensing = _milliseconds(scene.sensing)
    files = Filling.of(scene).text(_image_files(scene.product_type))
    cloud = (
        ""
        if scene.cloud_cover is None
        else f"<Cloud_Coverage_Assessment>{scene.cloud_cover}</Cloud_Coverage_Assessment>"
    )
    return _document(
        f"Level-{level}_User_Product",
        f"https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-{level}.xsd",
        f"""<n1:General_Info><Product_Info>
<PRODUCT_START_TIME>{sensing}</PRODUCT_START_TIME>
<PRODUCT_STOP_TIME>{sensing}</PRODUCT_STOP_TIME>
<PRODUCT_URI>{scene.name}</PRODUCT_URI>
<PROCESSING_LEVEL>Level-{level}</PROCESSING_LEVEL>
<PRODUCT_TYPE>{scene.product_type}</PRODUCT_TYPE>
<PROCESSING_BASELINE>{scene.baseline}</PROCESSING_BASELINE>
<GENERATION_TIME>{scene.processed.isoformat()[:19]}.000000Z</GENERATION_TIME>
<Datatake datatakeIdentifier="GS2{scene.platform}_{stamp(scene.sensing)}_{scene.absolute_orbit:06d}_N{scene.baseline}">
<SPACECRAFT_NAME>Sentinel-2{scene.platform}</SPACECRAFT_NAME>
<DATATAKE_TYPE>INS-NOBS</DATATAKE_TYPE>
<DATATAKE_SENSING_START>{sensing}</DATATAKE_SENSING_START>
<SENSING_ORBIT_NUMBER>{scene.relative_orbit}</SENSING_ORBIT_NUMBER>
<SENSING_ORBIT_DIRECTION>{scene.orbit_direction}</SENSING_ORBIT_DIRECTION>
</Datatake>
<Product_Organisation><Granule_List>
<Granule datastripIdentifier="{strip}" granuleIdentifier="{granule}" imageFormat="JPEG2000">
{files}</Granule>
</Granule_List></Product_Organisation>
</Product_Info></n1:General_Info>
<n1:Geometric_Info><Product_Footprint><Product_Footprint><Global_Footprint>
<EXT_POS_LIST>{_positions(scene.footprint)}</EXT_POS_LIST>
</Global_Footprint></Product_Footprint></Product_Footprint></n1:Geometric_Info>
<n1:Quality_Indicators_Info>{cloud}</n1:Quality_Indicators_Info>
""",
    )


def _tile_metadata(scene: Scene, strip: str, granule: str) -> bytes:
    """Return MTD_TL.xml, with the tile's true place."""
    level = _level(scene)
    tiles = grid()
    number = tiles.index[scene.tile]
    epsg, ulx, uly = int(tiles.epsg[number]), int(tiles.ulx[number]), int(tiles.uly[number])
    sizes = "".join(
        f'<Size resolution="{m}"><NROWS>{TILE_METRES // m}</NROWS><NCOLS>{TILE_METRES // m}</NCOLS></Size>\n'
        for m in (10, 20, 60)
    )
    places = "".join(
        f'<Geoposition resolution="{m}"><ULX>{ulx}</ULX><ULY>{uly}</ULY>'
        f"<XDIM>{m}</XDIM><YDIM>-{m}</YDIM></Geoposition>\n"
        for m in (10, 20, 60)
    )
    return _document(
        f"Level-{level}_Tile_ID",
        f"https://psd-14.sentinel2.eo.esa.int/PSD/S2_PDI_Level-{level}_Tile_Metadata.xsd",
        f"""<n1:General_Info>
<TILE_ID>{granule}</TILE_ID>
<DATASTRIP_ID>{strip}</DATASTRIP_ID>
<SENSING_TIME>{_milliseconds(scene.sensing)}</SENSING_TIME>
</n1:General_Info>
<n1:Geometric_Info><Tile_Geocoding>
<HORIZONTAL_CS_NAME>WGS84 / UTM zone {epsg % 100}{"N" if epsg < 32700 else "S"}</HORIZONTAL_CS_NAME>
<HORIZONTAL_CS_CODE>EPSG:{epsg}</HORIZONTAL_CS_CODE>
{sizes}{places}</Tile_Geocoding></n1:Geometric_Info>
""",
    )


def _datastrip_metadata(scene: Scene) -> bytes:
    """Return MTD_DS.xml."""
    level = _level(scene)
    return _document(
        f"Level-{level}_DataStrip_ID",
        f"https://psd-14.sentinel2.eo.esa.int/PSD/S2_PDI_Level-{level}_Datastrip_Metadata.xsd",
        f"""<n1:General_Info><Datatake_Info>
<SPACECRAFT_NAME>Sentinel-2{scene.platform}</SPACECRAFT_NAME>
<DATATAKE_SENSING_START>{_milliseconds(scene.sensing)}</DATATAKE_SENSING_START>
<SENSING_ORBIT_NUMBER>{scene.relative_orbit}</SENSING_ORBIT_NUMBER>
</Datatake_Info></n1:General_Info>
""",
    )


def _inspire(scene: Scene) -> bytes:
    """Return INSPIRE.xml, cut down to what identifies the product."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gmd:MD_Metadata xmlns:gmd="http://www.isotc211.org/2005/gmd" xmlns:gco="http://www.isotc211.org/2005/gco">\n'
        f"<gmd:fileIdentifier><gco:CharacterString>{scene.name}</gco:CharacterString></gmd:fileIdentifier>\n"
        f"<gmd:dateStamp><gco:Date>{scene.processed.date().isoformat()}</gco:Date></gmd:dateStamp>\n"
        "</gmd:MD_Metadata>\n"
    ).encode()


def entry(number: int, path: str, size: int, sha3: str) -> str:
    """Return what the manifest says of a file; SHA3-256 in upper-case hex."""
    return (
        f'<dataObject ID="Object_{number}"><byteStream mimeType="{_MIME[path[-3:]]}" size="{size}">'
        f'<fileLocation href="./{path}" locatorType="URL"/>'
        f'<checksum checksumName="SHA3-256">{sha3}</checksum></byteStream></dataObject>\n'
    )


def manifest(scene: Scene, entries: Iterable[str]) -> bytes:
    """Return manifest.safe around the entries of the files to list."""
    objects = "".join(entries)
    level = _level(scene)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1" xmlns:safe="http://www.esa.int/safe/sentinel/1.1"'
        f' version="esa/safe/sentinel/1.1/sentinel-2/msi/archive_l{level.lower()}_user_product">\n'
        f'<informationPackageMap><xfdu:contentUnit textInfo="SENTINEL-2 MSI Level-{level} User Product"'
        f' unitType="Product_Level-{level}"/></informationPackageMap>\n'
        f"<dataObjectSection>\n{objects}</dataObjectSection>\n</xfdu:XFDU>\n"
    ).encode()


def _document(root: str, schema: str, content: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<n1:{root} xmlns:n1="{schema}">\n{content}</n1:{root}>\n'
    ).encode()


def _level(scene: Scene) -> str:
    return scene.product_type[-2:]


@lru_cache(maxsize=1024)
def _milliseconds(moment: datetime) -> str:
    return f"{moment.isoformat(timespec='milliseconds')[:-6]}Z"


def _identifiers(scene: Scene) -> tuple[str, str]:
    """Return the long identifiers of datastrip and granule."""
    head, tail = f"S2{scene.platform}_OPER_MSI_L{_level(scene)}", f"N{scene.baseline}"
    station = scene.datastrip.removeprefix("DS_")[:4]
    made = f"{station}_{stamp(scene.processed)}"
    granule = f"{head}_TL_{made}_A{scene.absolute_orbit:06d}_T{scene.tile}_{tail}"
    return f"{head}_{scene.datastrip}_{tail}", granule


@lru_cache(maxsize=4096)
def _positions(footprint: shapely.Geometry) -> str:
    """Return the corners as the metadata write them: latitude longitude, closed."""
    polygon = getattr(footprint, "geoms", [footprint])[0]
    return " ".join(f"{lat} {lon}" for lon, lat in polygon.exterior.coords)
