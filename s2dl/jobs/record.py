"""What the store keeps of a job: its task, its state, how far it and each of its scenes are."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from s2dl.errors import BadInput
from s2dl.report import Status

__all__ = ["ACTIVE", "UNDER_WAY", "Ending", "Numbers", "Record", "SceneRow", "State", "Task"]

State = Literal["stored", "queued", "running", "waiting", "done", "failed", "stopped"]
"""`waiting`: nothing moves until offline products come online."""

ACTIVE = frozenset({"queued", "running", "waiting"})
"""States in which a runner has the job, or is about to."""
UNDER_WAY = frozenset({"waiting", "downloading", "retrying"})
"""What a scene's status is before it is one of the report's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be done, as plain JSON, the same from whichever directory it is done.

    Attributes
    ----------
    question : dict or None
        `search`'s arguments, asked anew by each run; None for the scenes that the job lists.
    directory : str
        Absolute.
    options : dict
        Further arguments of `download`.
    settings : dict
        Those that were not the defaults when the job was stored; never a secret.
    """

    question: dict[str, Any] | None = None
    directory: str
    options: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def preview_only(self) -> bool:
        """True where previews are wanted in the place of products."""
        return bool(self.options.get("preview_only", self.settings.get("preview_only", False)))

    def to_json(self) -> str:
        """Write it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Task:
        """Read what `to_json` wrote.

        Raises
        ------
        BadInput
            It is something else.
        """
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise BadInput(f"A stored job cannot be read ({error}); remove it and store it anew.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How far a job is: bytes, scenes, bytes per second, and seconds left (None unknown)."""

    received: int = 0
    size: int = 0
    done: int = 0
    count: int = 0
    speed: float = 0.0
    remaining: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneRow:
    """How far one scene is; `size` and `received` in bytes, 0 unknown.

    `status` is ``waiting``, ``downloading``, ``retrying`` or one of the report's, with `path`, `md5` and `seconds`.
    """

    name: str
    size: int = 0
    received: int = 0
    status: Status | Literal["waiting", "downloading", "retrying"] = "waiting"
    reason: str = ""
    path: str | None = None
    md5: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended; `exit_code` is the command line's."""

    state: Literal["done", "failed", "stopped"]
    note: str
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A job as the store has it at one moment.

    Attributes
    ----------
    id : int
    name : str or None
    task : Task
    state : str
    note : str
        What it is at, or why it ended as it did.
    exit_code : int or None
        Of the last run.
    created, start_at, started, ended, heard : datetime or None
        UTC: stored, to be started, last run's start and end, last sign of life of its runner.
    pid, host : int and str, or None
        Of its runner.
    stop_asked : bool
    runs : int
    numbers : Numbers
    """

    id: int
    name: str | None
    task: Task
    state: State
    note: str
    exit_code: int | None
    created: datetime
    start_at: datetime | None
    started: datetime | None
    ended: datetime | None
    heard: datetime | None
    pid: int | None
    host: str | None
    stop_asked: bool
    runs: int
    numbers: Numbers

    @property
    def title(self) -> str:
        """Its name, or its number where it has none."""
        return self.name or f"job {self.id}"

    @property
    def active(self) -> bool:
        """True while a runner has it, or is about to."""
        return self.state in ACTIVE
