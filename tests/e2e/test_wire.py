"""The way of the bulk bytes: the same TLS and proxy rules as everything else."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e.helpers import md5sum_says, some_scenes
from e2e.relays import Proxy, listening, secured

import s2dl
from s2dl.access import http
from s2dl.demo import DataSpace, Fault
from s2dl.downloads.control import Control
from s2dl.sync import submit
from s2dl.verbs.download import download


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_WAIT", 0.02)


def test_products_come_over_tls(space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenes = some_scenes(3)
    space.inject("cut", scenes["name"][0], 1)
    with secured(space.urls["download"], tmp_path) as (origin, bundle):
        monkeypatch.setenv("S2DL_DATA_URL", f"{origin}/odata/v1")
        monkeypatch.setenv("S2DL_CA_BUNDLE", str(bundle))
        assert s2dl.download(scenes, tmp_path / "products").ok
    assert set(md5sum_says(tmp_path / "products" / "s2dl.progress").values()) == {"OK"}


def test_a_certificate_that_nobody_vouches_for_is_refused(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes = some_scenes(1)
    with secured(space.urls["download"], tmp_path) as (origin, _):
        monkeypatch.setenv("S2DL_DATA_URL", f"{origin}/odata/v1")
        result = s2dl.download(scenes, tmp_path / "products").results[0]
    assert result.status == "failed"
    assert "certificate" in result.reason.lower()
    assert not any(request.origin == "download" for request in space.requests)


def test_stop_over_tls_leaves_only_sound_bytes(
    open_space: Callable[..., DataSpace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = open_space(rate=30_000, ranges=True)
    scenes, control, begun = some_scenes(1), Control(), threading.Event()
    with secured(space.urls["download"], tmp_path) as (origin, bundle):
        monkeypatch.setenv("S2DL_DATA_URL", f"{origin}/odata/v1")
        monkeypatch.setenv("S2DL_CA_BUNDLE", str(bundle))

        def stop_on_the_way(event: s2dl.events.Event) -> None:
            if isinstance(event, s2dl.events.SceneProgress) and event.received > 5_000 and not begun.is_set():
                begun.set()
                control.stop()

        products = tmp_path / "products"
        work = submit(download(scenes, products, on_event=stop_on_the_way, control=control))
        assert [each.status for each in work.result(60)] == ["cancelled"]
        (left,) = products.glob("*.part")
        scene = space.world.by_id(scenes["id"][0])
        assert scene is not None
        whole = b"".join(bytes(chunk) for chunk in space.world.body(scene))
        content = left.read_bytes()
        assert 0 < len(content) < len(whole)
        assert whole.startswith(content)
        assert s2dl.download(scenes, products).ok


@pytest.mark.parametrize("how", ["settings", "environment"])
def test_products_come_through_the_proxy(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    scenes, proxy = some_scenes(2), Proxy()
    with listening(proxy) as port:
        address = f"http://me:s%40fe@127.0.0.1:{port}"
        monkeypatch.setenv("S2DL_PROXY" if how == "settings" else "http_proxy", address)
        assert s2dl.download(scenes, tmp_path).ok
    bulk = [head for head in proxy.asked if "$value" in head.split("\r\n")[0]]
    assert bulk
    account = base64.b64encode(b"me:s@fe").decode()
    assert all(f"Proxy-Authorization: Basic {account}" in head for head in bulk)


def test_tls_goes_through_the_proxy_in_a_tunnel(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes, proxy = some_scenes(2), Proxy()
    with secured(space.urls["download"], tmp_path) as (origin, bundle), listening(proxy) as port:
        monkeypatch.setenv("S2DL_DATA_URL", f"{origin}/odata/v1")
        monkeypatch.setenv("S2DL_CA_BUNDLE", str(bundle))
        monkeypatch.setenv("S2DL_PROXY", f"http://me:secret@127.0.0.1:{port}")
        assert s2dl.download(scenes, tmp_path / "products").ok
    tunnels = [head for head in proxy.asked if head.startswith(f"CONNECT {origin.removeprefix('https://')}")]
    assert tunnels
    assert not any("Bearer" in head for head in tunnels)


@pytest.mark.parametrize("where", ["S2DL_PROXY", "http_proxy", "all_proxy"])
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("socks5://me:secret@127.0.0.1:9", "socks5:// proxies cannot be used; give .* begins with http://"),
        ("http://me:secret@127.0.0.1:99999", "is no address of a proxy; write it as http://host:port"),
        ("http://me:secret@127.0.0.1:port", "is no address of a proxy; write it as http://host:port"),
        ("http://", "is no address of a proxy; write it as http://host:port"),
        ("http://[::1", "is no address of a proxy; write it as http://host:port"),
        ("a proxy", "is no address of a proxy; write it as http://host:port"),
    ],
)
def test_a_proxy_that_is_none_is_said(
    space: DataSpace, monkeypatch: pytest.MonkeyPatch, where: str, address: str, said: str
) -> None:
    monkeypatch.setenv(where, address)
    whose = "The setting proxy" if where == "S2DL_PROXY" else f"The environment's {where}"
    with pytest.raises(s2dl.errors.BadInput, match=f"^{whose}:? {said}") as caught:
        some_scenes(1)
    assert "secret" not in str(caught.value)


def test_products_do_not_come_through_a_proxy_that_wants_tls(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes = some_scenes(1)
    monkeypatch.setenv("S2DL_DATA_URL", "https://127.0.0.1:9/odata/v1")
    monkeypatch.setenv("https_proxy", "https://me:secret@127.0.0.1:9")
    with pytest.raises(s2dl.errors.BadInput, match=r"https_proxy: products cannot come through https:// .*http://"):
        s2dl.download(scenes, tmp_path)


def test_a_proxy_may_be_written_without_its_scheme(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy()
    with listening(proxy) as port:
        monkeypatch.setenv("S2DL_PROXY", f"127.0.0.1:{port}")
        assert s2dl.download(some_scenes(1), tmp_path).ok
    for part in ("/Products?", "/token", "/$value"):
        assert any(part in head.split()[1] for head in proxy.asked), part


def test_hosts_that_need_no_proxy_are_asked_directly(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert s2dl.download(some_scenes(1), tmp_path).ok


def test_a_redirect_from_https_to_http_takes_no_token_along(
    space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes = some_scenes(1)
    with DataSpace(seed=1) as elsewhere, secured(space.urls["download"], tmp_path) as (origin, bundle):
        monkeypatch.setenv("S2DL_DATA_URL", f"{origin}/odata/v1")
        monkeypatch.setenv("S2DL_CA_BUNDLE", str(bundle))
        for plain in (elsewhere.urls["download"], space.urls["download"]):
            space.inject(Fault("redirect-foreign", scenes["name"][0], 1, to=plain))
        s2dl.download(scenes, tmp_path / "products")
        sent = [request for request in space.requests if request.origin == "download"]
        assert sent[0].has_bearer  # over TLS
        assert [each.has_bearer for each in elsewhere.requests] == [False]
        assert [each.status for each in sent if not each.has_bearer] == [401]
