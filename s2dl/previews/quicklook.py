"""Quicklooks: fetched within bounds, checked, and made into PNG."""

from __future__ import annotations

import asyncio
import io
import warnings
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from s2dl.errors import BadAnswer

if TYPE_CHECKING:
    from s2dl.access.http import Http
    from s2dl.product import Product

__all__ = ["NoQuicklook", "fetch_png"]

LARGEST = 8 * 2**20
"""Bytes; a Sentinel-2 quicklook has 4 to 30 kB."""
_MOST_PIXELS = 4_000_000


class NoQuicklook(BadAnswer):
    """The catalogue has no quicklook of the product."""


async def fetch_png(http: Http, product: Product) -> bytes:
    """Fetch a product's quicklook as PNG bytes; needs no account.

    Raises
    ------
    NoQuicklook
        There is none.
    BadAnswer
        What came is no picture of bounded size.
    ServiceError
        The service did not give it.
    """
    if product.quicklook_url is None:
        raise NoQuicklook(f"{product.name}: the catalogue has no quicklook of it.")
    body = await http.get_bytes(f"The quicklook of {product.name}", product.quicklook_url, largest=LARGEST)
    return await asyncio.to_thread(_as_png, product.name, body)


def _as_png(name: str, body: bytes) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(body), formats=("JPEG", "PNG"))
            if picture.width * picture.height > _MOST_PIXELS:
                raise BadAnswer(f"{name}: its quicklook is {picture.width} x {picture.height} pixels and was refused.")
            out = io.BytesIO()
            picture.convert("RGB").save(out, "PNG")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombWarning) as error:
        raise BadAnswer(f"{name}: its quicklook is not a picture that can be read ({error}).") from error
    return out.getvalue()
