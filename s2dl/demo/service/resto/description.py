"""The OpenSearch description: the parameters of a search, for clients that check theirs against it."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from s2dl.demo.service.resto.asked import MAX_RECORDS

__all__ = ["description"]

_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(|Z|[\+\-][0-9]{2}:[0-9]{2}))?$"
_INTERVAL = r"^(\[|\]|[0-9])?[0-9]+$|^[0-9]+?(\[|\])$|^(\[|\])[0-9]+,[0-9]+(\[|\])$"

_PARAMETERS: dict[str, tuple[str, dict[str, str]]] = {
    "maxRecords": ("count", {"minInclusive": "1", "maxInclusive": str(MAX_RECORDS)}),
    "index": ("startIndex", {"minInclusive": "1"}),
    "page": ("startPage", {"minInclusive": "1"}),
    "identifier": ("geo:uid", {}),
    "geometry": ("geo:geometry", {"title": "Region of interest as WKT in EPSG:4326"}),
    "box": ("geo:box", {"title": "Region of interest: west,south,east,north in degrees"}),
    "lon": ("geo:lon", {"minInclusive": "-180", "maxInclusive": "180"}),
    "lat": ("geo:lat", {"minInclusive": "-90", "maxInclusive": "90"}),
    "radius": ("geo:radius", {"title": "Metres", "minInclusive": "1"}),
    "startDate": ("time:start", {"pattern": _MOMENT}),
    "completionDate": ("time:end", {"pattern": _MOMENT}),
    "productIdentifier": ("eo:productIdentifier", {}),
    "productType": ("eo:productType", {}),
    "processingLevel": ("eo:processingLevel", {}),
    "platform": ("eo:platform", {}),
    "instrument": ("eo:instrument", {}),
    "sensorMode": ("eo:sensorMode", {}),
    "orbitNumber": ("eo:orbitNumber", {"pattern": _INTERVAL}),
    "cloudCover": ("eo:cloudCover", {"pattern": _INTERVAL}),
    "publishedAfter": ("resto:publishedAfter", {"pattern": _MOMENT}),
    "publishedBefore": ("resto:publishedBefore", {"pattern": _MOMENT}),
    "sortParam": ("resto:sortParam", {}),
    "sortOrder": ("resto:sortOrder", {}),
    "status": ("resto:status", {}),
    "exactCount": ("resto:exactCount", {}),
    "orbitDirection": ("eo:orbitDirection", {}),
    "relativeOrbitNumber": ("sentinel:relativeOrbitNumber", {"pattern": _INTERVAL}),
    "tileId": ("sentinel:tileId", {}),
}
_OPTIONS = {
    "productType": ("S2MSI1C", "S2MSI2A"),
    "processingLevel": ("S2MSI1C", "S2MSI2A"),
    "platform": ("S2A", "S2B", "S2C"),
    "sortParam": ("startDate", "completionDate", "published", "updated", "cloudCover"),
    "sortOrder": ("ascending", "descending"),
    "status": ("ONLINE", "OFFLINE", "ALL"),
}
_SPACES = {
    "": "http://a9.com/-/spec/opensearch/1.1/",
    ":time": "http://a9.com/-/opensearch/extensions/time/1.0/",
    ":geo": "http://a9.com/-/opensearch/extensions/geo/1.0/",
    ":eo": "http://a9.com/-/opensearch/extensions/eo/1.0/",
    ":parameters": "http://a9.com/-/spec/opensearch/extensions/parameters/1.0/",
    ":resto": "http://mapshup.info/-/resto/2.0/",
    ":sentinel": "http://creodias.eu/namespace/sentinel",
}


def description(address: str) -> str:
    """The document; `address` is that of the search."""
    spaces = " ".join(f"xmlns{prefix}={quoteattr(uri)}" for prefix, uri in _SPACES.items())
    template = "&".join(f"{name}={{{value}?}}" for name, (value, _) in _PARAMETERS.items())
    parameters = "".join(_parameter(name, value, more) for name, (value, more) in _PARAMETERS.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<OpenSearchDescription xml:lang="en" {spaces}>\n'
        " <ShortName>Sentinel-2</ShortName>\n"
        " <Description>Sentinel-2 Collection</Description>\n"
        f' <Url type="application/json" rel="results" template={quoteattr(f"{address}?{template}")}>\n'
        f"{parameters} </Url>\n</OpenSearchDescription>\n"
    )


def _parameter(name: str, value: str, more: dict[str, str]) -> str:
    attributes = {"name": name, "value": f"{{{value}}}"} | more
    head = " ".join(f"{key}={quoteattr(text)}" for key, text in attributes.items())
    options = "".join(f"   <parameters:Option value={quoteattr(option)}/>\n" for option in _OPTIONS.get(name, ()))
    if not options:
        return f"  <parameters:Parameter {head}/>\n"
    return f"  <parameters:Parameter {head}>\n{options}  </parameters:Parameter>\n"
