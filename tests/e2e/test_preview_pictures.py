"""Pictures that are none: refused in bounded memory, told of for that product, and the rest goes on."""

from __future__ import annotations

import gzip
import io
import math
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from e2e.helpers import BOX, SUMMER, names_in
from e2e.hostile import NAME, hostile_service, product
from PIL import Image

import s2dl
from s2dl.demo import DataSpace, Fault

BAD, GOOD = NAME, NAME.replace("T32TPS", "T32TQS")


def jpeg(side: int = 343) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((side, side), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def png(width: int, height: int) -> bytes:
    """A picture of one colour: a few bytes a row, however large it says it is."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return pack(">I", len(content)) + kind + content + pack(">I", zlib.crc32(kind + content))

    row = bytes(1 + (width + 7) // 8)
    rows = zlib.compressobj(9)
    body = b"".join(rows.compress(row) for _ in range(height)) + rows.flush()
    header = pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@contextmanager
def serving(send: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[s2dl.Settings]:
    """A service of two products: `send` answers for the quicklook of the first, that of the second is right."""
    right = jpeg()
    products: list[dict[str, Any]] = [product(Name=BAD, Id="1" * 8), product(Name=GOOD, Id="2" * 8)]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "Assets(1)" in handler.path:
            send(handler)
        else:
            body = right if "Assets(" in handler.path else b'<XFDU xmlns="urn:ccsds:schema:xfdu:1"/>'
            whole(body)(handler)

    with hostile_service(products, answer) as settings:
        for number, each in enumerate(products, 1):
            link = f"{settings.base_url}/Assets({number})/$value"
            each["Assets"] = [{"Type": "QUICKLOOK", "Id": str(number), "DownloadLink": link}]
        yield settings


def packed(megabytes: int, packing: str) -> bytes:
    """Zeros, packed once for each word of `packing`; pieces that stand for themselves cost no time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = (packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)) * megabytes
    head = {"gzip": b"\x1f\x8b\x08" + bytes(7), "deflate": b""}
    for word in packing.split(", ")[1:]:
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        body = packer.compress(head[word] + body) + packer.flush()
    return head[packing.partition(",")[0]] + body


def whole(body: bytes, packing: str | None = None) -> Callable[[BaseHTTPRequestHandler], None]:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if packing is not None:
            handler.send_header("Content-Encoding", packing)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        with suppress(ConnectionError):
            handler.wfile.write(body)

    return send


def announced(size: int) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer of `size` bytes, sent as far as whoever asked will take them."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(size))
        handler.end_headers()
        piece = b"\xff\xd8\xff\xe0" + bytes(2**20 - 4)
        try:
            for _ in range(size // len(piece)):
                handler.wfile.write(piece)
        except OSError:
            handler.close_connection = True

    return send


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S2DL_USERNAME", "demo")
    monkeypatch.setenv("S2DL_PASSWORD", "demo")


def check_only_the_good_one(folder: Path, settings: s2dl.Settings, said: str) -> None:
    report = s2dl.preview(s2dl.search(tile="32TPS", settings=settings), folder, settings=settings, progress=False)
    results = {each.name: each for each in report}
    assert (results[BAD].status, results[BAD].path) == ("failed", None)
    assert results[BAD].reason.startswith((BAD, "The quicklook of"))
    assert said in results[BAD].reason
    assert results[GOOD].status == "downloaded"
    good = GOOD.removesuffix(".SAFE")
    assert names_in(folder) == {good + kind for kind in (".png", ".kml", ".dat", ".hdr", ".safe")}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not a picture that can be read"),
        (b"<html><body>Scheduled maintenance</body></html>", "not a picture that can be read"),
        (b'{"code": "DAT-ZIP-915"}', "not a picture that can be read"),
        (b"\xff\xd8\xff\xe0" + bytes(10_000), "not a picture that can be read"),
        (jpeg()[:-4000], "not a picture that can be read"),
        (b"GIF89a" + bytes(100), "not a picture that can be read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture that can be read"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not a picture that can be read"),
        (png(2_001, 2_000), "2001 x 2000 pixels and was refused"),
        (png(10_000, 10_000), "and was refused"),
        (png(20_000, 20_000), "not a picture that can be read"),
        (png(343, 343)[:-30], "not a picture that can be read"),
    ],
    ids=["empty", "html", "json", "zeros", "cut", "gif", "ps", "svg", "large", "larger", "20000", "cut png"],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_what_is_no_picture_fails_its_product_only(tmp_path: Path, body: bytes, said: str) -> None:
    with serving(whole(body)) as settings:
        check_only_the_good_one(tmp_path, settings, said)


@pytest.mark.parametrize(
    ("body", "packing", "said"),
    [
        (b"<html>", "gzip", "came damaged"),
        (packed(12, "gzip"), "gzip", "larger than 8,388,608 bytes and was refused"),
        (packed(12, "deflate, deflate"), "deflate, deflate", "packed as 'deflate, deflate', which was not asked for"),
        (jpeg(), "br", "packed as 'br', which was not asked for"),
    ],
    ids=["damaged", "large", "twice", "unknown"],
)
def test_what_is_not_well_packed_fails_its_product_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes, packing: str, said: str
) -> None:
    monkeypatch.setattr("s2dl.access.http._FIRST_WAIT", 0.01)
    with serving(whole(body, packing)) as settings:
        check_only_the_good_one(tmp_path, settings, said)


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "", "data:image/png;base64,AAAA", "http://127.0.0.1:99999/", "https://[::1", "//a"],
)
def test_an_address_that_is_none_fails_its_product_only(space: DataSpace, tmp_path: Path, address: str) -> None:
    scenes = s2dl.search(BOX, **SUMMER)
    scenes = scenes[scenes["quicklook_url"].notna()].head(2)
    scenes.iloc[0, scenes.columns.get_loc("quicklook_url")] = address
    bad, good = s2dl.preview(scenes, tmp_path, progress=False)
    assert (bad.status, bad.path, good.status) == ("failed", None, "downloaded")
    assert bad.reason == f"{bad.name}: the address of its quicklook is none ({address!r})."


