"""Catalogues: a Query goes in, pages of Product come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2dl.catalogue.odata import ODataCatalogue
from s2dl.errors import BadInput

if TYPE_CHECKING:
    from s2dl.access.http import Http
    from s2dl.catalogue.base import Catalogue
    from s2dl.settings import Settings

__all__ = ["open_catalogue"]


def open_catalogue(http: Http, settings: Settings) -> Catalogue:
    """The catalogue that `settings` names.

    Raises
    ------
    BadInput
        It is none that s2dl speaks.
    """
    if settings.catalogue != "odata":
        raise BadInput(f"The catalogue {settings.catalogue!r} is not spoken by this version; use 'odata'.")
    return ODataCatalogue(http, settings)
