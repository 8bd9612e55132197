"""The form: where, when and what, with each error beside the field that caused it."""

from __future__ import annotations

from datetime import date
from typing import Any

import ipywidgets
from ipywidgets import Layout

from s2dl.panel.state.state import PanelState
from s2dl.panel.state.values import BOX
from s2dl.panel.text import TextLine
from s2dl.query import PRODUCT_TYPES

__all__ = ["form_of"]

_HINTS = {
    "L1C": "Top of the atmosphere",
    "L2A": "Surface reflectance",
    "L2Ap": "The pilot's surface reflectance of 2017 and 2018; the catalogue may list none",
}


def form_of(state: PanelState) -> ipywidgets.VBox:
    """Make the form of a state."""
    dates = [_date(state, "From", "start"), _date(state, "To", "end")]
    rows = [
        _heading("Where"),
        _box(state),
        _error(state, "box"),
        _heading("When"),
        dates[0],
        _error(state, "start"),
        dates[1],
        _error(state, "end"),
        _heading("What"),
        _types(state),
        _error(state, "product_type"),
        _cloud(state),
        _error(state, "cloud_cover"),
        _orbit(state),
        _error(state, "relative_orbit"),
        _search(state),
    ]
    form = ipywidgets.VBox(rows, layout=Layout(flex="0 0 290px", width="290px", overflow="hidden auto"))
    form.add_class("s2dl-form")
    return form


def _heading(text: str) -> TextLine:
    heading = TextLine(value=text, role="heading")
    heading.add_class("s2dl-heading")
    return heading


def _error(state: PanelState, field: str) -> TextLine:
    line = TextLine(kind="error", role="alert")

    def show(_: Any) -> None:
        line.value = state.errors.get(field, "")

    state.observe(show, "errors")
    return line


def _follow(state: PanelState, widget: Any, show: Any, take: Any) -> Any:
    """Keep a widget's value and the form's the same: `show` reads the form, `take` gives what to change in it."""

    def to_widget(_: Any) -> None:
        shown = show(state.form)
        if widget.value != shown:
            widget.value = shown

    def to_state(change: Any) -> None:
        if change.new != show(state.form):
            state.change(**take(change.new))

    to_widget(None)
    state.observe(to_widget, "form")
    widget.observe(to_state, "value")
    return widget


def _box(state: PanelState) -> ipywidgets.GridBox:
    """West, north, east and south, laid out as on a compass."""
    fields = []
    for name in BOX:
        field = ipywidgets.Text(
            description=name[0].upper(),
            placeholder="degrees",
            tooltip=f"{name.capitalize()}, degrees, with a dot: {'11.25' if name in {'west', 'east'} else '46.5'}",
            continuous_update=False,
            layout=Layout(width="auto", grid_area=name, margin="0"),
            style={"description_width": "16px"},
        )
        fields.append(
            _follow(state, field, lambda form, name=name: getattr(form, name), lambda new, name=name: {name: new})
        )
    return ipywidgets.GridBox(
        fields,
        layout=Layout(
            grid_template_areas="'. north north .' 'west west east east' '. south south .'",
            grid_template_columns="1fr 1fr 1fr 1fr",
            grid_gap="4px 8px",
            margin="0 2px",
        ),
    )


def _date(state: PanelState, label: str, name: str) -> ipywidgets.DatePicker:
    picker = ipywidgets.DatePicker(
        description=label,
        tooltip="UTC; the day counts whole. Empty for any.",
        layout=Layout(width="auto"),
        style={"description_width": "62px"},
    )

    def show(form: Any) -> date | None:
        text = getattr(form, name)
        return date.fromisoformat(text) if text else None

    return _follow(state, picker, show, lambda new: {name: "" if new is None else new.isoformat()})


def _types(state: PanelState) -> ipywidgets.HBox:
    boxes = []
    for alias in PRODUCT_TYPES:
        box = ipywidgets.Checkbox(
            description=alias, indent=False, tooltip=_HINTS[alias], layout=Layout(width="auto", margin="0 14px 0 0")
        )

        def take(wanted: bool, alias: str = alias) -> dict[str, Any]:
            chosen = {*state.form.product_type, alias} if wanted else {*state.form.product_type} - {alias}
            return {"product_type": tuple(each for each in PRODUCT_TYPES if each in chosen)}

        boxes.append(_follow(state, box, lambda form, alias=alias: alias in form.product_type, take))
    return ipywidgets.HBox(boxes, layout=Layout(margin="0 0 0 2px"))


def _cloud(state: PanelState) -> ipywidgets.IntRangeSlider:
    slider = ipywidgets.IntRangeSlider(
        min=0,
        max=100,
        description="Cloud %",
        tooltip="Cloud cover; with a limit, products that do not say theirs are left out.",
        continuous_update=False,
        layout=Layout(width="auto"),
        style={"description_width": "62px"},
    )
    return _follow(
        state,
        slider,
        lambda form: tuple(round(limit) for limit in form.cloud_cover),
        lambda new: {"cloud_cover": (float(new[0]), float(new[1]))},
    )


def _orbit(state: PanelState) -> ipywidgets.Text:
    field = ipywidgets.Text(
        description="Orbit",
        placeholder="any, or 22, 65",
        tooltip="Relative orbits, 1 to 143, with commas between them",
        continuous_update=False,
        layout=Layout(width="auto"),
        style={"description_width": "62px"},
    )
    return _follow(state, field, lambda form: form.relative_orbit, lambda new: {"relative_orbit": new})


def _search(state: PanelState) -> ipywidgets.Button:
    button = ipywidgets.Button(layout=Layout(width="auto", margin="8px 2px 2px 2px"))

    def show(_: Any) -> None:
        button.description = "Stop searching" if state.searching else "Search"
        button.icon = "stop" if state.searching else "search"
        button.button_style = "" if state.searching else "primary"

    def click(_: Any) -> None:
        if state.searching:
            state.stop_search()
        else:
            state.search()

    show(None)
    state.observe(show, "searching")
    button.on_click(click)
    return button
