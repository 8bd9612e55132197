"""The bars show what the events say, and a listener that fails ends nothing."""

from __future__ import annotations

import logging
import re
import sys

import pytest

from s2dl import events
from s2dl.bars import Bars, listening, wanted

NAME = "S2A_MSIL2A_20240101T101031_N0510_R022_T32TPS_20240101T160000.SAFE"


def shown(capsys: pytest.CaptureFixture[str], *told: events.Event) -> str:
    """What is on the screen of someone who watches these events."""
    with Bars() as bars:
        for event in told:
            bars(event)
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_a_search_counts_its_products(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, events.PageReceived(1000), events.PageReceived(1234))
    assert "Searching: 1234 products" in text


def test_a_preview_counts_its_quicklooks(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, *(events.PreviewFinished(NAME, "downloaded", done, 3) for done in (1, 2, 3)))
    assert "Quicklooks" in text
    assert "3/3" in text


def test_a_download_has_a_bar_for_the_whole_and_one_for_each_product(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(
        capsys,
        events.DownloadPlanned(1, 2_000_000, 0),
        events.SceneStarted(NAME, 2_000_000),
        events.SceneProgress(NAME, 500_000, 2_000_000),
        events.SceneRetrying(NAME, "the connection broke", 1.0),
        events.SceneProgress(NAME, 0, 2_000_000),
        events.Totals(2_000_000, 2_000_000, 1, 1, 1e6, 0.0),
        events.SceneFinished(NAME, "downloaded", "", 2_000_000),
        events.DownloadFinished(ok=True),
    )
    assert "S2A L2A 20240101 T32TPS" in text
    assert "the connection broke" in text
    assert "2.00M/2.00M" in text


def test_thousands_of_products_need_few_bars(capsys: pytest.CaptureFixture[str]) -> None:
    names = [NAME.replace("20240101T101031", f"202401{day:02}T101031") for day in range(1, 29)]
    told: list[events.Event] = [events.DownloadPlanned(28, 28_000, 0)]
    for first, second in zip(names[::2], names[1::2], strict=True):
        told += [events.SceneStarted(first, 1_000), events.SceneStarted(second, 1_000)]
        told += [events.SceneFinished(name, "downloaded", "", 1_000) for name in (first, second)]
    text = shown(capsys, *told)
    assert all(f"202401{day:02} T32TPS" in text for day in range(1, 29))
    lines_down = max(len(run) for run in re.findall(r"\n+", text))
    assert lines_down == 2, "the whole, and two on their way"


def test_a_product_of_unknown_size_and_name_is_drawn_too(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(
        capsys,
        events.DownloadPlanned(1, 0, 0),
        events.SceneStarted("strange", 0),
        events.SceneProgress("strange", 700, 0),
        events.SceneFinished("strange", "failed", "no", 0),
    )
    assert "strange" in text


def test_a_verification_counts_its_bytes_and_a_repair_has_a_bar_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(
        capsys,
        events.Verifying(0, 3_000_000, 0, 2),
        events.Verifying(3_000_000, 3_000_000, 2, 2),
        events.DownloadPlanned(1, 2_000_000, 0),
        events.Totals(2_000_000, 2_000_000, 1, 1, 1e6, 0.0),
    )
    assert "3.00M/3.00M" in text
    assert "2.00M/2.00M" in text
    assert text.rindex("Verify") < text.rindex("Download")


def test_it_is_said_that_products_are_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert "2 offline, waiting" in shown(capsys, events.ScenesOffline(2, 30.0))


def test_a_scene_that_ends_before_it_began_is_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, events.SceneFinished(NAME, "cancelled", "stopped", 0)) == ""


def test_nothing_to_download_draws_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, events.DownloadPlanned(0, 0, 5), events.DownloadFinished(ok=True)) == ""


def test_events_reach_the_listener_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[events.Event] = []
    with listening(progress=False, on_event=told.append) as emit:
        emit(events.PageReceived(1))
        emit(events.PageReceived(2))
    assert told == [events.PageReceived(1), events.PageReceived(2)]
    assert capsys.readouterr().err == ""


def test_what_a_listener_raises_is_logged_and_the_bars_go_on(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: events.Event) -> None:
        raise RuntimeError("my mistake")

    with listening(progress=True, on_event=fail) as emit:
        emit(events.PageReceived(7))
    assert "Searching: 7 products" in capsys.readouterr().err
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert "my mistake" in str(record.exc_info[1])


def test_bars_are_drawn_as_told_else_where_people_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert wanted(progress=True)
    assert not wanted(progress=False)
    assert not wanted(None)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert wanted(None)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert wanted(None)


def test_events_cannot_be_changed() -> None:
    event = events.PageReceived(1)
    with pytest.raises(AttributeError):
        event.found = 2  # type: ignore[misc]  # that is what is tested
