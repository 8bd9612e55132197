"""Previews against the embedded Data Space: five files of each product, and what is said where one is lacking."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import rasterio
from core.test_kml import validate
from e2e.helpers import BOX, SUMMER, names_in, some_scenes
from PIL import Image

import s2dl
from s2dl.access.slots import connection
from s2dl.cli import main
from s2dl.demo import DataSpace, Fault
from s2dl.events import DownloadFinished, Event, PreviewFinished
from s2dl.tiles import utm_bounds

KINDS = (".png", ".kml", ".dat", ".hdr", ".safe")
ASSETS, NODES = "/odata/v1/Assets(*", "/odata/v1/Products(*/Nodes(*"


def stem(name: str) -> str:
    return name.removesuffix(".SAFE")


def all_files(names: list[str]) -> set[str]:
    return {stem(name) + kind for name in names for kind in KINDS}


def asked(space: DataSpace, part: str) -> int:
    return sum(part in request.path for request in space.requests)


@pytest.fixture
def names(space: DataSpace) -> list[str]:
    scenes = s2dl.search(BOX, **SUMMER)
    return list(scenes[scenes["quicklook_url"].notna() & scenes["online"]]["name"].head(3))


@pytest.fixture
def anonymous(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    return lambda: monkeypatch.delenv("S2DL_PASSWORD")


def test_five_files_of_each_product_and_nothing_else(space: DataSpace, names: list[str], tmp_path: Path) -> None:
    scenes = some_scenes(30).set_index("name", drop=False).loc[names]
    report = s2dl.preview(scenes, tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    assert [(each.status, each.reason, each.path) for each in report] == [
        ("downloaded", "", folder / f"{stem(name)}.png") for name in names
    ]
    assert names_in(folder) == all_files(names)
    assert space.logins == 1
    for name, tile, footprint in zip(names, scenes["tile"], scenes.geometry, strict=True):
        epsg, (left, _, _, top) = utm_bounds(tile)
        with rasterio.open(folder / f"{stem(name)}.dat") as image, Image.open(folder / f"{stem(name)}.png") as png:
            assert (image.crs.to_epsg(), *image.transform[:6]) == (epsg, 320, 0, left, 0, -320, top)
            assert image.read().transpose(1, 2, 0).tobytes() == png.tobytes()
        kml = folder / f"{stem(name)}.kml"
        validate(kml.read_bytes())
        assert s2dl.read_region(kml).covers(footprint.buffer(-1e-6))
    assert names_in(folder) == all_files(names)


def test_the_manifest_is_the_products(space: DataSpace, names: list[str], tmp_path: Path) -> None:
    s2dl.preview(names, tmp_path / "previews")
    assert s2dl.download(names[:1], tmp_path).ok
    with zipfile.ZipFile(tmp_path / f"{names[0]}.zip") as archive:
        assert (
            archive.read(f"{names[0]}/manifest.safe") == (tmp_path / "previews" / f"{stem(names[0])}.safe").read_bytes()
        )


def test_what_is_there_and_right_is_left(space: DataSpace, names: list[str], tmp_path: Path) -> None:
    s2dl.preview(names, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    transfers = asked(space, "Assets("), asked(space, "Nodes(")
    again = s2dl.preview(names, tmp_path)
    assert [(each.status, each.reason) for each in again] == [("skipped", "already here")] * 3
    assert again.results[0].path == tmp_path / f"{stem(names[0])}.png"
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
    assert (asked(space, "Assets("), asked(space, "Nodes(")) == transfers


@pytest.mark.parametrize("spoil", [lambda right: right[: len(right) // 2], lambda _: b"", lambda _: b"the user's own"])
def test_a_file_that_is_not_right_is_set_aside_and_made_again(
    space: DataSpace, names: list[str], tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    s2dl.preview(names[:1], tmp_path)
    for kind in KINDS:
        path = tmp_path / f"{stem(names[0])}{kind}"
        right = path.read_bytes()
        path.write_bytes(spoil(right))
        assert [each.status for each in s2dl.preview(names[:1], tmp_path)] == ["downloaded"]
        assert path.read_bytes() == right
        aside = path.with_name(f"{path.name}.mismatch")
        assert aside.read_bytes() == spoil(right)
        aside.unlink()
        assert names_in(tmp_path) == all_files(names[:1])


def test_a_file_that_is_gone_is_made_again(space: DataSpace, names: list[str], tmp_path: Path) -> None:
    s2dl.preview(names[:1], tmp_path)
    for path in list(tmp_path.iterdir()):
        right = path.read_bytes()
        path.unlink()
        assert [each.status for each in s2dl.preview(names[:1], tmp_path)] == ["downloaded"]
        assert path.read_bytes() == right
    assert names_in(tmp_path) == all_files(names[:1])


def test_several_previews_of_the_same_products_at_once(space: DataSpace, names: list[str], tmp_path: Path) -> None:
    async def all_of_them() -> list[s2dl.PreviewReport]:
        return await asyncio.gather(*(s2dl.aio.preview(names, tmp_path) for _ in range(4)))

    for report in asyncio.run(all_of_them()):
        assert report.ok, report
    assert names_in(tmp_path) == all_files(names)


def test_without_an_account_there_is_no_manifest_and_it_is_said(
    space: DataSpace, names: list[str], tmp_path: Path, anonymous: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as nobody:
        nobody.delenv("S2DL_PASSWORD")
        report = s2dl.preview(names, tmp_path)
        assert report.ok
        assert {each.reason for each in report} == {"its manifest is given to accounts only (s2dl.login)"}
        assert names_in(tmp_path) == {name for name in all_files(names) if not name.endswith(".safe")}
        again = s2dl.preview(names, tmp_path)
        assert {each.status for each in again} == {"skipped"}
        assert all("its manifest" in each.reason for each in again)
    assert space.logins == 0
    assert [each.status for each in s2dl.preview(names, tmp_path)] == ["downloaded"] * 3
    assert names_in(tmp_path) == all_files(names)


def test_a_product_without_quicklook_gets_the_rest_and_a_note(space: DataSpace, tmp_path: Path) -> None:
    scenes = s2dl.search(BOX, start="2024", end="2024")
    lacking = scenes[scenes["quicklook_url"].isna() & scenes["online"]].head(1)
    assert len(lacking) == 1
    report = s2dl.preview(lacking, tmp_path)
    name = lacking["name"].iloc[0]
    assert [(each.status, each.path, each.reason) for each in report] == [
        ("downloaded", None, "the catalogue has no quicklook of it")
    ]
    assert names_in(tmp_path) == {f"{stem(name)}.kml", f"{stem(name)}.safe"}
    assert report.ok
    validate((tmp_path / f"{stem(name)}.kml").read_bytes())


@pytest.mark.parametrize("form", ["archive", "archive of another client", "folder"])
def test_the_manifest_comes_from_the_product_where_that_is_on_disk(
    space: DataSpace, names: list[str], tmp_path: Path, anonymous: Callable[[], None], form: str
) -> None:
    name = names[0]
    assert s2dl.download([name], tmp_path, unzip=True).ok
    archive = tmp_path / f"{name}.zip"
    if form == "folder":
        archive.unlink()
    else:
        shutil.rmtree(tmp_path / name)
    if form == "archive of another client":
        archive.rename(tmp_path / f"{stem(name)}.zip")
    anonymous()
    assert s2dl.preview([name], tmp_path).results[0].reason == ""
    assert b"XFDU" in (tmp_path / f"{stem(name)}.safe").read_bytes()
    assert asked(space, "Nodes(") == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"text"])
def test_an_archive_that_is_none_gives_no_manifest(
    space: DataSpace, names: list[str], tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / f"{names[0]}.zip").write_bytes(content)
    assert s2dl.preview(names[:1], tmp_path).ok
    assert b"XFDU" in (tmp_path / f"{stem(names[0])}.safe").read_bytes()
    assert "gives no manifest" in caplog.text
    assert (tmp_path / f"{names[0]}.zip").read_bytes() == content


def test_a_manifest_that_grows_out_of_its_archive_is_refused(
    space: DataSpace, names: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        zipfile.ZipFile(tmp_path / f"{names[0]}.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(f"{names[0]}/manifest.safe", "w") as file,
    ):
        for _ in range(64):
            file.write(bytes(2**20))
    assert s2dl.preview(names[:1], tmp_path).ok
    assert "too large" in caplog.text


def test_an_offline_products_manifest_is_not_asked_for(space: DataSpace, names: list[str], tmp_path: Path) -> None:
    space.inject(Fault("offline", names[0], math.inf))
    report = s2dl.preview(s2dl.search(name=names[0]), tmp_path)
    assert [(each.status, each.reason) for each in report] == [("downloaded", "its manifest is offline with it")]
    assert asked(space, "Nodes(") == 0


def test_an_account_that_is_refused_is_tried_once_and_fails_what_needs_it(
    space: DataSpace, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S2DL_PASSWORD", "wrong")
    report = s2dl.preview(names, tmp_path)
    assert [each.status for each in report] == ["failed"] * 3
    assert all("refused the account" in each.reason and each.path is not None for each in report)
    assert names_in(tmp_path) == {name for name in all_files(names) if not name.endswith(".safe")}
    assert sum(request.path.endswith("/token") for request in space.requests) == 1


@pytest.mark.parametrize("fault", ["expired", "unauthorized", "too-many", "waf", "server-error"])
def test_what_passes_is_outlived(space: DataSpace, names: list[str], tmp_path: Path, fault: str) -> None:
    space.inject(Fault(fault, NODES, 1, retry_after="0"))
    assert s2dl.preview(names, tmp_path).ok
    assert names_in(tmp_path) == all_files(names)


def test_an_account_whose_connections_are_in_use_is_waited_for_and_it_is_said(
    space: DataSpace, names: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    space.inject(Fault("too-many", NODES, 7, retry_after="0"))
    assert s2dl.preview(names, tmp_path).ok
    assert caplog.text.count("connections are all in use") == 1


def test_a_download_that_holds_the_connections_is_waited_for_and_it_is_said(
    space: DataSpace,
    names: list[str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("s2dl.previews.account._LONG", 0.2)

    async def both() -> s2dl.PreviewReport:
        async with connection(s2dl.Settings(), "demo", most=1):
            waiting = asyncio.ensure_future(
                s2dl.aio.preview(names, tmp_path, settings=s2dl.Settings(concurrent_downloads=1))
            )
            while "connections are all in use" not in caplog.text:  # noqa: ASYNC110 - a log tells nobody
                await asyncio.sleep(0.02)
        return await waiting

    assert asyncio.run(both()).ok
    assert names_in(tmp_path) == all_files(names)
    assert caplog.text.count("connections are all in use") == 1


def test_no_more_connections_are_taken_than_the_settings_allow(
    open_space: Callable[..., DataSpace], tmp_path: Path
) -> None:
    space = open_space(sessions=1, rate=200_000)
    scenes = some_scenes(8)
    settings = s2dl.Settings(concurrent_downloads=1)
    assert s2dl.preview(scenes, tmp_path, settings=settings).ok
    assert space.max_sessions_seen == 1
    assert not [request for request in space.requests if request.status == 429]


def test_a_manifest_that_does_not_come_fails_its_product_only(
    space: DataSpace, names: list[str], tmp_path: Path
) -> None:
    found = s2dl.search(name=names[1])["id"].iloc[0]
    space.inject(Fault("html", f"/odata/v1/Products({found})/Nodes(*", math.inf))
    report = s2dl.preview(names, tmp_path)
    assert [each.status for each in report] == ["downloaded", "failed", "downloaded"]
    assert "manifest" in report.results[1].reason
    assert names_in(tmp_path) == all_files(names) - {f"{stem(names[1])}.safe"}


def test_a_quicklook_that_wants_a_login_gets_one(space: DataSpace, names: list[str], tmp_path: Path) -> None:
    space.inject(Fault("unauthorized", ASSETS, 1))
    assert s2dl.preview(names, tmp_path).ok
    assert names_in(tmp_path) == all_files(names)
    assert any(request.has_bearer for request in space.requests if "Assets(" in request.path)


def test_a_quicklook_that_wants_a_login_says_so(
    space: DataSpace, names: list[str], tmp_path: Path, anonymous: Callable[[], None]
) -> None:
    anonymous()
    space.inject(Fault("unauthorized", ASSETS, math.inf))
    report = s2dl.preview(names[:1], tmp_path)
    assert [each.status for each in report] == ["failed"]
    assert "s2dl.login" in report.results[0].reason
    assert names_in(tmp_path) == set()


def test_progress_is_told(space: DataSpace, names: list[str], tmp_path: Path) -> None:
    heard: list[Event] = []
    s2dl.preview(names, tmp_path, on_event=heard.append)
    told = [event for event in heard if isinstance(event, PreviewFinished)]
    assert {event.name for event in told} == set(names)
    assert [(event.status, event.done, event.count) for event in told] == [
        ("downloaded", done, 3) for done in (1, 2, 3)
    ]


@pytest.mark.parametrize("by_settings", [True, False])
def test_a_download_of_previews_only(space: DataSpace, names: list[str], tmp_path: Path, by_settings: bool) -> None:
    heard: list[Event] = []
    if by_settings:
        settings = s2dl.Settings(preview_only=True, directory=tmp_path)
        report = s2dl.download(names, settings=settings, on_event=heard.append)
    else:
        report = s2dl.download(names, tmp_path, preview_only=True, on_event=heard.append)
    assert isinstance(report, s2dl.DownloadReport)
    assert [(each.status, each.path) for each in report] == [
        ("downloaded", tmp_path / f"{stem(name)}.png") for name in names
    ]
    assert names_in(tmp_path) == all_files(names)
    assert heard[-1] == DownloadFinished(ok=True)


def test_an_argument_outdoes_the_setting(space: DataSpace, names: list[str], tmp_path: Path) -> None:
    settings = s2dl.Settings(preview_only=True)
    assert s2dl.download(names[:1], tmp_path, preview_only=False, settings=settings).ok
    assert names_in(tmp_path) == {f"{names[0]}.zip", "s2dl.progress"}


def test_a_dry_run_of_previews_only_writes_nothing(space: DataSpace, names: list[str], tmp_path: Path) -> None:
    report = s2dl.download(names, tmp_path / "new", preview_only=True, dry_run=True)
    assert [(each.status, each.reason) for each in report] == [("planned", "to preview")] * 3
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize("command", [("preview",), ("download", "--preview-only")])
def test_the_command_line_previews(
    space: DataSpace, names: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, *names, "-d", str(tmp_path)])
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["downloaded", name, str(tmp_path / f"{stem(name)}.png")] for name in names
    ]
    assert names_in(tmp_path) == all_files(names)


def test_the_command_line_previews_into_the_settings_directory(
    space: DataSpace, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S2DL_DIRECTORY", str(tmp_path / "images"))
    with pytest.raises(SystemExit) as ended:
        main(["preview", names[0]])
    assert ended.value.code == 0
    assert names_in(tmp_path / "images") == all_files(names[:1])


def test_gdal_alone_warps_the_pair_to_where_the_kml_puts_it(space: DataSpace, names: list[str], tmp_path: Path) -> None:
    program = shutil.which("gdalinfo")
    if program is None:
        pytest.skip("gdalinfo is not installed")
    s2dl.preview(names[:1], tmp_path)
    done = subprocess.run(
        [program, "-json", str(tmp_path / f"{stem(names[0])}.dat")], capture_output=True, text=True, check=True
    )
    ring = json.loads(done.stdout)["wgs84Extent"]["coordinates"][0]
    bounds = s2dl.read_region(tmp_path / f"{stem(names[0])}.kml").bounds
    longitudes, latitudes = zip(*ring, strict=True)
    # The footprint reaches to the tile's own edge, 40 m further.
    assert bounds == pytest.approx((min(longitudes), min(latitudes), max(longitudes), max(latitudes)), abs=1e-3)
    assert names_in(tmp_path) == all_files(names[:1])
