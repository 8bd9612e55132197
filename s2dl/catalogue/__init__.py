"""Catalogues: a Query goes in, pages of Product come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2dl.catalogue.odata import ODataCatalogue
from s2dl.catalogue.resto import RestoCatalogue
from s2dl.catalogue.stac import StacCatalogue
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
        There is none of this name.
    ServiceError
        It is one that the service has switched off.
    """
    match settings.catalogue:
        case "odata":
            return ODataCatalogue(http, settings)
        case "stac":
            return StacCatalogue(http, settings)
        case "resto":
            return RestoCatalogue(http, settings)
        case unknown:
            raise BadInput(f"There is no catalogue {unknown!r}; the catalogues are 'odata', 'stac' and 'resto'.")
