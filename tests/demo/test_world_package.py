"""The files of made-up products: valid zips with true manifests, the same bytes every time."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from s2dl.demo.world import Scene, World
from s2dl.demo.world.grid import grid
from s2dl.errors import BadInput

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return World(now=NOW)


@pytest.fixture(scope="module")
def scenes(world: World) -> list[Scene]:
    """One product of each level, over Bolzano."""
    day = datetime(2024, 6, 1, tzinfo=UTC)
    found = list(world.find(start=day, end=day + timedelta(days=5), tiles={"32TPS"}))
    return [next(s for s in found if s.product_type == kind) for kind in ("S2MSI1C", "S2MSI2A")]


@pytest.fixture(scope="module", params=[0, 1], ids=["L1C", "L2A"])
def scene(request: pytest.FixtureRequest, scenes: list[Scene]) -> Scene:
    return scenes[request.param]


@pytest.mark.parametrize("size", [40_000, 5_000_000, 30_000_000])
def test_zip_is_what_the_catalogue_says(scene: Scene, size: int) -> None:
    world = World(now=NOW, product_size=size)
    body = b"".join(world.body(scene))
    assert len(body) == world.size(scene)
    assert hashlib.md5(body).hexdigest() == world.md5(scene)
    assert blake3(body).hexdigest() == world.blake3(scene)
    assert len(body) == pytest.approx(size, rel=0.08)
    archive = zipfile.ZipFile(io.BytesIO(body))
    assert archive.testzip() is None
    assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
    assert [(i.filename, i.file_size) for i in archive.infolist()] == [
        (f"{scene.name}/{path}", length) for path, length in world.files(scene)
    ]


def test_size_that_is_too_small_gives_the_smallest_product(scene: Scene) -> None:
    world = World(now=NOW, product_size=1)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(world.body(scene))))
    assert archive.testzip() is None
    assert all(info.file_size > 0 for info in archive.infolist())
    assert world.size(scene) < 45_000


def true_colour(world: World, scene: Scene) -> list[bytes]:
    """The true-colour images of a product."""
    paths = [path for path, _ in world.files(scene) if "_TCI" in path]
    assert len(paths) == (1 if scene.product_type == "S2MSI1C" else 3)
    return [b"".join(world.file_body(scene, path)) for path in paths]


@pytest.mark.parametrize(
    "sizes",
    [{}, {"product_size": 100_000}, {"product_size": 20_000_000}, {"product_size": 1, "big": {"*T32TPS*": 1_000_000}}],
    ids=["usual", "100 kB", "20 MB", "big"],
)
def test_true_colour_is_a_picture_of_land_water_and_clouds(scene: Scene, sizes: dict[str, Any]) -> None:
    world = World(now=NOW, **sizes)
    for image in true_colour(world, scene):
        with Image.open(io.BytesIO(image)) as opened:
            assert (opened.format, opened.mode, opened.size) == ("JPEG2000", "RGB", (366, 366))
            red, green, blue = np.asarray(opened, np.int16).transpose(2, 0, 1)
        assert ((green > red) & (green > blue)).mean() > 0.3
        assert ((blue > green) & (green > red)).mean() > 0.1
        assert 0.02 < (np.minimum(red, blue) > 170).mean() < 0.2


def test_every_product_of_the_usual_size_has_one(world: World) -> None:
    day = datetime(2024, 6, 1, tzinfo=UTC)
    found = list(world.find(start=day, end=day + timedelta(hours=3)))[::20]
    assert len(found) > 50
    pictures = {image for scene in found for image in true_colour(world, scene)}
    assert [image[:12] for image in pictures] == [b"\x00\x00\x00\x0cjP  \r\n\x87\n"]


def test_true_colour_is_filler_where_there_is_no_room(scene: Scene) -> None:
    assert not any(b"jP" in image for image in true_colour(World(now=NOW, product_size=1), scene))


@pytest.mark.parametrize("size", [1, 40_000, 30_000_000])
def test_manifest_is_true(scene: Scene, size: int) -> None:
    world = World(now=NOW, big={"*": size})
    archive = zipfile.ZipFile(io.BytesIO(b"".join(world.body(scene))))
    manifest = ET.fromstring(archive.read(f"{scene.name}/manifest.safe"))
    listed = set()
    for stream in manifest.iter("byteStream"):
        path = stream.find("fileLocation").attrib["href"].removeprefix("./")
        content = archive.read(f"{scene.name}/{path}")
        assert len(content) == int(stream.attrib["size"])
        checksum = stream.find("checksum")
        assert checksum.attrib["checksumName"] == "SHA3-256"
        assert hashlib.sha3_256(content).hexdigest().upper() == checksum.text
        listed.add(path)
    base = scene.name.removesuffix(".SAFE")
    assert {path for path, _ in world.files(scene)} - listed == {"manifest.safe", f"{base}-ql.jpg"}


def test_metadata_are_true(world: World, scene: Scene) -> None:
    level = scene.product_type[-2:]
    product = ET.fromstring(b"".join(world.file_body(scene, f"MTD_MSIL{level}.xml")))
    assert product.find(".//PRODUCT_URI").text == scene.name
    assert product.find(".//PROCESSING_BASELINE").text == scene.baseline
    assert float(product.find(".//Cloud_Coverage_Assessment").text) == scene.cloud_cover
    files = {path for path, _ in world.files(scene)}
    images = [element.text for element in product.iter("IMAGE_FILE")]
    assert len(images) == (14 if level == "1C" else 36)
    assert {f"{image}.jp2" for image in images} <= files
    tile = ET.fromstring(b"".join(world.file_body(scene, f"GRANULE/{scene.granule}/MTD_TL.xml")))
    number = grid().index[scene.tile]
    assert tile.find(".//HORIZONTAL_CS_CODE").text == f"EPSG:{grid().epsg[number]}"
    for place in tile.iter("Geoposition"):
        assert (place.find("ULX").text, place.find("ULY").text) == ("600000", "5200020")
        assert place.find("XDIM").text == place.attrib["resolution"]
    assert f"DATASTRIP/{scene.datastrip}/MTD_DS.xml" in files
    assert "INSPIRE.xml" in files


def test_unknown_file(world: World, scene: Scene) -> None:
    with pytest.raises(KeyError):
        world.file_body(scene, "nothing.xml")


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_part_of_a_body(scenes: list[Scene], data: st.DataObject) -> None:
    world = World(now=NOW, product_size=data.draw(st.sampled_from([40_000, 3_000_000])))
    scene = data.draw(st.sampled_from(scenes))
    whole = b"".join(world.body(scene))
    start = data.draw(st.integers(0, len(whole)))
    assert b"".join(world.body(scene, start)) == whole[start:]
    path, size = data.draw(st.sampled_from(world.files(scene)))
    content = b"".join(world.file_body(scene, path))
    assert len(content) == size
    start = data.draw(st.integers(0, size))
    assert b"".join(world.file_body(scene, path, start)) == content[start:]


def test_big_products_come_in_pieces(scenes: list[Scene]) -> None:
    small, big = scenes
    world = World(now=NOW, big={"*MSIL2A*": 50_000_000})
    assert world.size(small) < 60_000
    assert world.size(big) == pytest.approx(50_000_000, rel=0.01)
    assert max(len(piece) for piece in world.body(big)) <= 2**20


@pytest.mark.parametrize("size", [0, -5, 5_000_000_000])
def test_sizes_that_no_zip_can_have(size: int) -> None:
    with pytest.raises(BadInput, match="bytes"):
        World(product_size=size)
    with pytest.raises(BadInput, match="bytes"):
        World(big={"*": size})


def test_present_without_a_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="time zone"):
        World(now=datetime(2024, 1, 1))  # noqa: DTZ001 - this is the mistake


def test_same_bytes_in_another_process(world: World, scene: Scene) -> None:
    script = (
        "import sys; from datetime import datetime, UTC; from s2dl.demo.world import World;"
        "w = World(now=datetime(2027, 1, 1, tzinfo=UTC)); s = w.by_name(sys.argv[1]);"
        "sys.stdout.write(f'{s.id} {w.size(s)} {w.md5(s)} {w.blake3(s)} {s.cloud_cover}')"
    )
    said = subprocess.run([sys.executable, "-c", script, scene.name], capture_output=True, check=True, text=True)
    expected = f"{scene.id} {world.size(scene)} {world.md5(scene)} {world.blake3(scene)} {scene.cloud_cover}"
    assert said.stdout == expected


def test_quicklook_shows_clouds_and_the_edge_of_the_swath(world: World) -> None:
    year = world.find(
        start=datetime(2024, 1, 1, tzinfo=UTC),
        end=datetime(2025, 1, 1, tzinfo=UTC),
        tiles={"32TPS"},
        relative_orbits={65},
        product_types={"S2MSI1C"},
    )
    known = sorted((s for s in year if s.cloud_cover is not None), key=lambda s: s.cloud_cover)
    clear, grey = known[0], known[-1]
    pictures = [np.asarray(Image.open(io.BytesIO(world.quicklook(scene)))) for scene in (clear, grey)]
    assert [picture.shape for picture in pictures] == [(343, 343, 3)] * 2
    assert pictures[0].mean() + 40 < pictures[1].mean()
    share = shapely.area(clear.footprint) / shapely.area(grid().outlines[grid().index["32TPS"]])
    for picture in pictures:
        assert (picture.max(axis=-1) < 12).mean() == pytest.approx(1 - share, abs=0.03)
    assert world.quicklook(clear) == World(now=NOW).quicklook(clear)
