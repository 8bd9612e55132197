"""The fields extension: what of an item is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Fields"]

ALWAYS = frozenset({"id", "type", "collection"})


@dataclass(frozen=True, slots=True)
class Fields:
    """Paths, such as ``properties.datetime``, that are wanted (none: all) and unwanted."""

    included: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()

    def want(self, *path: str) -> bool:
        """Whether the value at a path, or something within it, is wanted."""
        return _wanted(self, ".".join(path))


@lru_cache(maxsize=4096)
def _wanted(fields: Fields, path: str) -> bool:
    if path in ALWAYS:
        return True
    if any(f"{path}.".startswith(f"{other}.") for other in fields.excluded):
        return False
    return not fields.included or any(
        f"{path}.".startswith(f"{other}.") or other.startswith(f"{path}.") for other in fields.included
    )
