"""Transfers on bad days: resume, patience, pause and stop, tokens that die, and secrets that stay so."""

from __future__ import annotations

import errno
import logging
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import geopandas as gpd
import pytest
from e2e.helpers import md5sum_says, names_in, some_scenes

import s2dl
from s2dl import events
from s2dl.access import http
from s2dl.demo import DataSpace, Fault
from s2dl.downloads.control import Control
from s2dl.downloads.parts import Part
from s2dl.errors import DiskError
from s2dl.product import Product
from s2dl.sync import submit
from s2dl.verbs.download import download


def content(space: DataSpace, scenes: gpd.GeoDataFrame, number: int = 0) -> bytes:
    scene = space.world.by_id(scenes["id"].iloc[number])
    assert scene is not None
    return b"".join(bytes(chunk) for chunk in space.world.body(scene))


def begin(space: DataSpace, scenes: gpd.GeoDataFrame, directory: Path, content: bytes, number: int = 0) -> None:
    """Leave a part file, as a run that was killed does."""
    row = scenes.iloc[number]
    product = Product(row["id"], row["name"], md5=row["md5"], size=int(row["size"]))
    with Part(directory, product, space.urls["data_url"]).open(0) as file:
        file.write(content)


def answers(space: DataSpace) -> list[int]:
    """Status of each answer to a request for a product's bytes."""
    return [each.status for each in space.requests if each.origin == "download" and each.path.endswith("/$value")]


class Heard(list[events.Event]):
    """All events, and the retries among them."""

    def __call__(self, event: events.Event) -> None:
        self.append(event)

    @property
    def waits(self) -> list[float]:
        return [event.wait for event in self if isinstance(event, events.SceneRetrying)]


class TestResume:
    def test_only_what_is_missing_is_fetched_where_the_service_honours_range(
        self, open_space: Callable[..., DataSpace], tmp_path: Path
    ) -> None:
        space = open_space(ranges=True)
        scenes, heard = some_scenes(1), Heard()
        whole = content(space, scenes)
        begin(space, scenes, tmp_path, whole[:30_000])
        assert s2dl.download(scenes, tmp_path, on_event=heard).ok
        assert answers(space) == [206]
        assert (tmp_path / f"{scenes['name'][0]}.zip").read_bytes() == whole
        assert names_in(tmp_path) == {f"{scenes['name'][0]}.zip", "s2dl.progress"}

    def test_a_service_that_ignores_range_is_believed_and_the_product_begun_anew(
        self, space: DataSpace, tmp_path: Path
    ) -> None:
        scenes = some_scenes(2)
        for number in range(2):
            begin(space, scenes, tmp_path, content(space, scenes, number)[:30_000], number)
        assert s2dl.download(scenes, tmp_path, concurrent=1).ok
        assert answers(space) == [200, 200]
        assert set(md5sum_says(tmp_path / "s2dl.progress").values()) == {"OK"}

    def test_a_part_that_is_longer_than_the_product_is_dropped(
        self, open_space: Callable[..., DataSpace], tmp_path: Path
    ) -> None:
        space = open_space(ranges=True)
        scenes = some_scenes(1)
        begin(space, scenes, tmp_path, content(space, scenes) + b"more")
        assert s2dl.download(scenes, tmp_path).ok
        assert answers(space) == [416, 200]

    def test_a_part_with_all_bytes_needs_no_transfer(self, space: DataSpace, tmp_path: Path) -> None:
        scenes = some_scenes(1)
        begin(space, scenes, tmp_path, content(space, scenes))
        assert s2dl.download(scenes, tmp_path).results[0].status == "downloaded"
        assert answers(space) == []
        assert set(md5sum_says(tmp_path / "s2dl.progress").values()) == {"OK"}

    def test_wrong_bytes_in_a_part_cost_one_transfer_and_no_chance(
        self, open_space: Callable[..., DataSpace], tmp_path: Path
    ) -> None:
        space = open_space(ranges=True)
        scenes = some_scenes(1)
        begin(space, scenes, tmp_path, b"<html>502 Bad Gateway</html>")
        space.inject("wrong-bytes", scenes["name"][0], 2)
        assert s2dl.download(scenes, tmp_path).ok
        assert answers(space) == [206, 200, 200]

    def test_the_part_of_another_version_is_not_gone_on_with(
        self, open_space: Callable[..., DataSpace], tmp_path: Path
    ) -> None:
        space = open_space(ranges=True)
        scenes = some_scenes(1)
        begin(space, scenes.assign(md5="0" * 32), tmp_path, content(space, scenes))
        assert s2dl.download(scenes, tmp_path).ok
        assert answers(space) == [200]
        assert names_in(tmp_path) == {f"{scenes['name'][0]}.zip", "s2dl.progress"}

    def test_a_failed_attempt_leaves_its_bytes_to_the_next(
        self, open_space: Callable[..., DataSpace], tmp_path: Path
    ) -> None:
        space = open_space(ranges=True)
        scenes = some_scenes(1)
        space.inject("cut", scenes["name"][0], 2)
        assert s2dl.download(scenes, tmp_path).ok
        assert answers(space) == [200, 206, 206]


