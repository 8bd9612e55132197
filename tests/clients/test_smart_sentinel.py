"""smart-sentinel-downloader on the embedded Data Space."""

from __future__ import annotations

from pathlib import Path

from clients.driving import Client, Question

from s2dl.demo import DataSpace


def test_smart_sentinel_finds_what_s2dl_finds_and_downloads_it_whole(
    space: DataSpace, rectangle: Question, tmp_path: Path
) -> None:
    scenes = rectangle.scenes(space)
    wanted = scenes.iloc[-1]
    answer = Client("smart-sentinel").ask(
        rectangle, space, tmp_path, download=wanted["name"], environment=_addresses(space)
    )
    assert sorted(answer.names) == sorted(scenes["name"])
    assert answer.file == tmp_path / "sentinel2" / f"{wanted['name']}.zip"
    assert answer.md5 == wanted["md5"]
    assert space.logins == 1


def _addresses(space: DataSpace) -> dict[str, str]:
    return {
        "CDSE_CATALOGUE_URL": space.urls["base_url"],
        "CDSE_ZIPPER_URL": space.urls["data_url"],
        "CDSE_DOWNLOAD_URL": space.urls["data_url"],
        "CDSE_IDENTITY_URL": space.urls["token_url"],
        # It asks STAC first, for a collection that the Data Space's STAC has not; without an answer it asks OData.
        "CDSE_STAC_URL": f"{space.urls['catalogue']}/nothing-here",
        "SENTINEL_USER": space.env["S2DL_USERNAME"],
        "SENTINEL_PASS": space.env["S2DL_PASSWORD"],
    }
