"""What the parts of the panel say and send, without a browser."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from dataclasses import replace

import ipyleaflet
import ipywidgets
import numpy as np
import pytest
import shapely

import s2dl
from s2dl import events
from s2dl.errors import BadInput
from s2dl.panel.ask.footprints import CLOUD_COLOURS, UNKNOWN_COLOUR, cloud_colour, drawn
from s2dl.panel.ask.map import map_of
from s2dl.panel.fetch.words import scene_label, scene_words, total_words
from s2dl.panel.results.table import SceneTable, columns_of
from s2dl.panel.state.pulse import Pulse
from s2dl.panel.state.state import PanelState
from s2dl.panel.state.tally import Downloads, SceneDownload, Tally
from s2dl.product import Product
from s2dl.query import Query
from s2dl.report import DownloadReport, SceneResult
from s2dl.scenes import scenes_of

NAME = "S2A_MSIL2A_20240609T102736_N0510_R065_T32TQS_20240609T174009.SAFE"
SQUARE = "POLYGON ((11 46, 12 46, 12 47, 11 47, 11 46))"


@pytest.fixture
def panel() -> Iterator[s2dl.Panel]:
    panel = s2dl.Panel(region=(11, 46, 12, 47))
    yield panel
    panel.close()


def scenes(*products: Product) -> object:
    return scenes_of(products, Query.build((11, 46, 12, 47)))


@pytest.mark.parametrize(("percent", "colour"), [(0, 10), (10, 10), (10.1, 30), (60, 60), (100, 100)])
def test_colours_go_by_cloud_cover(percent: float, colour: int) -> None:
    assert cloud_colour(percent) == CLOUD_COLOURS[colour]


def test_unknown_cloud_cover_has_a_colour_of_its_own() -> None:
    assert cloud_colour(math.nan) == UNKNOWN_COLOUR
    assert UNKNOWN_COLOUR not in CLOUD_COLOURS.values()


def test_footprints_go_as_numbers_those_missing_not_and_those_at_the_antimeridian_on_both_sides() -> None:
    two = "MULTIPOLYGON (((178 1, 180 1, 180 2, 178 1)), ((-180 1, -179 1, -180 2, -180 1)))"
    found = scenes(
        Product("1", "A", footprint=SQUARE, cloud_cover=5.0), Product("2", "B"), Product("3", "C", footprint=two)
    )
    content, (positions, ends, owners) = drawn(found)
    assert content["colours"] == [CLOUD_COLOURS[10], UNKNOWN_COLOUR, UNKNOWN_COLOUR]
    assert [label.split(" · ")[-1] for label in content["labels"]] == ["5 % cloud", "cloud unknown", "cloud unknown"]
    assert np.frombuffer(owners, "int32").tolist() == [0, 2, 2, 2, 2]
    assert np.frombuffer(ends, "int32").tolist() == [5, 9, 13, 17, 21]
    corners = np.frombuffer(positions, "float32").reshape(-1, 2)
    assert corners[:2].tolist() == [[11, 46], [12, 46]]
    sides = {(ring[:, 0].min(), ring[:, 0].max()) for ring in corners[5:].reshape(4, 4, 2)}
    assert sides == {(178, 180), (-180, -179), (-182, -180), (180, 181)}


def test_the_table_knows_what_is_unknown() -> None:
    columns = columns_of(scenes(Product("1", "A", online=False)))
    assert columns["name"] == ["A"]
    assert columns["available"] == ["offline"]
    unknown = ("cloud_cover", "size", "relative_orbit", "sensing", "tile", "coverage")
    assert [columns[key] for key in unknown] == [[None]] * len(unknown)
    assert {column["key"] for column in SceneTable().columns} == set(columns)


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        (SceneDownload(NAME, 2_000_000), "waiting (2.0 MB)"),
        (SceneDownload(NAME, 2_000_000, 500_000, "downloading"), "500 kB of 2.0 MB"),
        (SceneDownload(NAME, 0, 500_000, "downloading"), "500 kB of unknown size"),
        (SceneDownload(NAME, 5, 0, "retrying", "the stream broke"), "trying again: the stream broke"),
        (SceneDownload(NAME, 2_000_000, 2_000_000, "downloaded"), "downloaded and verified, 2.0 MB"),
        (SceneDownload(NAME, 2_000, 2_000, "downloaded", preview=True), "previewed"),
        (SceneDownload(NAME, 2_000, 2_000, "skipped", preview=True), "previewed before"),
        (SceneDownload(NAME, 5, 0, "failed", "the disk is full"), "failed: the disk is full"),
        (SceneDownload(NAME, 5, 0, "cancelled", "stopped"), "stopped"),
    ],
)
def test_words_of_a_scene(scene: SceneDownload, words: str) -> None:
    assert scene_words(scene) == words


def test_words_of_the_whole() -> None:
    one, other = SceneDownload(NAME, 4_000_000, 4_000_000, "downloaded"), SceneDownload("B", 4_000_000, 0, "waiting")
    running = Downloads((one, other), 4_000_000, 8_000_000, 1e6, 300.0, running=True)
    assert total_words(running) == "1 of 2 scenes · 4.0 MB of 8.0 MB · 1.0 MB/s · 5 min left"
    assert total_words(Downloads()) == ""
    stopped = Downloads((one, replace(other, status="cancelled")), 4_000_000, 8_000_000)
    assert total_words(stopped) == "1 of 2 scenes · 4.0 MB of 8.0 MB · 1 not done"


def test_labels_are_the_telling_parts_of_a_name() -> None:
    assert scene_label(NAME) == "S2A L2A 32TQS 2024-06-09"
    assert scene_label("<b>strange</b>") == "<b>strange</b>"


def test_a_tally_follows_the_events_to_the_report() -> None:
    tally = Tally({"A": 10, "B": 20})
    tally.take(events.SceneStarted("A", 10))
    tally.take(events.SceneProgress("A", 4, 10))
    assert tally.picture().received == 4
    tally.take(events.SceneRetrying("A", "broke", 1.0))
    assert [scene.status for scene in tally.picture().scenes] == ["retrying", "waiting"]
    tally.take(events.SceneFinished("A", "downloaded", "", 10))
    assert tally.picture().done == 1
    tally.finish(DownloadReport((SceneResult("A", "downloaded", size=10), SceneResult("B", "skipped", size=20))))
    done = tally.picture()
    assert (done.received, done.size, done.running) == (30, 30, False)
    assert [scene.status for scene in done.scenes] == ["downloaded", "skipped"]


def test_a_tally_of_previews_counts_the_bytes_of_previews() -> None:
    tally = Tally({"A": 4_000_000, "B": 4_000_000})
    tally.take(events.PreviewFinished("A", "downloaded", 1, 2))
    tally.take(events.PreviewFinished("B", "failed", 2, 2))
    tally.finish(DownloadReport((SceneResult("A", "downloaded", size=90_000), SceneResult("B", "failed"))))
    done = tally.picture()
    assert (done.received, done.size, done.done) == (90_000, 90_000, 1)


def test_a_tally_that_ends_early_keeps_what_is_complete() -> None:
    tally = Tally({"A": 10, "B": 20})
    tally.take(events.SceneFinished("A", "downloaded", "", 10))
    report = tally.ended_early("cancelled", "")
    assert [result.status for result in report] == ["downloaded", "cancelled"]


def test_beats_in_between_become_one_and_the_last_is_not_lost() -> None:
    pulse, seen, value = Pulse(interval=0.05), [], [0]
    arrived = threading.Event()

    def look() -> None:
        seen.append(value[0])
        if value[0] == 1000:
            arrived.set()

    for number in range(1001):
        value[0] = number
        pulse.beat(look)
    assert arrived.wait(10)
    pulse.close()
    assert len(seen) < 100


def test_calls_after_the_end_are_not_made() -> None:
    pulse = Pulse()
    pulse.close()
    pulse.soon(lambda: pytest.fail("called after the end"))
    pulse.beat(lambda: pytest.fail("called after the end"))


def test_what_is_drawn_on_the_map_is_the_region_and_back() -> None:
    state = PanelState(region=(11, 46, 12, 47))
    leaflet = map_of(state)
    (drawing,) = (control for control in leaflet.controls if isinstance(control, ipyleaflet.DrawControl))
    (square,) = drawing.data
    east = {"type": "Feature", "properties": {}, "geometry": s2dl.read_region((13, 46, 14, 47)).__geo_interface__}
    drawing.data = [square, east]
    assert state.region.bounds == (11, 46, 14, 47)
    assert state.form.east == "14"
    drawing.data = []
    assert state.region is None
    state.change(west="1", south="2", east="3", north="4")
    assert drawing.data[0]["geometry"]["type"] == "Polygon"
    assert leaflet.center == [3, 2]
    state.close()


@pytest.mark.parametrize(
    ("region", "longitude"),
    [((179, -17, -179.5, -16), 179.75), ((178, -17, 180, -16), 179), ((-180, -17, -178, -16), -179)],
)
def test_a_region_at_the_antimeridian_is_looked_at_from_near(
    region: tuple[float, float, float, float], longitude: float
) -> None:
    state = PanelState(region=region)
    leaflet = map_of(state)
    assert leaflet.center == [-16.5, pytest.approx(longitude)]
    assert leaflet.zoom >= 6
    state.region = (-180, -80, 180, 80)
    assert leaflet.center == [0, 0]
    assert leaflet.zoom == 2
    state.close()


@pytest.mark.parametrize(
    ("region", "west", "east"),
    [((179, -18, -179, -16), -181, -179), ((170, -18, -160, -16), -190, -160), ((175, -18, -179, -16), 175, 181)],
)
def test_a_region_across_the_antimeridian_is_drawn_and_typed_as_one_box(
    region: tuple[float, float, float, float], west: float, east: float
) -> None:
    state = PanelState(region=region)
    leaflet = map_of(state)
    (drawing,) = (control for control in leaflet.controls if isinstance(control, ipyleaflet.DrawControl))
    (area,) = drawing.data
    assert shapely.geometry.shape(area["geometry"]).bounds == (west, -18, east, -16)
    assert west < leaflet.center[1] < east
    assert (state.form.west, state.form.east) == (str(region[0]), str(region[2]))
    drawing.data = [{**area, "properties": {}}]  # as the page sends it back
    assert state.region.equals(s2dl.read_region(region))
    state.change(north="-16.5")
    assert state.region.equals(s2dl.read_region((region[0], -18, region[2], -16.5)))
    state.close()


def test_a_shape_without_area_is_said_beside_the_box() -> None:
    state = PanelState()
    leaflet = map_of(state)
    (drawing,) = (control for control in leaflet.controls if isinstance(control, ipyleaflet.DrawControl))
    flat = {"type": "Polygon", "coordinates": [[[11, 46], [12, 46], [11, 46], [11, 46]]]}
    drawing.data = [{"type": "Feature", "properties": {}, "geometry": flat}]
    assert "without an area" in state.errors["box"]
    state.region = (11, 46, 12, 47)
    assert state.errors == {}
    assert len(drawing.data) == 1
    state.close()


def test_the_panels_traits_are_the_states(panel: s2dl.Panel) -> None:
    heard: list[str] = []
    panel.observe(lambda change: heard.append(change.name), ["query", "scenes", "selected"])
    assert panel.region.bounds == (11, 46, 12, 47)
    panel.region = (1, 2, 3, 4)
    assert panel.region.geom_type == "Polygon"
    assert "POLYGON" in panel.query["region"]
    panel.scenes = scenes(Product("1", "A", footprint=SQUARE, size=7), Product("2", "B", footprint=SQUARE))
    panel.selected = panel.scenes.head(1)
    assert list(panel.selected["name"]) == ["A"]
    assert {"query", "scenes", "selected"} <= set(heard)


def test_the_panel_refuses_what_it_cannot_use(panel: s2dl.Panel) -> None:
    with pytest.raises(BadInput):
        panel.region = (11, 47, 12, 46)
    with pytest.raises(BadInput):
        panel.query = {"product_type": "L3"}
    with pytest.raises(BadInput):
        panel.scenes = 5
    assert panel.region.bounds == (11, 46, 12, 47)
    assert panel.query == panel._state.query
    assert panel.query["product_type"] == ["S2MSI2A"]
    assert panel.scenes is None


def test_what_a_notebook_saves_of_the_table_is_small() -> None:
    table = SceneTable()
    table.show({"name": ["A" * 60] * 10_000})
    assert len(str(table.get_state())) - len(table._esm) < 5_000


def test_what_a_notebook_saves_of_the_panel_is_small_and_holds_nothing_that_was_found(
    panel: s2dl.Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S2DL_PASSWORD", "correct horse")
    empty = len(saved())
    many = (Product(str(row), f"FOUND{row:05}", footprint=SQUARE, size=7) for row in range(10_000))
    panel.scenes = scenes(*many)
    panel.selected = panel.scenes.head(100)
    assert len(saved()) - empty < 20_000
    assert "FOUND09999" not in saved()
    assert "correct horse" not in saved()


def saved() -> str:
    return json.dumps(ipywidgets.Widget.get_manager_state())
