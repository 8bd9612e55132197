"""Question: where, when and what a person asks for; region, form and query say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import Dict, HasTraits, observe, validate

from s2dl.errors import BadInput
from s2dl.panel.state.values import ASKED, BOX, FormValues, Where, bounds_of, box_texts, normal_query, sentence_of
from s2dl.query import Query
from s2dl.region import read_region

__all__ = ["Question"]

_PLACE = {"map": "box", "file": "file", "tile": "tile"}
"""Beside which field the errors of each source are said."""
_SAY_WHERE = {
    "map": "Say where: draw a rectangle or a polygon on the map, or fill in west, north, east and south.",
    "file": "Say where: choose a file of the area, or write its path.",
    "tile": "Say where: write a tile id such as 32TPS.",
}
_SHARE_OF_NOTHING = "This is a share of an area: draw one or choose a file, or leave this empty."


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
        self._source: Where = "map"
        self._put_away: dict[Where, Any] = {}
        super().__init__(**kwargs)
        self.form = usual
        self.query = {key: value for field in ASKED for key, value in usual.part(field).items()}

    def change(self, **fields: Any) -> None:
        """Take what a person typed into fields of the form."""
        before, self.form = self.form.where, replace(self.form, **fields)
        if self.form.where != before:
            self._exchange(before)
        query, errors = dict(self.query), dict(self.errors)
        changed = [field for field in fields if field in ASKED]
        # A new start may be wrong or right for the end that stands there, and a source takes the place of another.
        changed += ["end"] if "start" in changed else []
        changed += ["tile"] if "where" in fields else []
        for field in dict.fromkeys(changed):
            errors.pop(field, None)
            query.pop(field, None)
            try:
                query |= self.form.part(field)
            except BadInput as error:
                errors[field] = sentence_of(error)
        self.errors = errors
        self.query = query
        if set(fields) & set(BOX):
            self._take_box()

    def take_region(self, region: Any, source: Where) -> None:
        """Make this the region, as said by that source.

        Raises
        ------
        BadRegion
            It cannot be read as one.
        """
        self._source = source
        try:
            self.region = region
        finally:
            self._source = "map"
        self.form = replace(self.form, where=source)

    def _exchange(self, before: Where) -> None:
        """Put away what the source before said, for when the person comes back to it."""
        now = self.form.where
        self._put_away[before] = self.region
        self.errors = {field: text for field, text in self.errors.items() if field not in _PLACE.values()}
        kept = self._put_away.get(now)
        if kept is None:
            self.region = None
        else:
            self.take_region(kept, now)

    def _take_box(self) -> None:
        """Make the four fields the region once they are whole; half a box is still being typed."""
        self.errors = _without(self.errors, "box")
        if any(self.form.box) and not all(self.form.box):
            return
        try:
            self.region = self.form.region()
        except BadInput as error:
            self.errors = self.errors | {"box": sentence_of(error)}

    @validate("region")
    def _read_region(self, proposal: Any) -> Any:
        return None if proposal.value is None else read_region(proposal.value)

    @observe("region")
    def _region_changed(self, change: Any) -> None:
        region = change.new
        self.errors = _without(self.errors, *_PLACE.values())
        form = self.form if region is None else replace(self.form, where=self._source)
        self.form = form if _says(form, region) else replace(form, **box_texts(region))
        said = {} if region is None else normal_query({"region": region})
        if self._is_asked(region, said):
            return
        # The region takes the place of the tile; a question that names both was set by code.
        self.query = _without(self.query, "region", *(["tile"] if said else [])) | said

    def _is_asked(self, region: Any, said: dict[str, Any]) -> bool:
        asked = self.query.get("region")
        if asked is None or region is None:
            return asked is region
        return bool(asked == said["region"] or region.equals(read_region(asked)))

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
        where: Where = "tile" if "tile" in query and "region" not in query else self.form.where
        if where != self.form.where:
            self.form = replace(self.form, where=where)
        shown = {field: query.get(field) for field in ASKED}
        if shown != {field: before.get(field) for field in ASKED} and shown != self._typed():
            self.form = self.form.showing(query)
            self.errors = {field: text for field, text in self.errors.items() if field in _PLACE.values()}

    def _typed(self) -> dict[str, Any]:
        """What the fields say, in the query's words, as far as it is valid."""
        typed: dict[str, Any] = {}
        for field in ASKED:
            try:
                typed[field] = self.form.part(field).get(field)
            except BadInput:
                typed[field] = self.query.get(field)
        return typed

    @property
    def unseen(self) -> dict[str, Any]:
        """What the query asks for and no field that is in sight shows; only code can have set it."""
        seen = {"region", *ASKED} - ({"tile"} if self.form.where != "tile" else set())
        return {name: value for name, value in self.query.items() if name not in seen}

    def is_whole(self) -> bool:
        """Say beside the fields what keeps the question from being asked; True where nothing does."""
        where = self.form.where
        try:
            if where == "map":
                self.form.region()
            if self.region is None and "min_coverage" in self.query:
                self.errors = self.errors | {"min_coverage": _SHARE_OF_NOTHING}
            Query.build(**_without(self.query, "min_coverage"))
        except BadInput as error:
            half_a_box = where == "map" and any(self.form.box)
            sentence = sentence_of(error) if half_a_box else _SAY_WHERE[where]
            self.errors = {_PLACE[where]: sentence} | self.errors
        return not self.errors


def _without(values: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in keys}


def _says(form: FormValues, region: Any) -> bool:
    """Say whether the box's fields stand for these very bounds already, however they are written."""
    try:
        box = form.region()
    except BadInput:
        return False
    if box is None or region is None:
        return box is region
    return bounds_of(box) == bounds_of(region)
