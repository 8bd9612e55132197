"""Every recorded vector and raster file gives the box that other people's tools report for it, or the right refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2dl import read_region
from s2dl.errors import BadRegion

CLOSE = 0.0025
"""Degrees: about 200 m, for old datums and for bent edges that tools which move corners alone leave out."""

BOXES = {
    "vector/shp/POLYGON/POLYGON.shp": (10.1724, 55.3823, 10.4237, 55.4826),
    "vector/shp/box/box.shp": (-78.2152, 24.3795, -77.465, 24.8445),
    "vector/shp/gre/gre.shp": (-62.0066, 11.786, -61.1732, 12.5967),
    "vector/shp/a_utm/a_utm.shp": (-74.1019, 40.5741, -74.0523, 40.6205),
    "vector/shp/two_states/two_states.shp": (-124.732, 41.9916, -116.463, 49.0028),
    "vector/shp/a/a.shp": (-118.249, 33.7326, -118.072, 33.8962),
    "vector/shp/nc/nc.shp": (-84.3238, 33.8821, -75.4566, 36.5897),
    "vector/shp/naturalearth_lowres/naturalearth_lowres.shp": (-180, -90, 180, 83.6451),
    "vector/zip/senate.zip": (-73.5082, 41.238, -69.9278, 42.8868),
    "vector/zip/qgis.zip": (1.50727, 3.86595, 53.7736, 50.8605),
    "vector/kml/scalve.kml": (10.0148, 45.929, 10.2622, 46.0617),
    "vector/kml/kmlsamples.kml": (-122.086, 36.1453, 15.3583, 38.8729),
    "vector/kml/us_states.kml": (-178.123, 18.9483, 173.305, 71.3516),
    "vector/kmz/us_states.kmz": (-178.123, 18.9483, 173.305, 71.3516),
    "vector/kml/togeojson_polygon.kml": (-122.367, 37.8188, -122.365, 37.8199),
    "vector/kml/Fairbanks_SLC.kml": (-150.173, 63.9421, -144.136, 65.9903),
    "vector/geojson/sentinelsat_map.geojson": (-66.2695, -8.05923, -57.3047, 0.703107),
    "vector/geojson/sentinelsat_map_download.geojson": (-32.0555, -54.1045, -31.646, -53.8674),
    "vector/geojson/austria.geojson": (9.52791, 46.373, 17.1579, 49.0212),
    "vector/geojson/france_fields.geojson": (2.99063, 48.3075, 3.02458, 48.3199),
    "vector/geojson/Montemor_forest.geojson": (-8.24584, 38.5603, -8.10784, 38.6165),
    "vector/geojson/parks.geojson": (-73.9823, 40.7643, 2.46976, 51.513),
    "vector/geojson/Hawaii.json": (-159.764, 18.9483, -154.808, 22.229),
    "vector/geojson/rmnp.geojson": (-105.914, 40.1581, -105.494, 40.5538),
    "vector/geojson/NZL.geo.json": (166.509, -46.6412, 178.517, -34.4507),
    "vector/geojson/ITA.geo.json": (6.74995, 36.62, 18.4802, 47.1154),
    "vector/geojson/antimeridian_split.json": (-180, 40, 180, 50),
    "vector/gpkg/geopackage-example.gpkg": (15.9852, 46.407, 16.0431, 46.4263),
    "vector/gpkg/Oregon.gpkg": (-124.613, 41.9926, -116.462, 46.2853),
    "vector/gpkg/nc.gpkg": (-84.3238, 33.8821, -75.4566, 36.5897),
    "raster/geotiff/RGB.byte.tif": (-78.9587, 23.565, -76.5749, 25.5509),
    "raster/geotiff/cog_scale_epsg4326.tif": (126.724, 36.9353, 127.988, 37.9431),
    "raster/geotiff/S2A_29RKH_20200219_0_L2A_SCL.tif": (-11.9792, 24.2963, -10.8745, 25.3046),
    "raster/geotiff/S2A_29RKH_20200219_0_L2A.json": (-11.9792, 24.2963, -10.8745, 25.3046),
    "raster/geotiff/S1A__IW___A_20150309T173017_VV_grd_mli_geo_norm_db.tif": (4.48677, 43.5744, 4.55413, 43.6143),
    "raster/geotiff/datacube_test.tif": (144, -36, 145, -35),
    "raster/geotiff/utmsmall.tif": (-117.642, 33.8483, -117.577, 33.9027),
    "raster/gcp/S1A_IW_GRDH_20180716_iw-vv.tiff": (75.6052, 9.22578, 78.2039, 11.1904),
    "raster/envi/uint16_envi_bigendian.dat": (-117.642, 33.8915, -117.629, 33.9024),
    "raster/envi/uint16_envi_bigendian.hdr": (-117.642, 33.8915, -117.629, 33.9024),
    "raster/envi/envi_rgbsmall_bsq.img": (-44.8403, -23.1008, -44.6687, -22.9326),
    "raster/envi/envi_rgbsmall_bsq.hdr": (-44.8403, -23.1008, -44.6687, -22.9326),
    "raster/jp2/fake_sent2_preview.jp2": (2.99973, 46.857, 4.46674, 47.8537),
}

REFUSALS = {
    "vector/shp/empty/empty.shp": "empty",
    "vector/shp/poly/poly.shp": "none of its coordinate reference system.*British National Grid",
    "vector/zip/badzip.zip": "not a zip archive",
    "vector/zip/empty_zipfile.zip": "no shapefile",
    "vector/kml/togeojson_linestring.kml": "LineString without an area",
    "vector/kml/togeojson_point.kml": "Point without an area",
    "vector/kml/gdal_truncated.kml": "not well-formed",
    "vector/kml/gdal_empty.kml": "no geometry",
    "vector/kmz/doc.kmz": "no geometry",
    "vector/kmz/bad-pk-data.kmz": "Point without an area",
    "vector/geojson/gpq_empty-collection.geojson": "no geometry",
    "raster/geotiff/float.tif": "names no coordinate reference system",
    "raster/gcp/byte_gcp.tif": "fewer than 3 ground control points",
}


@pytest.mark.parametrize("name", BOXES)
def test_the_box_is_the_recorded_one(shared: Path, name: str) -> None:
    region = read_region(shared / "data" / name)
    assert region.bounds == pytest.approx(BOXES[name], abs=CLOSE)
    assert region.is_valid


@pytest.mark.parametrize("name", REFUSALS)
def test_the_refusal_says_why(shared: Path, name: str) -> None:
    with pytest.raises(BadRegion, match=REFUSALS[name]):
        read_region(shared / "data" / name)


def test_no_file_is_forgotten(shared: Path) -> None:
    data = shared / "data"
    known = {".shp", ".zip", ".kml", ".kmz", ".geojson", ".json", ".gpkg", ".tif", ".tiff", ".jp2", ".dat", ".img"}
    there = {
        path.relative_to(data).as_posix()
        for folder in ("vector", "raster")
        for path in (data / folder).rglob("*")
        if path.suffix in known
    }
    assert there <= BOXES.keys() | REFUSALS.keys()


def test_a_country_across_the_antimeridian_is_not_a_belt_round_the_earth(shared: Path) -> None:
    region = read_region(shared / "data" / "vector/geojson/antimeridian_split.json")
    assert sorted(part.bounds for part in region.geoms) == [(-180, 40, -170, 50), (170, 40, 180, 50)]


def test_a_mixture_of_kinds_is_refused(shared: Path) -> None:
    raster = shared / "data" / "raster"
    geocoded, ground = raster / "geotiff/utmsmall.tif", raster / "gcp/S1A_IW_GRDH_20180716_iw-vv.tiff"
    with pytest.raises(BadRegion, match=r"geocoded image and .* ground range image: images must all be of one kind"):
        read_region([geocoded, ground])
    both = read_region([str(geocoded), str(raster / "geotiff/RGB.byte.tif")])
    assert both.bounds == pytest.approx((-117.642, 23.565, -76.5749, 33.9027), abs=CLOSE)
