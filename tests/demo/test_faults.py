"""Every fault, as a client sees it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from s2dl.demo import DataSpace, Fault
from s2dl.demo.service.faults import KINDS
from s2dl.errors import BadInput
from tests.demo.conftest import bearer, products

SEARCH = "/odata/v1/Products"


def drain(answer: httpx.Response, received: bytearray) -> None:
    for piece in answer.iter_raw():
        received += piece


class Site:
    """A Data Space of one's own, two of its products, and a login."""

    def __init__(self, space: DataSpace, client: httpx.Client) -> None:
        self.space = space
        self.client = client
        found = products(client, space, top=10)["value"]
        self.product, self.other = [entry for entry in found if entry["Online"] and entry["Checksum"]][:2]
        self.headers = bearer(client, space)

    def get(self, product: dict[str, Any] | None = None) -> httpx.Response:
        url = f"{self.space.urls['data_url']}/Products({(product or self.product)['Id']})/$value"
        return self.client.get(url, headers=self.headers)

    def is_whole(self, answer: httpx.Response) -> bool:
        return hashlib.md5(answer.content).hexdigest() == self.product["Checksum"][0]["Value"]

    def listed(self, path: str = "Products") -> list[dict[str, Any]]:
        wanted = f"Name eq '{self.product['Name']}'"
        found: list[dict[str, Any]] = products(self.client, self.space, wanted, path)["value"]
        return found

    def until_broken(self) -> bytes:
        """What arrives before the connection ends too early."""
        url = f"{self.space.urls['data_url']}/Products({self.product['Id']})/$value"
        received = bytearray()
        with self.client.stream("GET", url, headers=self.headers) as answer:
            assert answer.status_code == 200
            assert int(answer.headers["content-length"]) == self.product["ContentLength"]
            with pytest.raises(httpx.TransportError):
                drain(answer, received)
        return bytes(received)


@pytest.fixture
def site(client: httpx.Client) -> Iterator[Site]:
    with DataSpace() as space:
        yield Site(space, client)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("unauthorized", 401, "DAT-ZIP-604"),
        ("expired", 401, "DAT-ZIP-109"),
        ("too-many", 429, "DAT-ZIP-100"),
        ("no-objects", 404, "DAT-ZIP-915"),
    ],
)
def test_refusals_of_the_download_service(site: Site, fault: str, status: int, code: str) -> None:
    site.space.inject(fault)
    answer = site.get()
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert site.is_whole(site.get())


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("retry_after", [None, "7"])
def test_server_errors(site: Site, status: int, retry_after: str | None) -> None:
    site.space.inject(Fault("server-error", SEARCH, status=status, retry_after=retry_after))
    answer = site.client.get(f"{site.space.urls['base_url']}/Products?$top=1")
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, retry_after)
    assert answer.text.startswith("<html>")
    assert len(site.listed()) == 1


def test_retry_after_as_a_date(site: Site) -> None:
    site.space.inject(Fault("too-many", retry_after="date", seconds=30))
    answer = site.get()
    asked = parsedate_to_datetime(answer.headers["date"])
    assert 28 <= (parsedate_to_datetime(answer.headers["retry-after"]) - asked).total_seconds() <= 32


def test_firewall(site: Site) -> None:
    site.space.inject("waf", "/odata/*")
    answer = site.client.get(f"{site.space.urls['base_url']}/Products?$top=1")
    assert answer.status_code == 429
    assert answer.json() == {"error": "WAF", "message": "Rate limit exceeded", "status": 429}


@pytest.mark.parametrize("match", ["*", SEARCH])
def test_html_where_something_else_was_due(site: Site, match: str) -> None:
    site.space.inject("html", match)
    answer = site.get() if match == "*" else site.client.get(f"{site.space.urls['base_url']}/Products")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


