"""Downloads: a bar for each scene and one for the whole, with speed, time left, and words for how each ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
from traitlets import Unicode

from s2dl.panel.state.state import PanelState
from s2dl.panel.state.tally import Downloads, SceneDownload
from s2dl.product import parse_name
from s2dl.report import readable_size

__all__ = ["DownloadBars", "downloads_of", "scene_label", "scene_words", "total_words"]

_HERE = Path(__file__).parent

_WORDS = {
    "downloaded": "downloaded and verified",
    "cancelled": "stopped",
    "adopted": "was here already, verified",
}


class DownloadBars(anywidget.AnyWidget):
    """Bars with words; only what has changed goes to the page, as messages."""

    _esm = _HERE / "downloads.js"
    label = Unicode("Downloads").tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._shown = Downloads()
        self.on_msg(lambda *_: self._tell(self._shown, self._shown.scenes))

    def show(self, downloads: Downloads) -> None:
        """Show how far a download is."""
        before, self._shown = {scene.name: scene for scene in self._shown.scenes}, downloads
        self._tell(downloads, (scene for scene in downloads.scenes if before.get(scene.name) != scene))

    def _tell(self, downloads: Downloads, changed: Any) -> None:
        self.send(
            {
                "names": [scene.name for scene in downloads.scenes],
                "total": {"part": _part(downloads.received, downloads.size), "words": total_words(downloads)},
                "changed": {scene.name: _bar(scene) for scene in changed},
            }
        )


def _bar(scene: SceneDownload) -> dict[str, Any]:
    done = scene.status in {"downloaded", "skipped", "adopted"}
    return {
        "label": scene_label(scene.name),
        "status": scene.status,
        "part": 1.0 if done else _part(scene.received, scene.size),
        "words": scene_words(scene),
    }


def _part(received: int, size: int) -> float | None:
    """From 0 to 1; None where the size is unknown."""
    return min(1.0, received / size) if size else None


def scene_label(name: str) -> str:
    """Give the telling parts of a product's name: ``S2A L2A 32TPS 2024-06-30``."""
    parts = parse_name(name)
    if parts is None:
        return name
    return f"{parts.platform} L{parts.product_type.removeprefix('S2MSI')} {parts.tile} {parts.sensing_start:%Y-%m-%d}"


def scene_words(scene: SceneDownload) -> str:
    """Say how far one scene is, or how it ended."""
    size = readable_size(scene.size) if scene.size else "unknown size"
    match scene.status:
        case "waiting":
            return f"waiting ({size})"
        case "downloading":
            return f"{readable_size(scene.received)} of {size}"
        case "retrying":
            return f"trying again: {scene.reason}"
        case "downloaded":
            return f"{_WORDS['downloaded']}, {size}" + (f"; {scene.reason}" if scene.reason else "")
        case status:
            words = _WORDS.get(status, status)
            return f"{words}: {scene.reason}" if scene.reason and scene.reason != words else words


def total_words(downloads: Downloads) -> str:
    """Say how far the whole is, how fast, and how long it will take."""
    if not downloads.scenes:
        return ""
    said = [
        f"{downloads.done} of {len(downloads.scenes)} scenes",
        f"{readable_size(downloads.received)} of {readable_size(downloads.size)}",
    ]
    if downloads.running and downloads.speed > 0:
        said.append(f"{readable_size(downloads.speed)}/s")
    if downloads.remaining is not None:
        said.append(f"{_readable_time(downloads.remaining)} left")
    return " · ".join(said)


def _readable_time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def downloads_of(state: PanelState) -> DownloadBars:
    """Make the bars of a state."""
    bars = DownloadBars()
    state.observe(lambda change: bars.show(change.new), "downloads")
    return bars
