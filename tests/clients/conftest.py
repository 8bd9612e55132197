"""A Data Space for each test of a client, and two questions: a triangle with one product type, a box with all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from clients.driving import Question
from shapely import Polygon, box

from s2dl.demo import DataSpace


@pytest.fixture
def space() -> Iterator[DataSpace]:
    with DataSpace() as running:
        yield running


@pytest.fixture
def triangle() -> Question:
    """A few pages of one product type, on three of the four tiles of its bounds."""
    return Question(
        region=Polygon([(11.2, 46.4), (12.1, 46.4), (11.2, 46.95)]),
        first=date(2024, 6, 4),
        last=date(2024, 7, 31),
        cloud_cover=45,
        product_type="S2MSI2A",
        page=25,
    )


@pytest.fixture
def rectangle() -> Question:
    """One page of both product types, for clients that know neither polygon nor product type."""
    return Question(region=box(11.2, 46.4, 12.1, 46.9), first=date(2024, 6, 4), last=date(2024, 7, 31), cloud_cover=45)
