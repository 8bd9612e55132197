"""What was worked out is remembered for a while: single values, and answers that are paged through."""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

__all__ = ["Memo", "Memory"]

T = TypeVar("T")


class _Recording(Generic[T]):
    """The beginning of an iterator, kept as far as someone has come, up to a limit."""

    def __init__(self, source: Callable[[], Iterator[T]], limit: int) -> None:
        self._source = source
        self._limit = limit
        self._iterator: Iterator[T] | None = None
        self._kept: list[T] = []
        self._whole = False
        self._lock = Lock()

    def replay(self) -> Iterator[T]:
        position = 0
        while True:
            if position < len(self._kept):
                yield self._kept[position]
                position += 1
            elif self._whole:
                return
            elif position >= self._limit:
                yield from islice(self._source(), position, None)
                return
            else:
                self._extend(position)

    def _extend(self, position: int) -> None:
        with self._lock:
            if len(self._kept) > position or self._whole:
                return
            if self._iterator is None:
                self._iterator = self._source()
            more = list(islice(self._iterator, min(64, self._limit - position)))
            self._kept.extend(more)
            self._whole = not more


class Memory(Generic[T]):
    """Answers to the last few questions; safe to use from several threads.

    Parameters
    ----------
    questions : int
        How many answers are kept.
    limit : int
        How much of each is kept; what lies beyond is worked out again.
    """

    def __init__(self, questions: int, limit: int) -> None:
        self._questions = questions
        self._limit = limit
        self._recordings: OrderedDict[Hashable, _Recording[T]] = OrderedDict()
        self._lock = Lock()

    def answer(self, question: Hashable, source: Callable[[], Iterator[T]]) -> Iterator[T]:
        """Return the answer from its beginning, remembered or from `source`."""
        with self._lock:
            recording = self._recordings.pop(question, None) or _Recording(source, self._limit)
            self._recordings[question] = recording
            while len(self._recordings) > self._questions:
                self._recordings.popitem(last=False)
        return recording.replay()


class Memo(Generic[T]):
    """The last few values by key; safe to use from several threads.

    Parameters
    ----------
    limit : int
        How many values are kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key, made now if it is not remembered."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._limit:
                self._values.popitem(last=False)
        return value
