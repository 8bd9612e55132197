"""Quicklooks: fetched within bounds, checked, and made into PNG."""

from __future__ import annotations

import asyncio
import io
import struct
from typing import TYPE_CHECKING

from PIL import Image

from s2dl.access.bearer import origin
from s2dl.errors import BadAnswer, ServiceError

if TYPE_CHECKING:
    from s2dl.access.http import Http
    from s2dl.previews.account import Account
    from s2dl.product import Product

__all__ = ["NoQuicklook", "fetch_png", "open_picture"]

LARGEST = 8 * 2**20
"""Bytes; a Sentinel-2 quicklook has 4 to 30 kB."""
_MOST_PIXELS = 4_000_000
_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    LookupError,
    EOFError,
    struct.error,
    Image.DecompressionBombWarning,
    Image.DecompressionBombError,
)
"""What Pillow raises at pictures that are broken."""
_LOGIN_WANTED = {401, 403}


class NoQuicklook(BadAnswer):
    """The catalogue has no quicklook of the product."""


async def fetch_png(http: Http, product: Product, account: Account | None = None) -> bytes:
    """Fetch a product's quicklook as PNG bytes; needs no account where the service gives it to everybody.

    Parameters
    ----------
    http : Http
    product : Product
    account : Account, optional
        To ask with, where the service wants to know who asks.

    Raises
    ------
    NoQuicklook
        There is none.
    BadAnswer
        What came is no picture of bounded size, or its address is none.
    ServiceError, LoginError
        The service did not give it.
    """
    url, what = _address(product), f"The quicklook of {product.name}"
    try:
        body = await http.get_bytes(what, url, largest=LARGEST)
    except ServiceError as error:
        if account is None or error.status not in _LOGIN_WANTED:
            raise
        body = await account.get_bytes(what, url, largest=LARGEST)
    return await asyncio.to_thread(_as_png, product.name, body)


def open_picture(name: str, content: bytes) -> Image.Image:
    """Read a JPEG or PNG of bounded size, whole, as RGB.

    Parameters
    ----------
    name : str
        The product's, for the sentence.
    content : bytes

    Raises
    ------
    BadAnswer
        It is none, or too large.
    """
    try:
        picture = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
        if picture.width * picture.height > _MOST_PIXELS:
            raise BadAnswer(f"{name}: its quicklook is {picture.width} x {picture.height} pixels and was refused.")
        return picture.convert("RGB")
    except _UNREADABLE as error:
        raise BadAnswer(f"{name}: its quicklook is not a picture that can be read ({error}).") from error


def _address(product: Product) -> str:
    """Where the quicklook is; an answer or a table may say anything."""
    url = product.quicklook_url
    if url is None:
        raise NoQuicklook(f"{product.name}: the catalogue has no quicklook of it.")
    try:
        scheme, host, _ = origin(url)
    except ValueError:
        scheme = host = ""
    if scheme not in {"https", "http"} or not host:
        raise BadAnswer(f"{product.name}: the address of its quicklook is none ({url[:80]!r}).")
    return url


def _as_png(name: str, body: bytes) -> bytes:
    out = io.BytesIO()
    open_picture(name, body).save(out, "PNG")
    return out.getvalue()
