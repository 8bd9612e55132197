"""Orders of offline products: placed in the account's workspace, and remembered so that a restart does not repeat them.

The body is the one that the Copernicus Browser posts (https://github.com/eu-cdse/copernicus-browser); the Data Space
documents no ordering of its own.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from s2dl.access.identity import session_for
from s2dl.errors import ServiceError
from s2dl.files import write_durably

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from s2dl.downloads.run import Run
    from s2dl.product import Product

__all__ = ["Orders", "orders_path", "place_orders"]

_MOST_A_CALL = 50
_LIFE = timedelta(days=7)
"""An order that was not served in a week is taken for lost, and placed anew."""
_LARGEST = 16 * 2**20

_log = logging.getLogger(__name__)


def orders_path(progress_file: Path) -> Path:
    """Where the orders of a progress file are remembered: hidden, beside it."""
    return progress_file.with_name(f".{progress_file.name}.orders")


class Orders:
    """Which products were ordered, and when.

    Parameters
    ----------
    path : Path
        Read when made. What cannot be read as orders is left out, with a warning: the worst that comes of it is a
        second order.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._placed = _read(path)

    def placed(self, name: str) -> datetime | None:
        """When a product was ordered (UTC); None where it was not, or too long ago."""
        return self._placed.get(name)

    def note(self, products: Iterable[Product]) -> None:
        """Remember that products were ordered now."""
        now = datetime.now(UTC).replace(microsecond=0)
        self._keep(self._placed | {product.name: now for product in products})

    def forget(self, name: str) -> None:
        """Forget an order: its product has come."""
        if name in self._placed:
            self._keep({each: when for each, when in self._placed.items() if each != name})

    def _keep(self, placed: dict[str, datetime]) -> None:
        self._placed = placed
        content = {"version": 1, "orders": {name: when.isoformat() for name, when in placed.items()}}
        try:
            if placed:
                write_durably(self._path, json.dumps(content, indent=1).encode())
            else:
                self._path.unlink(missing_ok=True)
        except OSError as error:  # the downloads go on: all that is lost is the memory
            _log.warning("%s: orders cannot be remembered (%s); a restart may order again", self._path, error)


def _read(path: Path) -> dict[str, datetime]:
    if not path.is_file():
        return {}
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST else b""
        listed = json.loads(content)["orders"].items()
        told = {str(name): datetime.fromisoformat(when) for name, when in listed}
        now = datetime.now(UTC)
        return {name: when for name, when in told.items() if now - _LIFE < when <= now}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        _log.warning("%s holds no orders of s2dl (%s); offline products may be ordered again", path, error)
        return {}


async def place_orders(products: Sequence[Product], run: Run, orders: Orders) -> None:
    """Order products at ``order_url``, and remember each call that was accepted.

    Raises
    ------
    LoginError
        Orders need an account.
    ServiceError
        The service's own error; what it had accepted before is remembered.
    """
    for first in range(0, len(products), _MOST_A_CALL):
        some = products[first : first + _MOST_A_CALL]
        await _post([_item(product) for product in some], run)
        orders.note(some)


async def _post(items: list[dict[str, Any]], run: Run) -> None:
    session = session_for(run.settings)
    token = await session.token(run.http)
    try:
        await run.http.post_json("The order", run.settings.order_url, items, token=token)
    except ServiceError as error:
        if error.status != 401:
            raise
        token = await session.token(run.http, refused=token)
        await run.http.post_json("The order", run.settings.order_url, items, token=token)


def _item(product: Product) -> dict[str, Any]:
    sensed = product.sensing_start
    item = {
        "name": product.name,
        "productId": product.id,
        "cloudCover": product.cloud_cover,
        "platformShortName": "SENTINEL-2",
        "platformSerialIdentifier": (product.platform or "").removeprefix("S2"),
        "startDate": None if sensed is None else sensed.isoformat().replace("+00:00", "Z"),
        "online": product.online,
        "size": product.size,
        "productType": product.product_type,
    }
    return item | ({"thumbnailDownloadLink": product.quicklook_url} if product.quicklook_url else {})