def test_redirect_to_a_foreign_origin(site: Site) -> None:
    site.space.inject(Fault("redirect-foreign", times=2, to="http://127.0.0.1:9"))
    path = f"{SEARCH}({site.product['Id']})/$value"
    catalogue = site.client.get(f"{site.space.urls['catalogue']}{path}")
    download = site.get()
    for answer in (catalogue, download):
        assert (answer.status_code, answer.headers["location"]) == (302, f"http://127.0.0.1:9{path}")
    assert site.is_whole(site.get())


@pytest.mark.parametrize("fault", ["cut", "short"])
def test_connection_closed_too_early(site: Site, fault: str) -> None:
    site.space.inject(fault)
    size = site.product["ContentLength"]
    assert len(site.until_broken()) == {"cut": size // 2, "short": size - 1}[fault]
    assert site.is_whole(site.get())


def test_clipped_answer_is_faultless_but_for_a_byte(site: Site) -> None:
    whole = site.get().content
    site.space.inject("clipped")
    answer = site.get()
    assert answer.content == whole[:-1]
    assert int(answer.headers["content-length"]) == len(whole) - 1


@pytest.mark.parametrize("fault", ["wrong-bytes", "spliced"])
def test_right_length_with_wrong_bytes(site: Site, fault: str) -> None:
    whole = site.get().content
    site.space.inject(fault)
    spoilt = site.get().content
    wrong = [position for position, (a, b) in enumerate(zip(whole, spoilt, strict=True)) if a != b]
    assert wrong[0] == len(whole) // 2
    assert len(wrong) == 1 if fault == "wrong-bytes" else b"502 Bad Gateway" in spoilt
    assert site.is_whole(site.get())


def test_no_length(site: Site) -> None:
    site.space.inject("no-length")
    answer = site.get()
    assert "content-length" not in answer.headers
    assert site.is_whole(answer)


def test_stall_sends_half_and_keeps_the_connection(site: Site) -> None:
    site.space.inject("stall")
    received = bytearray()
    url = f"{site.space.urls['data_url']}/Products({site.product['Id']})/$value"
    with site.client.stream("GET", url, headers=site.headers, timeout=0.3) as answer:
        with pytest.raises(httpx.ReadTimeout):
            drain(answer, received)
        assert len(received) == site.product["ContentLength"] // 2


def test_stall_that_ends(site: Site) -> None:
    site.space.inject(Fault("stall", seconds=0.1))
    assert site.is_whole(site.get())


def test_stalled_search(site: Site) -> None:
    site.space.inject("stall", SEARCH)
    with pytest.raises(httpx.ReadTimeout):
        site.client.get(f"{site.space.urls['base_url']}/Products", timeout=0.3)
    assert len(site.listed()) == 1


def test_drip(site: Site) -> None:
    site.space.inject(Fault("drip", seconds=1))
    url = f"{site.space.urls['data_url']}/Products({site.product['Id']})/$value"
    with site.client.stream("GET", url, headers=site.headers) as answer:
        pieces = list(answer.iter_raw())
    assert [len(piece) for piece in pieces[:2]] == [8, 8]
    assert hashlib.md5(b"".join(pieces)).hexdigest() == site.product["Checksum"][0]["Value"]


def test_a_client_that_leaves_a_stall_frees_its_session(client: httpx.Client) -> None:
    with DataSpace(sessions=1) as space:
        site = Site(space, client)
        space.inject("stall")
        url = f"{space.urls['data_url']}/Products({site.product['Id']})/$value"
        with client.stream("GET", url, headers=site.headers) as answer:
            pieces = answer.iter_raw()
            next(pieces)
            assert site.get(site.other).status_code == 429
        for _ in range(100):  # the service notices, if not at once
            last = site.get()
            if last.status_code == 200:
                break
        assert site.is_whole(last)


def test_no_checksum(site: Site) -> None:
    site.space.inject("no-checksum", site.product["Name"])
    assert site.listed()[0]["Checksum"] == []
    assert len(site.get().content) == site.product["ContentLength"]


def test_vanished_product_is_listed_among_the_deleted(site: Site) -> None:
    assert site.listed("DeletedProducts") == []
    site.space.inject("vanished", site.product["Name"])
    assert site.listed() == []
    gone = site.listed("DeletedProducts")[0]
    assert (gone["Name"], gone["DeletionCause"]) == (site.product["Name"], "Obsolete product or Other")
    assert gone["DeletionDate"]
    answer = site.get()
    assert (answer.status_code, answer.json()["code"]) == (404, "DAT-ZIP-915")
    names = [entry["Name"] for entry in products(site.client, site.space)["value"]]
    assert site.product["Name"] not in names
    assert site.other["Name"] in names
    assert site.client.get(f"{site.space.urls['base_url']}/Products({site.product['Id']})").status_code == 404


def test_offline_product_comes_back_when_asked_for(site: Site) -> None:
    site.space.inject("offline", site.product["Name"], times=3)
    answer = site.get()
    assert answer.status_code == 403
    assert "offline" in answer.json()["message"]
    assert [site.listed()[0]["Online"] for _ in range(3)] == [False, False, True]
    assert site.is_whole(site.get())


def test_offline_product_is_found_as_such(site: Site) -> None:
    site.space.inject("offline", site.product["Name"], times=math.inf)
    wanted = f"Name eq '{site.product['Name']}' and Online eq"
    assert len(products(site.client, site.space, f"{wanted} false")["value"]) == 1
    assert products(site.client, site.space, f"{wanted} true")["value"] == []


def test_offline_product_comes_back_by_itself(site: Site) -> None:
    site.space.inject(Fault("offline", site.product["Name"], seconds=0))
    assert site.listed()[0]["Online"]
    site.space.inject(Fault("offline", site.product["Name"], seconds=3600))
    assert [site.listed()[0]["Online"] for _ in range(3)] == [False] * 3


def test_faults_strike_each_product_so_many_times(client: httpx.Client) -> None:
    with DataSpace(faults=[("expired", "*", 2), "server-error"]) as space:
        site = Site(space, client)
        for product in (site.product, site.other):
            assert [site.get(product).status_code for _ in range(4)] == [401, 401, 503, 200]


def test_faults_strike_only_what_they_match(site: Site) -> None:
    site.space.inject("expired", site.product["Name"], math.inf)
    assert [site.get().status_code for _ in range(3)] == [401] * 3
    assert site.get(site.other).status_code == 200


def test_body_faults_wait_for_a_good_answer(site: Site) -> None:
    site.space.inject("cut")
    url = f"{site.space.urls['data_url']}/Products({site.product['Id']})/$value"
    assert site.client.get(url).status_code == 401
    assert site.client.head(url, headers=site.headers).status_code == 200
    site.until_broken()


def test_faults_reach_a_process_of_its_own(client: httpx.Client) -> None:
    faults = [Fault("too-many", "*MSIL*", retry_after="5"), ("expired", "*")]
    with DataSpace(process=True, faults=faults) as space:
        site = Site(space, client)
        answers = [site.get() for _ in range(3)]
        assert [answer.status_code for answer in answers] == [429, 401, 200]
        assert answers[0].headers["retry-after"] == "5"


def test_faults_on_logins(site: Site) -> None:
    site.space.inject(Fault("server-error", "/auth/*", status=502))
    form = {"grant_type": "password", "client_id": "cdse-public", "username": "demo", "password": "demo"}
    codes = [site.client.post(site.space.urls["token_url"], data=form).status_code for _ in range(2)]
    assert codes == [502, 200]


def test_every_fault_says_what_it_does() -> None:
    assert all(Fault(name).name == name and meaning for name, meaning in KINDS.items())
    with pytest.raises(BadInput, match="choose one of clipped, cut"):
        Fault("rain")
