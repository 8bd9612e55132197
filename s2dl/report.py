"""What came of it: one row a scene, readable in a terminal and in a notebook."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

__all__ = ["DownloadReport", "PreviewReport", "Report", "SceneResult", "Status", "readable_size"]

Status = Literal[
    "downloaded", "skipped", "adopted", "offline", "failed", "cancelled", "intact", "corrupt", "missing", "planned"
]
"""How a scene ended; `planned` is the dry run's."""


@dataclass(frozen=True, slots=True)
class SceneResult:
    """What came of one scene.

    Attributes
    ----------
    name : str
        The product's, with ``.SAFE``.
    status : str
    path : Path or None
        The file (a preview's PNG), where there is one.
    size : int
        Bytes.
    md5 : str or None
    seconds : float
        That the transfer took.
    reason : str
        Why it is so, where that needs saying.
    unreachable : bool
        It failed since the service could not be reached.
    """

    name: str
    status: Status
    path: Path | None = None
    size: int = 0
    md5: str | None = None
    seconds: float = 0.0
    reason: str = ""
    unreachable: bool = False


@dataclass(frozen=True)
class Report:
    """Results of a run, in the order of the scenes.

    Attributes
    ----------
    results : tuple of SceneResult
    """

    results: tuple[SceneResult, ...] = ()
    good: ClassVar[frozenset[str]] = frozenset({"downloaded", "skipped", "adopted", "intact"})

    @property
    def ok(self) -> bool:
        """True when every scene is where it should be."""
        return all(result.status in self.good for result in self.results)

    @property
    def exit_code(self) -> int:
        """The command line's: 0 when `ok`, 4 when only the service's being out of reach is in the way, else 1."""
        if self.ok:
            return 0
        return 4 if all(each.unreachable for each in self.results if each.status not in self.good) else 1

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[SceneResult]:
        return iter(self.results)

    def to_frame(self) -> pd.DataFrame:
        """One row a scene: name, status, path, size (bytes), md5, seconds, reason."""
        import pandas as pd  # noqa: PLC0415 - the report itself needs no pandas

        columns = ["name", "status", "path", "size", "md5", "seconds", "reason"]
        return pd.DataFrame([asdict(result) for result in self.results], columns=columns)

    def summary(self) -> str:
        """One line: how many of which status, and how many bytes came, or would come."""
        counts = Counter(result.status for result in self.results)
        said = ", ".join(f"{number} {status}" for status, number in counts.items()) or "nothing to do"
        sizes = ", ".join(self._sizes())
        return f"{said} ({sizes})" if sizes else said

    def _sizes(self) -> Iterator[str]:
        for status, what in (("downloaded", "received"), ("planned", "to fetch")):
            size = sum(result.size for result in self.results if result.status == status)
            if size:
                yield f"{readable_size(size)} {what}"

    def _shown(self, most: int) -> tuple[list[SceneResult], str]:
        """What there is room for, and a word about the rest; then what is not good comes first."""
        results = list(self.results)
        if len(results) <= most:
            return results, ""
        more = f"… and {len(results) - most} more; see .to_frame()"
        return sorted(results, key=lambda each: each.status in self.good)[:most], more

    def __repr__(self) -> str:
        shown, more = self._shown(20)
        lines = [f"{type(self).__name__}: {self.summary()}"]
        lines += [f"  {each.status:<10} {each.name}  {each.reason}".rstrip() for each in shown]
        return "\n".join([*lines, f"  {more}"] if more else lines)

    def _repr_html_(self) -> str:
        from html import escape  # noqa: PLC0415

        shown, more = self._shown(50)
        frame = Report(tuple(shown)).to_frame()
        frame = frame.assign(
            size=frame["size"].map(lambda size: readable_size(size) if size else ""),
            path=frame["path"].map(lambda path: path or ""),
        )
        # What is read first stands where a notebook has room.
        frame = frame[["status", "name", "reason", "size", "seconds", "path", "md5"]]
        table = frame.to_html(index=False, escape=True, na_rep="", float_format="{:.1f}".format)
        return f"<p><b>{escape(self.summary())}</b></p>{table}{more and f'<p>{more}</p>'}"


@dataclass(frozen=True, repr=False)
class DownloadReport(Report):
    """What came of a download or a verification; a download of previews only is told of as `PreviewReport` is.

    Attributes
    ----------
    free : int or None
        Bytes that are free on the disk; told by a dry run.
    """

    free: int | None = None

    def _sizes(self) -> Iterator[str]:
        yield from super()._sizes()
        if self.free is not None:
            yield f"{readable_size(self.free)} free on the disk"


@dataclass(frozen=True, repr=False)
class PreviewReport(Report):
    """What came of a preview; each result's path is its PNG, beside which the other files of the preview lie."""


def readable_size(size: float) -> str:
    """Bytes as people read them: ``812 MB``, ``1.2 GB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(size) < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
