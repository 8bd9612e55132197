"""Offline products: waited for, ordered where that is set up, and fetched when they come online."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from e2e.helpers import md5sum_says, names_in, some_scenes, transfers

import s2dl
from s2dl.cli import main
from s2dl.demo import DataSpace, Fault
from s2dl.downloads import orders, workspace
from s2dl.report import DownloadReport


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "_FIRST_PAUSE", 0.05)


@pytest.fixture
def ordering(space: DataSpace, monkeypatch: pytest.MonkeyPatch) -> DataSpace:
    monkeypatch.setenv("S2DL_ORDER_URL", space.urls["order_url"])
    return space


def statuses(report: DownloadReport) -> list[str]:
    return [result.status for result in report]


def remembered(directory: Path) -> dict[str, str]:
    content = json.loads((directory / ".s2dl.progress.orders").read_text())
    return dict(content["orders"])


def test_products_are_fetched_when_they_come_online(space: DataSpace, tmp_path: Path) -> None:
    names = list(some_scenes(3)["name"])
    space.inject("offline", names[0], 3)
    space.inject("offline", names[1], 5)
    heard: list[s2dl.events.Event] = []
    report = s2dl.download(some_scenes(3), tmp_path, wait_offline=True, on_event=heard.append)
    assert statuses(report) == ["downloaded"] * 3
    assert set(md5sum_says(tmp_path / "s2dl.progress").values()) == {"OK"}
    ended = [event.name for event in heard if isinstance(event, s2dl.events.SceneFinished)]
    assert ended == [names[2], names[0], names[1]]
    waits = [event for event in heard if isinstance(event, s2dl.events.ScenesOffline)]
    assert [waits[0].count, waits[-1].count] == [2, 1]
    assert waits[-1].wait > waits[0].wait
    assert space.orders == []


def test_patience_ends_and_says_how_long_was_waited(space: DataSpace, tmp_path: Path) -> None:
    name = some_scenes(1)["name"][0]
    space.inject("offline", name, 999)
    report = s2dl.download(some_scenes(2), tmp_path, wait_offline=1)
    assert statuses(report) == ["offline", "downloaded"]
    assert report.results[0].reason == "The service keeps it offline; waited 1 s"
    assert not report.ok


def test_without_waiting_it_is_said_how_to(space: DataSpace, tmp_path: Path) -> None:
    space.inject("offline", some_scenes(1)["name"][0], 999)
    report = s2dl.download(some_scenes(1), tmp_path)
    assert statuses(report) == ["offline"]
    assert "wait_offline" in report.results[0].reason


def test_a_product_that_is_online_again_is_fetched_from_an_old_table(space: DataSpace, tmp_path: Path) -> None:
    name = some_scenes(1)["name"][0]
    space.inject(Fault("offline", name, seconds=0.2))
    old = some_scenes(1)
    assert not old["online"][0]
    while not some_scenes(1)["online"][0]:
        pass
    assert statuses(s2dl.download(old, tmp_path)) == ["downloaded"]


def test_offline_products_are_ordered_once(ordering: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(3)
    names = list(scenes["name"])
    for name in names[:2]:
        ordering.inject("offline", name, 999)
    report = s2dl.download(some_scenes(3), tmp_path, wait_offline=0.3)
    assert statuses(report) == ["offline", "offline", "downloaded"]
    assert all("ordered on 20" in result.reason for result in report.results[:2])
    assert sorted(ordering.orders) == sorted(names[:2])
    assert set(remembered(tmp_path)) == set(names[:2])
    asked = [request for request in ordering.requests if "Workspace" in request.path]
    assert [(each.status, each.has_bearer, each.user) for each in asked] == [(201, True, "demo")]

    again = s2dl.download(some_scenes(3), tmp_path, wait_offline=0.3)
    assert statuses(again) == ["offline", "offline", "skipped"]
    assert len(ordering.orders) == 2


def test_what_has_come_is_no_longer_remembered(ordering: DataSpace, tmp_path: Path) -> None:
    ordering.inject("offline", some_scenes(1)["name"][0], 4)
    assert s2dl.download(some_scenes(1), tmp_path, wait_offline=True).ok
    assert len(ordering.orders) == 1
    assert {each.name for each in tmp_path.iterdir() if "orders" in each.name} == set()


def test_orders_can_be_placed_without_waiting(ordering: DataSpace, tmp_path: Path) -> None:
    ordering.inject("offline", some_scenes(1)["name"][0], 999)
    assert statuses(s2dl.download(some_scenes(1), tmp_path, wait_offline=0)) == ["offline"]
    assert len(ordering.orders) == 1


def test_many_are_ordered_fifty_at_a_time(ordering: DataSpace, tmp_path: Path) -> None:
    ordering.inject("offline", "*", 999)
    scenes = s2dl.search((10, 46, 12, 47), start="2024-06", end="2024-07").head(60)
    assert len(scenes) == 60
    report = s2dl.download(scenes, tmp_path, wait_offline=0)
    assert statuses(report) == ["offline"] * 60
    assert sorted(ordering.orders) == sorted(scenes["name"])
    assert [each.status for each in ordering.requests if "Workspace" in each.path] == [201, 201]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\xff binary",
        b"[]",
        b"[" * 100_000,
        b'{"orders": 7}',
        b'{"orders": {"x": 7}}',
        b'{"orders": {"x": "yesterday"}}',
    ],
)
def test_a_memory_that_cannot_be_read_costs_a_second_order_at_most(
    ordering: DataSpace, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    ordering.inject("offline", some_scenes(1)["name"][0], 999)
    (tmp_path / ".s2dl.progress.orders").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        s2dl.download(some_scenes(1), tmp_path, wait_offline=0)
    assert "holds no orders of s2dl" in caplog.text
    assert len(ordering.orders) == 1


@pytest.mark.parametrize("days", [-8, 1])
def test_old_orders_and_such_of_the_future_do_not_count(ordering: DataSpace, tmp_path: Path, days: int) -> None:
    name = some_scenes(1)["name"][0]
    ordering.inject("offline", name, 999)
    when = datetime.now(UTC) + timedelta(days=days)
    (tmp_path / ".s2dl.progress.orders").write_text(json.dumps({"orders": {name: when.isoformat()}}))
    s2dl.download(some_scenes(1), tmp_path, wait_offline=0)
    assert ordering.orders == [name]


def test_an_order_that_is_refused_is_said_and_the_others_go_on(
    ordering: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "_MOST_A_CALL", 1000)
    ordering.inject("offline", "*", 999)
    scenes = s2dl.search((10, 46, 12, 47), start="2024-06", end="2024-07").head(51)
    report = s2dl.download(scenes, tmp_path, wait_offline=0.3)
    assert statuses(report) == ["offline"] * 51
    assert "The order: the service answered HTTP 400: Give 1 to 50 products" in report.results[0].reason
    assert len([each for each in ordering.requests if "Workspace" in each.path]) == 1


def test_an_order_that_fails_for_now_is_tried_again(ordering: DataSpace, tmp_path: Path) -> None:
    ordering.inject(Fault("server-error", "/odata/v1/Workspace/*", 2))
    ordering.inject("offline", some_scenes(1)["name"][0], 4)
    assert s2dl.download(some_scenes(1), tmp_path, wait_offline=True).ok
    assert [each.status for each in ordering.requests if "Workspace" in each.path][:2] == [503, 503]


def test_a_token_that_was_refused_is_renewed_for_an_order(ordering: DataSpace, tmp_path: Path) -> None:
    ordering.inject(Fault("unauthorized", "/odata/v1/Workspace/*", 1))
    ordering.inject("offline", some_scenes(1)["name"][0], 999)
    s2dl.download(some_scenes(1), tmp_path, wait_offline=0)
    assert len(ordering.orders) == 1
    assert ordering.logins == 1


def test_no_token_goes_to_where_orders_are_sent_on(ordering: DataSpace, tmp_path: Path) -> None:
    ordering.inject("offline", some_scenes(1)["name"][0], 999)
    with DataSpace(seed=1) as elsewhere:
        ordering.inject(Fault("redirect-foreign", "/odata/v1/Workspace/*", 9, to=elsewhere.urls["download"]))
        report = s2dl.download(some_scenes(1), tmp_path, wait_offline=0)
        assert statuses(report) == ["offline"]
        assert elsewhere.requests
        assert not any(request.has_bearer for request in elsewhere.requests)
        assert not elsewhere.orders


def test_a_product_that_vanishes_while_it_is_waited_for_is_said_to_have(space: DataSpace, tmp_path: Path) -> None:
    name = some_scenes(1)["name"][0]
    space.inject("offline", name, 999)

    def vanish(event: s2dl.events.Event) -> None:
        if isinstance(event, s2dl.events.ScenesOffline):
            space.inject("vanished", name)

    report = s2dl.download(some_scenes(2), tmp_path, wait_offline=True, on_event=vanish)
    assert statuses(report) == ["failed", "downloaded"]
    assert "The service deleted it on 20" in report.results[0].reason


def test_a_catalogue_that_fails_for_a_while_is_asked_again(space: DataSpace, tmp_path: Path) -> None:
    space.inject("offline", some_scenes(1)["name"][0], 3)
    scenes = some_scenes(1)
    space.inject(Fault("html", "/odata/v1/Products", 2))
    assert s2dl.download(scenes, tmp_path, wait_offline=True).ok


@pytest.mark.parametrize("patience", [-1, "long", float("nan"), [1]])
def test_patience_is_a_time(space: DataSpace, tmp_path: Path, patience: object) -> None:
    with pytest.raises(s2dl.errors.BadInput, match="is not a time; give seconds, True"):
        s2dl.download(some_scenes(1), tmp_path, wait_offline=patience)


def test_without_an_account_nothing_is_waited_for(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space.inject("offline", some_scenes(1)["name"][0], 999)
    scenes = some_scenes(1)
    monkeypatch.delenv("S2DL_PASSWORD")
    with pytest.raises(s2dl.errors.LoginMissing):
        s2dl.download(scenes, tmp_path, wait_offline=True)


@pytest.fixture
def scene_file(tmp_path: Path) -> Callable[[], Path]:
    def write() -> Path:
        path = tmp_path / "scenes.parquet"
        s2dl.write_scenes(some_scenes(3), path)
        return path

    return write


def test_scenes_of_a_saved_table_that_have_vanished_fail_alone(
    space: DataSpace, tmp_path: Path, scene_file: Callable[[], Path]
) -> None:
    saved = scene_file()
    name = some_scenes(3)["name"][1]
    space.inject("vanished", name)
    report = s2dl.download(saved, tmp_path / "images")
    assert statuses(report) == ["downloaded", "failed", "downloaded"]
    assert report.results[1].reason.startswith("The service deleted it on 20")
    assert "(Obsolete product or Other)" in report.results[1].reason
    assert s2dl.preview(saved, tmp_path / "pictures").results[1].status == "failed"


def test_a_vanished_name_that_is_typed_is_told_and_one_that_never_was_is_bad_input(
    space: DataSpace, tmp_path: Path
) -> None:
    name = some_scenes(1)["name"][0]
    space.inject("vanished", name)
    report = s2dl.download([name], tmp_path)
    assert statuses(report) == ["failed"]
    assert "The service deleted it" in report.results[0].reason
    with pytest.raises(s2dl.errors.BadInput, match=r"does not list .*T99XXX"):
        s2dl.download([name, name.replace("T32", "T99XXX")], tmp_path)
    assert transfers(space) == 0
    assert names_in(tmp_path) == set()


def test_a_row_that_nobody_knows_fails_alone(space: DataSpace, tmp_path: Path) -> None:
    rows = some_scenes(2)[["name"]]
    rows.loc[0, "name"] = rows["name"][0].replace("T32", "T99XXX")
    report = s2dl.download(rows, tmp_path)
    assert statuses(report) == ["failed", "downloaded"]
    assert "does not list it any more" in report.results[0].reason


def test_a_service_that_does_not_say_what_became_of_it_fails_nothing_else(space: DataSpace, tmp_path: Path) -> None:
    rows = some_scenes(2)[["name"]]
    space.inject("vanished", rows["name"][0])
    space.inject(Fault("waf", "/odata/v1/DeletedProducts", 99, retry_after="0"))
    report = s2dl.download(rows, tmp_path)
    assert statuses(report) == ["failed", "downloaded"]
    assert "does not list it any more" in report.results[0].reason


def test_a_product_that_vanished_since_the_search_is_said_to_have(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(2)
    space.inject("vanished", scenes["name"][0])
    report = s2dl.download(scenes, tmp_path)
    assert statuses(report) == ["failed", "downloaded"]
    assert report.results[0].reason.startswith("The service deleted it on 20")


def test_the_command_line_waits_too(space: DataSpace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = some_scenes(1)["name"][0]
    space.inject("offline", name, 3)
    for patience, code, said in (("soon", 2, "is no number of seconds"), ("yes", 0, "1 downloaded")):
        with pytest.raises(SystemExit) as ended:
            main(("download", name, "-d", str(tmp_path), "--wait-offline", patience))
        assert ended.value.code == code
        assert said in capsys.readouterr().err


def test_a_product_that_went_offline_since_the_search_is_said_to_be(space: DataSpace, tmp_path: Path) -> None:
    scenes = some_scenes(2)
    space.inject("offline", scenes["name"][0], 999)
    assert statuses(s2dl.download(scenes, tmp_path)) == ["offline", "downloaded"]


def test_orders_that_cannot_be_remembered_are_placed_all_the_same(
    ordering: DataSpace, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ".s2dl.progress.orders").mkdir()
    ordering.inject("offline", some_scenes(1)["name"][0], 4)
    with caplog.at_level(logging.WARNING):
        assert s2dl.download(some_scenes(2), tmp_path, wait_offline=True).ok
    assert "orders cannot be remembered" in caplog.text
    assert len(ordering.orders) == 1
