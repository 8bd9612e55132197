"""What: when, which products, and how they must be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import ipywidgets
from ipywidgets import Layout

from s2dl.panel.ask.fields import WIDE, error_of, follow, text_of
from s2dl.panel.ask.handles import named
from s2dl.panel.state.presets import presets
from s2dl.panel.state.state import PanelState
from s2dl.panel.state.values import PLATFORMS
from s2dl.query import PRODUCT_TYPES

__all__ = ["rarer_limits_of", "what_of", "when_of"]

_HINTS = {
    "L1C": "Top of the atmosphere",
    "L2A": "Surface reflectance",
    "L2Ap": "The pilot's surface reflectance of 2017 and 2018; the catalogue may list none",
}


def when_of(state: PanelState) -> list[ipywidgets.Widget]:
    """Make the fields that say when."""
    return [
        _period(state),
        _date(state, "From", "start"),
        error_of(state, "start"),
        _date(state, "To", "end"),
        error_of(state, "end"),
    ]


def what_of(state: PanelState) -> list[ipywidgets.Widget]:
    """Make the fields that say which products."""
    return [_types(state), error_of(state, "product_type"), _cloud(state), error_of(state, "cloud_cover")]


def rarer_limits_of(state: PanelState) -> list[ipywidgets.Widget]:
    """Make the fields of limits that fewer people need."""
    orbit = text_of(
        state, "relative_orbit", "Orbit", placeholder="any, or 22, 65",
        tooltip="Relative orbits, 1 to 143, with commas between them",
    )  # fmt: skip
    coverage = text_of(
        state, "min_coverage", "Covers", placeholder="any, or at least … %",
        tooltip="Percent of the area that the scenes of one overpass must cover together",
    )  # fmt: skip
    return [
        orbit,
        error_of(state, "relative_orbit"),
        _direction(state),
        error_of(state, "orbit_direction"),
        _labelled("Satellite", _choices(state, "platform", {name: name for name in PLATFORMS})),
        error_of(state, "platform"),
        coverage,
        error_of(state, "min_coverage"),
        _newest(state),
    ]


def _period(state: PanelState) -> ipywidgets.Dropdown:
    """Offer periods; what a person types afterwards is a period of their own."""
    periods = presets(datetime.now(UTC).date())
    own = "Own dates"
    days = {period: name for name, period in periods.items()}
    picker = ipywidgets.Dropdown(
        options=[own, *periods],
        description="Period",
        tooltip="Sets From and To",
        layout=Layout(width="auto"),
        style=WIDE,
    )

    def take(name: str) -> dict[str, Any]:
        return dict(zip(("start", "end"), periods[name], strict=True)) if name in periods else {}

    return follow(state, picker, lambda form: days.get((form.start, form.end), own), take)


def _date(state: PanelState, label: str, name: str) -> ipywidgets.DatePicker:
    picker = ipywidgets.DatePicker(
        description=label,
        tooltip="UTC; the day counts whole. Empty for any.",
        layout=Layout(width="auto"),
        style=WIDE,
    )

    def show(form: Any) -> date | None:
        text = getattr(form, name)
        return date.fromisoformat(text) if text else None

    return follow(state, picker, show, lambda new: {name: "" if new is None else new.isoformat()})


def _types(state: PanelState) -> ipywidgets.HBox:
    return _choices(state, "product_type", {alias: _HINTS[alias] for alias in PRODUCT_TYPES})


def _choices(state: PanelState, field: str, hints: dict[str, str]) -> ipywidgets.HBox:
    """Make a box for each of several values, any number of which can be wanted."""
    boxes = []
    for value, hint in hints.items():
        box = ipywidgets.Checkbox(
            description=value, indent=False, tooltip=hint, layout=Layout(width="auto", margin="0 14px 0 0")
        )

        def take(wanted: bool, value: str = value) -> dict[str, Any]:
            chosen = {*getattr(state.form, field)} | {value} if wanted else {*getattr(state.form, field)} - {value}
            return {field: tuple(_in_order(hints, chosen))}

        boxes.append(follow(state, box, lambda form, value=value: value in getattr(form, field), take))
    return ipywidgets.HBox(boxes, layout=Layout(margin="0 0 0 2px"))


def _in_order(values: Iterable[str], chosen: set[str]) -> Iterable[str]:
    return (value for value in values if value in chosen)


def _labelled(label: str, choices: ipywidgets.HBox) -> ipywidgets.HBox:
    words = ipywidgets.Label(label, layout=Layout(width="64px", margin="2px 8px 2px 2px"))
    words.add_class("s2dl-label")
    choices.layout.margin = "0"
    return ipywidgets.HBox([words, choices])


def _cloud(state: PanelState) -> ipywidgets.HBox:
    slider = ipywidgets.IntRangeSlider(
        min=0,
        max=100,
        description="Cloud %",
        tooltip="Cloud cover; with a limit, products that do not say theirs are left out.",
        continuous_update=False,
        style=WIDE,
    )
    follow(
        state,
        slider,
        lambda form: tuple(round(limit) for limit in form.cloud_cover),
        lambda new: {"cloud_cover": (float(new[0]), float(new[1]))},
    )
    return named(slider, "Cloud cover at least, percent", "Cloud cover at most, percent")


def _direction(state: PanelState) -> ipywidgets.Dropdown:
    picker = ipywidgets.Dropdown(
        options=[("any", ""), ("ascending", "ascending"), ("descending", "descending")],
        description="Direction",
        tooltip="Of the orbit: nearly all images are of descending ones. Products that do not say theirs are kept.",
        layout=Layout(width="auto"),
        style=WIDE,
    )
    return follow(state, picker, lambda form: form.orbit_direction, lambda new: {"orbit_direction": new})


def _newest(state: PanelState) -> ipywidgets.Checkbox:
    box = ipywidgets.Checkbox(
        description="Newest baseline only",
        tooltip="Of several processings of one acquisition, the newest",
        indent=False,
        layout=Layout(width="auto", margin="0 2px"),
    )
    return follow(state, box, lambda form: form.latest_baseline, lambda new: {"latest_baseline": new})
