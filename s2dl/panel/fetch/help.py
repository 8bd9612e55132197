"""The tab Help: one page that a newcomer needs."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets

from s2dl.panel.state.state import PanelState
from s2dl.settings import settings_path

__all__ = ["help_of"]

_STEPS = [
    (
        "Ask",
        "Draw a rectangle or polygon on the map or fill in W, N, E, S. Choose dates, clouds and type, then Search.",
    ),
    (
        "Choose",
        "Click rows, pictures, dots of the timeline or footprints: all show the same choice. Look at the quicklooks.",
    ),
    ("Download", "Open Downloads, look at size, room and time, then press Download. Log in when you are asked."),
]
_KEYS = [
    ("Tab, Shift+Tab", "from one control to the next, and back"),
    ("Arrows, Home, End", "in table, gallery and timeline: go to a scene and choose it"),
    ("Shift+arrow", "there: choose all that is passed on the way"),
    ("Ctrl+arrow, Space", "there: go without choosing; add a scene to the choice, or take it out"),
    ("Ctrl+A, Esc", "there: choose all, choose none"),
    ("Space, Enter", "press the button, tick the box"),
]
_STATUSES = [
    ("to download", "chosen, and not here yet"),
    ("waiting", "its turn comes; an account has few connections"),
    ("trying again", "an attempt failed for the reason given; the next one comes by itself"),
    ("downloaded and verified", "complete, and its MD5 is the catalogue's"),
    ("in the progress file already", "fetched earlier; it is not fetched again"),
    ("was here already, verified", "the file lay there, is right, and is listed from now on"),
    ("kept offline by the service", "it has to be brought back first; try again later"),
    ("stopped", "what is complete is kept; the next download goes on from there, where the service allows it"),
    ("failed", "for the reason given; Retry tries all of these again"),
]


def help_of(state: PanelState) -> ipywidgets.HTML:
    """Make the help of a state; it says where files go at present."""
    page = ipywidgets.HTML(layout=ipywidgets.Layout(width="auto"))
    page.add_class("s2dl-help")

    def show(_: Any) -> None:
        page.value = _page(str(state.target))

    show(None)
    state.observe(show, "directory")
    return page


def _page(directory: str) -> str:
    steps = "".join(f"<li><b>{escape(what)}.</b> {escape(how)}</li>" for what, how in _STEPS)
    return f"""
<section><h3>In three steps</h3><ol>{steps}</ol>
<h3>Where files go</h3>
<p>To <code>{escape(directory)}</code>, unless the tab Downloads says otherwise. Each product is one file,
<code>….SAFE.zip</code>. The progress file beside it lists what is complete, and <code>md5sum -c s2dl.progress</code>
checks it. Nothing of yours is overwritten.</p>
<p>Settings are in <code>{escape(str(settings_path()))}</code>; passwords are not.</p>
<h3>Jobs</h3>
<p>The tab <b>Batch</b> keeps questions and selections, to run at night, or again for what is new. A job goes on when
notebook and browser are closed; <code>s2dl jobs</code> shows the same list in a terminal.</p>
<h3>An account</h3>
<p>Searching and quicklooks need none. Downloads need one of the Copernicus Data Space, free at
<code>https://dataspace.copernicus.eu</code>.</p></section>
<section><h3>Keys</h3><dl>{_rows(_KEYS)}</dl>
<h3>Go on in Python</h3>
<p><code>panel.query</code>, <code>panel.scenes</code>, <code>panel.selected</code> and <code>panel.report</code> are
what you see, as variables. <b>Copy as Python</b> gives the code that does again what you did here.</p></section>
<section><h3>What became of a scene</h3><dl>{_rows(_STATUSES)}</dl></section>
"""


def _rows(pairs: list[tuple[str, str]]) -> str:
    return "".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in pairs)
