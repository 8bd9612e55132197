"""Choice: the scenes that were found, those that are selected, and the one in focus."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import HasTraits, Unicode, observe, validate

from s2dl.errors import BadInput
from s2dl.report import readable_size

__all__ = ["Choice"]


class Choice(HasTraits):
    """What was found, and what is chosen of it.

    Attributes
    ----------
    scenes, selected : GeoDataFrame or None
        What was found, and the chosen rows of it; both can be set.
    focus : str
        Name of the selected scene whose quicklook is shown; empty for none.
    """

    scenes = AnyTrait(None)
    selected = AnyTrait(None)
    focus = Unicode()

    @property
    def summary(self) -> str:
        """``143 scenes, 12 selected (8.4 GB)``."""
        if self.scenes is None:
            return ""
        found = f"{len(self.scenes)} scene{'' if len(self.scenes) == 1 else 's'}"
        if not self.selected_names:
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
    def _selected_changed(self, _: Any) -> None:
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
