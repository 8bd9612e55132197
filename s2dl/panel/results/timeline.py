"""The Timeline tab: clouds over time, drawn by `s2dl.plots.timeline`, with dots and dates to click and drag over."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from traitlets import Unicode

from s2dl.panel.results.gallery import captions_of
from s2dl.panel.results.scene_view import SceneView, link, script
from s2dl.panel.state.few import Few
from s2dl.panel.state.outcome import Failure
from s2dl.panel.state.state import PanelState

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Shares = NDArray[np.float32]

__all__ = ["Asked", "Drawing", "SceneTimeline", "draw", "timeline_of"]

_HEIGHT = 300
_PIXELS_PER_INCH = 100
_NARROWEST, _WIDEST = 320, 4000


@dataclass(frozen=True, slots=True)
class Asked:
    """How a page wants its figure: pixels across, pixels of the screen for each, on dark ground or light."""

    width: int
    ratio: float
    dark: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """The figure: a PNG on transparent ground, its title, words for each scene, and where it lies in the figure.

    Attributes
    ----------
    x, y : ndarray of float32, shape (scenes,)
        Shares of width and height, from left and top; NaN for scenes that are not in the figure.
    """

    png: bytes
    title: str
    captions: list[str]
    x: Shares
    y: Shares


class SceneTimeline(SceneView):
    """A figure of scenes in which the page marks and selects them.

    Attributes
    ----------
    on_draw : callable
        Called with what a page has asked for; answered by `show`.
    """

    _esm = script("scene_view.js", "timeline.js")
    empty = Unicode("The cloud cover of what a search finds is shown here, over time.").tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_draw: Callable[[Asked], None] = lambda _: None

    def redraw(self) -> None:
        """Have a page that can show it ask for a new figure of the same scenes."""
        self.send({"tell": "stale"})

    def tell_rows(self, asked: dict[str, Any]) -> None:
        """Have the figure drawn."""
        width = min(max(int(asked["width"]), _NARROWEST), _WIDEST)
        self.on_draw(Asked(width, 2.0 if asked["ratio"] > 1 else 1.0, bool(asked["dark"])))

    def show(self, drawing: Drawing) -> None:
        """Show a figure of these scenes on every page that has this widget."""
        message = {"tell": "rows", "again": True, "edition": self.edition}
        message |= {"captions": drawing.captions, "title": drawing.title}
        self.send(message, [drawing.png, drawing.x.tobytes(), drawing.y.tobytes()])
        self.tell_marks()


def draw(scenes: gpd.GeoDataFrame, shown: NDArray[np.bool_], asked: Asked) -> Drawing:
    """Draw the timeline of the `shown` ones of `scenes`."""
    captions = [f"{each['date']} · {each['words']}" for each in captions_of(scenes)]
    x, y = (np.full(len(scenes), np.nan, dtype=np.float32) for _ in range(2))
    shown = shown & scenes["sensing_start"].notna().to_numpy()
    if not shown.any():
        return Drawing(b"", "", captions, x, y)
    from s2dl.plots import timeline  # noqa: PLC0415 - matplotlib is heavy

    drawn = scenes[shown]
    figure = timeline(drawn, style="dark" if asked.dark else "light")
    figure.set_size_inches(asked.width / _PIXELS_PER_INCH, _HEIGHT / _PIXELS_PER_INCH)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=asked.ratio * _PIXELS_PER_INCH, transparent=True)
    (axes,) = figure.axes
    # Unknown clouds are drawn halfway between the axis and the figure's lower edge.
    clouds = drawn["cloud_cover"].fillna(axes.get_ylim()[0] / 2).to_numpy()
    times = axes.convert_xunits(drawn["sensing_start"].dt.tz_localize(None).to_numpy())  # type: ignore[no-untyped-call]  # matplotlib has no types here
    places = figure.transFigure.inverted().transform(axes.transData.transform(np.column_stack([times, clouds])))
    x[shown], y[shown] = places[:, 0], 1 - places[:, 1]
    return Drawing(out.getvalue(), axes.get_title("left"), captions, x, y)


def timeline_of(state: PanelState) -> SceneTimeline:
    """Make the timeline of a state."""
    timeline = SceneTimeline()

    def drawn(edition: str, came: Drawing | Failure) -> None:
        if isinstance(came, Failure):
            state.say(came.sentence, trouble=True)
        elif edition == str(timeline.edition):
            timeline.show(came)

    drawings: Few[Drawing] = Few(state.pulse, "The timeline", drawn)

    def begin() -> None:
        timeline.renew([] if state.scenes is None else state.scenes["name"].to_numpy())

    def ask(asked: Asked) -> None:
        scenes = state.scenes
        if scenes is not None:
            shown = state.among(state.visible)
            # None under way is wanted any more: it would show what was.
            drawings.want({})
            drawings.also({str(timeline.edition): lambda: asyncio.to_thread(draw, scenes, shown, asked)})

    timeline.on_draw = ask
    link(state, timeline, begin, filtered=False)
    state.observe(lambda _: timeline.redraw(), "visible")
    return timeline
