"""Downloads against the embedded Data Space: what stands under a final name is right."""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from e2e.helpers import md5sum_says, names_in, some_scenes, transfers
from PIL import Image

import s2dl
from s2dl.demo import DataSpace, Fault
from s2dl.downloads.keeping import keep
from s2dl.downloads.source import Source


def test_downloaded_products_are_the_catalogues(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(3)
    report = s2dl.download(scenes, tmp_path)
    assert report.ok
    assert [result.status for result in report] == ["downloaded"] * 3
    for result, md5, size in zip(report, scenes["md5"], scenes["size"], strict=True):
        assert result.path is not None
        content = result.path.read_bytes()
        assert hashlib.md5(content).hexdigest() == md5 == result.md5
        assert len(content) == size == result.size
        assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert names_in(tmp_path) == {f"{name}.zip" for name in scenes["name"]} | {"s2dl.progress"}
    assert md5sum_says(tmp_path / "s2dl.progress") == {f"{name}.zip": "OK" for name in scenes["name"]}


def test_the_same_download_again_transfers_nothing(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(2)
    s2dl.download(scenes, tmp_path)
    before = transfers(space)
    again = s2dl.download(scenes, tmp_path)
    assert again.ok
    assert [result.status for result in again] == ["skipped", "skipped"]
    assert transfers(space) == before


def test_a_right_file_that_is_not_listed_is_adopted(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(2)
    s2dl.download(scenes, tmp_path)
    listing = tmp_path / "s2dl.progress"
    lines = listing.read_text().splitlines(keepends=True)
    listing.write_text("".join(lines[:-2]))
    before = transfers(space)
    again = s2dl.download(scenes, tmp_path)
    assert sorted(result.status for result in again) == ["adopted", "skipped"]
    assert transfers(space) == before
    assert set(md5sum_says(listing).values()) == {"OK"}


@pytest.mark.parametrize("bands", [None, "B04"])
def test_a_run_that_ended_just_after_a_renaming_leaves_nothing_behind(
    space: DataSpace, tmp_path: Path, bands: str | None
) -> None:
    scenes = some_scenes(1)
    s2dl.download(scenes, tmp_path, bands=bands)
    (tmp_path / "s2dl.progress").unlink()
    [arrived] = [path for path in tmp_path.rglob("*") if path.name.endswith((".zip", "_B04_10m.jp2"))]
    arrived.with_name(f".{arrived.name}.part.version").write_text("a note that the part file had")
    [again] = s2dl.download(scenes, tmp_path, bands=bands)
    assert again.status == "adopted"
    assert not [path for path in tmp_path.rglob("*") if ".part" in path.name]


def test_a_file_as_other_clients_name_it_is_adopted(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(1)
    report = s2dl.download(scenes, tmp_path / "one")
    other = tmp_path / "two" / f"{scenes['name'][0].removesuffix('.SAFE')}.zip"
    other.parent.mkdir()
    path = report.results[0].path
    assert path is not None
    path.rename(other)
    assert s2dl.download(scenes, tmp_path / "two").results[0].status == "adopted"
    assert md5sum_says(tmp_path / "two" / "s2dl.progress") == {other.name: "OK"}


def test_a_wrong_file_is_set_aside_and_never_overwritten(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(1)
    path = tmp_path / f"{scenes['name'][0]}.zip"
    path.write_bytes(b"mine")
    assert s2dl.download(scenes, tmp_path).results[0].status == "downloaded"
    assert path.with_name(f"{path.name}.mismatch").read_bytes() == b"mine"
    assert path.stat().st_size == scenes["size"][0]


def test_a_file_that_appears_meanwhile_is_not_overwritten_either(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(1)
    path = tmp_path / f"{scenes['name'][0]}.zip"

    def be_in_the_way(event: s2dl.events.Event) -> None:
        if isinstance(event, s2dl.events.SceneStarted):
            path.write_bytes(b"mine")

    assert s2dl.download(scenes, tmp_path, on_event=be_in_the_way).ok
    assert path.with_name(f"{path.name}.mismatch").read_bytes() == b"mine"
    assert md5sum_says(tmp_path / "s2dl.progress") == {path.name: "OK"}


def test_a_listed_file_that_was_moved_away_is_skipped_or_fetched_as_told(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(1)
    first = s2dl.download(scenes, tmp_path).results[0]
    assert first.path is not None
    first.path.unlink()
    skipped = s2dl.download(scenes, tmp_path).results[0]
    assert (skipped.status, skipped.reason) == ("skipped", "listed, not here")
    assert s2dl.download(scenes, tmp_path, overwrite="missing").results[0].status == "downloaded"
    assert s2dl.download(scenes, tmp_path, overwrite="missing").results[0].status == "skipped"
    assert md5sum_says(tmp_path / "s2dl.progress") == {first.path.name: "OK"}


def test_overwrite_fetches_anew(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(1)
    s2dl.download(scenes, tmp_path)
    before = transfers(space)
    assert s2dl.download(scenes, tmp_path, overwrite=True).results[0].status == "downloaded"
    assert transfers(space) == before + 1


@pytest.mark.parametrize("overwrite", ["Missing", 1, None])
def test_how_to_overwrite_is_one_of_three(space: DataSpace, tmp_path: Path, overwrite: object) -> None:
    for wait in (True, False):
        with pytest.raises(s2dl.errors.BadInput, match="is none of False, True and 'missing'"):
            s2dl.download(some_scenes(1), tmp_path, overwrite=overwrite, wait=wait)


def test_a_dry_run_says_what_would_be_done_and_does_nothing(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(3)
    s2dl.download(scenes.head(1), tmp_path)
    before, listed = transfers(space), names_in(tmp_path)
    planned = s2dl.download(scenes, tmp_path, dry_run=True)
    assert [result.status for result in planned] == ["skipped", "planned", "planned"]
    assert planned.free == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.2)
    assert "1 skipped, 2 planned (86.0 kB to fetch, " in planned.summary()
    assert "free on the disk" in repr(planned)
    assert transfers(space) == before
    assert names_in(tmp_path) == listed


def test_unzipped_products_are_whole(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(2)
    report = s2dl.download(scenes, tmp_path, unzip=tmp_path / "products")
    assert report.ok
    for name in scenes["name"]:
        folder = tmp_path / "products" / name
        with zipfile.ZipFile(tmp_path / f"{name}.zip") as archive:
            members = {member.filename: member.file_size for member in archive.infolist() if not member.is_dir()}
        found = {
            f"{name}/{path.relative_to(folder)}": path.stat().st_size for path in folder.rglob("*") if path.is_file()
        }
        assert found == members
    assert names_in(tmp_path / "products") == set(scenes["name"])


def test_an_archive_may_go_after_unzipping_and_is_not_fetched_again(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(1)
    report = s2dl.download(scenes, tmp_path, unzip=True, keep_archive=False)
    assert report.ok
    assert names_in(tmp_path) == {scenes["name"][0], "s2dl.progress"}
    again = s2dl.download(scenes, tmp_path, unzip=True, keep_archive=False)
    assert [result.status for result in again] == ["skipped"]
    assert transfers(space) == 1


def test_an_archive_whose_removal_was_cut_off_goes_with_the_next_run(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(1)
    path = s2dl.download(scenes, tmp_path).results[0].path
    assert path is not None
    content = path.read_bytes()
    assert s2dl.download(scenes, tmp_path, unzip=True, keep_archive=False).ok
    path.write_bytes(content)
    again = s2dl.download(scenes, tmp_path, unzip=True, keep_archive=False)
    assert [result.status for result in again] == ["skipped"]
    assert names_in(tmp_path) == {scenes["name"][0], "s2dl.progress"}
    assert transfers(space) == 1


def test_products_are_fetched_by_name_too(space: DataSpace, tmp_path: Path) -> None:
    name = some_scenes(1)["name"][0]
    assert s2dl.download(name, tmp_path).ok
    assert s2dl.download([name.removesuffix(".SAFE")], tmp_path).results[0].status == "skipped"
    with pytest.raises(s2dl.errors.BadInput, match="does not list"):
        s2dl.download(name.replace("T32", "T33"), tmp_path)


def test_one_row_is_enough(space: DataSpace, tmp_path: Path) -> None:
    assert s2dl.download(some_scenes(3).iloc[1], tmp_path).ok


def test_no_more_transfers_at_a_time_than_allowed(open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
    space = open_space(rate=100_000)
    assert s2dl.download(some_scenes(6), tmp_path, concurrent=3).ok
    assert space.max_sessions_seen == 3


@pytest.mark.parametrize(
    "fault", ["cut", "short", "clipped", "wrong-bytes", "spliced", "unauthorized", "expired", "html"]
)
def test_a_fault_that_passes_ends_in_the_right_bytes(space: DataSpace, tmp_path: Path, fault: str) -> None:
    scenes = some_scenes(2)
    space.inject(fault, scenes["name"][0], 1)
    assert s2dl.download(scenes, tmp_path).ok
    assert set(md5sum_says(tmp_path / "s2dl.progress").values()) == {"OK"}


@pytest.mark.parametrize("fault", ["cut", "short", "wrong-bytes", "spliced", "html", "no-objects"])
def test_a_fault_that_lasts_is_reported_and_leaves_no_final_name(space: DataSpace, tmp_path: Path, fault: str) -> None:
    scenes = some_scenes(2)
    space.inject(fault, scenes["name"][0], 99)
    report = s2dl.download(scenes, tmp_path)
    assert not report.ok
    assert [result.status for result in report] == ["failed", "downloaded"]
    assert scenes["name"][0] in report.results[0].reason
    assert not (tmp_path / f"{scenes['name'][0]}.zip").exists()
    assert set(md5sum_says(tmp_path / "s2dl.progress")) == {f"{scenes['name'][1]}.zip"}


def test_a_stalled_stream_is_given_up(
    open_space: Callable[..., DataSpace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = open_space()
    monkeypatch.setenv("S2DL_DOWNLOAD_TIMEOUT", "0.5")
    scenes = some_scenes(1)
    space.inject("stall", scenes["name"][0], 1)
    assert s2dl.download(scenes, tmp_path).ok


def test_an_offline_product_is_said_to_be(space: DataSpace, tmp_path: Path) -> None:
    name = some_scenes(1)["name"][0]
    space.inject("offline", name, 99)
    report = s2dl.download(some_scenes(2), tmp_path)
    assert [result.status for result in report] == ["offline", "downloaded"]
    assert not report.ok


def test_verify_tells_intact_corrupt_and_missing(space: DataSpace, tmp_path: Path) -> None:
    report = s2dl.download(some_scenes(3), tmp_path)
    paths = [result.path for result in report if result.path is not None]
    with paths[1].open("r+b") as file:
        file.seek(1_000)
        file.write(b"\0\0\0\0")
    paths[2].unlink()
    verified = {result.name: result.status for result in s2dl.verify(tmp_path / "s2dl.progress")}
    assert [verified[result.name] for result in report] == ["intact", "corrupt", "missing"]


def test_previews_are_pictures_and_need_no_account(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("S2DL_PASSWORD")
    scenes = s2dl.search((11.2, 46.4, 11.5, 46.6), start="2024-06", end="2024-08")
    scenes = scenes[scenes["quicklook_url"].notna()].head(3)
    report = s2dl.preview(scenes, tmp_path)
    assert report.ok
    for result in report:
        assert result.path is not None
        assert result.path.name == f"{result.name.removesuffix('.SAFE')}.png"
        with Image.open(result.path) as picture:
            assert (picture.format, picture.size) == ("PNG", (343, 343))
    assert [result.status for result in s2dl.preview(scenes, tmp_path)] == ["skipped"] * 3


def test_the_events_tell_the_whole_story(space: DataSpace, tmp_path: Path) -> None:
    heard: list[s2dl.events.Event] = []
    scenes = some_scenes(2)
    s2dl.download(scenes, tmp_path, on_event=heard.append)
    assert heard[0] == s2dl.events.DownloadPlanned(2, int(scenes["size"].sum()), 0)
    assert heard[-1] == s2dl.events.DownloadFinished(ok=True)
    ended = {event.name: event.status for event in heard if isinstance(event, s2dl.events.SceneFinished)}
    assert ended == dict.fromkeys(scenes["name"], "downloaded")


def test_scenes_that_need_no_transfer_are_told_of_too(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(2)
    s2dl.download(scenes.head(1), tmp_path)
    heard: list[s2dl.events.Event] = []
    s2dl.download(scenes, tmp_path, on_event=heard.append)
    ended = [(event.name, event.status) for event in heard if isinstance(event, s2dl.events.SceneFinished)]
    assert ended == [(scenes["name"][0], "skipped"), (scenes["name"][1], "downloaded")]


def test_a_listener_that_fails_fails_no_download(space: DataSpace, tmp_path: Path) -> None:
    def fail(_: s2dl.events.Event) -> None:
        raise RuntimeError("listener")

    assert s2dl.download(some_scenes(1), tmp_path, on_event=fail).ok


def test_an_error_that_nobody_expects_fails_one_product_alone(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes = some_scenes(3)
    unlucky = scenes["name"].iloc[1]

    def kept(source: Source, *rest: Any) -> int:
        if source.product.name == unlucky:
            raise RuntimeError("out of the blue")
        return keep(source, *rest)

    monkeypatch.setattr("s2dl.downloads.attempts.keep", kept)
    report = s2dl.download(scenes, tmp_path)
    assert {result.name: result.status for result in report} == {
        name: "failed" if name == unlucky else "downloaded" for name in scenes["name"]
    }
    [reason] = [result.reason for result in report if result.status == "failed"]
    assert "did not expect (RuntimeError: out of the blue)" in reason
    assert f"{unlucky}.zip" not in names_in(tmp_path)


def test_ids_are_resolved_by_name_where_the_table_has_none(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(1)[["name"]]
    assert s2dl.download(scenes, tmp_path).ok


def test_a_service_that_moves_products_abroad_gets_no_token_there(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(1)
    with DataSpace(seed=1) as elsewhere:
        space.inject(Fault("redirect-foreign", scenes["name"][0], 99, to=elsewhere.urls["download"]))
        assert not s2dl.download(scenes, tmp_path).ok
        visits = [request for request in elsewhere.requests if request.path.endswith("/$value")]
        assert visits
        assert not any(request.has_bearer for request in visits)


def test_a_product_without_checksum_is_checked_by_its_manifest(space: DataSpace, tmp_path: Path) -> None:
    name = some_scenes(1)["name"][0]
    space.inject("no-checksum", name, 99)
    space.inject("wrong-bytes", name, 1)
    scenes = some_scenes(1)
    assert scenes["md5"].isna().all()
    report = s2dl.download(scenes, tmp_path)
    assert report.ok
    listing = tmp_path / "s2dl.progress"
    assert '"verified_by": "manifest"' in listing.read_text()
    assert md5sum_says(listing) == {f"{name}.zip": "OK"}
    with zipfile.ZipFile(tmp_path / f"{name}.zip") as archive:
        assert archive.testzip() is None


def test_a_product_without_checksum_that_is_damaged_is_reported(space: DataSpace, tmp_path: Path) -> None:
    name = some_scenes(1)["name"][0]
    space.inject("no-checksum", name, 99)
    space.inject("wrong-bytes", name, 99)
    report = s2dl.download(some_scenes(1), tmp_path)
    assert [result.status for result in report] == ["failed"]
    assert not (tmp_path / f"{name}.zip").exists()
    assert not (tmp_path / "s2dl.progress").exists()
