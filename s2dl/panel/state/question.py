"""Question: where, when and what a person asks for; region, form and query say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import Dict, HasTraits, observe, validate

from s2dl.errors import BadInput
from s2dl.panel.state.values import BOX, FormValues, box_texts, normal_query
from s2dl.query import Query
from s2dl.region import read_region

__all__ = ["Question"]

_WHERE = "Say where: draw a rectangle or a polygon on the map, or fill in west, north, east and south."
_SHOWN = ("start", "end", "cloud_cover", "product_type", "relative_orbit")
"""The query's arguments that the form has a field for, beside the region."""


class Question(HasTraits):
    """What is asked.

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
    """

    region = AnyTrait(None)
    form: FormValues = AnyTrait()  # type: ignore[assignment]  # a trait gives its value
    errors = Dict()
    query = Dict()

    def __init__(self, **kwargs: Any) -> None:
        usual = FormValues.usual()
        self._before: dict[str, Any] = {}
        super().__init__(**kwargs)
        self.form = usual
        self.query = {key: value for field in _SHOWN for key, value in usual.part(field).items()}

    def change(self, **fields: Any) -> None:
        """Take what a person typed into fields of the form."""
        self.form = replace(self.form, **fields)
        query, errors = dict(self.query), dict(self.errors)
        changed = [field for field in fields if field not in BOX]
        # A new start may be wrong or right for the end that stands there.
        for field in dict.fromkeys([*changed, "end"] if "start" in changed else changed):
            errors.pop(field, None)
            query.pop(field, None)
            try:
                query |= self.form.part(field)
            except BadInput as error:
                errors[field] = str(error)
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

    def is_whole(self) -> bool:
        """Say beside the fields what keeps the question from being asked; True where nothing does."""
        try:
            self.form.region()
            Query.build(**self.query)
        except BadInput as error:
            self.errors = self.errors | {"box": str(error) if any(self.form.box) else _WHERE}
        return not self.errors


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
