"""pystac-client on the embedded Data Space's STAC catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest
from clients.driving import Client, Question

from s2dl.demo import DataSpace


@pytest.mark.full
def test_pystac_client_finds_what_s2dl_finds(space: DataSpace, triangle: Question, tmp_path: Path) -> None:
    scenes = triangle.scenes(space)
    assert len(scenes) > triangle.page
    answer = Client("pystac-client").ask(triangle, space, tmp_path)
    assert sorted(answer.names) == sorted(scenes["name"])
