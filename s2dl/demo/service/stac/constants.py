"""What all items and collections say alike: extensions, ways to log in, object stores, bands."""

from __future__ import annotations

from typing import Any

__all__ = ["BANDS", "STORAGE", "band", "extensions", "schemes"]

Json = dict[str, Any]

_EXTENSIONS = {
    "https://cs-si.github.io/eopf-stac-extension": "v1.2.0",
    "https://stac-extensions.github.io/alternate-assets": "v1.2.0",
    "https://stac-extensions.github.io/authentication": "v1.1.0",
    "https://stac-extensions.github.io/classification": "v2.0.0",
    "https://stac-extensions.github.io/eo": "v2.0.0",
    "https://stac-extensions.github.io/file": "v2.1.0",
    "https://stac-extensions.github.io/grid": "v1.1.0",
    "https://stac-extensions.github.io/processing": "v1.2.0",
    "https://stac-extensions.github.io/product": "v1.0.0",
    "https://stac-extensions.github.io/projection": "v2.0.0",
    "https://stac-extensions.github.io/raster": "v2.0.0",
    "https://stac-extensions.github.io/sat": "v1.1.0",
    "https://stac-extensions.github.io/storage": "v2.0.0",
    "https://stac-extensions.github.io/timestamps": "v1.1.0",
    "https://stac-extensions.github.io/view": "v1.1.0",
}

STORAGE: Json = {
    "cdse-s3": {
        "title": "Copernicus Data Space Ecosystem S3",
        "description": "The object storage of the Copernicus Data Space Ecosystem.",
        "platform": "https://eodata.dataspace.copernicus.eu",
        "requester_pays": False,
        "type": "custom-s3",
    },
    "creodias-s3": {
        "title": "CREODIAS S3",
        "description": "The same data for customers of CREODIAS.",
        "platform": "https://eodata.cloudferro.com",
        "requester_pays": True,
        "type": "custom-s3",
    },
}

BANDS: dict[str, tuple[str, str, float, float, int]] = {
    "B01": ("Coastal aerosol (band 1)", "coastal", 0.443, 0.228, 60),
    "B02": ("Blue (band 2)", "blue", 0.493, 0.267, 10),
    "B03": ("Green (band 3)", "green", 0.56, 0.291, 10),
    "B04": ("Red (band 4)", "red", 0.665, 0.342, 10),
    "B05": ("Red edge 1 (band 5)", "rededge071", 0.704, 0.357, 20),
    "B06": ("Red edge 2 (band 6)", "rededge075", 0.741, 0.374, 20),
    "B07": ("Red edge 3 (band 7)", "rededge078", 0.783, 0.399, 20),
    "B08": ("NIR 1 (band 8)", "nir", 0.833, 0.454, 10),
    "B8A": ("NIR 2 (band 8A)", "nir08", 0.865, 0.441, 20),
    "B09": ("NIR 3 (band 9)", "nir09", 0.945, 0.479, 60),
    "B10": ("Cirrus (band 10)", "cirrus", 1.377, 0.706, 60),
    "B11": ("SWIR 1 (band 11)", "swir16", 1.614, 0.841, 20),
    "B12": ("SWIR 2 (band 12)", "swir22", 2.202, 1.16, 20),
}
"""Description, common name, centre and width in micrometres, and pixel size in metres, by band."""


def band(name: str) -> Json:
    """What an asset says of a band."""
    description, common, centre, width, _ = BANDS[name]
    return {
        "name": name,
        "description": description,
        "eo:center_wavelength": centre,
        "eo:full_width_half_max": width,
        "eo:common_name": common,
    }


def extensions(product_type: str) -> list[str]:
    """The extensions that items of a product type use."""
    return [
        f"{address}/{version}/schema.json"
        for address, version in _EXTENSIONS.items()
        if product_type == "S2MSI2A" or not address.endswith("classification")
    ]


def schemes(identity: str) -> Json:
    """The ways to log in; `identity` is the identity origin."""
    realm = f"{identity}/auth/realms/CDSE/.well-known/openid-configuration"
    return {"s3": {"type": "s3"}, "oidc": {"type": "openIdConnect", "openIdConnectUrl": realm}}
