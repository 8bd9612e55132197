"""The figures: what they show, in whose colours, and that a notebook shows them once."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import shapely
from core.made_scenes import part, product, table
from IPython.core.formatters import DisplayFormatter
from matplotlib.figure import Figure
from PIL import Image

from s2dl.errors import BadInput
from s2dl.plots import footprints, timeline

FIGURES = [timeline, footprints]


def texts(figure: Figure) -> set[str]:
    figure.draw_without_rendering()
    return {text.get_text() for text in figure.findobj(mpl.text.Text) if text.get_visible() and text.get_text()}


def picture(figure: Figure) -> np.ndarray[Any, Any]:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=60)
    return np.asarray(Image.open(buffer).convert("RGB"))


def has_colour(figure: Figure, colour: Any) -> bool:
    wanted = np.array(mpl.colors.to_rgb(colour)) * 255
    return bool((np.abs(picture(figure) - wanted).max(axis=2) < 6).any())


def some(number: int, **fields: Any) -> Any:
    return table(*(
        product(
            day=f"2024{1 + each // 28:02}{1 + each % 28:02}T101559", cloud=100 * each / number,
            orbit=22 + each % 3, platform=f"S2{'ABC'[each % 3]}",
            footprint=part(0, 1 / (1 + each % 4)), **fields,
        )
        for each in range(number)
    ))  # fmt: skip


@pytest.mark.parametrize("draw", FIGURES)
@pytest.mark.parametrize("number", [0, 1, 5, 300])
@pytest.mark.parametrize("style", [None, "light", "dark"])
def test_any_number_of_scenes_is_drawn_and_described(draw: Any, number: int, style: Any) -> None:
    figure = draw(some(number), style=style)
    assert isinstance(figure, Figure)
    words = " ".join(texts(figure))
    assert f"{number} scene" in words
    assert picture(figure).std() > 1


@pytest.mark.parametrize("draw", FIGURES)
def test_a_notebook_shows_a_figure_once_and_as_it_is(draw: Any) -> None:
    shown, metadata = DisplayFormatter().format(draw(some(5)))
    assert [kind for kind in shown if kind.startswith("image/")] == ["image/png"]
    image = Image.open(io.BytesIO(shown["image/png"]))
    assert image.width == pytest.approx(2 * metadata["image/png"]["width"], abs=2)


def test_drawing_loads_no_pyplot_and_changes_no_settings() -> None:
    code = (
        "import sys, matplotlib; before = matplotlib.rcParams.copy()\n"
        "from s2dl.plots import timeline, footprints; from s2dl.query import Query; from s2dl.scenes import scenes_of\n"
        "scenes = scenes_of([], Query.build((1, 2, 3, 4)))\n"
        "timeline(scenes, style='dark')._repr_png_(); footprints(scenes, style='dark')._repr_png_()\n"
        "assert 'matplotlib.pyplot' not in sys.modules; after = matplotlib.rcParams.copy()\n"
        "assert all(dict.__getitem__(after, each) == dict.__getitem__(before, each) for each in before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("draw", FIGURES)
def test_styles_and_settings_colour_the_paper(draw: Any) -> None:
    def corner(figure: Figure) -> float:
        return float(picture(figure)[0, 0].mean())

    assert corner(draw(some(5), style="light")) > 240
    assert corner(draw(some(5), style="dark")) < 40
    with mpl.rc_context({"figure.facecolor": "#102030", "savefig.facecolor": "auto", "text.color": "#ffee00"}):
        figure = draw(some(5))
        assert picture(figure)[0, 0].tolist() == [0x10, 0x20, 0x30]
        assert has_colour(figure, "#ffee00")
    with pytest.raises(BadInput, match="style: 'neon' is unknown"):
        draw(some(5), style="neon")


# Timeline


def dots(figure: Figure) -> Any:
    return figure.axes[0].collections[0]


def test_a_dot_stands_at_its_time_and_clouds_and_grows_with_coverage() -> None:
    scenes = table(
        product(cloud=20, footprint=part(0, 1)), product(day="20240701T101559", cloud=80, footprint=part(0, 0.3))
    )
    figure = timeline(scenes)
    places = {round(y): mpl.dates.num2date(x).date().isoformat() for x, y in dots(figure).get_offsets()}
    assert places == {20: "2024-06-01", 80: "2024-07-01"}
    sizes = dict(zip(dots(figure).get_offsets()[:, 1].round(), dots(figure).get_sizes(), strict=True))
    assert sizes[20] > 2 * sizes[80]
    assert {"covers 100%", "covers 30%"} <= texts(figure)


def test_colours_tell_orbits_or_platforms() -> None:
    by_orbit = timeline(some(9))
    assert {"Orbit 22", "Orbit 23", "Orbit 24"} <= texts(by_orbit)
    assert len({tuple(colour) for colour in dots(by_orbit).get_facecolors()}) == 3
    assert {"S2A", "S2B", "S2C"} <= texts(timeline(some(9), by="platform"))
    with pytest.raises(BadInput, match="by: 'tile' is unknown"):
        timeline(some(9), by="tile")  # type: ignore[arg-type]  # that is the point


def test_many_orbits_each_have_their_colour() -> None:
    scenes = table(*(product(orbit=1 + each, day=f"202406{1 + each:02}T101559") for each in range(25)))
    figure = timeline(scenes)
    assert len({tuple(colour) for colour in dots(figure).get_facecolors()}) == 25
    assert "and 9 more" in texts(figure)


def test_unknown_clouds_are_crosses_and_unknown_times_are_left_out() -> None:
    scenes = table(product(), product(cloud=None, day="20240611T101559"), product(sensing_start=None, orbit=1))
    figure = timeline(scenes)
    assert "clouds unknown" in texts(figure)
    crosses = figure.axes[0].collections[1]
    assert len(crosses.get_offsets()) == 1
    assert crosses.get_offsets()[0, 1] < 0
    assert len(dots(figure).get_offsets()) == 1


# Footprints


def extent(figure: Figure) -> tuple[float, float, float, float]:
    (west, east), (south, north) = figure.axes[0].get_xlim(), figure.axes[0].get_ylim()
    return west, south, east, north


def test_the_clearest_is_on_top_and_coloured_by_its_clouds() -> None:
    scenes = table(
        product(cloud=0), product(cloud=100, day="20240611T101559"), product(cloud=50, day="20240621T101559")
    )
    alone = footprints(scenes.iloc[[0]], style="light")
    clear = alone.axes[0].collections[0].get_facecolors()[0]
    together = footprints(scenes, style="light")
    fills = together.axes[0].collections[0].get_facecolors()
    assert fills[-1] == pytest.approx(clear)
    assert len({tuple(fill) for fill in fills}) == 3
    assert any("Cloud cover" in text for text in texts(together))


def test_region_and_tiles_are_shown() -> None:
    scenes = table(product(tile="32TPS"), product(tile="32TQS", footprint=part(0.9, 1.9)))
    figure = footprints(scenes, style="light")
    assert {"32TPS", "32TQS"} <= texts(figure)
    assert has_colour(figure, "#c2185b")
    assert not has_colour(footprints(table(product(), region=None), style="light"), "#c2185b")


@pytest.mark.parametrize("clouds", [0.0, 50.0, 100.0, None])
def test_the_name_of_a_tile_is_read_on_the_clearest_scene_above_it(clouds: float | None) -> None:
    figure = footprints(table(product(cloud=clouds), *([] if clouds is None else [product(cloud=100, orbit=22)])))
    axes = figure.axes[0]
    name = next(text for text in axes.texts if text.get_text() == "32TPS")
    ink, ground = (luminance(colour) for colour in (name.get_color(), axes.collections[0].get_facecolor()[-1]))
    assert (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) > 4  # WCAG 2, contrast ratio


def luminance(colour: Any) -> float:
    parts = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_a_degree_is_as_long_to_the_east_as_to_the_north() -> None:
    figure = footprints(table(product()))
    assert figure.axes[0].get_aspect() == pytest.approx(1 / np.cos(np.radians(46.5)), rel=1e-3)


def test_what_crosses_the_antimeridian_is_drawn_in_one_piece() -> None:
    across = shapely.union_all([shapely.box(179, -18, 180, -17), shapely.box(-180, -18, -179, -17)])
    figure = footprints(table(product(footprint=across.wkt), region=(178.5, -18, -179.5, -17)))
    west, _, east, _ = extent(figure)
    assert east - west < 4
    labels = {label.get_text() for label in figure.axes[0].get_xticklabels()} if texts(figure) else set()
    assert any(label.endswith("E") for label in labels)
    assert any(label.endswith("W") for label in labels)
    (piece,) = figure.axes[0].collections[0].get_paths()
    assert len(piece.to_polygons()) == 1


def test_holes_stay_open_and_missing_footprints_are_left_out() -> None:
    ring = shapely.box(10, 46, 11, 47).difference(shapely.box(10.3, 46.3, 10.7, 46.7))
    scenes = table(product(footprint=ring.wkt, tile="32TPS"), product(footprint=None, orbit=1), region=None)
    figure = footprints(scenes, style="light")
    (path,) = figure.axes[0].collections[0].get_paths()
    assert path.contains_point((10.1, 46.5))
    figure.draw_without_rendering()
    x, y = figure.axes[0].transData.transform((10.5, 46.5))
    image = picture(figure)
    scale = 60 / figure.dpi
    assert image[int(image.shape[0] - y * scale), int(x * scale)].tolist() == [255, 255, 255]


def test_unknown_clouds_have_a_colour_of_their_own() -> None:
    figure = footprints(table(product(cloud=None)), style="light")
    assert mpl.colors.to_hex(figure.axes[0].collections[0].get_facecolors()[0]) == "#9aa3ad"
