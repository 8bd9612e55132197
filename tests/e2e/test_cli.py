"""The command line, as real processes."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from e2e.helpers import md5sum_says, some_scenes

from s2dl.cli import main
from s2dl.demo import DataSpace

BOX = ("--bbox", "11.2", "46.4", "11.5", "46.6")
QUESTION = (*BOX, "--start", "2024-06", "--end", "2024-08", "--product-type", "L2A")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "s2dl", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
        timeout=120,
    )


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command writes to stdout, run here."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_search_writes_each_format(space: DataSpace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = said(capsys, "search", *QUESTION, "--format", "names").split()
    assert len(names) > 20
    table = run("search", *QUESTION)
    assert table.returncode == 0
    assert all(name in table.stdout for name in names)
    assert f"{len(names)} scenes" in table.stderr
    rows = list(csv.DictReader(io.StringIO(said(capsys, "search", *QUESTION, "--format", "csv"))))
    assert [row["name"] for row in rows] == names
    assert [row["name"] for row in json.loads(said(capsys, "search", *QUESTION, "--format", "json"))] == names
    written = tmp_path / "scenes.geojson"
    assert said(capsys, "search", *QUESTION, "--format", "geojson", "--output", str(written)) == ""
    features = json.loads(written.read_text())["features"]
    assert [feature["properties"]["name"] for feature in features] == names
    assert int(said(capsys, "count", *QUESTION)) == len(names)


def test_download_by_question_verify_and_exit_codes(space: DataSpace, tmp_path: Path) -> None:
    done = run("download", *QUESTION, "--limit", "2", "-d", str(tmp_path), "--unzip-dir", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("downloaded") == 2
    assert len(list((tmp_path / "out").glob("*.SAFE"))) == 2
    listing = tmp_path / "s2dl.progress"
    assert set(md5sum_says(listing).values()) == {"OK"}
    assert run("verify", str(listing)).returncode == 0
    next(tmp_path.glob("*.zip")).unlink()
    broken = run("verify", str(listing))
    assert broken.returncode == 1
    assert "missing" in broken.stdout


def test_download_of_a_table_and_the_session_ends_with_the_command(space: DataSpace, tmp_path: Path) -> None:
    table = tmp_path / "scenes.geojson"
    assert run("search", *QUESTION, "--limit", "2", "--format", "geojson", "--output", str(table)).returncode == 0
    done = run("download", "--scenes", str(table), "-d", str(tmp_path / "images"))
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "images").glob("*.zip"))) == 2
    assert space.logins == 1
    assert [request.status for request in space.requests if request.path.endswith("/logout")] == [204]


def test_a_table_speaks_of_the_region_only_where_there_is_one(
    space: DataSpace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "covers" in said(capsys, "search", *BOX, "--start", "2024-06", "--end", "2024-06")
    by_tile = said(capsys, "search", "--tile", "32TPS", "--start", "2024-06", "--end", "2024-06")
    assert "covers" not in by_tile
    assert "NaN" not in by_tile


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full device")
def test_output_to_a_full_disk_is_said(space: DataSpace) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "s2dl", "search", *QUESTION], stdout=full, stderr=subprocess.PIPE, text=True,
            check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "The output cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            main(("demo", "--serve", "--port", str(port)))
    assert ended.value.code == 2
    assert "cannot be had" in capsys.readouterr().err


def test_preview_by_name(space: DataSpace, tmp_path: Path) -> None:
    names = list(some_scenes(2)["name"])
    done = run("preview", *names, "-d", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.glob("*.png")} == {f"{name.removesuffix('.SAFE')}.png" for name in names}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("search", *BOX, "--start", "2024-06", "--end", "2024-05"), "exchange them"),
        (("search", *BOX, "--cloud", "120"), "between 0 and 100 percent"),
        (("search", *BOX, "--cloud", "10,20,30"), "not a percentage"),
        (("search", *BOX, "--orbit", "144"), "1 to 143"),
        (("search", "--bbox", "11", "47", "12", "46"), "must be less than its north"),
        (("search", "--bbox", "11,2", "46.4", "11.5", "46.6"), "write decimals with a dot, like '11.2'"),
        (("search", "--bbox", "11.2", "46.4", "11.5", "north"), "--bbox: 'north' is not a number of degrees"),
        (("search", *BOX, "--product-type", "L3"), "the product types are L1C"),
        (("search", "--start", "2024"), "give a region, a tile, a name or a limit"),
        (("search", *BOX, "--region", "POLYGON ((0 0, 1 0, 1 1, 0 0))"), "exclude one another"),
        (("search", *BOX, "--months", "June"), "write 6,7,8"),
        (("search", *BOX, "--months", "13"), "numbers from 1 to 12"),
        (("search", "--region", "nowhere.geojson"), "There is no file"),
        (("search", *BOX, "--start", "yesterday"), "is not a date"),
        (("download",), "Say what to fetch"),
        (("verify", "nowhere.progress"), "There is no progress file"),
        (("demo", "--check", "--serve"), "exclude one another"),
        (("demo", "--port", "8000"), "--port is for --serve"),
        (("download", "A.SAFE", "--tile", "32TPS"), "exclude one another"),
        (("download", "--scenes", "nowhere.geojson"), "cannot be read"),
        (("settings", "set", "password", "secret"), "`s2dl login --help`"),
    ],
)
def test_bad_input_gets_a_sentence_and_exit_code_2(
    space: DataSpace, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    message = capsys.readouterr().err
    assert said in message
    assert len(message.strip().splitlines()) == 1


def test_an_option_that_does_not_exist_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(("search", "--cloudy"))
    assert ended.value.code == 2
    assert "--cloud" in capsys.readouterr().err


def test_a_refused_login_says_what_to_check(space: DataSpace, tmp_path: Path) -> None:
    done = run("download", *QUESTION, "--limit", "1", "-d", str(tmp_path), S2DL_PASSWORD="wrong")
    assert done.returncode == 3
    assert "Check user name and password" in done.stderr
    assert "two-factor" in done.stderr
    assert "wrong" not in done.stderr.replace("wrong password", "")
    assert not list(tmp_path.glob("*.zip*"))


def test_no_account_says_where_to_get_one(space: DataSpace, tmp_path: Path) -> None:
    done = run("download", *QUESTION, "--limit", "1", "-d", str(tmp_path), S2DL_PASSWORD="")
    assert done.returncode == 3
    assert "dataspace.copernicus.eu" in done.stderr


def test_products_that_cannot_be_reached_are_exit_code_4(space: DataSpace, tmp_path: Path, free_port: int) -> None:
    away = f"http://127.0.0.1:{free_port}/odata/v1"
    done = run("download", *QUESTION, "--limit", "2", "-d", str(tmp_path), S2DL_DATA_URL=away)
    assert done.returncode == 4, done.stderr
    assert done.stdout.count("127.0.0.1 cannot be reached") == 2
    assert done.stdout.count("check the network") == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_what_cannot_be_meant_is_refused(space: DataSpace, tmp_path: Path) -> None:
    done = run("download", *QUESTION, "-d", str(tmp_path), "--remove-archive")
    assert (done.returncode, "add --unzip" in done.stderr) == (2, True)
    done = run("search", *QUESTION, "--output", str(tmp_path / "scenes.xyz"))
    assert (done.returncode, "say it with --format" in done.stderr) == (2, True)
    (tmp_path / "file").touch()
    done = run("download", *QUESTION, "-d", str(tmp_path / "file" / "below"))
    assert (done.returncode, "is a file; name a directory" in done.stderr) == (2, True)
    done = run("preview", *QUESTION, "-d", str(tmp_path / "file"))
    assert (done.returncode, done.stdout) == (1, "")
    assert not any("Assets" in request.path for request in space.requests), "nothing was fetched in vain"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_service_that_is_down_is_exit_code_4(space: DataSpace, free_port: int) -> None:
    done = run("count", *QUESTION, S2DL_BASE_URL=f"http://127.0.0.1:{free_port}/odata/v1")
    assert done.returncode == 4
    assert "cannot be reached" in done.stderr


def test_a_service_that_is_switched_off_is_not_asked(space: DataSpace) -> None:
    done = run("count", *QUESTION, S2DL_CONCURRENT_DOWNLOADS="0")
    assert done.returncode == 4
    assert "switched off" in done.stderr
    assert not space.requests


def test_a_directory_that_cannot_be_written_is_named(space: DataSpace, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    done = run("download", *QUESTION, "--limit", "1", "-d", str(file))
    assert done.returncode == 2
    assert "name a directory" in done.stderr
    done = run("download", *QUESTION, "--limit", "1", "-d", "/proc/s2dl")
    assert done.returncode == 1
    assert "/proc/s2dl" in done.stderr
    assert file.read_text() == "mine"


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "s2dl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "nothing happened within 30 s"
        time.sleep(0.02)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_cleanly_and_the_next_run_finishes(
    open_space: Callable[..., DataSpace], tmp_path: Path, how: signal.Signals
) -> None:
    open_space(rate=30_000)
    with started("download", *QUESTION, "--limit", "4", "-d", str(tmp_path)) as process:
        wait_for(lambda: list(tmp_path.glob("*.zip")))
        process.send_signal(how)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert not list(tmp_path.glob(".*.holder"))
    listed = md5sum_says(tmp_path / "s2dl.progress")
    assert set(listed) == {path.name for path in tmp_path.glob("*.zip")}
    assert set(listed.values()) == {"OK"}
    done = run("download", *QUESTION, "--limit", "4", "-d", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert len(md5sum_says(tmp_path / "s2dl.progress")) == 4
    assert not list(tmp_path.glob("*.part"))


def test_a_second_download_on_the_same_progress_file_is_refused(
    open_space: Callable[..., DataSpace], tmp_path: Path
) -> None:
    open_space(rate=1_000)
    with started("download", *QUESTION, "--limit", "3", "-d", str(tmp_path)) as first:
        wait_for(lambda: list(tmp_path.glob("*.part")))
        second = run("download", *QUESTION, "--limit", "3", "-d", str(tmp_path))
        assert second.returncode == 5
        assert f"process {first.pid} on" in second.stderr
        first.send_signal(signal.SIGINT)
        assert first.wait(timeout=20) == 130


def test_the_demo_checks_itself() -> None:
    done = run("demo", "--check")
    assert done.returncode == 0, done.stderr
    steps = [line.split()[0] for line in done.stdout.splitlines()]
    assert steps == ["search", "preview", "download", "verify", "unzip"]
    assert "2 downloaded" in done.stdout
    assert "2 intact" in done.stdout


def test_the_demo_serves_and_says_how_to_reach_it(tmp_path: Path) -> None:
    with started("demo", "--serve") as server:
        assert server.stdout is not None
        variables: dict[str, str] = {}
        for line in server.stdout:
            name, _, value = line.removeprefix("export ").strip().partition("=")
            variables[name] = value
            if {"S2DL_BASE_URL", "S2DL_DATA_URL", "S2DL_TOKEN_URL", "S2DL_USERNAME", "S2DL_PASSWORD"} <= set(variables):
                break
        done = run("download", *QUESTION, "--limit", "1", "-d", str(tmp_path), **variables)
        assert done.returncode == 0, done.stderr
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=20) == 130


def test_help_is_there_for_each_command() -> None:
    for command in ("search", "count", "preview", "download", "verify", "demo", "lab"):
        done = run(command, "--help")
        assert done.returncode == 0
        assert "Usage: s2dl" in done.stdout
