"""What the drivers of the download race share: seconds and processor time of a stretch of work, as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def timed() -> Iterator[None]:
    """Write how long the block took, and how much processor time of this process and its children."""
    began, before = time.perf_counter(), _processor()
    yield
    sys.__stdout__.write(json.dumps({"seconds": time.perf_counter() - began, "cpu": _processor() - before}))


def _processor() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
