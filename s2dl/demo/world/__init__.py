"""What exists: a made-up archive of Sentinel-2, worked out from a seed.

From the ground up: `grid` (tiles), `orbits`, `swaths` (which tile is seen when), `editions` (which products are kept),
`clouds`, `keys` and `labels` (ids and names), `archive` (the products, each a `scene`). Their bytes: `safe` (texts),
`stock` (true colour, made by `draw_stock`), `filler` (other images), `blanks` (what differs from product to product),
`stored` (zip headers), `package` (all of them together). Their pictures: `place` (pixels on the Earth), `noise`,
`shore` (coasts and lakes), `climate`, `ground` and `sky`, put together by `picture` (quicklooks). `memory` keeps what
was worked out for a while; `world` is the door.
"""

from __future__ import annotations

from s2dl.demo.world.scene import Scene
from s2dl.demo.world.world import World

__all__ = ["Scene", "World"]
