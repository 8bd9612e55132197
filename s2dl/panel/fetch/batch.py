"""The tab Batch: the user's jobs, with what each is to do, how far it is, and what can be done with it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import anywidget

from s2dl.panel.fetch.words import readable_time, scene_label, scene_words, scenes_counted
from s2dl.panel.state.batch import Batch
from s2dl.panel.state.state import PanelState
from s2dl.panel.state.tally import SceneDownload
from s2dl.region import read_region
from s2dl.report import readable_size

if TYPE_CHECKING:
    from s2dl.jobs import Record, SceneRow

__all__ = ["BatchList", "batch_of", "job_task", "job_words"]

_HERE = Path(__file__).parent
_LONGEST = 160
"""Characters of what a job is to do."""
_MOST = 500
"""Scenes of a watched job that are listed."""
_PRESS = {"stored": "Start", "done": "Run again", "failed": "Resume", "stopped": "Resume"}
"""What the button of a job says that does not run."""


class BatchList(anywidget.AnyWidget):
    """A line for each job; a page that shows it asks once a second, and all of it goes as messages.

    Parameters
    ----------
    batch : Batch
    """

    _esm = _HERE / "batch.js"

    def __init__(self, batch: Batch, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._batch = batch
        self._told: dict[str, Any] = {}
        batch.observe(lambda _: self._tell(), ["jobs", "sentence", "trouble", "needs_code"])
        self.on_msg(self._heard)

    def _heard(self, _: Any, content: dict[str, Any], __: Any) -> None:
        batch = self._batch
        match content:
            case {"do": "store", "what": "question" | "selection" as what, "name": str(name)}:
                batch.store(what, name)
            case {"do": "start", "job": int(job), "at": str(at), "code": str(code)}:
                batch.start(job, at, code)
            case {"do": "copy", "job": int(job), "name": str(name)}:
                batch.copy(job, name)
            case {"do": "stop" | "remove" | "watch" as what, "job": int(job)}:
                getattr(batch, what)(job)
            case {"ask": "all"}:
                self._told = {}
                self._tell()
                batch.look()
            case {"ask": "news"}:
                batch.look()

    def _tell(self) -> None:
        """Tell the page what it does not know yet."""
        batch = self._batch
        jobs = batch.jobs
        now = {
            "jobs": [_written(record) for record in jobs.records],
            "watched": {
                "job": jobs.watched,
                "scenes": [_scene(scene) for scene in jobs.scenes[:_MOST]],
                "more": max(0, len(jobs.scenes) - _MOST),
                "log": jobs.log,
            },
            "sentence": batch.sentence,
            "trouble": batch.trouble,
            "needsCode": batch.needs_code,
        }
        if now != self._told:
            self._told = now
            self.send(now)


def _written(record: Record) -> dict[str, Any]:
    numbers = record.numbers
    return {
        "job": record.id,
        "title": record.title,
        "task": job_task(record),
        "state": record.state,
        "part": min(1.0, numbers.received / numbers.size) if numbers.size else None,
        "words": job_words(record),
        "active": record.active,
        "press": _PRESS.get(record.state, "Stop"),
    }


def _scene(scene: SceneRow) -> dict[str, str]:
    shown = SceneDownload(scene.name, scene.size, scene.received, scene.status, scene.reason)
    return {"label": scene_label(scene.name), "status": scene.status, "words": scene_words(shown)}


def job_task(record: Record) -> str:
    """Say what a job is to do: ``12 scenes to /data/alps``, ``tile 32TPS, cloud cover 0 to 20 to /data/alps``."""
    task = record.task
    if task.question is None:
        what = scenes_counted(record.numbers.count)
    else:
        said = [f"{name.replace('_', ' ')} {_value(name, value)}" for name, value in task.question.items()]
        what = shorten(", ".join(said), _LONGEST, placeholder=" …")
    return f"{'previews of ' if task.preview_only else ''}{what} → {task.directory}"


def _value(name: str, value: Any) -> str:
    match name, value:
        case "region", str(text):
            return " ".join(f"{degrees:.4g}" for degrees in read_region(text).bounds)
        case "start" | "end", str(text):
            return text[:10]
        case "cloud_cover", [low, high]:
            return f"{low:g} to {high:g} %"
        case _, list():
            return " ".join(str(each) for each in value)
        case _:
            return str(value)


def job_words(record: Record) -> str:
    """Say how a job is."""
    numbers = record.numbers
    done = f"{numbers.done} of {scenes_counted(numbers.count)}"
    match record.state:
        case "stored":
            return "stored, not started yet"
        case "queued":
            return "waits to begin" if record.start_at is None else f"begins {_moment(record.start_at)}"
        case "running" | "waiting":
            said = [record.state, done, f"{readable_size(numbers.received)} of {readable_size(numbers.size)}"]
            said += [f"{readable_size(numbers.speed)}/s"] if numbers.speed else []
            said += [f"{readable_time(numbers.remaining)} left"] if numbers.remaining is not None else []
            said += ["stopping…"] if record.stop_asked else []
        case _:
            said = [record.state if record.ended is None else f"{record.state} {_moment(record.ended)}", done]
    return " · ".join([*said, record.note] if record.note else said)


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def batch_of(state: PanelState) -> BatchList:
    """Make the list of the user's jobs; new ones are of what the panel asks or has selected."""
    return BatchList(Batch(state))
