"""Earth: coastlines and lakes, shipped with s2dl, so that maps and made-up pictures need no network.

`natural_earth.zip` holds them (see README.md beside it); `rings` is how polygons are written there, `shores` reads
them, `derive` made the file.
"""

from __future__ import annotations

from s2dl.earth.shores import Shores, around, turned, whole

__all__ = ["Shores", "around", "turned", "whole"]
