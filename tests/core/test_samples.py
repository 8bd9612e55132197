"""Files that version 1 has written are read, by this version and all that come after it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from s2dl import jobs
from s2dl.downloads.progress_file import Entry, ProgressFile
from s2dl.jobs.store import Store
from s2dl.settings import Settings, settings_path

SAMPLES = Path(__file__).parents[1] / "samples"
FIRST = "S2B_MSIL2A_20240601T101525_N0510_R022_T32TPS_20240601T160141.SAFE"
SECOND = "S2B_MSIL2A_20240604T102736_N0510_R065_T32TPS_20240604T170806.SAFE"
THIRD = "S2A_MSIL2A_20240606T101525_N0510_R022_T32TPS_20240606T160108.SAFE"


def test_the_store_of_jobs() -> None:
    store = Store()
    store.directory.mkdir(parents=True)
    with closing(sqlite3.connect(store.directory / "jobs.sqlite")) as connection:
        connection.executescript((SAMPLES / "jobs-1.sql").read_text())
    alps, few = jobs.records()
    assert (alps.id, alps.name, alps.state, alps.exit_code, alps.runs) == (1, "alps", "failed", 1, 1)
    assert alps.task.question == {
        "tile": ["32TPS"],
        "start": "2024-01-01T00:00:00+00:00",
        "product_type": ["S2MSI2A"],
        "cloud_cover": [0.0, 20.0],
    }
    assert alps.task.options["unzip"] == "/data/alps/products"
    assert Settings(**alps.task.settings).concurrent_downloads == 4
    report = jobs.Job("alps").report
    assert report is not None
    assert [(result.name, result.status) for result in report] == [(FIRST, "downloaded"), (SECOND, "offline")]
    assert (few.state, few.task.question) == ("stored", None)
    assert [scene.name for scene in jobs.Job(2).scenes] == [SECOND]
    assert jobs.Job("alps").copy().id == 3


def test_the_progress_file(tmp_path: Path) -> None:
    copy = tmp_path / "s2dl.progress"
    shutil.copyfile(SAMPLES / "s2dl-1.progress", copy)
    progress = ProgressFile(copy)
    assert [(entry.name, entry.kind, entry.verified_by) for entry in progress.entries] == [
        (FIRST, "product", "md5"),
        (THIRD, "removed", "md5"),
        (SECOND, "product", "manifest"),
    ]
    first = progress.find(FIRST)
    assert first is not None
    assert (first.size, first.md5) == (6, "b1946ac92492d2347c6235b4d2611184")
    before = copy.read_bytes()
    progress.add(Entry("new.SAFE.zip", "0" * 32, "new.SAFE"))
    assert copy.read_bytes().startswith(before)


def test_the_settings() -> None:
    settings_path().parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SAMPLES / "settings-1.toml", settings_path())
    settings = Settings()
    assert set(settings.model_dump(exclude_defaults=True)) == set(Settings.model_fields) - {"search_url"}
    assert (settings.catalogue, settings.concurrent_downloads, settings.username) == ("stac", 4, "me@example.org")
    assert settings.unzip_directory == Path("/data/products")
