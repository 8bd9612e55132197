"""The Gallery tab: thumbnails in the table's order, which load as they come into view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from traitlets import Unicode

from s2dl.panel.results.scene_view import SceneView, link, script
from s2dl.panel.state.state import PanelState

if TYPE_CHECKING:
    import geopandas as gpd

    from s2dl.panel.state.thumbnails import Thumbnail

__all__ = ["SceneGallery", "captions_of", "gallery_of"]


class SceneGallery(SceneView):
    """Thumbnails with a caption; their bytes go to the page as messages, when they are in view.

    Attributes
    ----------
    on_want : callable
        Called with the names in view of which the page has no picture.
    """

    _esm = script("scene_view.js", "gallery.js")
    empty = Unicode("The quicklooks of what a search finds are shown here.").tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.on_want: Callable[[list[str]], None] = lambda _: None
        self._captions: Callable[[], list[dict[str, str]]] = list

    def show(self, names: Sequence[str], captions: Callable[[], list[dict[str, str]]]) -> None:
        """Show scenes on every page that has this widget; their captions are written when a page can show them."""
        self._captions = captions
        self.renew(names)

    def rows(self) -> tuple[dict[str, Any], list[bytes]]:
        """Give all captions."""
        return {"captions": self._captions()}, []

    def picture(self, thumbnail: Thumbnail) -> None:
        """Show a scene's picture, or a sentence in its place."""
        row, jpeg = self.place(thumbnail.name), thumbnail.jpeg
        if row >= 0:
            message = {"tell": "picture", "edition": self.edition, "row": row, "sentence": thumbnail.sentence}
            self.send(message, [jpeg] if jpeg else [])

    def act(self, what: str, names: list[str]) -> None:
        """Tell what is in view."""
        if what == "want":
            self.on_want(names)


def captions_of(scenes: gpd.GeoDataFrame) -> list[dict[str, str]]:
    """Write what stands below each thumbnail."""
    dates = scenes["sensing_start"].dt.strftime("%Y-%m-%d %H:%M").fillna("no date")
    clouds = scenes["cloud_cover"].map("{:.0f} % cloud".format).where(scenes["cloud_cover"].notna(), "cloud unknown")
    names, tiles, types = (scenes[column].fillna("").to_numpy() for column in ("name", "tile", "product_type"))
    return [
        {"date": date[:10], "words": f"{tile} · {cloud}", "title": f"{name}\n{date} UTC · {kind} · {tile} · {cloud}"}
        for name, date, tile, cloud, kind in zip(names, dates.to_numpy(), tiles, clouds, types, strict=True)
    ]


def gallery_of(state: PanelState) -> SceneGallery:
    """Make the gallery of a state."""
    gallery = SceneGallery()
    thumbnails = state.pictures.thumbnails

    def renew() -> None:
        scenes = state.scenes
        if scenes is None:
            gallery.show([], list)
        else:
            gallery.show(scenes["name"].to_numpy(), lambda: captions_of(scenes))

    def want(names: list[str]) -> None:
        rows = state.scenes.iloc[gallery.places(names)]
        for thumbnail in thumbnails.want({name: rows.iloc[[at]] for at, name in enumerate(rows["name"])}):
            gallery.picture(thumbnail)

    gallery.on_want = want
    thumbnails.observe(lambda change: gallery.picture(change.new), "latest")
    link(state, gallery, renew)
    return gallery
