"""The service's bad days: which faults there are, and which of them strikes what.

A fault concerns what its `match` says. A `match` with a slash is a glob on the request's path
(``/odata/v1/Products``, ``/auth/*``) on any of the origins; any other is a glob on the product's name, and then
the fault concerns the transfers of that product (``…/$value`` on the download origin). `times` is how often the
fault strikes each such product or path.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from s2dl.errors import BadInput

__all__ = ["INSTEAD", "KINDS", "STATES", "WITHIN", "Fault", "FaultLike", "Faults", "fault_of"]

INSTEAD = {
    "unauthorized": "401 DAT-ZIP-604, though the bearer is good",
    "expired": "401 DAT-ZIP-109, as if the bearer had just died",
    "server-error": "an HTML page with status `status` (500, 502, 503 or 504), with `retry_after` if given",
    "html": "an HTML page with status 200 where JSON or a zip was due",
    "too-many": "429 DAT-ZIP-100, with `retry_after` if given",
    "waf": "429 of the firewall in front of the service",
    "redirect-foreign": "302 to the same path below `to`; strikes the catalogue's redirects, too",
    "no-objects": "404 DAT-ZIP-915: the catalogue lists the product, and there is nothing to send",
}
"""Faults that answer instead of the service."""

WITHIN = {
    "cut": "the connection is closed at half of the body",
    "short": "the connection is closed one byte before the end of the body",
    "clipped": "a faultless answer whose body and Content-Length are one byte too short",
    "wrong-bytes": "the right length, with one byte flipped in the middle",
    "stall": "nothing more comes after half of the body, and the connection stays open (for `seconds`, if given)",
    "drip": "a few bytes a second (for `seconds`, if given, then as usual)",
    "spliced": "the right length, with an HTML error page in the middle",
    "no-length": "the body in chunks, without Content-Length",
}
"""Faults that spoil a good answer's body on its way out."""

STATES = {
    "offline": "the product is offline; it comes back after being asked for `times` times, or after `seconds`",
    "vanished": "the product is gone for good: 404 DAT-ZIP-915, and only DeletedProducts lists it",
    "no-checksum": "the product has an empty Checksum list",
}
"""Faults that change what the catalogue says of a product; `times` is of use to ``offline`` only."""

KINDS = INSTEAD | WITHIN | STATES


@dataclass(frozen=True, slots=True)
class Fault:
    """One bad day.

    Parameters
    ----------
    name : str
        One of `KINDS`.
    match : str, optional
        Glob on the product's name or, with a slash in it, on the request's path.
    times : float, optional
        How often it strikes each product or path that matches; ``math.inf`` for always.
    status : int, optional
        Status of ``server-error``.
    retry_after : str, optional
        Value of Retry-After, as it is sent; ``"date"`` for the HTTP date of `seconds` (2) from now.
    seconds : float, optional
        Length in time of ``stall``, ``drip`` and ``offline``; without it they do not end by themselves.
    to : str, optional
        Origin that ``redirect-foreign`` leads to.

    Raises
    ------
    BadInput
        There is no fault of this name.
    """

    name: str
    match: str = "*"
    times: float = 1
    status: int = 503
    retry_after: str | None = None
    seconds: float | None = None
    to: str = "https://foreign.invalid"

    def __post_init__(self) -> None:
        if self.name not in KINDS:
            raise BadInput(f"There is no fault {self.name!r}; choose one of {', '.join(sorted(KINDS))}.")

    def concerns(self, path: str, product: str | None) -> bool:
        """Whether a request for `path`, about the product named `product`, is one that this fault strikes."""
        if "/" in self.match:
            return fnmatchcase(path, self.match)
        return product is not None and fnmatchcase(product, self.match)


FaultLike = Fault | str | tuple[str, str] | tuple[str, str, float]


def fault_of(value: FaultLike) -> Fault:
    """A `Fault` from itself, its name, or ``(name, match[, times])``."""
    if isinstance(value, Fault):
        return value
    return Fault(value) if isinstance(value, str) else Fault(*value)


@dataclass(slots=True)
class _Entry:
    fault: Fault
    since: float = field(default_factory=time.monotonic)
    strikes: Counter[str] = field(default_factory=Counter)

    def strike(self, target: str) -> bool:
        if self.strikes[target] >= self.fault.times:
            return False
        self.strikes[target] += 1
        return True


class Faults:
    """The faults of one service, in the order in which they were given."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._entries = [_Entry(fault) for fault in faults]

    def add(self, fault: Fault) -> None:
        """Let `fault` strike from now on."""
        self._entries.append(_Entry(fault))

    def __bool__(self) -> bool:
        return bool(self._entries)

    def strike(self, names: Collection[str], path: str, product: str | None) -> Fault | None:
        """The first fault of `names` that strikes this request; it is used up by one."""
        for entry in self._entries:
            fault = entry.fault
            if fault.name in names and fault.concerns(path, product):
                target = path if "/" in fault.match else product or path
                if entry.strike(target):
                    return fault
        return None

    @property
    def states(self) -> bool:
        """Whether any fault changes what the catalogue says."""
        return any(entry.fault.name in STATES for entry in self._entries)

    def vanished(self, product: str) -> bool:
        """Whether the product of this name is gone."""
        return any(self._lasting("vanished", product))

    def without_checksum(self, product: str) -> bool:
        """Whether the product of this name has lost its checksums."""
        return any(self._lasting("no-checksum", product))

    def offline(self, product: str) -> bool:
        """Whether the product of this name is offline at this moment."""
        return any(_is_down(entry, product) for entry in self._lasting("offline", product))

    def ask(self, product: str) -> None:
        """Note that an offline product was asked for: this is what brings it back."""
        for entry in self._lasting("offline", product):
            if entry.fault.seconds is None:
                entry.strike(product)

    def _lasting(self, name: str, product: str) -> Iterable[_Entry]:
        return (
            entry for entry in self._entries if entry.fault.name == name and fnmatchcase(product, entry.fault.match)
        )


def _is_down(entry: _Entry, product: str) -> bool:
    if entry.fault.seconds is not None:
        return time.monotonic() - entry.since < entry.fault.seconds
    return entry.strikes[product] < entry.fault.times or math.isinf(entry.fault.times)
