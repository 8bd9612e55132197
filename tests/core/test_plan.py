"""What is to be done for each product, and that nothing of the user's is overwritten."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from s2dl.downloads import space
from s2dl.downloads.plan import Overwrite, Plan, Target, check_space, make_plan, make_ready, resolve_target
from s2dl.downloads.progress_file import Entry, ProgressFile
from s2dl.downloads.unzipping import Unzip
from s2dl.errors import BadInput, DiskError
from s2dl.product import Product
from s2dl.settings import Settings

NAME = "S2A_MSIL2A_20240101T101031_N0510_R022_T32TPS_20240101T160000.SAFE"
CONTENT = b"PK\x03\x04 a product"
PRODUCT = Product(id="1", name=NAME, md5=hashlib.md5(CONTENT).hexdigest(), size=len(CONTENT))
ENTRY = Entry(f"{NAME}.zip", hashlib.md5(CONTENT).hexdigest(), NAME, "1", len(CONTENT))


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(tmp_path, tmp_path / "s2dl.progress")


def planned(target: Target, *products: Product, overwrite: Overwrite = False, touch: bool = True) -> Plan:
    return make_plan(products or [PRODUCT], target, ProgressFile(target.progress_file), overwrite, touch=touch)


def listed(target: Target, entry: Entry = ENTRY) -> None:
    ProgressFile(target.progress_file).add(entry)


def outcome(plan: Plan) -> tuple[int, list[str], list[str]]:
    return len(plan.fetch), [each.status for each in plan.settled], [each.reason for each in plan.settled]


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_what_is_new_is_fetched_once(target: Target) -> None:
    plan = planned(target, PRODUCT, PRODUCT)
    assert plan.fetch == (PRODUCT,)
    assert plan.settled == ()
    assert plan.size == len(CONTENT)
    assert names(target.directory) == set()


def test_what_is_listed_and_here_is_skipped(target: Target) -> None:
    listed(target)
    path = target.directory / ENTRY.file
    path.write_bytes(CONTENT)
    plan = planned(target)
    assert outcome(plan) == (0, ["skipped"], ["already here"])
    assert plan.settled[0].path == path
    assert plan.settled[0].md5 == PRODUCT.md5


def test_what_is_listed_and_has_moved_away_is_skipped_and_said(target: Target) -> None:
    listed(target)
    plan = planned(target)
    assert outcome(plan) == (0, ["skipped"], ["listed, not here"])
    assert plan.settled[0].path is None


@pytest.mark.parametrize(
    ("overwrite", "here", "fetched"),
    [
        ("missing", False, 1),
        ("missing", True, 0),
        (True, False, 1),
        (True, True, 1),
        (False, False, 0),
        (False, True, 0),
    ],
)
def test_overwrite(target: Target, overwrite: Overwrite, *, here: bool, fetched: int) -> None:
    listed(target)
    if here:
        (target.directory / ENTRY.file).write_bytes(CONTENT)
    assert len(planned(target, overwrite=overwrite).fetch) == fetched


@pytest.mark.parametrize(("overwrite", "fetched"), [(False, 0), ("missing", 0), (True, 1)])
def test_an_archive_removed_after_unzipping_is_not_missing(target: Target, overwrite: Overwrite, fetched: int) -> None:
    listed(target, replace(ENTRY, kind="removed"))
    plan = planned(target, overwrite=overwrite)
    assert len(plan.fetch) == fetched
    assert [each.reason for each in plan.settled] == ["unzipped, archive removed"] * (1 - fetched)


def test_where_the_folder_has_gone_after_its_archive_that_is_said_and_both_are_missing(target: Target) -> None:
    folder = target.directory / NAME
    listed(target, replace(ENTRY, kind="removed", extracted=str(folder)))
    assert outcome(planned(target)) == (0, ["skipped"], ["unzipped, archive removed, and the folder is not here"])
    assert len(planned(target, overwrite="missing").fetch) == 1
    folder.mkdir()
    assert outcome(planned(target, overwrite="missing")) == (0, ["skipped"], ["unzipped, archive removed"])


def test_a_file_of_the_users_is_set_aside_before_all_is_fetched_anew(target: Target) -> None:
    path = target.directory / f"{NAME}.zip"
    path.write_bytes(CONTENT)
    assert len(planned(target, overwrite=True).fetch) == 1
    assert names(target.directory) == {path.name}
    path.write_bytes(b"mine")
    assert len(planned(target, overwrite=True, touch=False).fetch) == 1
    assert names(target.directory) == {path.name}
    assert len(planned(target, overwrite=True).fetch) == 1
    assert {each.name: each.read_bytes() for each in target.directory.iterdir()} == {f"{path.name}.mismatch": b"mine"}


@pytest.mark.parametrize("overwrite", [False, "missing"])
@pytest.mark.parametrize("name", [f"{NAME}.zip", NAME.replace(".SAFE", ".zip")])
def test_a_right_file_that_is_not_listed_is_adopted(target: Target, name: str, overwrite: Overwrite) -> None:
    (target.directory / name).write_bytes(CONTENT)
    plan = planned(target, overwrite=overwrite)
    assert outcome(plan)[:2] == (0, ["adopted"])
    assert plan.settled[0].path == target.directory / name
    found = ProgressFile(target.progress_file).find(NAME)
    assert found is not None
    assert (found.file, found.md5, found.size, found.catalogue_md5) == (
        name,
        PRODUCT.md5,
        len(CONTENT),
        PRODUCT.md5,
    )
    assert outcome(planned(target)) == (0, ["skipped"], ["already here"])


@pytest.mark.parametrize("product", [PRODUCT, replace(PRODUCT, size=0)])
@pytest.mark.parametrize("content", [b"", b"mine", CONTENT[::-1]])
def test_a_wrong_file_is_set_aside(
    target: Target, content: bytes, product: Product, caplog: pytest.LogCaptureFixture
) -> None:
    (target.directory / f"{NAME}.zip").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        plan = planned(target, product)
    assert plan.fetch == (product,)
    assert names(target.directory) == {f"{NAME}.zip.mismatch"}
    assert (target.directory / f"{NAME}.zip.mismatch").read_bytes() == content
    assert f"renamed to {NAME}.zip.mismatch" in caplog.text


def test_one_set_aside_does_not_overwrite_another(target: Target) -> None:
    for number in (b"first", b"second", b"third"):
        (target.directory / f"{NAME}.zip").write_bytes(number)
        planned(target)
    assert {path.name: path.read_bytes() for path in target.directory.iterdir()} == {
        f"{NAME}.zip.mismatch": b"first",
        f"{NAME}.zip.mismatch2": b"second",
        f"{NAME}.zip.mismatch3": b"third",
    }


def test_a_file_that_nobody_can_judge_is_set_aside_too(target: Target) -> None:
    (target.directory / f"{NAME}.zip").write_bytes(CONTENT)
    plan = planned(target, replace(PRODUCT, md5=None))
    assert len(plan.fetch) == 1
    assert names(target.directory) == {f"{NAME}.zip.mismatch"}


def test_a_dry_run_touches_nothing(target: Target) -> None:
    (target.directory / f"{NAME}.zip").write_bytes(b"wrong")
    assert len(planned(target, touch=False).fetch) == 1
    (target.directory / f"{NAME}.zip").write_bytes(CONTENT)
    planned(target, touch=False)
    assert names(target.directory) == {f"{NAME}.zip"}


@pytest.mark.parametrize(("listing", "overwrite"), [(False, False), (True, True), (True, "missing")])
def test_an_offline_product_is_not_fetched(target: Target, listing: bool, overwrite: Overwrite) -> None:
    if listing:
        listed(target)
    plan = planned(target, replace(PRODUCT, online=False), overwrite=overwrite)
    assert outcome(plan)[:2] == (0, ["offline"])


def test_an_offline_product_that_is_here_is_adopted(target: Target) -> None:
    (target.directory / f"{NAME}.zip").write_bytes(CONTENT)
    assert outcome(planned(target, replace(PRODUCT, online=False)))[1] == ["adopted"]


def test_a_product_name_that_leads_outside_fails_that_product_only(target: Target) -> None:
    plan = planned(target, replace(PRODUCT, name="../evil.SAFE"), PRODUCT)
    assert plan.fetch == (PRODUCT,)
    assert [each.status for each in plan.settled] == ["failed"]
    assert "product name that cannot be a file's" in plan.settled[0].reason


def test_offline_products_are_set_apart_where_they_are_waited_for(target: Target) -> None:
    away = replace(PRODUCT, online=False)
    plan = make_plan([away], target, ProgressFile(target.progress_file), False, wait=True)
    assert (plan.fetch, plan.settled, plan.offline) == ((), (), (away,))


def test_each_product_is_settled_by_itself(target: Target) -> None:
    def numbered(number: int, **changes: Any) -> Product:
        return replace(PRODUCT, name=NAME.replace("0240101", f"024010{number}"), **changes)

    listed(target, replace(ENTRY, name=numbered(2).name, file=f"{numbered(2).name}.zip"))
    (target.directory / f"{numbered(3).name}.zip").write_bytes(CONTENT)
    plan = planned(target, numbered(1), numbered(2), numbered(3), numbered(4, online=False), numbered(5))
    assert [each.name for each in plan.fetch] == [numbered(1).name, numbered(5).name]
    assert [each.status for each in plan.settled] == ["skipped", "adopted", "offline"]
    assert plan.size == 2 * len(CONTENT)


def test_by_default_files_go_where_the_settings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve_target(None, None, Settings()) == Target(tmp_path, tmp_path / "s2dl.progress")
    there = Settings(directory=tmp_path / "there", progress_file="list.txt")
    assert resolve_target(None, None, there) == Target(tmp_path / "there", tmp_path / "there" / "list.txt")
    assert resolve_target("here", None, there) == Target(tmp_path / "here", tmp_path / "here" / "list.txt")


def test_a_relative_progress_file_lies_in_the_directory(tmp_path: Path) -> None:
    assert resolve_target(tmp_path, "a.progress", Settings()) == Target(tmp_path, tmp_path / "a.progress")


def test_an_absolute_progress_file_sets_the_directory(tmp_path: Path) -> None:
    listing = tmp_path / "a.progress"
    assert resolve_target(None, listing, Settings()) == Target(tmp_path, listing)
    assert resolve_target(tmp_path, listing, Settings()) == Target(tmp_path, listing)
    assert resolve_target(tmp_path / "x" / "..", listing, Settings()) == Target(tmp_path, listing)


def test_the_users_home_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve_target("~/data", None, Settings()).directory == tmp_path / "data"


def test_both_given_and_different_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"does not lie in .*give one of the two"):
        resolve_target(tmp_path / "elsewhere", tmp_path / "a.progress", Settings())


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadInput, match="is a file; name a directory"):
        resolve_target(tmp_path / "file", None, Settings())


@pytest.mark.parametrize("name", ["", ".", "..", "/", "lists/a.progress", "../a.progress"])
def test_a_progress_file_lies_beside_what_it_lists(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="give a name without folders, or a whole path"):
        resolve_target(None if name == "/" else tmp_path, name, Settings())


@pytest.mark.parametrize(
    ("path", "error", "sentence"),
    [
        ("a\0b", BadInput, "has a zero byte in it"),
        ("~nobody-of-this-name/x", BadInput, "home directory '~nobody-of-this-name/x' means is not known"),
        (7, BadInput, "7 is no path"),
        ("x" * 300, DiskError, "File name too long. Choose a shorter name"),
        ("x/" * 3000, DiskError, "File name too long. Choose a shorter name"),
    ],
)
def test_what_can_be_no_path_is_told(tmp_path: Path, path: Any, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        resolve_target(path, None, Settings())
    if error is BadInput:
        with pytest.raises(BadInput, match=f"progress_file: .*{sentence}"):
            resolve_target(tmp_path, path, Settings())


def test_directories_are_made(tmp_path: Path) -> None:
    target = Target(tmp_path / "a" / "b", tmp_path / "a" / "b" / "s2dl.progress")
    make_ready(target)
    assert names(target.directory) == set()
    listed(target)


def test_a_directory_that_cannot_be_written_is_told_before_anything_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskError, match="Check free space and permissions"):
        make_ready(Target(tmp_path / "file" / "x", tmp_path / "file" / "x" / "s2dl.progress"))


def sized(*sizes: int) -> Plan:
    return Plan(tuple(replace(PRODUCT, name=f"{number}.SAFE", size=size) for number, size in enumerate(sizes)), ())


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> int:
    """Bytes that are free on each disk, beside the reserve."""
    monkeypatch.setattr(space, "free_space", lambda _: space.RESERVE + 1000)
    return 1000


def test_a_disk_that_is_too_small_is_told_with_numbers(target: Target) -> None:
    check_space(sized(0), target)
    with pytest.raises(DiskError, match=r"1152921\.5 TB are to be downloaded and .* are free .*; make room"):
        check_space(sized(2**60), target)


def test_what_is_unzipped_needs_room_too(target: Target, free: int) -> None:
    check_space(sized(free), target)
    beside = Unzip(target.directory, keep_archive=True)
    check_space(sized(free // 4, free // 4), target, beside)
    with pytest.raises(DiskError, match=r"1\.2 kB are to be downloaded and unzipped"):
        check_space(sized(300, 300), target, beside)


def test_archives_that_go_take_turns(target: Target, free: int) -> None:
    kept, gone = (Unzip(target.directory, keep_archive=keep) for keep in (True, False))
    many = sized(*[free // 12] * 8)
    check_space(many, target, gone)
    with pytest.raises(DiskError):
        check_space(many, target, kept)


def test_each_disk_must_have_its_room(target: Target, free: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s2dl.downloads.plan.disk_of", lambda directory: len(directory.parts))
    check_space(sized(free), target, Unzip(target.directory / "other", keep_archive=True))


def test_what_an_earlier_run_left_is_there_already(target: Target, free: int) -> None:
    (target.directory / "0.SAFE.zip.part").write_bytes(bytes(700))
    check_space(sized(free + 600), target)


def test_offline_products_need_room_too(target: Target, free: int) -> None:
    with pytest.raises(DiskError):
        check_space(replace(sized(), offline=sized(free + 1).fetch), target)
