"""The panel's cart: what is chosen, what of it is here, the room and the time for it, and the file one click away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from s2dl.panel.fetch.cart import cart_of
from s2dl.panel.fetch.downloads import DownloadBars, link_below
from s2dl.panel.fetch.help import help_of
from s2dl.panel.fetch.words import cart_words, scene_words, total_words
from s2dl.panel.state.cart import Cart
from s2dl.panel.state.state import PanelState
from s2dl.panel.state.tally import Downloads, SceneDownload
from s2dl.product import Product
from s2dl.query import Query
from s2dl.scenes import scenes_of

from .conftest import Watched

PanelOn = Callable[..., Watched]


def choose(panel: Watched, count: int) -> None:
    panel.search()
    panel.state.select(panel.state.scenes["name"][:count])
    looked(panel)


def looked(panel: Watched) -> None:
    panel.until(lambda: panel.state.cart.free is not None and not panel.state.cart.looking)


def test_it_knows_sizes_room_and_what_is_here_already(panel_on: PanelOn) -> None:
    panel = panel_on()
    state = panel.state
    choose(panel, 1)
    panel.download()
    looked(panel)
    assert [scene.status for scene in state.cart.scenes] == ["skipped"]
    assert Path(state.cart.scenes[0].path).is_file()
    state.select(state.scenes["name"][:3])
    looked(panel)
    assert [scene.status for scene in state.cart.scenes] == ["skipped", "planned", "planned"]
    assert (state.cart.here, state.cart.size) == (1, int(state.selected["size"].sum()))
    assert state.cart.to_fetch == int(state.selected["size"][1:].sum())
    assert state.cart.free
    state.select([])
    panel.until(lambda: not state.cart.looking)
    assert state.cart.scenes == ()


def test_the_last_choice_counts_however_fast_they_come(panel_on: PanelOn) -> None:
    panel = panel_on()
    state = panel.state
    panel.search()
    names = list(state.scenes["name"])
    for count in range(1, len(names) + 1):
        state.select(names[:count])
    looked(panel)
    assert [scene.name for scene in state.cart.scenes] == names


def test_another_directory_is_looked_at_and_one_that_cannot_be_is_said(panel_on: PanelOn, tmp_path: Path) -> None:
    panel = panel_on()
    state = panel.state
    choose(panel, 1)
    panel.download()
    state.directory = str(tmp_path / "elsewhere")
    looked(panel)
    assert [scene.status for scene in state.cart.scenes] == ["planned"]
    (tmp_path / "taken").write_text("")
    state.directory = str(tmp_path / "taken")
    panel.until(lambda: state.cart.trouble)
    assert "is a file" in state.cart.trouble
    state.directory = str(tmp_path / "products")
    looked(panel)
    assert state.cart.trouble == ""


def test_a_service_that_is_switched_off_is_said_in_the_cart(panel_on: PanelOn) -> None:
    panel = panel_on()
    choose(panel, 1)
    panel.state.settings = panel.state.settings.model_copy(update={"concurrent_downloads": 0})
    panel.state.look()
    panel.until(lambda: panel.state.cart.trouble)
    assert "switched off" in panel.state.cart.trouble


def test_the_time_goes_by_the_speed_of_the_last_download(panel_on: PanelOn) -> None:
    panel = panel_on(product_size=1_000_000, rate=800_000)
    choose(panel, 1)
    assert panel.state.cart.seconds is None
    panel.download()
    panel.state.select(panel.state.scenes["name"][:2])
    looked(panel)
    assert panel.state.cart.speed > 0
    assert panel.state.cart.seconds


def test_single_bands_are_less_to_fetch_and_a_wrong_name_is_said(panel_on: PanelOn) -> None:
    panel = panel_on(product_size=400_000)
    state = panel.state
    choose(panel, 1)
    whole, state.unzip = state.cart.to_fetch, True
    state.bands = "B04, tci"
    looked(panel)
    assert 0 < state.cart.to_fetch < whole
    state.bands = "B99"
    panel.until(lambda: state.cart.trouble)
    assert "there is no band 'B99'" in state.cart.trouble
    state.bands = "TCI"
    looked(panel)
    panel.download()
    assert [result.status for result in state.report] == ["downloaded"]
    assert len([*state.target.rglob("*_TCI_10m.jp2")]) == 1
    assert "bands=['TCI']" in state.as_python()
    cart = cart_of(state)
    boxes = {box.description: box.disabled for box in cart.children[2].children[1].children}
    assert boxes["Unzip"]
    assert boxes["Keep archive"]


PLANNED = SceneDownload("A", 4_000_000, status="planned")
HERE = SceneDownload("B", 2_000_000, status="skipped")


@pytest.mark.parametrize(
    ("cart", "words"),
    [
        (Cart(), "Nothing is chosen yet: click rows of the table, or footprints on the map."),
        (Cart((PLANNED,), looking=True), "1 scene chosen, 4.0 MB · looking at what is here…"),
        (
            Cart((PLANNED, HERE), speed=8e4),
            "2 scenes chosen, 6.0 MB · 1 already here, 4.0 MB to download · about 50 s at 80.0 kB/s",
        ),
        (
            Cart((PLANNED,), free=10**10),
            "1 scene chosen, 4.0 MB · 10.0 GB free on the disk · time unknown until a first download",
        ),
        (
            Cart((HERE,), free=10**10),
            "1 scene chosen, 2.0 MB · 1 already here, nothing to download · 10.0 GB free on the disk",
        ),
    ],
)
def test_words_of_a_cart(cart: Cart, words: str) -> None:
    assert cart_words(cart) == words


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        (PLANNED, "to download (4.0 MB)"),
        (SceneDownload("A", 1, status="skipped", reason="already here"), "in the progress file already"),
        (
            SceneDownload("A", 1, status="skipped", reason="listed, not here"),
            "in the progress file already: listed, not here",
        ),
        (SceneDownload("A", 1, status="cancelled"), "stopped"),
        (SceneDownload("A", 1, status="offline", reason="Try later."), "kept offline by the service: Try later."),
    ],
)
def test_words_of_what_is_chosen(scene: SceneDownload, words: str) -> None:
    assert scene_words(scene) == words


@pytest.mark.parametrize(
    ("root", "path", "link"),
    [
        ("/home/me/notebooks", "/home/me/notebooks/images/a b%.zip", "files/images/a%20b%25.zip"),
        ("/home/me/notebooks", "/data/a.zip", ""),
        ("/home/me/notebooks", "/home/me/notebooks-old/a.zip", ""),
        ("/home/me/notebooks", "/home/me/notebooks/.hidden/a.zip", ""),
        ("", "/data/a.zip", ""),
        ("/home/me", "", ""),
    ],
)
def test_a_link_only_to_what_the_server_shows(root: str, path: str, link: str) -> None:
    assert link_below(root, path) == link


def test_jupyter_writes_the_home_directory_as_a_tilde() -> None:
    assert link_below("~/work", str(Path("~/work/a.zip").expanduser())) == "files/a.zip"


def test_only_what_has_changed_goes_to_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    bars, sent = DownloadBars(), []
    monkeypatch.setattr(bars, "send", lambda content, buffers=None: sent.append(content))
    scenes = tuple(SceneDownload(f"scene {number}", 100) for number in range(1_000))
    bars.show(Downloads(scenes))
    assert len(sent[-1]["names"]) == len(sent[-1]["changed"]) == 1_000
    bars.show(Downloads((SceneDownload("scene 0", 100, 50, "downloading"), *scenes[1:]), running=True))
    assert set(sent[-1]["changed"]) == {"scene 0"}
    assert "names" not in sent[-1]
    bars._asked(bars, {"ask": "bars", "root": "/"}, [])
    assert len(sent[-1]["changed"]) == 1_000
    assert "scene" not in str({key: value for key, value in bars.get_state().items() if key != "_esm"})
    bars.close()


def test_buttons_are_usable_when_they_make_sense(state: PanelState) -> None:
    cart = cart_of(state)
    start, pause, stop, retry = cart.children[3].children
    assert all(button.disabled for button in (start, pause, stop, retry))
    state.scenes = scenes_of([Product("1", "A", size=7)], Query.build((11, 46, 12, 47)))
    state.downloads = Downloads((SceneDownload("A", 7),), running=True)
    assert (start.disabled, pause.disabled, stop.disabled, retry.disabled) == (True, False, False, True)
    state.downloads = Downloads((SceneDownload("A", 7),), running=True, paused=True)
    assert pause.description == "Resume"
    state.downloads = Downloads((SceneDownload("A", 7, status="failed"),))
    assert (stop.disabled, retry.disabled, retry.description) == (True, False, "Retry 1")


def test_the_list_shows_the_cart_until_that_is_what_was_downloaded(
    state: PanelState, monkeypatch: pytest.MonkeyPatch
) -> None:
    cart = cart_of(state)
    bars, shown = cart.children[4], []
    monkeypatch.setattr(bars, "show", shown.append)
    state.cart = Cart((PLANNED, HERE))
    assert shown[-1].scenes == (PLANNED, HERE)
    assert total_words(shown[-1]) == "", "the cart's own sum says it"
    done = Downloads((SceneDownload("A", 1, 1, "downloaded"), SceneDownload("B", 1, 1, "downloaded")))
    state.downloads = done
    assert shown[-1] is done
    state.cart = Cart((SceneDownload("C", status="planned"),))
    assert [scene.name for scene in shown[-1].scenes] == ["C"]
    state.cart = Cart()
    assert shown[-1] is done


def test_help_says_where_files_go_and_takes_names_as_text(state: PanelState) -> None:
    page = help_of(state)
    state.directory = "/tmp/<b>here</b>"
    assert "/tmp/&lt;b&gt;here&lt;/b&gt;" in page.value
    assert "<script" not in page.value
    assert not any(word in page.value for word in ("src=", "href="))
