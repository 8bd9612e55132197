"""The tab Downloads: what is chosen, how it is to be fetched, and how far that is."""

from __future__ import annotations

from typing import Any

import ipywidgets
import traitlets
from ipywidgets import Layout

from s2dl.panel.fetch.downloads import DownloadBars
from s2dl.panel.fetch.words import cart_words
from s2dl.panel.state.state import PanelState
from s2dl.panel.state.tally import Downloads
from s2dl.panel.text import TextLine

__all__ = ["cart_of"]

_MOST = 1_000
"""Of what is chosen and not downloaded yet, so many scenes are listed; the sum counts them all."""


def cart_of(state: PanelState) -> ipywidgets.VBox:
    """Make the cart of a state: sums, options, buttons and bars."""
    cart = ipywidgets.VBox([_sum(state), _trouble(state), _options(state), _buttons(state), _bars(state)])
    cart.add_class("s2dl-cart")
    return cart


def _sum(state: PanelState) -> TextLine:
    line = TextLine()
    line.add_class("s2dl-summary")

    def show(_: Any) -> None:
        line.value = cart_words(state.cart, quicklooks=state.preview_only)

    show(None)
    state.observe(show, ["cart", "preview_only"])
    return line


def _trouble(state: PanelState) -> TextLine:
    """Why no download can begin with these options, beside them."""
    line = TextLine(kind="error", role="alert")

    def show(_: Any) -> None:
        line.value = state.cart.trouble

    show(None)
    state.observe(show, "cart")
    return line


def _options(state: PanelState) -> ipywidgets.VBox:
    """Where things go, and what is done with them."""
    unzip_directory = _field(state, "unzip_directory", "Unzip into", "A directory", "beside the archives")
    unzip = _box(state, "unzip", "Unzip", "Unzip each product when it is verified; single bands come unzipped")
    keep = _box(state, "keep_archive", "Keep archive", "Otherwise the zip is removed after a checked unzip")
    bands = _field(
        state, "bands", "Bands", "Single bands in the place of whole products: B04, TCI, B02_20m", "all, or B04, TCI"
    )
    fields = [
        _field(state, "directory", "Directory", "Where downloads go; it is made where it is missing"),
        _field(state, "progress_file", "Progress file", "Lists what is complete; md5sum -c reads it"),
        unzip_directory,
        bands,
    ]
    boxes = [
        unzip,
        keep,
        _box(state, "preview_only", "Quicklooks only", "Save the quicklooks, not the products"),
        _box(state, "detached", "Detached", "A process of its own downloads, and goes on when the notebook is closed"),
    ]

    def show(_: Any) -> None:
        unzip.disabled = bool(state.bands.strip())
        unzip_directory.disabled = keep.disabled = unzip.disabled or not state.unzip

    show(None)
    state.observe(show, ["unzip", "bands"])
    places = ipywidgets.GridBox(
        fields, layout=Layout(grid_template_columns="repeat(auto-fit, minmax(240px, 1fr))", grid_gap="0 10px")
    )
    return ipywidgets.VBox([places, ipywidgets.HBox(boxes, layout=Layout(flex_flow="row wrap"))])


def _field(state: PanelState, name: str, label: str, hint: str, placeholder: str = "") -> ipywidgets.Text:
    field = ipywidgets.Text(
        description=label,
        tooltip=hint,
        placeholder=placeholder,
        continuous_update=False,
        layout=Layout(width="auto"),
        style={"description_width": "84px"},
    )
    traitlets.link((state, name), (field, "value"))
    return field


def _box(state: PanelState, name: str, label: str, hint: str) -> ipywidgets.Checkbox:
    box = ipywidgets.Checkbox(
        description=label, tooltip=hint, indent=False, layout=Layout(width="auto", margin="0 14px 0 4px")
    )
    traitlets.link((state, name), (box, "value"))
    return box


def _buttons(state: PanelState) -> ipywidgets.HBox:
    start = ipywidgets.Button(description="Download", icon="download", button_style="primary")
    pause = ipywidgets.Button(tooltip="Hold it, and let it go on later")
    stop = ipywidgets.Button(description="Stop", icon="stop", tooltip="What is complete stays")
    retry = ipywidgets.Button(tooltip="Try again what did not come")
    for button, act in ((start, state.download), (pause, state.pause), (stop, state.stop), (retry, state.retry)):
        button.on_click(lambda _, act=act: act())

    def show(_: Any) -> None:
        now, left = state.downloads, len(state.downloads.unfinished)
        start.disabled = now.running or not state.cart.scenes
        pause.disabled = not state.can_pause
        pause.description, pause.icon = ("Resume", "play") if now.paused else ("Pause", "pause")
        stop.disabled = not now.running
        retry.disabled = now.running or not left
        retry.description, retry.icon = f"Retry {left}" if left else "Retry", "refresh"

    show(None)
    state.observe(show, ["downloads", "cart"])
    buttons = ipywidgets.HBox([start, pause, stop, retry])
    buttons.add_class("s2dl-buttons")
    return buttons


def _bars(state: PanelState) -> DownloadBars:
    """What is chosen, until it is downloaded; then how far that is."""
    bars = DownloadBars()

    def show(_: Any) -> None:
        bars.show(_listed(state))

    show(None)
    state.observe(show, ["downloads", "cart"])
    return bars


def _listed(state: PanelState) -> Downloads:
    """The running download, or the last one while it is still what is chosen; else the cart."""
    cart, now = state.cart, state.downloads
    chosen = {scene.name for scene in cart.scenes}
    if now.running or not chosen or chosen <= {scene.name for scene in now.scenes}:
        return now
    return Downloads(cart.scenes[:_MOST], begun=False)
