"""cdse on the embedded Data Space."""

from __future__ import annotations

from pathlib import Path

import pytest
from clients.driving import Client, Question

from s2dl.demo import DataSpace


@pytest.mark.full
def test_cdse_finds_what_s2dl_finds_and_downloads_it_whole(
    space: DataSpace, triangle: Question, tmp_path: Path
) -> None:
    scenes = triangle.scenes(space)
    assert len(scenes) > triangle.page
    wanted = scenes.iloc[-1]
    addresses = {"CDSE_ODATA_URL": space.urls["base_url"], "CDSE_TOKEN_URL": space.urls["token_url"]}
    answer = Client("cdse").ask(triangle, space, tmp_path, download=wanted["name"], environment=addresses)
    assert sorted(answer.names) == sorted(scenes["name"])
    assert answer.md5 == wanted["md5"]
    assert space.logins == 1
