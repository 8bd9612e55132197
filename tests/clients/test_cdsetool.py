"""CDSETool on the embedded Data Space."""

from __future__ import annotations

from pathlib import Path

from clients.driving import Client, Question

from s2dl.demo import DataSpace


def test_cdsetool_finds_what_s2dl_finds_and_downloads_it_whole(
    space: DataSpace, triangle: Question, tmp_path: Path
) -> None:
    scenes = triangle.scenes(space)
    assert len(scenes) > triangle.page
    wanted = scenes.iloc[-1]
    answer = Client("cdsetool").ask(triangle, space, tmp_path, download=wanted["name"])
    assert sorted(answer.names) == sorted(scenes["name"])
    assert answer.file == tmp_path / f"{wanted['name']}.zip"
    assert answer.md5 == wanted["md5"]
    assert space.logins == 1
