"""Choice: the scenes that were found, those that are shown, selected, in focus and pointed at."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from traitlets import Any as AnyTrait
from traitlets import HasTraits, Tuple, Unicode, observe, validate

from s2dl.errors import BadInput
from s2dl.report import readable_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Choice"]


class Choice(HasTraits):
    """What was found, and what is chosen of it.

    Attributes
    ----------
    scenes, selected : GeoDataFrame or None
        What was found, and the chosen rows of it; both can be set.
    visible : tuple of str
        Names of the scenes that the table's filter lets through, in the order in which the table shows them.
    focus : str
        Name of the selected scene whose quicklook is shown; empty for none.
    hover : str
        Name of the scene that the mouse points at, in whichever part of the panel; empty for none.
    """

    scenes = AnyTrait(None)
    selected = AnyTrait(None)
    visible: tuple[str, ...] = Tuple()  # type: ignore[assignment]  # a trait gives its value
    focus = Unicode()
    hover = Unicode()

    _names: tuple[str, ...] = ()
    _chosen: tuple[str, ...] = ()

    @property
    def selected_names(self) -> list[str]:
        """Names of the selected scenes, in the table's order."""
        return list(self._chosen)

    @property
    def summary(self) -> str:
        """``143 scenes, 12 selected (8.4 GB)``; while a filter hides some, ``20 of 143 scenes, …``."""
        if self.scenes is None:
            return ""
        found = f"{len(self.scenes)} scene{'' if len(self.scenes) == 1 else 's'}"
        if len(self.visible) < len(self.scenes):
            found = f"{len(self.visible)} of {found}"
        if not self._chosen:
            return f"{found}, none selected"
        return f"{found}, {len(self._chosen)} selected ({readable_size(int(self.selected['size'].sum()))})"

    def among(self, names: Collection[str]) -> NDArray[np.bool_]:
        """Say of each scene whether it is one of these; quicker than pandas, whose strings lie in Arrow's memory."""
        wanted = set(names)
        return np.fromiter((name in wanted for name in self._names), dtype=bool, count=len(self._names))

    @validate("scenes")
    def _read_scenes(self, proposal: Any) -> Any:
        scenes = proposal.value
        if scenes is not None and not {"name", "size", "geometry"} <= set(getattr(scenes, "columns", ())):
            raise BadInput("scenes is not a table of scenes; give what s2dl.search returned, or rows of it.")
        return scenes

    @observe("scenes")
    def _scenes_changed(self, change: Any) -> None:
        self.hover = ""
        self._names = () if change.new is None else tuple(change.new["name"].to_numpy())
        self.visible = self._names
        self.selected = None if change.new is None else change.new.iloc[:0]

    @validate("selected")
    def _read_selected(self, proposal: Any) -> Any:
        """Take rows, or names, of the scenes."""
        chosen = proposal.value
        if self.scenes is None:
            if chosen is None:
                return None
            raise BadInput("Nothing was found yet of which scenes could be selected; search first.")
        names = set(() if chosen is None else chosen["name"].to_numpy() if hasattr(chosen, "columns") else chosen)
        if strange := sorted(names.difference(self._names)):
            raise BadInput(f"{strange[0]} is not among the scenes that were found; select rows of panel.scenes.")
        return self.scenes[self.among(names)]

    @observe("selected")
    def _selected_changed(self, change: Any) -> None:
        self._chosen = () if change.new is None else tuple(change.new["name"].to_numpy())
        if self.focus not in self._chosen:
            self.focus = self._chosen[-1] if self._chosen else ""

    def select(self, names: Iterable[str], focus: str = "") -> None:
        """Select these scenes and no others, and show the quicklook of one of them.

        Raises
        ------
        BadInput
            A name is not among the scenes.
        """
        wanted = list(names)
        if focus in wanted and focus in self._names:
            self.focus = focus
        if set(wanted) != set(self._chosen):
            self.selected = wanted

    def toggle(self, name: str) -> None:
        """Add a scene to the selection, or take it out."""
        names = self.selected_names
        if name in names:
            self.select(each for each in names if each != name)
        else:
            self.select([*names, name], focus=name)
