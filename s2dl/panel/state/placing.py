"""Placing: the region from a file, by its path or as a page has sent it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from traitlets import Bool, Tuple, Unicode

from s2dl.errors import BadRegion
from s2dl.panel.state.outcome import Failure, outcome
from s2dl.panel.state.question import Question
from s2dl.panel.state.speaking import Speaking
from s2dl.region import read_region
from s2dl.report import readable_size
from s2dl.sync import Work, submit

__all__ = ["LARGEST_UPLOAD", "Placing"]

LARGEST_UPLOAD = 64_000_000
"""Bytes that a page may send; what is larger is given by its path."""

_BESIDE = {
    ".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd", ".qpj", ".hdr", ".sml", ".xml", ".ovr",
    ".tfw", ".jgw", ".pgw", ".j2w", ".wld",
}  # fmt: skip
"""Suffixes of files that say something about the file that they lie beside."""


class Placing(Question, Speaking):
    """Reads regions from files, off the caller's thread.

    Attributes
    ----------
    placing : bool
        A file is being read.
    placed : str
        What was read last, in words.
    view : tuple of float
        West, south, east, north of what the map shows; empty while no page shows it.
    """

    placing = Bool(False)
    placed = Unicode()
    view = Tuple()

    def __init__(self, **kwargs: Any) -> None:
        self._reading: Work[Any] | None = None
        super().__init__(**kwargs)

    def take_view(self) -> None:
        """Make what the map shows the region."""
        if self.view:
            self.region = self.view
        else:
            self.errors = self.errors | {"box": "The map has not been drawn yet; try again in a moment."}

    def read_path(self, path: str) -> None:
        """Read the region from a file on the kernel's disk; returns at once."""
        if path.strip():
            self._read(path.strip(), lambda: read_region(path.strip()))

    def read_files(self, files: Mapping[str, bytes]) -> None:
        """Read the region from files that the page has sent, several where one lies beside another; returns at once.

        They are kept in a private directory for as long as it takes to read them.
        """
        if sum(map(len, files.values())) > LARGEST_UPLOAD:
            self.refuse_files(sum(map(len, files.values())))
        elif files:
            self._read(", ".join(_base(name) for name in files), lambda: _region_of(files))

    def refuse_files(self, size: int) -> None:
        """Say that so many bytes are too many to be sent."""
        self._fail(
            f"{readable_size(size)} are too much to send; copy the file to the machine where the notebook runs "
            f"and write its path, or give a simpler outline ({readable_size(LARGEST_UPLOAD)} at most)."
        )

    def _read(self, what: str, read: Callable[[], Any]) -> None:
        self.stop_placing()
        self.placing = True
        self.errors = {field: text for field, text in self.errors.items() if field != "file"}
        self._reading = work = submit(asyncio.to_thread(read))
        work.when_done(lambda work: self.pulse.soon(lambda: self._was_read(what, work)))

    def _was_read(self, what: str, work: Work[Any]) -> None:
        if work is not self._reading:
            return
        self._reading = None
        region = outcome(work, "Reading the file")
        self.placing = False
        if isinstance(region, Failure):
            self._fail(region.sentence)
        else:
            self.take_region(region, "file")
            parts = getattr(region, "geoms", [region])
            self.placed = f"{what}: {len(parts)} area{'' if len(parts) == 1 else 's'}"

    def _fail(self, sentence: str) -> None:
        self.placed = ""
        self.errors = self.errors | {"file": sentence}

    def stop_placing(self) -> None:
        """Read no more."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
            self.placing = False


def _region_of(files: Mapping[str, bytes]) -> Any:
    with tempfile.TemporaryDirectory(prefix="s2dl-") as folder:
        paths = []
        for name, content in files.items():
            path = Path(folder) / _base(name)
            path.write_bytes(content)
            paths.append(path)
        meant = [path for path in paths if path.suffix.lower() not in _BESIDE and not _is_grid(path, paths)]
        if not meant:
            raise BadRegion(f"{paths[0].name} only belongs to another file; choose that file together with it.")
        try:
            return read_region(meant[0] if len(meant) == 1 else meant)
        except BadRegion as error:
            # The directory is nothing that the person has ever seen.
            raise BadRegion(str(error).replace(f"{folder}/", "").replace(f"{folder}\\", "")) from error


def _base(name: str) -> str:
    """Give a name without any folder, as a file here may be called."""
    base = PurePosixPath(PureWindowsPath(name).as_posix()).name
    return base if base.strip(". ") else "area"


def _is_grid(path: Path, paths: list[Path]) -> bool:
    """Say whether a file holds the latitudes or longitudes of another one."""
    stem = path.stem.lower()
    return any(stem in {f"{other.stem}_lat".lower(), f"{other.stem}_lon".lower()} for other in paths)
