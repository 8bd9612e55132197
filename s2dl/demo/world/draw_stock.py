"""Makes stock_tci.jp2: ``python -m s2dl.demo.world.draw_stock``.

The picture is a quicklook of this world: a bay between hills, under a few clouds. Its bytes depend on the version of
OpenJPEG within Pillow, and so would the checksums of all products; hence the file is kept.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from s2dl.demo.world.picture import pixels
from s2dl.demo.world.stock import ASSET, SIDE
from s2dl.demo.world.world import World

__all__ = ["draw_stock"]

_SEED = 0
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_SCENE = "S2B_MSIL2A_20240606T092651_N0510_R093_T34SFH_20240606T171605.SAFE"
_BYTES = 1200  # about; three of them fit into a product of the usual size


def draw_stock(asset: Path = ASSET) -> None:
    """Write the picture.

    Raises
    ------
    LookupError
        The world has changed, and the product that is shown is no longer there.
    """
    scene = World(_SEED, now=_NOW).by_name(_SCENE)
    if scene is None:
        raise LookupError(_SCENE)
    picture = Image.fromarray(pixels(scene, _SEED)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    raw = 3 * SIDE**2
    picture.save(asset, "JPEG2000", quality_mode="rates", quality_layers=[raw / _BYTES], irreversible=True, mct=1)


if __name__ == "__main__":
    draw_stock()
