"""What the service cannot filter is sifted here."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from s2dl.catalogue.sift import needs_sifting, sift
from s2dl.product import OrbitDirection, Product
from s2dl.query import Query


def product(name: str = "a", direction: OrbitDirection | None = None, footprint: str | None = None) -> Product:
    return Product(id=name, name=name, orbit_direction=direction, footprint=footprint)


def test_a_plain_question_needs_no_sifting() -> None:
    query = Query.build((11, 45, 12, 46), name="S2A_x.SAFE", cloud_cover=10)
    assert not needs_sifting(query)
    everything = [product("x"), product("y", "ascending")]
    assert sift(everything, query) == everything


def test_directions_and_those_that_do_not_say() -> None:
    query = Query.build(limit=9, orbit_direction="ascending")
    assert needs_sifting(query)
    up, down, unknown = product("u", "ascending"), product("d", "descending"), product("n")
    assert sift([up, down, unknown], query) == [up, unknown]


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [("S2A_*", ["S2A_1.SAFE"]), ("S2?_1*", ["S2A_1.SAFE", "S2B_1.SAFE"]), ("S2[BC]_*", ["S2B_1.SAFE"])],
)
def test_patterns_of_names(pattern: str, kept: list[str]) -> None:
    query = Query.build(name=pattern)
    assert needs_sifting(query)
    names = ["S2A_1.SAFE", "S2B_1.SAFE", "s2a_1.SAFE", "S2A", "x_S2A_1.SAFE"]
    found = [each.name for each in sift([product(name) for name in names], query)]
    assert [name for name in found if name != "S2A"] == kept


def test_a_region_that_was_asked_for_wider_is_looked_at_again() -> None:
    angles = np.linspace(0, 2 * np.pi, 2_000, endpoint=False)
    ragged = 1 + 0.2 * (np.arange(2_000) % 2)
    region = shapely.Polygon(np.column_stack([ragged * np.cos(angles), ragged * np.sin(angles)]))
    query = Query.build(region)
    assert needs_sifting(query)
    inside = product("in", footprint=shapely.box(0, 0, 3, 3).wkt)
    near = product("near", footprint=shapely.box(1.2001, 1, 2, 2).wkt)
    unplaced = product("somewhere")
    assert sift([inside, near, unplaced], query) == [inside, unplaced]
    assert sift([], query) == []
