"""PanelState: all that the panel knows and does; no widget in it.

Methods start work and return at once; what comes of it shows in the traits, which observers watch. Traits may change on
the caller's thread or on the panel's own, never on the engine's.
"""

from __future__ import annotations

import concurrent.futures
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from traitlets import Any as AnyTrait
from traitlets import Bool, Dict, HasTraits, Unicode, observe, validate

from s2dl import events
from s2dl.errors import BadInput, S2dlError
from s2dl.panel.picture import Pictures
from s2dl.panel.pulse import Pulse
from s2dl.panel.tally import Downloads, Tally
from s2dl.panel.values import BOX, FormValues, box_texts, normal_query
from s2dl.query import Query
from s2dl.region import read_region
from s2dl.report import DownloadReport, readable_size
from s2dl.settings import Settings
from s2dl.sync import Work, submit

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["PanelState"]

T = TypeVar("T")

_WHERE = "Say where: draw a rectangle or a polygon on the map, or fill in west, north, east and south."

_log = logging.getLogger(__name__)


class PanelState(HasTraits):
    """What the panel shows.

    Parameters
    ----------
    region : optional
        Whatever `s2dl.read_region` takes.
    settings : Settings, optional

    Attributes
    ----------
    region : shapely geometry or None
        Set it to whatever `s2dl.read_region` takes.
    form : FormValues
        The fields as typed; changed by `change`.
    errors : dict
        Sentence by field, ``"box"`` for the four fields of the region.
    query : dict
        The valid part of what region and form say, as arguments of `s2dl.search`; setting it changes them.
    scenes, selected : GeoDataFrame or None
        What was found, and the chosen rows of it; both can be set.
    focus : str
        Name of the selected scene whose quicklook is shown; empty for none.
    report : DownloadReport or None
        Of the last download.
    downloads : Downloads
        How far the download is; renewed ten times a second at most.
    status : str
        One sentence that says what goes on; `trouble` is True when it is an error.
    searching : bool
    directory : str
        Where downloads go.
    pictures : Pictures
        The quicklook in focus.
    """

    region = AnyTrait(None)
    form: FormValues = AnyTrait()  # type: ignore[assignment]  # a trait gives its value
    errors = Dict()
    query = Dict()
    scenes = AnyTrait(None)
    selected = AnyTrait(None)
    focus = Unicode()
    report: DownloadReport | None = AnyTrait(None)  # type: ignore[assignment]
    downloads: Downloads = AnyTrait(Downloads())  # type: ignore[assignment]
    status = Unicode("Draw a region on the map, then search.")
    trouble = Bool(False)
    searching = Bool(False)
    directory = Unicode()

    def __init__(self, region: Any = None, settings: Settings | None = None) -> None:
        self.settings = Settings.given(settings)
        self.pulse = Pulse()
        self.pictures = Pictures(self.settings, self.pulse)
        self._search: Work[gpd.GeoDataFrame] | None = None
        self._download: Work[DownloadReport] | None = None
        usual = FormValues.usual()
        query = {key: value for field in ("start", "end", "product_type") for key, value in usual.part(field).items()}
        self._before: dict[str, Any] = {}
        super().__init__()
        self.form, self.query, self.directory = usual, query, str(self.settings.directory)
        if region is not None:
            self.region = region

    # What is asked

    def change(self, **fields: Any) -> None:
        """Take what a person typed into fields of the form."""
        self.form = replace(self.form, **fields)
        query, errors = dict(self.query), dict(self.errors)
        changed = [field for field in fields if field not in BOX]
        # A new start may be wrong or right for the end that stands there.
        for field in dict.fromkeys([*changed, "end"] if "start" in changed else changed):
            errors.pop(field, None)
            try:
                part = self.form.part(field)
            except BadInput as error:
                errors[field] = str(error)
            else:
                query.pop(field, None)
                query |= part
        self.errors = errors
        self.query = query
        if len(changed) < len(fields):
            self._take_box()

    def _take_box(self) -> None:
        """Make the four fields the region once they are whole; half a box is still being typed."""
        self.errors = _without(self.errors, "box")
        if any(self.form.box) and not all(self.form.box):
            return
        try:
            self.region = self.form.region()
        except BadInput as error:
            self.errors = self.errors | {"box": str(error)}

    @validate("region")
    def _read_region(self, proposal: Any) -> Any:
        return None if proposal.value is None else read_region(proposal.value)

    @observe("region")
    def _region_changed(self, change: Any) -> None:
        region = change.new
        self.errors = _without(self.errors, "box")
        if not _says(self.form, region):
            self.form = replace(self.form, **box_texts(region))
        self.query = _without(self.query, "region") | ({} if region is None else normal_query({"region": region}))

    @validate("query")
    def _read_query(self, proposal: Any) -> dict[str, Any]:
        return normal_query(proposal.value)

    @observe("query")
    def _query_changed(self, change: Any) -> None:
        query, before, self._before = change.new, self._before, change.new
        if query.get("region") != before.get("region"):
            region = query.get("region")
            if region is None or self.region is None or not self.region.equals(read_region(region)):
                self.region = region
        shown = {field: query.get(field) for field in _SHOWN}
        if shown != {field: before.get(field) for field in _SHOWN} and shown != self._typed():
            self.form = self.form.showing(query)
            self.errors = {field: text for field, text in self.errors.items() if field == "box"}

    def _typed(self) -> dict[str, Any]:
        """What the fields say, in the query's words, as far as it is valid."""
        typed: dict[str, Any] = {}
        for field in _SHOWN:
            try:
                typed[field] = self.form.part(field).get(field)
            except BadInput:
                typed[field] = self.query.get(field)
        return typed

    # Search

    def search(self) -> None:
        """Ask the catalogue; a search that is under way is dropped for the new one."""
        if not self._is_ready():
            return
        self.stop_search()
        self.searching = True
        self.say("Searching…")
        self._search = work = submit(_found(self.query, self.settings, self._on_page))
        work.when_done(lambda work: self.pulse.soon(lambda: self._searched(work)))

    def stop_search(self) -> None:
        """Drop the search that is under way."""
        if self._search is not None:
            self._search.cancel()

    def _is_ready(self) -> bool:
        """Say beside the fields what keeps the question from being asked."""
        try:
            self.form.region()
            Query.build(**self.query)
        except BadInput as error:
            self.errors = self.errors | {"box": str(error) if any(self.form.box) else _WHERE}
        if self.errors:
            self.say("Mend what is marked in the form, then search.", trouble=True)
        return not self.errors

    def _on_page(self, event: events.Event) -> None:
        if isinstance(event, events.PageReceived):
            self.pulse.beat(lambda: self.searching and self.say(f"Searching… {event.found} products so far"))

    def _searched(self, work: Work[gpd.GeoDataFrame]) -> None:
        if work is not self._search:
            return
        self._search = None
        scenes = self._outcome(work, "The search")
        self.searching = False
        if scenes is not None:
            self.scenes = scenes
            self.say("Found nothing; widen the dates, the clouds or the region." if scenes.empty else self.summary)

    # What was found, and what is chosen of it

    @property
    def summary(self) -> str:
        """``143 scenes, 12 selected (8.4 GB)``."""
        if self.scenes is None:
            return ""
        found = f"{len(self.scenes)} scene{'' if len(self.scenes) == 1 else 's'}"
        if not len(self.selected):
            return f"{found}, none selected"
        return f"{found}, {len(self.selected)} selected ({readable_size(int(self.selected['size'].sum()))})"

    @validate("scenes")
    def _read_scenes(self, proposal: Any) -> Any:
        scenes = proposal.value
        if scenes is not None and not {"name", "size", "geometry"} <= set(getattr(scenes, "columns", ())):
            raise BadInput("scenes is not a table of scenes; give what s2dl.search returned, or rows of it.")
        return scenes

    @observe("scenes")
    def _scenes_changed(self, change: Any) -> None:
        self.selected = None if change.new is None else change.new.iloc[:0]

    @validate("selected")
    def _read_selected(self, proposal: Any) -> Any:
        if self.scenes is None:
            if proposal.value is None:
                return None
            raise BadInput("Nothing was found yet of which scenes could be selected; search first.")
        names = set() if proposal.value is None else set(proposal.value["name"])
        if strange := sorted(names - set(self.scenes["name"])):
            raise BadInput(f"{strange[0]} is not among the scenes that were found; select rows of panel.scenes.")
        return self.scenes[self.scenes["name"].isin(names)]

    @observe("selected")
    def _selected_changed(self, change: Any) -> None:
        names = self.selected_names
        if self.focus not in names:
            self.focus = names[-1] if names else ""

    @property
    def selected_names(self) -> list[str]:
        """Names of the selected scenes, in the table's order."""
        return [] if self.selected is None else list(self.selected["name"])

    def select(self, names: Iterable[str], focus: str = "") -> None:
        """Select these scenes and no others, and show the quicklook of one of them.

        Raises
        ------
        BadInput
            A name is not among the scenes.
        """
        wanted = list(names)
        if self.scenes is None:
            raise BadInput("Nothing was found yet of which scenes could be selected; search first.")
        if strange := sorted(set(wanted) - set(self.scenes["name"])):
            raise BadInput(f"{strange[0]} is not among the scenes that were found.")
        if focus in wanted:
            self.focus = focus
        if set(wanted) != set(self.selected_names):
            self.selected = self.scenes[self.scenes["name"].isin(wanted)]

    def toggle(self, name: str) -> None:
        """Add a scene to the selection, or take it out."""
        names = self.selected_names
        if name in names:
            self.select(each for each in names if each != name)
        else:
            self.select([*names, name], focus=name)

    @observe("focus")
    def _focus_changed(self, change: Any) -> None:
        scenes = self.scenes
        self.pictures.show(change.new, None if scenes is None else scenes[scenes["name"] == change.new])

    # Download

    def download(self) -> None:
        """Download the selected scenes into the directory."""
        if self.downloads.running:
            self.say("A download is running; stop it, or wait until it is done.", trouble=True)
        elif not self.selected_names:
            self.say("Select scenes first: click rows of the table, or footprints on the map.", trouble=True)
        else:
            self._start_download()

    def _start_download(self) -> None:
        chosen = self.selected
        tally = Tally(dict(zip(chosen["name"], (int(size) for size in chosen["size"]), strict=True)))

        def on_event(event: events.Event) -> None:
            tally.take(event)
            self.pulse.beat(lambda: self._show(tally))

        directory = self.directory.strip() or str(self.settings.directory)
        self.report = None
        self._show(tally)
        self.say(f"Downloading {len(chosen)} scene{'' if len(chosen) == 1 else 's'} to {directory}")
        self._download = work = submit(_downloaded(chosen, directory, self.settings, on_event))
        work.when_done(lambda work: self.pulse.soon(lambda: self._ended(work, tally)))

    def _show(self, tally: Tally) -> None:
        self.downloads = tally.picture()

    def stop(self) -> None:
        """Stop the download; what is complete stays."""
        if self._download is not None:
            self.say("Stopping…")
            self._download.cancel()

    def _ended(self, work: Work[DownloadReport], tally: Tally) -> None:
        self._download = None
        report = self._outcome(work, "The download")
        if report is None:
            report = tally.stopped("stopped") if not self.trouble else tally.stopped(self.status, "failed")
        else:
            tally.finish(report)
            self.say(f"Download: {report.summary()}", trouble=not report.ok)
        self._show(tally)
        self.report = report

    # What is said

    def say(self, sentence: str, *, trouble: bool = False) -> None:
        """Put a sentence into the status line."""
        self.trouble = trouble
        self.status = sentence

    def _outcome(self, work: Work[T], what: str) -> T | None:
        """What came of work that has ended; None, after saying why, where nothing did."""
        try:
            return work.result()
        except concurrent.futures.CancelledError:
            self.say(f"{what} was stopped.")
        except S2dlError as error:
            self.say(str(error), trouble=True)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the person must hear of it
            _log.exception("%s failed", what)
            self.say(f"{what} failed in a way that s2dl does not know: {error!r}.", trouble=True)
        return None

    def close(self) -> None:
        """Stop all work and tell no one any more."""
        self.stop_search()
        self.stop()
        self.pictures.close()
        self.pulse.close()
        self.unobserve_all()


_SHOWN = ("start", "end", "cloud_cover", "product_type", "relative_orbit")
"""The query's arguments that the form has a field for, beside the region."""


def _without(values: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != key}


def _says(form: FormValues, region: Any) -> bool:
    """Say whether the box's fields stand for these very bounds already, however they are written."""
    try:
        box = form.region()
    except BadInput:
        return False
    if box is None or region is None:
        return box is region
    return bool(box.bounds == region.bounds)


async def _found(query: dict[str, Any], settings: Settings, on_event: Callable[[events.Event], None]) -> Any:
    from s2dl.verbs.search import search  # noqa: PLC0415 - heavy: it waits for the first search

    return await search(**query, settings=settings, progress=False, on_event=on_event)


async def _downloaded(
    scenes: gpd.GeoDataFrame, directory: str, settings: Settings, on_event: Callable[[events.Event], None]
) -> DownloadReport:
    from s2dl.verbs.download import download  # noqa: PLC0415 - heavy, see above

    return await download(scenes, directory, settings=settings, progress=False, on_event=on_event)
