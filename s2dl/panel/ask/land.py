"""Land and lakes, the ground of a map without tiles: coarse from afar, in full detail where the map is near."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipyleaflet
from traitlets import Bool, Unicode

from s2dl.panel.ask.layer import MapLayer
from s2dl.panel.scripts import joined

__all__ = ["GROUND", "Land"]

_HERE = Path(__file__).parent

GROUND = "s2dl-ground"
"""The map's pane that it is drawn in, under all others."""


class Land(MapLayer):
    """Draws land and lakes; `panel.css` colours them by the classes ``s2dl-land`` and ``s2dl-lakes``.

    Attributes
    ----------
    spare : bool
        There are tiles; the page sends ``{"tiles": "missing"}`` when none of them comes.
    """

    _esm = joined([_HERE / "leaflet.js", _HERE / "land.js"])
    pane = Unicode(GROUND).tag(sync=True)
    spare = Bool(False).tag(sync=True)
    kinds = ("everywhere", "near", "sight")

    def lay(self, leaflet: ipyleaflet.Map) -> None:
        """Draw the whole Earth, and from now on what lies around the map's view as fine as its zoom needs.

        Takes a moment: what knows the shores is loaded only now.
        """
        from s2dl.panel.basemap import Nearby, everywhere  # noqa: PLC0415 - heavy, see above

        self.tell("everywhere", {}, [everywhere()])
        nearby = Nearby()

        def follow(_: Any) -> None:
            land = nearby.look(leaflet.bounds, int(leaflet.zoom))
            if land is not None:
                self.tell("near", {}, [land])
            self.tell("sight", {"near": nearby.inside}, [])

        leaflet.observe(follow, ["bounds", "zoom"])
        follow(None)
