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
from s2dl.demo import DataSpace
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


def test_a_proxy_that_cannot_be_used_is_said(space: DataSpace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scenes = some_scenes(1)
    monkeypatch.setenv("S2DL_DATA_URL", "https://127.0.0.1:9/odata/v1")
    monkeypatch.setenv("https_proxy", "https://127.0.0.1:9")
    result = s2dl.download(scenes, tmp_path).results[0]
    assert result.status == "failed"
    assert "http://" in result.reason
