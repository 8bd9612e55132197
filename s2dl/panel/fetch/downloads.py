"""Downloads: a bar for each scene and one for the whole, with words for how each ended and the file one click away."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anywidget
from traitlets import Unicode

from s2dl.panel.fetch.words import scene_label, scene_words, total_words
from s2dl.panel.state.tally import Downloads, SceneDownload

__all__ = ["DownloadBars", "link_below"]

_HERE = Path(__file__).parent


class DownloadBars(anywidget.AnyWidget):
    """Bars with words; only what has changed goes to the page, as messages.

    Attributes
    ----------
    label : str
        What screen readers say of the whole.
    """

    _esm = _HERE / "downloads.js"
    label = Unicode("Downloads").tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._shown = Downloads()
        self._root = ""
        self.on_msg(self._asked)

    def _asked(self, _: Any, content: dict[str, Any], __: Any) -> None:
        """A page wants all of it; it says which directory its server shows, in Jupyter's words (``~/notebooks``)."""
        self._root = str(content.get("root", ""))
        self._tell(self._shown.scenes, anew=True)

    def show(self, downloads: Downloads) -> None:
        """Show how far a download is."""
        before, self._shown = self._shown, downloads
        known = {scene.name: scene for scene in before.scenes}
        anew = [scene.name for scene in before.scenes] != [scene.name for scene in downloads.scenes]
        self._tell((scene for scene in downloads.scenes if anew or known[scene.name] != scene), anew=anew)

    def _tell(self, changed: Iterable[SceneDownload], *, anew: bool) -> None:
        shown = self._shown
        total = {"part": _part(shown.received, shown.size), "words": total_words(shown)}
        message = {"total": total, "changed": {scene.name: self._bar(scene) for scene in changed}}
        self.send({**message, "names": [scene.name for scene in shown.scenes]} if anew else message)

    def _bar(self, scene: SceneDownload) -> dict[str, Any]:
        return {
            "label": scene_label(scene.name),
            "status": scene.status,
            "part": 1.0 if scene.good else _part(scene.received, scene.size),
            "words": scene_words(scene),
            "path": scene.path,
            "link": link_below(self._root, scene.path),
        }


def link_below(root: str, path: str) -> str:
    """Give the end of a file's address, below the server's, where the server shows the file; else an empty text.

    Parameters
    ----------
    root : str
        The directory that the server shows; ``~`` is the home directory. Empty for unknown.
    path : str
    """
    if not root or not path:
        return ""
    file, folder = Path(path), Path(root).expanduser()
    parts = file.relative_to(folder).parts if file.is_relative_to(folder) else ()
    # Jupyter serves no hidden files.
    if not parts or any(part.startswith(".") for part in parts):
        return ""
    return "files/" + "/".join(quote(part, safe="") for part in parts)


def _part(received: int, size: int) -> float | None:
    """From 0 to 1; None where the size is unknown."""
    return min(1.0, received / size) if size else None
