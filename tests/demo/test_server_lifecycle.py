"""Starting and stopping, in a thread and in a process of its own; what a Data Space tells of itself."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack

import httpx
import pytest

from s2dl.demo import DataSpace, Fault, serve
from s2dl.errors import BadInput
from tests.demo.conftest import bearer, grant, products


@pytest.mark.parametrize("process", [False, True])
def test_it_serves_and_leaves_nothing_behind(process: bool) -> None:
    threads = set(threading.enumerate())
    with DataSpace(process=process) as space, httpx.Client(timeout=30) as client:
        product = products(client, space, top=1)["value"][0]
        url = f"{space.urls['data_url']}/Products({product['Id']})/$value"
        space.inject("expired", product["Name"])
        headers = bearer(client, space)
        codes = [client.get(url, headers=headers).status_code for _ in range(2)]
        assert codes == [401, 200]
        seen = [(request.origin, request.method, request.status) for request in space.requests]
        assert seen == [
            ("catalogue", "GET", 200),
            ("identity", "POST", 200),
            ("download", "GET", 401),
            ("download", "GET", 200),
        ]
        last = space.requests[-1]
        assert (last.user, last.has_bearer, last.sent) == ("demo", True, product["ContentLength"])
        assert (space.logins, space.max_sessions_seen) == (1, 1)
        origins = [space.urls[name] for name in ("catalogue", "download", "identity")]
    assert set(threading.enumerate()) <= threads
    for origin in origins:
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", httpx.URL(origin).port)):
            pass


def test_it_stops_in_the_midst_of_a_transfer(client: httpx.Client) -> None:
    with ExitStack() as ending:
        space = ending.enter_context(DataSpace(rate=1000))
        product = products(client, space, top=1)["value"][0]
        url = f"{space.urls['data_url']}/Products({product['Id']})/$value"
        with client.stream("GET", url, headers=bearer(client, space)) as answer:
            pieces = answer.iter_raw()
            next(pieces)
            ending.close()
            with pytest.raises(httpx.TransportError):
                list(pieces)


def test_only_loopback_names_are_answered(space: DataSpace, client: httpx.Client) -> None:
    for origin in ("catalogue", "download", "identity"):
        assert client.get(space.urls[origin], headers={"Host": "evil.example"}).status_code == 421
    port = httpx.URL(space.urls["catalogue"]).port
    assert client.get(f"http://localhost:{port}/odata/v1/Products?$top=1").status_code == 200


def test_links_lead_to_where_the_client_asked(space: DataSpace, client: httpx.Client) -> None:
    port = httpx.URL(space.urls["catalogue"]).port
    page = client.get(f"http://localhost:{port}/odata/v1/Products?$top=1").json()
    assert page["@odata.nextLink"].startswith(f"http://localhost:{port}/odata/v1/Products?")


def test_settings_and_environment_point_at_it(space: DataSpace) -> None:
    settings = space.settings
    assert space.env["S2DL_BASE_URL"] == settings.base_url == space.urls["base_url"]
    assert space.env["S2DL_DATA_URL"] == settings.data_url
    assert space.env["S2DL_TOKEN_URL"] == settings.token_url
    assert space.env["S2DL_STAC_URL"] == settings.stac_url
    assert space.env["S2DL_RESTO_URL"] == settings.resto_url
    assert (space.env["S2DL_USERNAME"], space.env["S2DL_PASSWORD"]) == (settings.username, "demo")


def test_ports_can_be_chosen(client: httpx.Client) -> None:
    for port in range(42100, 42200, 3):  # the first three that are free
        try:
            with DataSpace(port=port) as space:
                assert space.urls["catalogue"] == f"http://127.0.0.1:{port}"
                assert space.urls["identity"] == f"http://127.0.0.1:{port + 2}"
                assert grant(client, space).status_code == 200
                return
        except OSError:
            continue
    pytest.fail("no three free ports in a row")


def test_foreground_serves_until_interrupted(client: httpx.Client) -> None:
    codes = []

    def ready(space: DataSpace) -> None:
        codes.append(grant(client, space).status_code)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(ready)
    assert codes == [200]


def test_outside_of_with_it_is_nowhere() -> None:
    with pytest.raises(RuntimeError, match="with DataSpace"):
        _ = DataSpace().urls


def test_unknown_faults_are_refused(space: DataSpace) -> None:
    with pytest.raises(BadInput, match="no fault 'storm'"):
        DataSpace(faults=["storm"])
    with pytest.raises(BadInput, match="no fault 'storm'"):
        space.inject("storm")
    with pytest.raises(BadInput):
        Fault("storm")


def test_big_products_have_their_size(client: httpx.Client) -> None:
    with DataSpace(big={"*_T32TPS_*": 3_000_000}) as space:
        found = products(client, space, top=1000, select="Name,ContentLength")["value"]
    sizes = {("_T32TPS_" in product["Name"]): product["ContentLength"] for product in found}
    assert sizes[True] == pytest.approx(3_000_000, rel=0.05)
    assert sizes[False] < 100_000
