"""Upload: files from the person's machine, sent in pieces as messages; they are never part of a saved notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Int, Unicode

__all__ = ["Upload"]

_HERE = Path(__file__).parent


class Upload(anywidget.AnyWidget):
    """A button that takes files, also by dropping them on it.

    A server closes the connection over a message of 10 MB, so a file comes in pieces.

    Attributes
    ----------
    label : str
    largest : int
        Bytes of all files together; larger ones are not sent.
    """

    _esm = _HERE / "upload.js"
    label = Unicode("Choose files, or drop them here").tag(sync=True)
    hint = Unicode("A shapefile needs its .shx, .dbf and .prj, too: choose them together, or a .zip").tag(sync=True)
    largest = Int().tag(sync=True)

    def when_sent(self, take: Callable[[Mapping[str, bytes]], None], refuse: Callable[[int], None]) -> None:
        """Call `take` with the files by name when all are here, or `refuse` with the bytes that were too many."""
        pieces: dict[str, bytearray] = {}

        def receive(_: Any, content: dict[str, Any], buffers: list[memoryview]) -> None:
            match content:
                case {"begin": True}:
                    pieces.clear()
                case {"piece": str(name)}:
                    pieces.setdefault(name, bytearray()).extend(buffers[0])
                    if sum(map(len, pieces.values())) > self.largest:
                        refuse(sum(map(len, pieces.values())))
                        pieces.clear()
                case {"end": True}:
                    take({name: bytes(content) for name, content in pieces.items()})
                    pieces.clear()
                case {"refused": int(size)}:
                    refuse(size)

        self.on_msg(receive)
