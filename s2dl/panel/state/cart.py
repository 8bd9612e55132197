"""InCart: what a download of the selected scenes would be; looked at whenever the selection or the options change."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets import Any as AnyTrait
from traitlets import observe

from s2dl.panel.state.choice import Choice
from s2dl.panel.state.options import Options
from s2dl.panel.state.outcome import Failure, outcome
from s2dl.panel.state.tally import SceneDownload
from s2dl.report import DownloadReport
from s2dl.settings import Settings
from s2dl.sync import Work, submit

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Cart", "InCart"]


@dataclass(frozen=True, slots=True)
class Cart:
    """What is chosen, and what fetching it would mean.

    Attributes
    ----------
    scenes : tuple of SceneDownload
        ``planned`` is to be fetched, ``skipped`` is in the progress file, ``offline`` and ``failed`` cannot be had now.
    free : int or None
        Bytes on the disk of the directory; None until looked at.
    speed : float
        Bytes per second of the last download; 0 unknown.
    looking : bool
        Nobody has seen yet what is here already.
    trouble : str
        Why nobody can tell, or why no download can begin.
    """

    scenes: tuple[SceneDownload, ...] = ()
    free: int | None = None
    speed: float = 0.0
    looking: bool = False
    trouble: str = ""

    @property
    def size(self) -> int:
        """Bytes of all of them, as far as the catalogue says."""
        return sum(scene.size for scene in self.scenes)

    @property
    def to_fetch(self) -> int:
        """Bytes that a download would fetch."""
        return sum(scene.size for scene in self.scenes if scene.status == "planned")

    @property
    def here(self) -> int:
        """How many are in the progress file already."""
        return sum(scene.status == "skipped" for scene in self.scenes)

    @property
    def seconds(self) -> float | None:
        """How long a download would take; None unknown."""
        return self.to_fetch / self.speed if self.speed > 0 else None


class InCart(Choice, Options):
    """The selected scenes as a cart.

    Attributes
    ----------
    cart : Cart
    """

    cart: Cart = AnyTrait(Cart())  # type: ignore[assignment]  # a trait gives its value

    def __init__(self, settings: Settings | None = None, **kwargs: Any) -> None:
        self._look: Work[tuple[DownloadReport, int]] | None = None
        self._look_again = self._look_due = False
        self._speed = 0.0
        super().__init__(settings=settings, **kwargs)

    @observe("selected", "directory", "progress_file", "bands", "preview_only", "settings")
    def _chosen_otherwise(self, _: Any) -> None:
        """The panel's own thread looks, for a choice may be large and the next one may follow at once."""
        if not self._look_due:
            self._look_due = True
            self.cart = replace(self.cart, looking=True)
            self.pulse.soon(self.look)

    def look(self) -> None:
        """See what a download would do; one look at a time, and the last one counts."""
        self._look_due = False
        sizes = _sizes(self.selected)
        planned = tuple(SceneDownload(name, size, status="planned") for name, size in sizes.items())
        self.cart = replace(self.cart, scenes=planned, speed=self._speed, looking=bool(planned), trouble="")
        self._look_again = self._look is not None
        if planned and self._look is None:
            self._look = work = submit(_looked(self.selected, self.arguments(), self.settings))
            work.when_done(lambda work: self.pulse.soon(lambda: self._seen(work)))

    def _seen(self, work: Work[tuple[DownloadReport, int]]) -> None:
        self._look = None
        if self._look_again:
            self.look()
            return
        seen = outcome(work, "Looking at what is here already")
        if isinstance(seen, Failure):
            self.cart = replace(self.cart, looking=False, trouble=seen.sentence)
        else:
            report, free = seen
            self.cart = replace(self.cart, scenes=_rows(report, self.cart.scenes), free=free, looking=False)


def _sizes(scenes: gpd.GeoDataFrame | None) -> dict[str, int]:
    if scenes is None:
        return {}
    return dict(zip(scenes["name"].to_numpy(), scenes["size"].tolist(), strict=True))


def _rows(report: DownloadReport, before: Iterable[SceneDownload]) -> tuple[SceneDownload, ...]:
    seen = {result.name: result for result in report}
    return tuple(
        replace(
            row,
            status=result.status,
            reason=result.reason,
            path="" if result.path is None else str(result.path),
            # Of single bands less is to be fetched than the product has.
            size=result.size if result.status == "planned" else row.size,
        )
        for row in before
        if (result := seen.get(row.name)) is not None
    )


async def _looked(
    scenes: gpd.GeoDataFrame, arguments: dict[str, Any], settings: Settings
) -> tuple[DownloadReport, int]:
    from s2dl.downloads.space import free_space  # noqa: PLC0415 - heavy: they wait for the first choice
    from s2dl.verbs.download import download  # noqa: PLC0415

    report = await download(scenes, **arguments, dry_run=True, settings=settings, progress=False)
    return report, await asyncio.to_thread(free_space, Path(arguments["directory"]))
