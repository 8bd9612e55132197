"""What the service holds now: the world's products, less what a bad day took, asked page by page."""

from __future__ import annotations

import heapq
import operator
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from s2dl.demo.service.attributes import ATTRIBUTES
from s2dl.demo.service.expression import FIELDS, All, Expression, FieldIs

if TYPE_CHECKING:
    from s2dl.demo.service.bounds import Bounds
    from s2dl.demo.service.faults import Faults
    from s2dl.demo.world.scene import Scene
    from s2dl.demo.world.world import World

__all__ = ["Holdings", "Question", "TooBroad"]

REACH = 11_001
"""How many matches are kept: as far as the OData service pages ($skip 10 000, $top 1000), and one to know of more."""
PATIENCE = 60.0
"""Seconds of searching after which a question is given up, as a gateway in front of the real service does."""
REMEMBERED = 8
SENSING = ("ContentDate/Start", "ContentDate/End")
"""The orders in which the world finds its products by itself."""


K = TypeVar("K")
V = TypeVar("V")


class TooBroad(Exception):
    """The question takes longer than a gateway waits."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, apart from the page: condition, order, and whether of the deleted products.

    The order is a name of `FIELDS` or of `ATTRIBUTES`; products without a value come last, or first if descending.
    """

    condition: Expression
    order: str = "ContentDate/Start"
    descending: bool = False
    deleted: bool = False

    def rank(self, scene: Scene) -> tuple[bool, Any, str]:
        """What the product is sorted by: its value, then its id."""
        value = FIELDS[self.order][1](scene) if self.order in FIELDS else ATTRIBUTES[self.order].value(scene)
        return value is None, value, scene.id


class _Stream:
    """Matches one after the other, from some position on."""

    def __init__(self, source: Iterator[Scene]) -> None:
        self._source = source
        self._ahead: list[Scene] = []
        self.position = 0

    def take(self, number: int) -> list[Scene]:
        number = max(0, number)
        taken = self._ahead[:number]
        del self._ahead[:number]
        taken += islice(self._source, number - len(taken))
        self.position += len(taken)
        return taken

    def goes_on(self) -> bool:
        if not self._ahead:
            self._ahead = list(islice(self._source, 1))
        return bool(self._ahead)


@dataclass(slots=True)
class _Matches:
    """The matches of one question, in order; the first ones are kept as far as pages have asked for them."""

    search: Callable[[], Iterator[Scene]]
    found: list[Scene] = field(default_factory=list)
    total: int | None = None
    stream: _Stream = field(init=False)

    def __post_init__(self) -> None:
        self.stream = _Stream(self.search())

    def page(self, skip: int, top: int) -> tuple[list[Scene], bool]:
        end = skip + top
        self.found += self.stream.take(min(end + 1, REACH) - len(self.found))
        if len(self.found) < REACH or end < REACH:
            return self.found[skip:end], len(self.found) > end
        return self._far(skip, top)

    def count(self) -> int:
        if self.total is None:
            self.total = sum(1 for _ in self.search())
        return self.total

    def _far(self, skip: int, top: int) -> tuple[list[Scene], bool]:
        page = self.found[skip:]
        start = skip + len(page)
        if self.stream.position > start:
            self.stream = _Stream(self.search())
        while (behind := start - self.stream.position) and self.stream.goes_on():
            self.stream.take(min(behind, 1000))
        page += self.stream.take(top - len(page))
        return page, self.stream.goes_on()


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
        self._streams: OrderedDict[tuple[Question, str], _Stream] = OrderedDict()
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
        TooBroad
            It takes too long.
        """
        with self._matches(question) as matches:
            return matches.page(skip, top)

    def following(self, question: Question, last: Scene | None, top: int) -> tuple[list[Scene], bool]:
        """A page of the matches that come after `last`, however many came before, and whether more follow.

        Raises
        ------
        TooBroad
            It takes too long.
        """
        self._begin()
        place = question, last.id if last else ""
        stream = self._streams.pop(place, None) or _Stream(self._after(question, last))
        page, more = stream.take(top), stream.goes_on()
        if page and more:
            _remember(self._streams, (question, page[-1].id), stream)
        return page, more

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

    def order(self, names: Sequence[str]) -> None:
        """Ask for products by name, as an order does."""
        for name in names:
            self._faults.ask(name)

    def named(self, names: Sequence[str]) -> list[Scene]:
        """The products of these names; those that do not exist are left out."""
        scenes = (self.world.by_name(name) for name in names)
        return [self._now(scene) for scene in scenes if scene and not self._faults.vanished(scene.name)]

    def deletion(self, scene: Scene) -> datetime:
        """When a vanished product was first found to be gone."""
        return self._deleted.setdefault(scene.id, datetime.now(UTC))

    @contextmanager
    def _matches(self, question: Question) -> Iterator[_Matches]:
        self._begin()
        matches = self._remembered.pop(question, None) or _Matches(partial(self._search, question))
        yield matches
        # Not reached when the search was given up: its iterator is dead, and would look like an end.
        _remember(self._remembered, question, matches)

    def _begin(self) -> None:
        self._give_up = time.monotonic() + PATIENCE
        if self._faults.states:  # what is offline or gone changes from one question to the next
            self._remembered.clear()
            self._streams.clear()

    def _search(self, question: Question) -> Iterator[Scene]:
        if question.deleted and not self._faults.states:
            return iter(())
        descending = question.descending and question.order in SENSING
        search = partial(self._holding, question.condition, descending, question.deleted)
        return search() if question.order in SENSING else _ordered(search, question)

    def _after(self, question: Question, last: Scene | None) -> Iterator[Scene]:
        if last is None:
            return self._search(question)
        if question.order in SENSING:  # what comes before need not be searched
            later = FieldIs(question.order, "le" if question.descending else "ge", last.sensing)
            question = replace(question, condition=All((question.condition, later)))
        past = question.rank(last)
        comes_later = operator.lt if question.descending else operator.gt
        return (scene for scene in self._search(question) if comes_later(question.rank(scene), past))

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


def _ordered(search: Callable[[], Iterator[Scene]], question: Question) -> Iterator[Scene]:
    """Matches in an order that the world does not have: all are seen, the first ones kept; all for who goes on."""
    first = heapq.nlargest if question.descending else heapq.nsmallest
    yield from first(REACH, search(), key=question.rank)
    yield from sorted(search(), key=question.rank, reverse=question.descending)[REACH:]


def _remember(kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept[key] = value
    while len(kept) > REMEMBERED:
        kept.popitem(last=False)
