"""`s2dl search`: what it writes where, and what it says when that is not all."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from e2e.helpers import BOX, SUMMER

import s2dl
from s2dl.catalogue.odata import ODataCatalogue
from s2dl.cli import main
from s2dl.demo import DataSpace, Fault

QUESTION = ("--bbox", *map(str, BOX), "--start", "2024-06", "--end", "2024-08", "--product-type", "L2A")


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    """What `s2dl search` writes to stdout and to stderr."""
    with pytest.raises(SystemExit) as ended:
        main(("search", *arguments))
    out, err = capsys.readouterr()
    assert ended.value.code == code, err
    return out, err


@pytest.mark.parametrize("suffix", ["parquet", "geojson"])
def test_a_file_whose_name_says_its_format_may_be_downloaded_later(
    space: DataSpace, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    said(capsys, *QUESTION, "--output", str(tmp_path / f"scenes.{suffix}"))
    scenes = s2dl.search(BOX, **SUMMER, progress=False)
    kept = s2dl.read_scenes(tmp_path / f"scenes.{suffix}")
    assert list(kept["name"]) == list(scenes["name"])
    assert kept.attrs["query"] == scenes.attrs["query"]


def test_names_of_nothing_are_nothing(space: DataSpace, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = said(capsys, "--tile", "32TPS", "--end", "2014", "--format", "names")
    assert (out, err.splitlines()[-1]) == ("", "0 scenes, 0 B")  # before it there may be a bar


def test_a_directory_that_is_not_there_is_said_before_the_search(
    space: DataSpace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = len(space.requests)
    _, err = said(capsys, *QUESTION, "--output", str(tmp_path / "none" / "scenes.csv"), code=2)
    assert "There is no directory" in err
    assert len(space.requests) == before


def test_online_and_offline_are_all(space: DataSpace, capsys: pytest.CaptureFixture[str]) -> None:
    space.inject(Fault("offline", "*_20240611*", 1))
    online, offline, everything = (
        said(capsys, *QUESTION, *which, "--format", "names")[0].split() for which in (["--online"], ["--offline"], [])
    )
    assert len(offline) == 1
    assert sorted(online + offline) == sorted(everything)


def test_what_was_found_of_an_incomplete_listing_is_written_and_the_rest_is_said(
    space: DataSpace, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch, requests = ODataCatalogue._page, 0

    async def failing(*arguments: Any) -> Any:
        nonlocal requests
        requests += 1
        if requests == 3:
            raise s2dl.errors.ServiceError("The search: the service answered HTTP 500.", status=500)
        return await fetch(*arguments)

    with mock.patch("s2dl.catalogue.odata.PAGE", 5), mock.patch.object(ODataCatalogue, "_page", failing):
        out, err = said(capsys, *QUESTION, "--format", "names", code=4)
    assert len(out.split()) >= 10
    assert "The search is not complete: 1 pages could not be had" in err
