"""What the service holds now: the world's products, less what a bad day took, asked page by page."""

from __future__ import annotations

import heapq
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from s2dl.demo.service.expression import FIELDS, Expression
from s2dl.demo.service.odata.filters import parse_filter

if TYPE_CHECKING:
    from s2dl.demo.service.bounds import Bounds
    from s2dl.demo.service.faults import Faults
    from s2dl.demo.world.scene import Scene
    from s2dl.demo.world.world import World

__all__ = ["Holdings", "Question", "TooBroad"]

REACH = 11_001
"""How many matches paging can ever reach ($skip 10 000, $top 1000), and one to know whether more follow."""
PATIENCE = 60.0
"""Seconds of searching after which a question is given up, as a gateway in front of the real service does."""
REMEMBERED = 16
SENSING = ("ContentDate/Start", "ContentDate/End")
"""The orders in which the world finds its products by itself."""


class TooBroad(Exception):
    """The question takes longer than a gateway waits."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, apart from the page: condition, order, and whether of the deleted products."""

    filter: str
    order: str = "ContentDate/Start"
    descending: bool = False
    deleted: bool = False


@dataclass(slots=True)
class _Matches:
    """The matches of one question, in order, found as far as pages have asked for."""

    source: Iterator[Scene]
    found: list[Scene] = field(default_factory=list)
    total: int | None = None

    def page(self, skip: int, top: int) -> list[Scene]:
        self._reach(skip + top)
        return self.found[skip : skip + top]

    def beyond(self, position: int) -> bool:
        self._reach(position + 1)
        return len(self.found) > position

    def count(self) -> int:
        if self.total is None:
            self._reach(REACH)
            self.total = len(self.found) + sum(1 for _ in self.source)
        return self.total

    def _reach(self, position: int) -> None:
        self.found.extend(islice(self.source, max(0, min(position, REACH) - len(self.found))))


class Holdings:
    """All products that the catalogue knows of.

    `page` and `count` may take long; they are called from one thread of their own.

    Parameters
    ----------
    world : World
        What exists.
    faults : Faults
        What is offline, has vanished or has lost its checksums.
    """

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self._faults = faults
        self._remembered: OrderedDict[Question, _Matches] = OrderedDict()
        self._give_up = 0.0
        self._closed = False
        self._deleted: dict[str, datetime] = {}

    def close(self) -> None:
        """Give up what is being searched at this moment."""
        self._closed = True

    def page(self, question: Question, skip: int, top: int) -> tuple[list[Scene], bool]:
        """A page of matches, and whether more follow.

        Raises
        ------
        FilterError
            The filter cannot be read.
        TooBroad
            It takes too long.
        """
        with self._matches(question) as matches:
            return matches.page(skip, top), matches.beyond(skip + top)

    def count(self, question: Question) -> int:
        """How many match; errors as for `page`."""
        with self._matches(question) as matches:
            return matches.count()

    def product(self, id: str) -> Scene | None:  # noqa: A002 - the service's own word
        """The product of this id, unless it has vanished; this asks for it, should it be offline."""
        scene = self.world.by_id(id)
        if scene is None or self._faults.vanished(scene.name):
            return None
        return self._asked(scene)

    def named(self, names: Sequence[str]) -> list[Scene]:
        """The products of these names; those that do not exist are left out."""
        scenes = (self.world.by_name(name) for name in names)
        return [self._now(scene) for scene in scenes if scene and not self._faults.vanished(scene.name)]

    def deletion(self, scene: Scene) -> datetime:
        """When a vanished product was first found to be gone."""
        return self._deleted.setdefault(scene.id, datetime.now(UTC))

    @contextmanager
    def _matches(self, question: Question) -> Iterator[_Matches]:
        self._give_up = time.monotonic() + PATIENCE
        if self._faults.states:  # what is offline or gone changes from one question to the next
            self._remembered.clear()
        matches = self._remembered.pop(question, None) or self._search(question)
        yield matches
        # Not reached when the search was given up: its iterator is dead, and would look like an end.
        self._remembered[question] = matches
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)

    def _search(self, question: Question) -> _Matches:
        expression = parse_filter(question.filter)
        if question.deleted and not self._faults.states:
            return _Matches(iter(()))
        descending = question.descending and question.order in SENSING
        scenes = self._holding(expression, descending, question.deleted)
        return _Matches(scenes) if question.order in SENSING else _ordered(scenes, question)

    def _holding(self, expression: Expression, descending: bool, deleted: bool) -> Iterator[Scene]:
        bounds = expression.bounds()
        for scene in self._candidates(bounds, descending):
            if self._closed or time.monotonic() > self._give_up:
                raise TooBroad
            now = self._now(scene)
            if self._faults.vanished(scene.name) == deleted and expression.holds(now):
                yield now if bounds.keys is None else self._asked(scene)

    def _candidates(self, bounds: Bounds, descending: bool) -> Iterator[Scene]:
        if bounds.empty:
            return iter(())
        if bounds.keys is None:
            return self.world.find(
                start=bounds.start,
                end=bounds.end,
                region=bounds.region,
                tiles=bounds.tiles,
                product_types=bounds.product_types,
                platforms=bounds.platforms,
                relative_orbits=bounds.relative_orbits,
                descending=descending,
            )
        found = (
            self.world.by_name(value) if kind == "name" else self.world.by_id(value) for kind, value in bounds.keys
        )
        unique = {scene.id: scene for scene in found if scene is not None}
        return iter(sorted(unique.values(), key=lambda scene: (scene.sensing, scene.id), reverse=descending))

    def _asked(self, scene: Scene) -> Scene:
        """The product as it is now; being asked for brings an offline one nearer."""
        now = self._now(scene)
        self._faults.ask(scene.name)
        return now

    def _now(self, scene: Scene) -> Scene:
        if not self._faults.states:
            return scene
        return replace(
            scene,
            online=scene.online and not self._faults.offline(scene.name),
            has_checksum=scene.has_checksum and not self._faults.without_checksum(scene.name),
        )


def _ordered(scenes: Iterator[Scene], question: Question) -> _Matches:
    """Matches in an order that the world does not have: all are seen, those within reach of paging are kept."""
    total = 0

    def counted() -> Iterator[Scene]:
        nonlocal total
        for scene in scenes:
            total += 1
            yield scene

    value = FIELDS[question.order][1]
    first = heapq.nlargest if question.descending else heapq.nsmallest
    found = first(REACH, counted(), key=lambda scene: (value(scene), scene.id))
    return _Matches(iter(()), found, total)
