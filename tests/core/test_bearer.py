"""The token goes to the service and to nobody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl.access.bearer import REDIRECTS, bearer_headers, origin, redirect_target
from s2dl.errors import BadAnswer
from s2dl.settings import Settings

LIVE = Settings()
LOCAL = Settings(
    base_url="http://127.0.0.1:8001/odata/v1",
    data_url="http://127.0.0.1:8002/odata/v1",
    token_url="http://127.0.0.1:8003/token",
)
PRODUCT = "odata/v1/Products(05edf2bb-d103-49f1-a677-9e474138d84f)/$value"


def goes_to(url: str, settings: Settings = LIVE) -> bool:
    headers = bearer_headers(url, "secret", settings)
    assert headers in ({}, {"Authorization": "Bearer secret"})
    return bool(headers)


@pytest.mark.parametrize(
    "url",
    [
        f"https://download.dataspace.copernicus.eu/{PRODUCT}",
        f"https://catalogue.dataspace.copernicus.eu/{PRODUCT}",
        f"https://zipper.dataspace.copernicus.eu/{PRODUCT}",
        f"HTTPS://Download.DataSpace.Copernicus.EU:443/{PRODUCT}",
        "https://a.b.dataspace.copernicus.eu/",
    ],
)
def test_it_goes_to_the_services_own_hosts(url: str) -> None:
    assert goes_to(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/",
        "http://download.dataspace.copernicus.eu/",
        "https://dataspace.copernicus.eu.evil.org/",
        "https://download.dataspace.copernicus.eu.evil.org/",
        "https://evildataspace.copernicus.eu/",
        "https://dataspace.copernicus.eu/",
        "https://copernicus.eu/",
        "https://evil.org/download.dataspace.copernicus.eu/",
        "https://evil.org?download.dataspace.copernicus.eu",
        "https://evil.org#@download.dataspace.copernicus.eu/",
        "https://download.dataspace.copernicus.eu@evil.org/",
        "https://download.dataspace.copernicus.eu:443@evil.org/",
        "https://me:pw@download.dataspace.copernicus.eu/",
        "https://evil.org\\@download.dataspace.copernicus.eu/",
        "https://evil.org\\.dataspace.copernicus.eu/",
        "https://evil.org\t.dataspace.copernicus.eu/",
        "https://evil.org\n@download.dataspace.copernicus.eu/",
        "https://evil.org／.dataspace.copernicus.eu/",  # noqa: RUF001 - a slash that is none
        "https://evil。org。dataspace.copernicus.eu/",
        "https://dоwnload.dataspace.copernicus.eu/",  # noqa: RUF001 - a Cyrillic letter
        "https://download.dataspace.copernicus.eu:99999/",
        "https://download.dataspace.copernicus.eu:x/",
        "https://[::1/",
        "ftp://download.dataspace.copernicus.eu/",
        "//download.dataspace.copernicus.eu/",
        "download.dataspace.copernicus.eu",
        "http://127.0.0.1/",
        "http://localhost:8888/",
        "",
    ],
)
def test_it_goes_nowhere_else(url: str) -> None:
    assert not goes_to(url)


@pytest.mark.parametrize("port", [8001, 8002])
def test_on_loopback_it_goes_to_the_configured_ports(port: int) -> None:
    assert goes_to(f"http://127.0.0.1:{port}/{PRODUCT}", LOCAL)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8003/",
        "http://127.0.0.1:8004/",
        "http://127.0.0.1/",
        "https://127.0.0.1:8001/",
        "http://localhost:8001/",
        "http://127.0.0.2:8001/",
        "http://x.127.0.0.1:8001/",
        "https://x.0.0.1/",
        "http://[::1]:8001/",
        "https://download.dataspace.copernicus.eu/",
    ],
)
def test_on_loopback_it_goes_nowhere_else(url: str) -> None:
    assert not goes_to(url, LOCAL)


@pytest.mark.parametrize(
    ("data_url", "neighbour"),
    [
        ("https://mirror.co.uk/odata/v1", "https://stranger.co.uk/"),
        ("https://mirror.example.org/odata/v1", "https://stranger.example.org/"),
        ("https://mirror/odata/v1", "https://x.mirror/"),
        ("https://192.0.2.7/odata/v1", "https://x.0.2.7/"),
        ("http://download.dataspace.copernicus.eu/odata/v1", "http://other.dataspace.copernicus.eu/"),
    ],
)
def test_a_neighbours_host_is_not_the_services(data_url: str, neighbour: str) -> None:
    settings = Settings(data_url=data_url)
    assert goes_to(data_url, settings)
    assert not goes_to(neighbour, settings)


def test_without_a_token_there_is_no_header() -> None:
    assert bearer_headers(LIVE.data_url, None, LIVE) == {}


LABEL = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True)
HOST = st.lists(LABEL, min_size=1, max_size=4).map(".".join)


@given(st.sampled_from(["https", "http"]), HOST, st.sampled_from(["", ":443", ":8443"]))
def test_a_foreign_host_never_gets_it(scheme: str, host: str, port: str) -> None:
    assert not goes_to(f"{scheme}://{host}{port}/")
    assert not goes_to(f"{scheme}://dataspace.copernicus.eu.{host}{port}/")
    assert not goes_to(f"{scheme}://download.dataspace.copernicus.eu@{host}{port}/")
    assert not goes_to(f"{scheme}://{host}-dataspace.copernicus.eu{port}/")


@given(HOST)
def test_a_host_of_the_domain_gets_it_by_https_only(host: str) -> None:
    assert goes_to(f"https://{host}.dataspace.copernicus.eu/")
    assert not goes_to(f"http://{host}.dataspace.copernicus.eu/")


@given(st.integers(1, 65_535))
def test_only_the_configured_ports_of_loopback_get_it(port: int) -> None:
    assert goes_to(f"http://127.0.0.1:{port}/", LOCAL) is (port in {8001, 8002})


@given(st.text(max_size=40) | st.text("htps:/@.\\[]#?ae0 \t", max_size=40))
def test_any_text_is_answered(url: str) -> None:
    if goes_to(url):
        scheme, host, _ = origin(url)
        assert scheme == "https"
        assert host.endswith(".dataspace.copernicus.eu")


@pytest.mark.parametrize("status", sorted(REDIRECTS))
def test_a_redirect_is_made_absolute(status: int) -> None:
    here = "https://catalogue.dataspace.copernicus.eu/odata/v1/Products(1)/$value"
    there = "https://download.dataspace.copernicus.eu/odata/v1/Products(1)/$value"
    assert redirect_target(here, status, {"location": there}, 0) == there
    assert redirect_target(here, status, {"Location": "/x"}, 0) == "https://catalogue.dataspace.copernicus.eu/x"
    assert redirect_target(here, status, {"location": "//other.org/x"}, 0) == "https://other.org/x"


@pytest.mark.parametrize("status", [200, 204, 300, 304, 401, 404, 500])
def test_other_answers_are_no_redirects(status: int) -> None:
    assert redirect_target("https://a.org/", status, {"location": "https://b.org/"}, 0) is None


@pytest.mark.parametrize(
    "location",
    [None, "", "ftp://a.org/", "file:///etc/passwd", "javascript:alert(1)", "http://", "http://[::1", "data:x"],
)
def test_a_redirect_to_nowhere_is_told(location: str | None) -> None:
    headers = {} if location is None else {"location": location}
    with pytest.raises(BadAnswer, match=r"redirects from https://a\.org/ to nowhere"):
        redirect_target("https://a.org/", 302, headers, 0)


def test_a_circle_of_redirects_ends() -> None:
    headers = {"location": "https://a.org/"}
    assert redirect_target("https://a.org/", 302, headers, 1) == "https://a.org/"
    with pytest.raises(BadAnswer, match="in circles"):
        redirect_target("https://a.org/", 302, headers, 10)
