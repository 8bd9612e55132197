"""World: the made-up but plausible Sentinel-2 archive behind the embedded Data Space.

What exists, when, where and under which clouds follows from a seed alone; nothing is stored. See `archive` for the
products, `package` for their files and `picture` for their quicklooks.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from s2dl.demo.world import orbits
from s2dl.demo.world.archive import Archive, Criteria
from s2dl.demo.world.grid import grid
from s2dl.demo.world.memory import Memo, Memory
from s2dl.demo.world.package import Digests, Package
from s2dl.demo.world.picture import draw
from s2dl.demo.world.scene import Scene
from s2dl.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import shapely

__all__ = ["Scene", "World"]

_NAME = re.compile(
    r"S2(?P<platform>[ABC])_MSIL(?:1C|2A)_(?P<sensing>\d{8}T\d{6})_N\d{4}_R\d{3}_T(?P<tile>\w{5})_\d{8}T\d{6}\.SAFE"
)
_QUESTIONS, _ANSWERS = 8, 12_000  # questions remembered, products of each: a service pages to 11 000
_DIGESTS, _PACKAGES, _PICTURES = 50_000, 64, 64
_SMALLEST, _LARGEST = 1, 3_900_000_000  # bytes; a plain zip ends at 4 GiB


class World:
    """An archive of Sentinel-2 products, computed from a seed.

    Parameters
    ----------
    seed : int
        Two worlds of one seed are equal to the last bit, in any process.
    product_size : int
        Bytes that the zip of a product should have; a product of many files may need some more. From 20 000 (L1C) and
        40 000 (L2A) on, true-colour images are real pictures; the others never are.
    big : mapping of str to int, optional
        Globs of product names to the sizes that those products have instead; the first that fits counts.
    now : datetime, optional
        Nothing published after it exists; the present by default.

    Raises
    ------
    BadInput
        A size is not between 1 and 3 900 000 000 bytes, or `now` has no time zone.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        product_size: int = 40_000,
        big: Mapping[str, int] | None = None,
        now: datetime | None = None,
    ) -> None:
        self._sizes = [*(big or {}).items(), ("*", product_size)]
        for glob, size in self._sizes:
            if not _SMALLEST <= size <= _LARGEST:
                raise BadInput(f"Size {size} of {glob!r}: give {_SMALLEST} to {_LARGEST} bytes.")
        if now is not None and now.tzinfo is None:
            raise BadInput("`now` has no time zone: give one, such as datetime.UTC.")
        self._seed = seed
        self._archive = Archive(seed, now or datetime.now(UTC))
        self._memory: Memory[Scene] = Memory(_QUESTIONS, _ANSWERS)
        self._packages: Memo[Package] = Memo(_PACKAGES)
        self._bytes: Memo[int] = Memo(_DIGESTS)
        self._digests: Memo[Digests] = Memo(_DIGESTS)
        self._pictures: Memo[bytes] = Memo(_PICTURES)

    def find(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        region: shapely.Geometry | None = None,
        tiles: Collection[str] | None = None,
        product_types: Collection[str] | None = None,
        platforms: Collection[str] | None = None,
        relative_orbits: Collection[int] | None = None,
        descending: bool = False,
    ) -> Iterator[Scene]:
        """Yield the products that satisfy all criteria, ordered by sensing time, then id.

        Parameters
        ----------
        start, end : datetime, optional
            Bounds of the sensing time, UTC, inclusive.
        region : shapely.Geometry, optional
            The footprint must intersect it; EPSG:4326, longitudes within -180 to 180 degrees.
        tiles, product_types, platforms : collection of str, optional
            As in `Scene`.
        relative_orbits : collection of int, optional
            As in `Scene`.
        descending : bool
            The reverse order.
        """
        criteria = Criteria(
            start=start,
            end=end,
            region=region,
            tiles=None if tiles is None else frozenset(tiles),
            product_types=None if product_types is None else frozenset(product_types),
            platforms=None if platforms is None else frozenset(platforms),
            relative_orbits=None if relative_orbits is None else frozenset(relative_orbits),
            descending=descending,
        )
        return self._memory.answer(criteria, lambda: self._archive.find(criteria))

    def by_id(self, id: str) -> Scene | None:  # noqa: A002 - the catalogue's word for it
        """Return the product with a UUID (canonical text), or None."""
        return self._archive.identified(id, asset=False)

    def by_quicklook(self, asset_id: str) -> Scene | None:
        """Return the product whose quicklook has a UUID (canonical text), or None."""
        return self._archive.identified(asset_id, asset=True)

    def by_name(self, name: str) -> Scene | None:
        """Return the product with a name (with ``.SAFE``), or None."""
        said = _NAME.fullmatch(name)
        tile = grid().index.get(said["tile"]) if said else None
        if said is None or tile is None:
            return None
        try:
            sensing = datetime.strptime(f"{said['sensing']}Z", "%Y%m%dT%H%M%S%z")
        except ValueError:
            return None
        takes = orbits.begun_at(said["platform"], sensing)
        return next((s for take in takes for s in self._archive.at(take, tile) if s.name == name), None)

    def size(self, scene: Scene) -> int:
        """Return the exact size of a product's zip, in bytes."""
        return self._bytes.get(scene.name, lambda: self._package(scene).size)

    def md5(self, scene: Scene) -> str:
        """Return the MD5 of a product's zip, lower-case hex."""
        return self._digested(scene).md5

    def blake3(self, scene: Scene) -> str:
        """Return the BLAKE3 of a product's zip, lower-case hex."""
        return self._digested(scene).blake3

    def body(self, scene: Scene, start: int = 0) -> Iterator[memoryview]:
        """Yield a product's zip from byte `start` on, in pieces of up to about 1 MiB."""
        return self._package(scene).body(start)

    def quicklook(self, scene: Scene) -> bytes:
        """Return a product's quicklook: JPEG, 343 x 343 pixels, RGB, in the tile's own geometry."""
        return self._pictures.get(scene.name, lambda: draw(scene, self._seed))

    def files(self, scene: Scene) -> Sequence[tuple[str, int]]:
        """Return the files of a product with their sizes in bytes, paths relative to its top folder."""
        return self._package(scene).files

    def file_body(self, scene: Scene, path: str, start: int = 0) -> Iterator[memoryview]:
        """Yield one file of a product from byte `start` on.

        Raises
        ------
        KeyError
            The product has no such file.
        """
        return self._package(scene).file_body(path, start)

    def file_sha3(self, scene: Scene, path: str) -> tuple[int, str]:
        """Return the size in bytes of one file of a product, and its SHA3-256 in lower-case hex.

        Raises
        ------
        KeyError
            The product has no such file.
        """
        return self._package(scene).file_sha3(path)

    def _package(self, scene: Scene) -> Package:
        def make() -> Package:
            size = next(size for glob, size in self._sizes if fnmatchcase(scene.name, glob))
            return Package(scene, size)

        return self._packages.get(scene.name, make)

    def _digested(self, scene: Scene) -> Digests:
        return self._digests.get(scene.name, lambda: self._package(scene).digests())
