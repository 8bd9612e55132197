"""The download origin over real sockets: bytes, tokens, sessions, ranges, nodes."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from s2dl.demo import DataSpace
from tests.demo.conftest import Search, bearer, grant, products


@pytest.fixture
def product(search: Search) -> dict[str, Any]:
    """Any product that is online and has checksums."""
    found = search()["value"]
    return next(entry for entry in found if entry["Online"] and entry["Checksum"])


def value_of(space: DataSpace, product: dict[str, Any]) -> str:
    return f"{space.urls['data_url']}/Products({product['Id']})/$value"


def test_product_is_the_zip_that_the_catalogue_announces(
    space: DataSpace, client: httpx.Client, product: dict[str, Any]
) -> None:
    answer = client.get(value_of(space, product), headers=bearer(client, space))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{product["Name"]}.zip"'
    assert int(answer.headers["content-length"]) == product["ContentLength"] == len(answer.content)
    assert hashlib.md5(answer.content).hexdigest() == product["Checksum"][0]["Value"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None


def test_head_says_the_length_and_sends_nothing(
    space: DataSpace, client: httpx.Client, product: dict[str, Any]
) -> None:
    answer = client.head(value_of(space, product), headers=bearer(client, space))
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == product["ContentLength"]


def test_token_in_the_query_is_taken(space: DataSpace, client: httpx.Client, product: dict[str, Any]) -> None:
    token = grant(client, space).json()["access_token"]
    answer = client.get(value_of(space, product), params={"token": token})
    assert len(answer.content) == product["ContentLength"]


def test_bad_tokens_are_told_apart(space: DataSpace, client: httpx.Client, product: dict[str, Any]) -> None:
    form = {"grant_type": "client_credentials", "client_id": "sh-1", "client_secret": "x"}
    machine = client.post(space.urls["token_url"], data=form).json()["access_token"]
    codes = {
        token: client.get(value_of(space, product), headers={"Authorization": f"Bearer {token}"} if token else {})
        for token in ("", "nonsense", machine)
    }
    assert [(answer.status_code, answer.json()["code"]) for answer in codes.values()] == [
        (401, "DAT-ZIP-604"),
        (401, "DAT-ZIP-604"),
        (401, "DAT-ZIP-609"),
    ]


def test_token_of_another_realm_is_refused(client: httpx.Client, space: DataSpace, product: dict[str, Any]) -> None:
    with DataSpace() as other:
        stranger = bearer(client, other)
    assert client.get(value_of(space, product), headers=stranger).status_code == 401


def test_expired_token(client: httpx.Client) -> None:
    with DataSpace(token_life=-1) as space:
        product = products(client, space, top=1)["value"][0]
        answer = client.get(value_of(space, product), headers=bearer(client, space))
    assert (answer.status_code, answer.json()["code"]) == (401, "DAT-ZIP-109")
    assert "xpired" in answer.json()["message"]


def test_ids_that_lead_nowhere(space: DataSpace, client: httpx.Client) -> None:
    headers = bearer(client, space)
    unknown = client.get(f"{space.urls['data_url']}/Products({uuid4()})/$value", headers=headers)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "DAT-ZIP-915")
    quoted = client.get(f"{space.urls['data_url']}/Products('{uuid4()}')/$value", headers=headers)
    assert (quoted.status_code, quoted.json()["code"]) == (422, "DAT-ZIP-111")


def test_range_is_ignored_as_by_the_real_service(
    space: DataSpace, client: httpx.Client, product: dict[str, Any]
) -> None:
    headers = bearer(client, space) | {"Range": "bytes=100-"}
    answer = client.get(value_of(space, product), headers=headers)
    assert (answer.status_code, len(answer.content)) == (200, product["ContentLength"])


def test_range_where_wanted(client: httpx.Client) -> None:
    with DataSpace(ranges=True) as space:
        product = products(client, space, top=1)["value"][0]
        headers = bearer(client, space)
        whole = client.get(value_of(space, product), headers=headers).content
        size = len(whole)
        rest = client.get(value_of(space, product), headers=headers | {"Range": "bytes=100-"})
        some = client.get(value_of(space, product), headers=headers | {"Range": "bytes=5-14"})
        beyond = client.get(value_of(space, product), headers=headers | {"Range": f"bytes={size}-"})
    assert (rest.status_code, rest.content) == (206, whole[100:])
    assert rest.headers["content-range"] == f"bytes 100-{size - 1}/{size}"
    assert (some.status_code, some.content) == (206, whole[5:15])
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")


@contextmanager
def transfer(client: httpx.Client, url: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
    with client.stream("GET", url, headers=headers) as answer:
        yield answer


def test_one_session_too_many(client: httpx.Client) -> None:
    with DataSpace(rate=2000, sessions=2) as space:
        url = value_of(space, products(client, space, top=1)["value"][0])
        headers = bearer(client, space)
        with ExitStack() as held:
            first = held.enter_context(transfer(client, url, headers))
            second = held.enter_context(transfer(client, url, headers))
            refused = client.get(url, headers=headers)
        assert (first.status_code, second.status_code) == (200, 200)
        assert (refused.status_code, refused.json()["code"]) == (429, "DAT-ZIP-100")
        assert refused.json()["message"] == "Max session number exceeded"
        assert space.max_sessions_seen == 2
        # Both clients have left; the service notices, if not at once.
        for _ in range(100):
            with transfer(client, url, headers) as again:
                if again.status_code == 200:
                    break
        assert again.status_code == 200


def test_session_is_free_again_at_the_end_of_a_transfer(
    client: httpx.Client,
) -> None:
    with DataSpace(sessions=1) as space:
        url = value_of(space, products(client, space, top=1)["value"][0])
        headers = bearer(client, space)
        codes = [client.get(url, headers=headers).status_code for _ in range(20)]
    assert codes == [200] * 20


def test_nodes_lead_from_the_product_to_its_files(
    space: DataSpace, client: httpx.Client, product: dict[str, Any]
) -> None:
    root = client.get(f"{space.urls['data_url']}/Products({product['Id']})/Nodes").json()
    assert root["result"] == root["value"]
    assert [node["Name"] for node in root["result"]] == [product["Name"]]
    children = client.get(root["result"][0]["Nodes"]["uri"]).json()["result"]
    by_name = {node["Name"]: node for node in children}
    assert by_name["GRANULE"]["ChildrenNumber"] > 0
    manifest = by_name["manifest.safe"]
    assert manifest["ChildrenNumber"] == 0
    assert client.get(manifest["Nodes"]["uri"]).json()["result"] == []
    url = manifest["Nodes"]["uri"].removesuffix("/Nodes") + "/$value"
    assert client.get(url).status_code == 401
    got = client.get(url, headers=bearer(client, space))
    assert len(got.content) == manifest["ContentLength"]
    zipped = client.get(value_of(space, product), headers=bearer(client, space)).content
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        assert archive.read(f"{product['Name']}/manifest.safe") == got.content


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("Nodes('{name}')/Nodes", 400, "DAT-ZIP-104"),
        ("Nodes({name})/Bytes", 400, "DAT-ZIP-104"),
        ("Nodes({name})", 403, "DAT-ZIP-608"),
        ("Nodes({name})/Nodes(no.xml)/$value", 404, "DAT-ZIP-915"),
    ],
)
def test_nodes_asked_wrongly(
    space: DataSpace, client: httpx.Client, product: dict[str, Any], path: str, status: int, code: str
) -> None:
    url = f"{space.urls['data_url']}/Products({product['Id']})/{path.format(name=product['Name'])}"
    answer = client.get(url, headers=bearer(client, space))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