def test_a_packed_picture_is_unpacked(tmp_path: Path) -> None:
    with serving(whole(gzip.compress(jpeg()), "gzip")) as settings:
        assert s2dl.preview(s2dl.search(tile="32TPS", settings=settings), tmp_path, settings=settings).ok


def test_ten_gigabytes_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("s2dl.access.http._FIRST_WAIT", 0.01)
    with serving(announced(10**10)) as settings:
        check_only_the_good_one(tmp_path, settings, "larger than 8,388,608 bytes and was refused")


PROGRAM = """
import resource, sys
import s2dl
from s2dl.previews.quicklook import fetch_png  # what every quicklook needs is loaded before
scenes = s2dl.search(tile="32TPS")
bad, good = scenes[scenes["name"] == sys.argv[2]], scenes[scenes["name"] != sys.argv[2]]
assert s2dl.preview(good, sys.argv[1], progress=False).ok
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = s2dl.preview(bad, sys.argv[1], progress=False)
assert [each.status for each in report] == ["failed"], report
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


@pytest.mark.parametrize(
    "send",
    [
        announced(10**10),
        whole(packed(1_000, "gzip"), "gzip"),
        whole(png(20_000, 20_000)),
        whole(png(9_000, 9_000)),
    ],
    ids=["10 GB", "packed", "20000", "9000"],
)
def test_memory_stays_bounded(tmp_path: Path, send: Callable[[BaseHTTPRequestHandler], None]) -> None:
    with serving(send) as settings:
        variables = {
            f"S2DL_{name.upper()}": str(getattr(settings, name)) for name in ("base_url", "data_url", "token_url")
        }
        run = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PROGRAM, str(tmp_path), BAD],
            env=variables
            | {"S2DL_USERNAME": "demo", "S2DL_PASSWORD": "demo", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 48 * 2**20


@pytest.mark.parametrize("fault", ["html", "cut", "short", "wrong-bytes", "spliced", "server-error"])
def test_bad_days_of_one_quicklook_leave_the_others(space: DataSpace, tmp_path: Path, fault: str) -> None:
    scenes = s2dl.search(BOX, **SUMMER)
    scenes = scenes[scenes["quicklook_url"].notna()].head(3)
    victim = scenes["quicklook_url"].iloc[1].partition("Assets(")[2].partition(")")[0]
    space.inject(
        Fault(fault, f"/odata/v1/Assets({victim})*", 1 if fault in {"cut", "short", "server-error"} else math.inf)
    )
    report = s2dl.preview(scenes, tmp_path, progress=False)
    assert [report.results[number].status for number in (0, 2)] == ["downloaded"] * 2
    second = report.results[1]
    if fault in {"cut", "short", "server-error"}:
        assert second.status == "downloaded"
    elif fault == "html":
        assert (second.status, second.path) == ("failed", None)
    for result in report:
        if result.path is not None:
            with Image.open(result.path) as picture:
                assert picture.size == (343, 343)
                picture.load()


def test_a_picture_of_no_known_tile_is_kept_without_a_place(tmp_path: Path) -> None:
    name = "S2A_OPER_PRD_MSIL1C_PDMC_20160101T000000_R022_V20151231T100000_20151231T100000"
    with serving(whole(b"")) as settings:
        scenes = s2dl.search(tile="32TPS", settings=settings)
        scenes = scenes[scenes["name"] == GOOD].assign(name=f"{name}.SAFE", tile=None)
        report = s2dl.preview(scenes, tmp_path, settings=settings, progress=False)
    assert report.ok
    assert report.results[0].reason == "its tile is not known, so that its quicklook has no place"
    assert names_in(tmp_path) == {name + kind for kind in (".png", ".kml", ".safe")}
