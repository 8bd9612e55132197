"""Pictures on the map: how they come, lie and go; and that no notebook saves their bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import ipyleaflet
import pytest
from PIL import Image

from s2dl.panel.results.layer import map_buttons_of, quicklook_layer_of
from s2dl.panel.state.on_map import MOST, MapPicture, OnMap, product_in
from s2dl.panel.state.outcome import Failure
from s2dl.panel.state.state import PanelState
from s2dl.previews.overlay import Overlay

from .conftest import Watched
from .pages import FakePage, eventually
from .test_choice import scene, some

BOUNDS = ((46.0, 11.0), (47.0, 12.0))


def picture(name: str) -> MapPicture:
    return MapPicture(name, "quicklook", b"\x89PNG" + b"x" * 100_000, BOUNDS)


def lay(on_map: OnMap, *names: str) -> None:
    """Let pictures arrive as if they had been fetched."""
    for name in names:
        key = f"quicklook/{name}"
        on_map._ranks[key] = next(on_map._rank)
        on_map.coming = (*on_map.coming, key)
        on_map._arrived(key, picture(name))


def names(on_map: OnMap) -> list[str]:
    return [each.name for each in on_map.pictures]


@pytest.fixture
def leaflet() -> ipyleaflet.Map:
    return ipyleaflet.Map()


@pytest.fixture
def on_map(state: PanelState) -> OnMap:
    return state.pictures.on_map


def test_quicklooks_come_warped_and_lie_where_their_tile_is(panel_on: Callable[..., Watched]) -> None:
    panel = panel_on()
    panel.search()
    on_map = panel.state.pictures.on_map
    rows = panel.state.scenes.head(2)
    on_map.show(rows)
    assert len(on_map.coming) == 2
    eventually(lambda: len(on_map.pictures) == 2)
    assert names(on_map) == rows["name"].tolist(), "in the table's order, whichever came first"
    (south, west), (north, east) = on_map.pictures[0].bounds
    middle = rows.geometry.iloc[0].centroid
    assert west < middle.x < east
    assert south < middle.y < north
    assert Image.open(io.BytesIO(on_map.pictures[0].png)).mode == "RGBA"
    requests = len(panel.space.requests)
    on_map.show(rows)
    assert on_map.coming == ()
    assert len(panel.space.requests) == requests


def test_what_cannot_be_shown_is_said(panel_on: Callable[..., Watched]) -> None:
    panel = panel_on()
    panel.search()
    state = panel.state
    quicklook_layer_of(state, ipyleaflet.Map())
    state.pictures.on_map.show(state.scenes.head(1).assign(quicklook_url=None))
    panel.until(lambda: state.trouble)
    assert "no quicklook" in state.status
    assert state.pictures.on_map.coming == ()


def test_the_stack(on_map: OnMap) -> None:
    lay(on_map, "A", "B", "C")
    on_map.to_front("quicklook/A")
    assert names(on_map) == ["B", "C", "A"]
    on_map.remove(["quicklook/C"])
    assert names(on_map) == ["B", "A"]
    on_map.clear()
    assert on_map.pictures == ()


def test_what_was_taken_off_before_it_came_does_not_come(on_map: OnMap) -> None:
    on_map.coming = ("quicklook/A",)
    on_map.remove(["quicklook/A"])
    on_map._arrived("quicklook/A", picture("A"))
    assert on_map.pictures == ()


def test_the_oldest_makes_room_and_that_is_said(state: PanelState, on_map: OnMap, leaflet: ipyleaflet.Map) -> None:
    quicklook_layer_of(state, leaflet)
    lay(on_map, *(str(number) for number in range(MOST)))
    assert "made room" not in state.status
    lay(on_map, "NEW")
    assert names(on_map) == [*(str(number) for number in range(1, MOST)), "NEW"]
    assert "the oldest made room" in state.status


def test_of_very_many_the_last_ones_come(state: PanelState, on_map: OnMap) -> None:
    said: list[str] = []
    on_map.say = said.append
    on_map._bring = lambda jobs: on_map.set_trait("coming", tuple(jobs))  # type: ignore[method-assign]
    some(state, *(scene(f"{number:03}") for number in range(100)))
    on_map.show(state.scenes)
    assert [key[10:13] for key in on_map.coming] == [f"{number:03}" for number in range(100 - MOST, 100)]
    assert "of these 100 quicklooks the last ones" in said[0]


def test_a_stopped_fetch_is_no_trouble(on_map: OnMap) -> None:
    said: list[bool] = []
    on_map.say = lambda sentence, *, trouble=False: said.append(trouble)
    on_map._arrived("quicklook/A", Failure("stopped", stopped=True))
    on_map._arrived("quicklook/A", Failure("broken"))
    assert said == [False, True]


def test_layers_get_their_bytes_as_messages_only(state: PanelState, on_map: OnMap, leaflet: ipyleaflet.Map) -> None:
    control = quicklook_layer_of(state, leaflet)
    page = FakePage(control)
    lay(on_map, "A", "B")
    (group,) = (layer for layer in leaflet.layers if isinstance(layer, ipyleaflet.LayerGroup))
    assert [layer.name for layer in group.layers] == ["A", "B"]
    assert [message["layer"] for message in page.heard("picture")] == [layer.model_id for layer in group.layers]
    assert all(len(buffers[0]) > 100_000 for message, buffers in page.told if message["tell"] == "picture")
    assert len(str([layer.get_state() for layer in group.layers])) < 4_000
    assert len(str(control.get_state())) - len(str(control._esm)) < 4_000
    assert [entry["label"] for entry in control.entries] == ["B", "A"], "listed from top to bottom"


def test_what_lies_across_the_antimeridian_is_seen_from_either_side(
    state: PanelState, on_map: OnMap, leaflet: ipyleaflet.Map
) -> None:
    control = quicklook_layer_of(state, leaflet)
    page = FakePage(control)
    across = ((-17.3, 179.2), (-16.2, 180.3))
    on_map.pictures = (picture("A"), MapPicture("FIJI", "quicklook", b"png", across))
    (group,) = (layer for layer in leaflet.layers if isinstance(layer, ipyleaflet.LayerGroup))
    assert [layer.name for layer in group.layers] == ["A", "FIJI", "FIJI"]
    east, west = group.layers[1:]
    assert east.bounds == [list(corner) for corner in across]
    assert west.bounds == [[-17.3, pytest.approx(-180.8)], [-16.2, pytest.approx(-179.7)]]
    assert len(page.heard("picture")) == 3
    assert [entry["label"] for entry in control.entries] == ["FIJI", "A"], "listed once"
    on_map.remove(["quicklook/FIJI"])
    assert [layer.name for layer in group.layers] == ["A"]
    assert len(page.heard("gone")) == 2


def test_a_page_that_comes_later_gets_what_lies_there(
    state: PanelState, on_map: OnMap, leaflet: ipyleaflet.Map
) -> None:
    control = quicklook_layer_of(state, leaflet)
    lay(on_map, "A", "B")
    on_map.remove(["quicklook/A"])
    page = FakePage(control)
    page.say({"ask": "pictures"})
    assert len(page.heard("picture")) == 1


def test_the_list_on_the_map_moves_fades_and_removes(state: PanelState, on_map: OnMap, leaflet: ipyleaflet.Map) -> None:
    control = quicklook_layer_of(state, leaflet)
    page = FakePage(control)
    lay(on_map, "A", "B")
    page.say({"do": "front", "key": "quicklook/A"})
    assert [entry["label"] for entry in control.entries] == ["A", "B"]
    control.opacity = 0.4
    lay(on_map, "C")
    (group,) = (layer for layer in leaflet.layers if isinstance(layer, ipyleaflet.LayerGroup))
    assert {layer.opacity for layer in group.layers} == {0.4}
    page.say({"do": "remove", "key": "quicklook/B"})
    assert [layer.name for layer in group.layers] == ["A", "C"]
    assert len(page.heard("gone")) == 1
    page.say({"do": "clear"})
    assert group.layers == ()
    assert control.entries == []


def test_a_button_lays_the_selection_on_the_map_and_takes_it_off(panel_on: Callable[..., Watched]) -> None:
    panel = panel_on()
    panel.search()
    state = panel.state
    look, colour = map_buttons_of(state).children
    assert look.disabled
    state.select(state.scenes["name"][:2])
    assert (look.disabled, look.description) == (False, "Show 2 on map")
    assert colour.disabled
    look.click()
    eventually(lambda: len(state.pictures.on_map.pictures) == 2)
    assert look.description == "Take off map"
    look.click()
    assert state.pictures.on_map.pictures == ()


def test_true_colour_of_a_downloaded_product(panel_on: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []

    async def true_colour(where: Path, **_: object) -> Overlay:
        seen.append(where)
        return Overlay(b"png", BOUNDS)

    panel = panel_on()
    panel.search()
    state = panel.state
    _, colour = map_buttons_of(state).children
    state.select(state.scenes["name"][:1])
    panel.download()
    eventually(lambda: not colour.disabled)
    monkeypatch.setattr("s2dl.verbs.look.true_colour", true_colour)
    colour.click()
    eventually(lambda: state.pictures.on_map.pictures)
    assert [each.kind for each in state.pictures.on_map.pictures] == ["true colour"]
    assert seen == [Path(state.directory) / f"{state.focus}.zip"]


@pytest.mark.parametrize("there", ["A.SAFE.zip", "A.SAFE", "A.zip"])
def test_products_are_found_however_they_are_kept(tmp_path: Path, there: str) -> None:
    assert product_in(tmp_path, "A.SAFE") is None
    (tmp_path / there).write_bytes(b"")
    assert product_in(tmp_path, "A.SAFE") == tmp_path / there


def test_a_hostile_name_leads_nowhere(tmp_path: Path) -> None:
    assert product_in(tmp_path, "../../etc/passwd") is None
