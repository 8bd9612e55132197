"""Places where nothing can be put, files that are not ours, and a service that lies: a sentence, and no harm."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from e2e.helpers import md5sum_says, names_in, some_scenes, transfers
from e2e.hostile import NAME, hostile_service, product

import s2dl
from s2dl.access import http
from s2dl.cli import main
from s2dl.demo import DataSpace
from s2dl.downloads import archive, space
from s2dl.downloads.progress_file import HEADER

MountDisk = Callable[[str], Path]


@pytest.fixture
def mount_disk(tmp_path: Path) -> Iterator[MountDisk]:
    """Mount a small disk with these options, where this user may."""
    mounted: list[Path] = []
    mount, umount = shutil.which("mount"), shutil.which("umount")

    def mount_it(options: str) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        command = [mount or "mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("this user may not mount a small disk")
        mounted.append(place)
        return place

    yield mount_it
    for place in mounted:
        subprocess.run([umount or "umount", "-l", str(place)], check=True)


def cli(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit code and last line on stderr of the command line, run in this process."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr().err.strip().splitlines()
    assert isinstance(ended.value.code, int)
    return ended.value.code, said[-1] if said else ""


def free(directory: Path) -> int:
    return shutil.disk_usage(directory).free


def fill(directory: Path, leave: int) -> Path:
    filler = directory / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free(directory) - leave)
    return filler


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (Path.mkdir, "is a directory; name a file"),
        (lambda path: path.write_bytes(bytes(range(256))), "is not a progress file of s2dl; name another one"),
        (lambda path: path.write_text("d41d8cd98f00b204e9800998ecf8427e  a.zip\n"), "is not a progress file of s2dl"),
        (lambda path: path.write_text("# s2dl progress file, version 2\n"), "later version of s2dl (2); update s2dl"),
        (lambda path: path.write_text(f"{HEADER}my own notes\n"), "neither a checksum nor a comment"),
        (lambda path: path.symlink_to("/dev/zero"), "is no plain file"),
    ],
)
def test_a_progress_file_that_is_none_is_left_alone(
    space: DataSpace,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    make: Callable[[Path], object],
    said: str,
) -> None:
    listing = tmp_path / "mine"
    make(listing)
    before = listing.read_bytes() if listing.is_file() else b""
    name = some_scenes(1)["name"][0]
    code, sentence = cli("download", name, "-d", str(tmp_path), "--progress-file", "mine", capsys=capsys)
    assert code == 2
    assert said in sentence
    assert transfers(space) == 0
    assert names_in(tmp_path) == {"mine"}
    assert (listing.read_bytes() if listing.is_file() else b"") == before


def test_a_directory_below_a_file_is_told(space: DataSpace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    name = some_scenes(1)["name"][0]
    code, sentence = cli("download", name, "-d", str(tmp_path / "file" / "x"), capsys=capsys)
    assert (code, "file is a file; name a directory" in sentence) == (2, True)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("-d", "x" * 300), 1, "File name too long. Choose a shorter name"),
        (("-d", "~nobody-of-this-name/x"), 2, "home directory '~nobody-of-this-name/x' means is not known"),
        (("--unzip-dir", "~nobody-of-this-name/x"), 2, "unzip: whose home directory"),
        (("--progress-file", "lists/mine"), 2, "give a name without folders"),
    ],
)
def test_a_path_that_leads_nowhere_is_told(
    space: DataSpace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    ended, sentence = cli("download", some_scenes(1)["name"][0], *arguments, capsys=capsys)
    assert (ended, said in sentence) == (code, True), sentence
    assert transfers(space) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_can_only_be_read_is_told(
    space: DataSpace, mount_disk: MountDisk, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = mount_disk("size=1m,ro")
    name = some_scenes(1)["name"][0]
    code, sentence = cli("download", name, "-d", str(disk), capsys=capsys)
    assert code == 1
    assert "The disk can only be read: choose another directory" in sentence
    assert transfers(space) == 0


def test_a_progress_file_that_can_only_be_read_is_told_before_a_byte_is_fetched(
    space: DataSpace, mount_disk: MountDisk, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = mount_disk("size=200m")
    listing = disk / "s2dl.progress"
    listing.write_text(HEADER)
    mount, umount = shutil.which("mount") or "mount", shutil.which("umount") or "umount"
    subprocess.run([mount, "--bind", str(listing), str(listing)], check=True)
    try:
        subprocess.run([mount, "-o", "remount,bind,ro", str(listing)], check=True)
        code, sentence = cli("download", some_scenes(1)["name"][0], "-d", str(disk), capsys=capsys)
    finally:
        subprocess.run([umount, str(listing)], check=True)
    assert (code, "s2dl.progress: Read-only file system" in sentence) == (1, True), sentence
    assert transfers(space) == 0


def test_what_is_on_a_disk_that_can_only_be_read_can_be_verified(
    space: DataSpace, tmp_path: Path, mount_disk: MountDisk
) -> None:
    disk = mount_disk("size=10m")
    s2dl.download(some_scenes(1), tmp_path / "here")
    shutil.copytree(tmp_path / "here", disk / "here")
    remount = shutil.which("mount") or "mount"
    subprocess.run([remount, "-o", "remount,ro", str(disk)], check=True)
    assert s2dl.verify(disk / "here" / "s2dl.progress").ok


def test_a_disk_that_is_too_small_is_told_before_a_byte_is_fetched(
    space: DataSpace, mount_disk: MountDisk, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = mount_disk("size=20m")
    code, sentence = cli("download", some_scenes(1)["name"][0], "-d", str(disk), capsys=capsys)
    assert code == 1
    assert "are to be downloaded and 21.0 MB are free" in sentence
    assert "make room, or choose fewer scenes or another disk" in sentence
    assert transfers(space) == 0


def test_a_disk_that_fills_up_keeps_what_was_got(open_space: Callable[..., DataSpace], mount_disk: MountDisk) -> None:
    open_space(big={"*": 3_000_000})
    disk = mount_disk("size=120m")
    images = disk / "images"

    def hear(event: s2dl.events.Event) -> None:
        if isinstance(event, s2dl.events.SceneStarted) and not (disk / "filler").exists():
            fill(disk, leave=4_500_000)

    report = s2dl.download(some_scenes(3), images, concurrent=1, on_event=hear)
    assert [result.status for result in report] == ["downloaded", "failed", "failed"]
    assert "The disk is full: make room" in report.results[1].reason
    assert "the disk is full" in report.results[2].reason
    assert set(md5sum_says(images / "s2dl.progress").values()) == {"OK"}
    assert len(list(images.glob("*.zip"))) == 1

    (disk / "filler").unlink()
    again = s2dl.download(some_scenes(3), images)
    assert [result.status for result in again] == ["skipped", "downloaded", "downloaded"]
    assert set(md5sum_says(images / "s2dl.progress").values()) == {"OK"}
    assert not list(images.glob("*.part"))


def test_unzipping_that_finds_no_room_keeps_the_archives(
    open_space: Callable[..., DataSpace], tmp_path: Path, mount_disk: MountDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_space(big={"*": 3_000_000})
    disk = mount_disk("size=5m")
    monkeypatch.setattr(space, "RESERVE", 0)
    s2dl.download(some_scenes(2), tmp_path)
    report = s2dl.download(some_scenes(2), tmp_path, unzip=disk, keep_archive=False)
    assert [result.status for result in report] == ["skipped", "failed"]
    assert "are to be unzipped" in report.results[1].reason
    names = list(some_scenes(2)["name"])
    assert [each.name for each in disk.iterdir()] == names[:1]
    assert md5sum_says(tmp_path / "s2dl.progress") == {f"{names[1]}.zip": "OK"}

    with pytest.raises(s2dl.errors.DiskError, match=r"to be unzipped and .* are free"):
        s2dl.download(some_scenes(3), tmp_path, unzip=mount_disk("size=1m"))


def test_a_disk_that_fills_up_while_unzipping_is_left_clean(
    open_space: Callable[..., DataSpace], tmp_path: Path, mount_disk: MountDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_space(big={"*": 3_000_000})
    disk = mount_disk("size=2m")
    monkeypatch.setattr(archive, "see_room", lambda *_: None)
    s2dl.download(some_scenes(1), tmp_path)
    report = s2dl.download(some_scenes(1), tmp_path, unzip=disk)
    assert report.results[0].status == "failed"
    assert "The disk is full: make room" in report.results[0].reason
    assert list(disk.iterdir()) == []
    assert set(md5sum_says(tmp_path / "s2dl.progress").values()) == {"OK"}


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.SAFE",
        "/tmp/evil.SAFE",
        "..",
        "",
        "a/b.SAFE",
        "a\\b.SAFE",
        "C:evil.SAFE",
        "nul\0byte.SAFE",
        "line\nbreak.SAFE",
        ".hidden.SAFE",
        "a" * 300 + ".SAFE",
        "<script>.SAFE",
    ],
)
def test_a_name_of_the_service_cannot_lead_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setenv("S2DL_USERNAME", "demo")
    monkeypatch.setenv("S2DL_PASSWORD", "demo")
    asked: list[str] = []
    images = tmp_path / "deep" / "images"

    def send(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)

    with hostile_service([product(Name=name)], send) as settings:
        scenes = s2dl.search(tile="32TPS", settings=settings)
        report = s2dl.download(scenes, images, settings=settings)
        pictures = s2dl.preview(scenes, images, settings=settings)
        for variable, value in settings.model_dump(include={"base_url", "data_url", "token_url"}).items():
            monkeypatch.setenv(f"S2DL_{variable.upper()}", value)
        code, said = cli("download", "--tile", "32TPS", "-d", str(images), capsys=capsys)
    assert [(each.status, each.path) for each in (*report, *pictures)] == [("failed", None)] * 2
    assert "a product name that cannot be a file's" in report.results[0].reason
    assert (code, said) == (1, "1 failed")
    assert asked == []
    assert names_in(tmp_path) == {"deep"}
    assert names_in(tmp_path / "deep") == {"images"}
    assert names_in(images) == set()


def endless(handler: BaseHTTPRequestHandler) -> None:
    """As many bytes as whoever asked will take."""
    handler.send_response(200)
    handler.end_headers()
    piece = b"PK\x03\x04" + bytes(65_532)
    try:
        while True:
            handler.wfile.write(piece)
    except OSError:
        handler.close_connection = True


def huge(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(10**15))
    handler.end_headers()
    handler.wfile.write(b"PK\x03\x04" + bytes(40_000))
    handler.close_connection = True


def minus_five_bytes(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nPK\x03\x04")
    handler.close_connection = True


def nothing_to_redirect_to(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: -7\r\n\r\n")
    handler.close_connection = True


@pytest.mark.parametrize(
    "send", [minus_five_bytes, nothing_to_redirect_to, lambda handler: handler.wfile.write(bytes(range(256)))]
)
def test_an_answer_that_is_no_http_fails_its_product_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, send: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    monkeypatch.setenv("S2DL_USERNAME", "demo")
    monkeypatch.setenv("S2DL_PASSWORD", "demo")
    monkeypatch.setattr(http, "_FIRST_WAIT", 0.02)
    with hostile_service([product()], send) as settings:
        report = s2dl.download(NAME, tmp_path, settings=settings)
    assert [result.status for result in report] == ["failed"]
    assert NAME in report.results[0].reason or "redirects" in report.results[0].reason
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize(
    "token",
    [
        {"access_token": "secret\nX-Evil: 1"},
        {"access_token": "secrét"},
        {"access_token": ""},
        {"access_token": {"secret": 1}},
        {"access_token": "secret" * 20_000},
        {"expires_in": "secret"},
        {"expires_in": 10**400},
        {"refresh_token": "secret\n"},
    ],
)
def test_a_login_that_gives_nonsense_is_told_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: dict[str, object]
) -> None:
    monkeypatch.setenv("S2DL_USERNAME", "demo")
    monkeypatch.setenv("S2DL_PASSWORD", "demo")
    with (
        hostile_service([product()], **token) as settings,
        pytest.raises(s2dl.errors.BadAnswer, match="the identity service gave no token; try again later") as caught,
    ):
        s2dl.download(NAME, tmp_path, settings=settings)
    assert "secr" not in str(caught.value)


@pytest.mark.parametrize("send", [endless, huge])
def test_more_bytes_than_the_catalogue_says_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, send: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    monkeypatch.setenv("S2DL_USERNAME", "demo")
    monkeypatch.setenv("S2DL_PASSWORD", "demo")
    with hostile_service([product()], send) as settings:
        report = s2dl.download(NAME, tmp_path, settings=settings)
    assert [result.status for result in report] == ["failed"]
    assert NAME in report.results[0].reason
    assert not (tmp_path / f"{NAME}.zip").exists()
    assert sum(path.stat().st_size for path in tmp_path.glob("*.part")) < 10_000_000


@pytest.mark.parametrize("size", [10**18, 10**30, -1])
def test_sizes_that_cannot_be_harm_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setenv("S2DL_USERNAME", "demo")
    monkeypatch.setenv("S2DL_PASSWORD", "demo")
    with hostile_service([product(ContentLength=size)], huge) as settings:
        scenes = s2dl.search(tile="32TPS", settings=settings)
        assert len(scenes) == 1
        if scenes["size"][0]:
            with pytest.raises(s2dl.errors.DiskError, match="are to be downloaded and"):
                s2dl.download(scenes, tmp_path, settings=settings)
        else:
            assert not s2dl.download(scenes, tmp_path, settings=settings).ok
    assert not list(tmp_path.glob("*.zip"))