class TestPatience:
    @pytest.fixture(autouse=True)
    def _in_a_hurry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http, "_FIRST_WAIT", 0.02)

    def test_bytes_that_are_wrong_twice_are_reported(self, space: DataSpace, tmp_path: Path) -> None:
        scenes = some_scenes(1)
        space.inject("wrong-bytes", scenes["name"][0], 99)
        result = s2dl.download(scenes, tmp_path).results[0]
        assert answers(space) == [200, 200]
        assert "damaged copy" in result.reason

    def test_a_refused_token_is_renewed_once(self, space: DataSpace, tmp_path: Path) -> None:
        scenes = some_scenes(1)
        space.inject("unauthorized", scenes["name"][0], 99)
        result = s2dl.download(scenes, tmp_path).results[0]
        assert answers(space) == [401, 401]
        assert "DAT-ZIP-604" in result.reason
        assert space.logins == 1

    @pytest.mark.parametrize(
        ("retry_after", "least", "most"), [("0.3", 0.3, 0.3), ("1500", 1.5, 1.5), ("date", 0.2, 1.5)]
    )
    def test_the_service_says_how_long_to_wait(
        self, space: DataSpace, tmp_path: Path, retry_after: str, least: float, most: float
    ) -> None:
        scenes, heard = some_scenes(1), Heard()
        space.inject(Fault("server-error", scenes["name"][0], 1, retry_after=retry_after, seconds=1.5))
        assert s2dl.download(scenes, tmp_path, on_event=heard).ok
        assert len(heard.waits) == 1
        assert heard.waits[0] <= most
        assert heard.waits[0] >= least or retry_after == "date"

    def test_a_busy_account_is_waited_for_and_that_is_no_failure(self, space: DataSpace, tmp_path: Path) -> None:
        scenes, heard = some_scenes(1), Heard()
        space.inject(Fault("too-many", scenes["name"][0], 7, retry_after="0"))
        assert s2dl.download(scenes, tmp_path, on_event=heard).ok
        assert len(heard.waits) == 7
        assert all(wait > 0 for wait in heard.waits)
        reasons = {event.reason for event in heard if isinstance(event, events.SceneRetrying)}
        assert all("DAT-ZIP-100" in reason and "connections are all in use" in reason for reason in reasons)

    @pytest.mark.parametrize(
        ("fault", "said"), [("no-objects", "DAT-ZIP-915"), ("server-error", "HTTP 503"), ("expired", "DAT-ZIP-109")]
    )
    def test_the_reason_holds_the_services_own_words(
        self, space: DataSpace, tmp_path: Path, fault: str, said: str
    ) -> None:
        scenes = some_scenes(1)
        space.inject(fault, scenes["name"][0], 99)
        result = s2dl.download(scenes, tmp_path).results[0]
        assert result.status == "failed"
        assert said in result.reason
        assert scenes["name"][0] in result.reason

    def test_a_full_disk_ends_what_was_not_begun(
        self, space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scenes = some_scenes(3)
        opened: list[str] = []
        really = Part.open

        def full_at_the_second(self: Part, at: int) -> BinaryIO:
            opened.append(self.path.name)
            if len(opened) == 2:
                raise DiskError(f"{self.path}: full") from OSError(errno.ENOSPC, "No space left on device")
            return really(self, at)

        monkeypatch.setattr(Part, "open", full_at_the_second)
        report = s2dl.download(scenes, tmp_path, concurrent=1)
        assert [result.status for result in report] == ["downloaded", "failed", "failed"]
        assert "not begun, since the disk is full" in report.results[2].reason
        assert len(opened) == 2
        assert set(md5sum_says(tmp_path / "s2dl.progress").values()) == {"OK"}


class TestControl:
    def test_stop_gives_a_report_and_keeps_what_came(
        self, open_space: Callable[..., DataSpace], tmp_path: Path
    ) -> None:
        open_space(rate=20_000, ranges=True)
        scenes, control, heard = some_scenes(4), Control(), Heard()

        def stop_at_the_first(event: events.Event) -> None:
            heard(event)
            if isinstance(event, events.SceneFinished):
                control.stop()

        report = submit(download(scenes, tmp_path, concurrent=2, on_event=stop_at_the_first, control=control)).result()
        states = [result.status for result in report]
        assert set(states) == {"downloaded", "cancelled"}
        ended = [event.name for event in heard if isinstance(event, events.SceneFinished)]
        assert sorted(ended) == sorted(scenes["name"])
        assert heard[-1] == events.DownloadFinished(ok=False)
        assert {f"{each.name}.zip" for each in report if each.status == "downloaded"} == {
            path.name for path in tmp_path.glob("*.zip")
        }
        assert all(each.reason == "stopped" for each in report if each.status == "cancelled")
        assert s2dl.download(scenes, tmp_path).ok
        assert set(md5sum_says(tmp_path / "s2dl.progress").values()) == {"OK"}
        assert not list(tmp_path.glob("*.part"))

    def test_a_paused_download_stands_still_and_goes_on(
        self, open_space: Callable[..., DataSpace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("S2DL_DOWNLOAD_TIMEOUT", "1")
        monkeypatch.setenv("S2DL_DOWNLOAD_SPEED", "500")
        open_space(rate=30_000)
        scenes, control = some_scenes(2), Control()
        on_its_way = threading.Event()

        def notice(event: events.Event) -> None:
            if isinstance(event, events.SceneProgress) and event.received:
                on_its_way.set()

        work = submit(download(scenes, tmp_path, concurrent=1, on_event=notice, control=control))
        assert on_its_way.wait(30)
        control.pause()
        time.sleep(0.5)
        before = sum(path.stat().st_size for path in tmp_path.glob("*.part"))
        time.sleep(1.5)
        assert sum(path.stat().st_size for path in tmp_path.glob("*.part")) == before
        assert not work.done
        control.resume()
        assert work.result(60).ok

    def test_a_download_that_was_stopped_before_it_began_fetches_nothing(
        self, space: DataSpace, tmp_path: Path
    ) -> None:
        control = Control()
        control.stop("not now")
        report = submit(download(some_scenes(2), tmp_path, control=control)).result()
        assert {each.status for each in report} == {"cancelled"}
        assert answers(space) == []

    def test_the_last_totals_are_the_whole(self, space: DataSpace, tmp_path: Path) -> None:
        scenes, heard = some_scenes(3), Heard()
        s2dl.download(scenes, tmp_path, on_event=heard)
        last = [event for event in heard if isinstance(event, events.Totals)][-1]
        assert (last.received, last.done, last.count) == (last.size, 3, 3)
        assert last.size == scenes["size"].sum()
        assert last.speed > 0


@contextmanager
def silent_service(first: bytes = b"") -> Iterator[str]:
    """A service that takes connections, says a few bytes on each, and no more."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener, _open_sockets() as taken:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                taken.append(connection)
                connection.sendall(first)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/odata/v1"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@contextmanager
def black_hole() -> Iterator[str]:
    """An address where connections are neither taken nor refused: the line of those that wait is full."""
    import socket

    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, _open_sockets() as waiting:
        for _ in range(4):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/odata/v1"


@contextmanager
def _open_sockets() -> Iterator[list]:  # type: ignore[type-arg]  # of sockets, imported late
    taken: list = []  # type: ignore[type-arg]
    yield taken
    for each in taken:
        each.close()


class TestSilence:
    @pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "], ids=["nothing", "half a header"])
    def test_a_service_that_does_not_answer_is_given_up(
        self, space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: bytes
    ) -> None:
        monkeypatch.setattr(http, "_FIRST_WAIT", 0.02)
        monkeypatch.setenv("S2DL_DOWNLOAD_TIMEOUT", "0.4")
        scenes = some_scenes(1)
        with silent_service(first) as url:
            monkeypatch.setenv("S2DL_DATA_URL", url)
            result = s2dl.download(scenes, tmp_path).results[0]
        assert result.status == "failed"
        assert "came in" in result.reason or "stopped sending" in result.reason

    def test_stop_does_not_wait_for_a_service_that_does_not_answer(
        self, space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scenes, control = some_scenes(2), Control()
        with silent_service() as url:
            monkeypatch.setenv("S2DL_DATA_URL", url)
            started = threading.Event()
            work = submit(
                download(
                    scenes,
                    tmp_path,
                    control=control,
                    on_event=lambda event: started.set() if isinstance(event, events.SceneStarted) else None,
                )
            )
            assert started.wait(30)
            time.sleep(0.3)
            control.stop()
            report = work.result(20)  # the service has 60 s
        assert {each.status for each in report} == {"cancelled"}

    @pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a connect cannot be ended from outside")
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_stop_does_not_wait_for_an_address_that_does_not_answer(
        self, space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
    ) -> None:
        scenes, control, started = some_scenes(2), Control(), threading.Event()
        # Over http nobody takes the connection, over https nobody shakes hands.
        with black_hole() if scheme == "http" else silent_service() as url:
            monkeypatch.setenv("S2DL_DATA_URL", url.replace("http://", f"{scheme}://"))

            def hear(event: events.Event) -> None:
                if isinstance(event, events.SceneStarted):
                    started.set()

            work = submit(download(scenes, tmp_path, control=control, on_event=hear))
            work.begin()
            assert started.wait(30)
            time.sleep(0.3)
            control.stop()
            began = time.monotonic()
            assert {each.status for each in work.result(60)} == {"cancelled"}
            assert time.monotonic() - began < 5  # connection_timeout is 30

    @pytest.mark.parametrize("overwrite", [False, True], ids=["some", "all"])
    def test_stop_does_not_wait_for_a_login_that_is_not_answered(
        self, space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool
    ) -> None:
        scenes, control, planned = some_scenes(3), Control(), threading.Event()
        assert s2dl.download(scenes.head(1), tmp_path).ok
        with silent_service() as url:
            monkeypatch.setenv("S2DL_TOKEN_URL", url)

            def hear(event: events.Event) -> None:
                if isinstance(event, events.DownloadPlanned):
                    planned.set()

            work = submit(download(scenes, tmp_path, overwrite=overwrite, control=control, on_event=hear))
            work.begin()
            assert planned.wait(30)
            time.sleep(0.2)
            control.stop()
            report = work.result(5)  # the service has 120 s
        assert [each.status for each in report] == ["cancelled" if overwrite else "skipped", "cancelled", "cancelled"]
        assert set(md5sum_says(tmp_path / "s2dl.progress").values()) == {"OK"}


class TestTokens:
    def test_tokens_that_live_for_seconds_fail_no_product(
        self, open_space: Callable[..., DataSpace], tmp_path: Path
    ) -> None:
        life = 3
        space = open_space(token_life=life, refresh_life=10, rate=15_000)
        scenes, began = some_scenes(12), time.monotonic()
        assert s2dl.download(scenes, tmp_path, concurrent=2).ok
        took = time.monotonic() - began
        assert took > 10  # no token of the first login lives as long
        assert answers(space) == [200] * 12
        assert space.logins == 1
        grants = [each.status for each in space.requests if each.path.endswith("/token")]
        assert set(grants) == {200}
        assert took / life - 1 < len(grants) <= 1 + took / (life * 2 / 3)  # renewed when a third of its life is left


class TestSecrets:
    PASSWORD = "correct-horse-battery"
    PROGRAM = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
import s2dl
from s2dl.access.identity import session_for
scenes = s2dl.search((11.2, 46.4, 11.5, 46.6), start="2024-06", end="2024-08", product_type="L2A").head(3)
report = s2dl.download(scenes, sys.argv[1])
print(repr(report), s2dl.Settings())
s2dl.download(scenes.tail(1), sys.argv[1], overwrite=True)
"""

    def test_no_secret_is_written_anywhere(self, open_space: Callable[..., DataSpace], tmp_path: Path) -> None:
        space = open_space(users={"demo": self.PASSWORD}, rate=40_000)
        scenes = some_scenes(3)
        space.inject("cut", scenes["name"][0], 99)
        space.inject("expired", scenes["name"][1], 1)
        with subprocess.Popen(
            [sys.executable, "-c", self.PROGRAM, str(tmp_path)],
            env=os.environ | {"PATH": "/usr/bin:/bin"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            while not list(tmp_path.glob("*.part")) and process.poll() is None:
                time.sleep(0.05)
            listed = Path(f"/proc/{process.pid}/cmdline")
            shown = listed.read_text() if listed.exists() else ""
            said, logged = process.communicate(timeout=120)
        assert process.returncode == 0, logged
        assert "import s2dl" in shown  # it was looked at while it ran
        assert "Logging" in logged or "token" in logged  # the log is at DEBUG and does speak of logins
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert any(path.suffix == ".part" for path in files)
        texts = [shown, said, logged, *(path.read_bytes().decode("latin-1") for path in files)]
        for text in texts:
            assert self.PASSWORD not in text
            assert "eyJ" not in text  # what every token of the service begins with
            assert "Bearer " not in text

    @pytest.mark.parametrize("when", ["refused", "at the login", "at the refresh"])
    def test_an_error_and_its_traceback_hold_no_secret(
        self,
        open_space: Callable[..., DataSpace],
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
        when: str,
    ) -> None:
        monkeypatch.setattr(http, "_FIRST_WAIT", 0.02)
        caplog.set_level(logging.DEBUG)
        space = open_space(users={"demo": self.PASSWORD}, token_life=1)
        scenes = some_scenes(2)
        if when == "refused":
            monkeypatch.setenv("S2DL_PASSWORD", f"{self.PASSWORD} ")
        elif when == "at the refresh":
            assert s2dl.download(scenes.head(1), tmp_path).ok
            time.sleep(0.7)
        if when != "refused":
            space.inject("server-error", "/auth/*", 99)
        with pytest.raises(s2dl.errors.S2dlError) as caught:
            s2dl.download(scenes, tmp_path)
        # With the values of all variables, as notebooks show them when asked to (%xmode Verbose).
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        told = "".join(shown.format()) + repr(caught.value) + caplog.text
        assert "grant_type" in told
        assert self.PASSWORD not in told
        assert "eyJ" not in told

    def test_another_loopback_port_gets_no_bearer(self, space: DataSpace, tmp_path: Path) -> None:
        scenes = some_scenes(1)
        with DataSpace(seed=1) as elsewhere:
            space.inject(Fault("redirect-foreign", scenes["name"][0], 99, to=elsewhere.urls["download"]))
            assert not s2dl.download(scenes, tmp_path).ok
            assert elsewhere.requests
            assert not any(each.has_bearer for each in elsewhere.requests)
