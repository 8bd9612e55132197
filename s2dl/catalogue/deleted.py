"""What became of products that the catalogue no longer lists.

The OData catalogue keeps their names, whichever catalogue is searched: "Deleted products" in
https://documentation.dataspace.copernicus.eu/APIs/OData.html
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from s2dl.catalogue.odata_filter import quoted
from s2dl.errors import BadAnswer, ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2dl.access.http import Http
    from s2dl.settings import Settings

__all__ = ["UNKNOWN_FATE", "fates"]

UNKNOWN_FATE = "The catalogue does not list it any more; search again, a newer baseline may have replaced it."
_NAMES_A_REQUEST = 40

_log = logging.getLogger(__name__)


async def fates(http: Http, settings: Settings, names: Sequence[str]) -> dict[str, str]:
    """Say what became of products, a sentence by name; names of which the service knows nothing are left out.

    A service that cannot be asked is logged and knows nothing: the products are gone either way.
    """
    found: dict[str, str] = {}
    for first in range(0, len(names), _NAMES_A_REQUEST):
        try:
            found |= await _asked(http, settings, names[first : first + _NAMES_A_REQUEST])
        except ServiceError as error:
            _log.warning("what became of vanished products could not be asked: %s", error)
            return found
    return found


async def _asked(http: Http, settings: Settings, names: Sequence[str]) -> dict[str, str]:
    clause = " or ".join(f"Name eq {quoted(name)}" for name in names)
    params = [("$filter", f"Collection/Name eq 'SENTINEL-2' and ({clause})"), ("$top", "1000")]
    answer = await http.get_json("The list of deleted products", f"{settings.base_url}/DeletedProducts", params)
    entries = answer.get("value")
    if not isinstance(entries, list):
        raise BadAnswer("The list of deleted products: the service gave no list; try again later.")
    return {str(entry["Name"]): _sentence(entry) for entry in entries if isinstance(entry, dict) and "Name" in entry}


def _sentence(entry: dict[str, Any]) -> str:
    day, cause = str(entry.get("DeletionDate") or "")[:10], str(entry.get("DeletionCause") or "")[:80]
    when = f" on {day}" if day else ""
    why = f" ({cause})" if cause else ""
    return f"The service deleted it{when}{why}; search again, a newer baseline may have replaced it."
