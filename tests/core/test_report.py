"""What a report says, to a reader, to a notebook and to pandas."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from s2dl.report import DownloadReport, PreviewReport, Report, SceneResult, Status, readable_size

ROWS = (
    SceneResult("a.SAFE", "downloaded", Path("a.SAFE.zip"), 800_000_000, "ab" * 16, 4.5),
    SceneResult("b.SAFE", "skipped", Path("b.SAFE.zip"), 5, "cd" * 16, reason="already here"),
    SceneResult("c.SAFE", "downloaded", Path("c.SAFE.zip"), 434_000_000, "ef" * 16, 2.0),
)


@pytest.mark.parametrize("status", get_args(Status))
def test_ok_means_that_every_scene_is_where_it_should_be(status: Any) -> None:
    good = status in {"downloaded", "skipped", "adopted", "intact"}
    assert DownloadReport((SceneResult("x", status),)).ok is good
    assert DownloadReport((*ROWS, SceneResult("x", status))).ok is good


def test_nothing_to_do_is_well_done() -> None:
    report = DownloadReport()
    assert report.ok
    assert len(report) == 0
    assert repr(report) == "DownloadReport: nothing to do"
    assert list(report.to_frame().columns) == ["name", "status", "path", "size", "md5", "seconds", "reason"]


def test_one_row_a_scene() -> None:
    report = DownloadReport(ROWS)
    frame = report.to_frame()
    assert len(frame) == len(report) == 3
    assert [each.name for each in report] == frame["name"].tolist()
    assert frame.loc[1].to_dict() == {
        "name": "b.SAFE",
        "status": "skipped",
        "path": Path("b.SAFE.zip"),
        "size": 5,
        "md5": "cd" * 16,
        "seconds": 0.0,
        "reason": "already here",
    }


@pytest.mark.parametrize("kind", [DownloadReport, PreviewReport])
def test_it_reads_well(kind: type[Report]) -> None:
    lines = repr(kind(ROWS)).splitlines()
    assert lines[0] == f"{kind.__name__}: 2 downloaded, 1 skipped (1.2 GB received)"
    assert lines[1:] == ["  downloaded a.SAFE", "  skipped    b.SAFE  already here", "  downloaded c.SAFE"]


def test_a_long_one_is_cut() -> None:
    text = repr(DownloadReport(ROWS * 10))
    assert "… and 10 more; see .to_frame()" in text
    assert len(text.splitlines()) == 22


def test_what_went_wrong_is_shown_however_long_the_report_is() -> None:
    report = DownloadReport((*ROWS * 30, SceneResult("z.SAFE", "failed", reason="wrong bytes"), *ROWS))
    assert repr(report).splitlines()[1] == "  failed     z.SAFE  wrong bytes"
    html = report._repr_html_()
    assert "wrong bytes" in html
    assert html.count("<tr>") == 50
    assert "… and 44 more" in html


def test_a_notebook_shows_sizes_as_people_read_them_and_nothing_for_what_is_not_there() -> None:
    html = DownloadReport((*ROWS, SceneResult("d.SAFE", "failed")))._repr_html_()
    assert "<td>800 MB</td>" in html
    assert "<td>4.5</td>" in html
    assert "0 B" not in html
    assert html.index("reason") < html.index("path")
    assert "None" not in html
    assert "NaN" not in html


def test_a_dry_run_says_how_much_and_how_much_room_there_is() -> None:
    planned = SceneResult("d.SAFE", "planned", size=1_200_000_000)
    report = DownloadReport((ROWS[1], planned, planned), free=5_500_000_000_000)
    assert report.summary() == "1 skipped, 2 planned (2.4 GB to fetch, 5.5 TB free on the disk)"


def test_strangers_texts_are_escaped_in_a_notebook() -> None:
    html = DownloadReport((SceneResult("<script>x</script>", "failed", reason="<b>&"),))._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "&lt;b&gt;&amp;" in html
    assert "1 failed" in html


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (812_300_000, "812 MB"),
        (1_234_000_000, "1.2 GB"),
        (5_500_000_000_000, "5.5 TB"),
    ],
)
def test_sizes_as_people_read_them(size: int, text: str) -> None:
    assert readable_size(size) == text
