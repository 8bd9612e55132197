"""``manifest.safe``, the file of a product that lists its other files: is it one, and what does it hold."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

__all__ = ["LARGEST_MANIFEST", "MANIFEST", "read_manifest"]

MANIFEST = "manifest.safe"
"""Its name, in the product's folder."""
LARGEST_MANIFEST = 16 * 2**20
"""Bytes; a manifest has some 50 kB, that of an old product with many granules some megabytes."""
_ROOT = "{urn:ccsds:schema:xfdu:1}XFDU"


def read_manifest(content: bytes) -> Element:
    """Read a manifest's XML.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    Element
        Its root, an ``XFDU`` of CCSDS 661.0-B-1, on which the SAFE format builds.

    Raises
    ------
    ValueError
        It is none; the text says why.
    """
    try:
        root: Element = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise ValueError(f"it cannot be read ({error})") from error
    if root.tag != _ROOT:
        raise ValueError(f"it is something else ({root.tag[:80]!r})")
    return root
