"""What came of work on the engine's loop: its result, or a sentence for the person who waits for it."""

from __future__ import annotations

import concurrent.futures
import logging
from dataclasses import dataclass
from typing import TypeVar

from s2dl.errors import LoginError, LoginMissing, S2dlError
from s2dl.sync import Work

__all__ = ["Failure", "outcome"]

T = TypeVar("T")

_ACCOUNT = "of the Copernicus Data Space (free, at dataspace.copernicus.eu)"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """Work that gave nothing; `stopped` when that was the person's wish, `needs_login` when a login mends it."""

    sentence: str
    stopped: bool = False
    needs_login: bool = False


def outcome(work: Work[T], what: str) -> T | Failure:
    """Give the result of work that has ended, or why there is none; `what` begins the sentence."""
    try:
        return work.result()
    except concurrent.futures.CancelledError:
        return Failure(f"{what} was stopped.", stopped=True)
    except LoginMissing:
        # The error names all the ways to give an account; in a panel there is one at hand.
        return Failure(f"{what} needs an account {_ACCOUNT}: log in here.", needs_login=True)
    except LoginError as error:
        return Failure(str(error), needs_login=True)
    except S2dlError as error:
        return Failure(str(error))
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the person must hear of it
        _log.exception("%s failed", what)
        return Failure(f"{what} failed in a way that s2dl does not know: {error!r}.")
