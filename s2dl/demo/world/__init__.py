"""What exists: a made-up archive of Sentinel-2, worked out from a seed.

From the ground up: `grid` (tiles), `orbits`, `swaths` (which tile is seen when), `editions` (which products are kept),
`clouds`, `keys` and `labels` (ids and names), `archive` (the products), `package`, `safe` and `picture` (their bytes).
"""

from __future__ import annotations

from s2dl.demo.world.scene import Scene
from s2dl.demo.world.world import World

__all__ = ["Scene", "World"]
