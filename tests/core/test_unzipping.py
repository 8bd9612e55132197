"""What is unzipped is noted, and an archive goes only when all of it is in the folder."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from s2dl.downloads.progress_file import Entry, ProgressFile
from s2dl.downloads.unzipping import Unzip, unzip_listed
from s2dl.report import SceneResult

NAME = "S2A_MSIL2A_20240101T101031_N0510_R022_T32TPS_20240101T160000.SAFE"


@pytest.fixture
def listing(tmp_path: Path) -> ProgressFile:
    path = tmp_path / f"{NAME}.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr(f"{NAME}/manifest.safe", "<xml/>")
    listing = ProgressFile(tmp_path / "s2dl.progress")
    listing.add(Entry(path.name, "0" * 32, NAME, "1", path.stat().st_size))
    return listing


def unzipped(listing: ProgressFile, *, keep_archive: bool) -> SceneResult:
    result = SceneResult(NAME, "skipped", listing.path.parent / f"{NAME}.zip", reason="already here")
    return unzip_listed(result, listing, Unzip(listing.path.parent, keep_archive))


def entry(listing: ProgressFile) -> Entry:
    found = ProgressFile(listing.path).find(NAME)
    assert found is not None
    return found


def test_where_it_went_is_noted_and_said(listing: ProgressFile) -> None:
    folder = listing.path.parent / NAME
    result = unzipped(listing, keep_archive=True)
    assert (result.status, result.reason) == ("skipped", f"already here; unzipped to {folder}")
    assert (entry(listing).extracted, entry(listing).kind) == (str(folder), "product")


def test_an_archive_that_is_not_kept_goes_and_stays_noted(listing: ProgressFile) -> None:
    result = unzipped(listing, keep_archive=False)
    assert result.path == listing.path.parent / NAME
    assert not (listing.path.parent / f"{NAME}.zip").exists()
    assert entry(listing).kind == "removed"


def test_what_a_run_before_unzipped_is_finished(listing: ProgressFile) -> None:
    unzipped(listing, keep_archive=True)
    result = unzipped(listing, keep_archive=False)
    assert "was there already and was left as it is, archive removed" in result.reason
    assert entry(listing).kind == "removed"
    assert entry(listing).extracted == str(listing.path.parent / NAME)


def test_an_archive_stays_beside_a_folder_that_lacks_something(listing: ProgressFile) -> None:
    mine = listing.path.parent / NAME
    mine.mkdir()
    (mine / "manifest.safe").write_text("<XML/>")
    result = unzipped(listing, keep_archive=False)
    assert result.path == listing.path.parent / f"{NAME}.zip"
    assert result.path.is_file()
    assert (mine / "manifest.safe").read_text() == "<XML/>"
    assert (entry(listing).kind, entry(listing).extracted) == ("product", None)


def test_an_archive_that_cannot_be_unzipped_stays_listed(listing: ProgressFile) -> None:
    path = listing.path.parent / f"{NAME}.zip"
    path.write_bytes(b"no zip")
    result = unzipped(listing, keep_archive=False)
    assert (result.status, result.path) == ("failed", path)
    assert "the archive is damaged" in result.reason
    assert entry(listing).kind == "product"


def test_unzipping_that_is_stopped_is_cancelled_and_leaves_no_folder(listing: ProgressFile) -> None:
    archive = listing.path.parent / f"{NAME}.zip"
    how = Unzip(listing.path.parent, keep_archive=False)
    result = unzip_listed(SceneResult(NAME, "downloaded", archive), listing, how, lambda: False)
    assert (result.status, result.path) == ("cancelled", archive)
    assert archive.is_file()
    assert not (listing.path.parent / NAME).exists()


def test_without_the_wish_nothing_happens(listing: ProgressFile) -> None:
    result = SceneResult(NAME, "skipped", listing.path.parent / f"{NAME}.zip")
    assert unzip_listed(result, listing, None) is result
    gone = SceneResult(NAME, "skipped")
    assert unzip_listed(gone, listing, Unzip(listing.path.parent, keep_archive=True)) is gone
