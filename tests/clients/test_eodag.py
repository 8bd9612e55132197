"""eodag on the embedded Data Space."""

from __future__ import annotations

from pathlib import Path

import pytest
from clients.driving import Client, Question

from s2dl.demo import DataSpace

# eodag shall load this provider only, and no list of collections from the net.
ALONE = {"EODAG_PROVIDERS_WHITELIST": '["cop_dataspace"]', "EODAG_EXT_COLLECTIONS_CFG_URI": ""}


@pytest.mark.full
def test_eodag_finds_what_s2dl_finds_and_downloads_it_whole(
    space: DataSpace, triangle: Question, tmp_path: Path
) -> None:
    scenes = triangle.scenes(space)
    assert len(scenes) > triangle.page
    wanted = scenes.iloc[-1]
    answer = Client("eodag").ask(triangle, space, tmp_path, download=wanted["name"], environment=ALONE)
    assert sorted(answer.names) == sorted(scenes["name"])
    assert answer.file == tmp_path / f"{wanted['name'].removesuffix('.SAFE')}.zip"
    assert answer.md5 == wanted["md5"]
