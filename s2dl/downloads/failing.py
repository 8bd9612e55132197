"""A product that failed: what the catalogue says of it now may be the true reason."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from s2dl.catalogue import open_catalogue
from s2dl.catalogue.deleted import fates
from s2dl.downloads.plan import OFFLINE
from s2dl.errors import S2dlError, ServiceError, ServiceUnreachable
from s2dl.report import SceneResult

if TYPE_CHECKING:
    from s2dl.downloads.run import Run
    from s2dl.product import Product

__all__ = ["failed"]

_NOT_TO_BE_HAD = {403, 404}
"""What the service says of a product that is offline is not documented; one that is gone is a 404."""

_log = logging.getLogger(__name__)


async def failed(product: Product, error: S2dlError, run: Run) -> SceneResult:
    """The result of a product that could not be fetched; gone offline or deleted since the search, if it is that."""
    unreachable = isinstance(error, ServiceUnreachable)
    said = SceneResult(product.name, "failed", reason=str(error), unreachable=unreachable)
    if not isinstance(error, ServiceError) or error.status not in _NOT_TO_BE_HAD:
        return said
    try:
        listed = await open_catalogue(run.http, run.settings).by_names([product.name])
    except ServiceError as trouble:
        _log.warning("%s could not be looked up: %s", product.name, trouble)
        return said
    if any(not each.online for each in listed):
        return SceneResult(product.name, "offline", reason=OFFLINE)
    told = {} if listed else await fates(run.http, run.settings, [product.name])
    return SceneResult(product.name, "failed", reason=told.get(product.name, str(error)))
