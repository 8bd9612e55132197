"""Few: work for many keys, a few at a time; what is no longer wanted is dropped."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from s2dl.panel.state.outcome import Failure, outcome
from s2dl.sync import Work, submit

if TYPE_CHECKING:
    from s2dl.panel.state.pulse import Pulse

__all__ = ["Few", "Jobs"]

T = TypeVar("T")
Jobs: TypeAlias = Mapping[str, Callable[[], Coroutine[Any, Any, T]]]
"""How to begin the work for each key."""


class Few(Generic[T]):
    """Works on the engine's loop; all else, `told` too, happens on the pulse's thread and needs no locks.

    Parameters
    ----------
    pulse : Pulse
    what : str
        Begins the sentence of a failure.
    told : callable
        Called with the key and its result, or why there is none.
    at_a_time : int
    """

    def __init__(self, pulse: Pulse, what: str, told: Callable[[str, T | Failure], None], at_a_time: int = 4) -> None:
        self._pulse = pulse
        self._what = what
        self._told = told
        self._at_a_time = at_a_time
        self._waiting: dict[str, Callable[[], Coroutine[Any, Any, T]]] = {}
        self._running: dict[str, Work[T]] = {}

    def want(self, jobs: Jobs[T]) -> None:
        """Do these in their order, and nothing else: what runs for other keys is dropped."""
        self._pulse.soon(lambda: self._want(jobs))

    def also(self, jobs: Jobs[T]) -> None:
        """Do these, too."""
        self._pulse.soon(lambda: self._also(jobs))

    def _want(self, jobs: Jobs[T]) -> None:
        for key in [key for key in self._running if key not in jobs]:
            self._running.pop(key).cancel()
        self._waiting.clear()
        self._also(jobs)

    def _also(self, jobs: Jobs[T]) -> None:
        self._waiting |= {key: start for key, start in jobs.items() if key not in self._running}
        self._start()

    def _start(self) -> None:
        while self._waiting and len(self._running) < self._at_a_time:
            key = next(iter(self._waiting))
            work = submit(self._waiting.pop(key)())
            self._running[key] = work
            work.when_done(lambda work, key=key: self._pulse.soon(lambda: self._ended(key, work)))  # type: ignore[misc]

    def _ended(self, key: str, work: Work[T]) -> None:
        if self._running.get(key) is work:
            del self._running[key]
            came = outcome(work, self._what)
            self._told(key, came)
            self._start()

    def close(self) -> None:
        """Drop everything."""
        self._waiting = {}
        for work in [*self._running.values()]:
            work.cancel()
