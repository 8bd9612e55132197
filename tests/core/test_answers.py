"""Every shape of error answer becomes one clear error."""

from __future__ import annotations

import email.utils
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2dl.access.answers import error_of, is_passing, retry_after
from s2dl.errors import ServiceError

RECORDED = [
    (401, "DAT-ZIP-604", "Token not found", None),
    (401, "DAT-ZIP-609", "Token audience not allowed", "3e6f141f1a552fe1dbb4ed8f53aea5a5"),
    (401, "DAT-ZIP-109", "<contains 'expired'>", None),
    (429, "DAT-ZIP-100", "Max session number exceeded", "058222c443bb8167a81af41310d2b911"),
    (429, None, "Max session number 4 exceeded.", None),
    (400, "DAT-ZIP-104", "Malformed OData request path", None),
    (422, "DAT-ZIP-111", "", None),
    (403, "DAT-ZIP-608", "Access forbidden", None),
    (404, "DAT-ZIP-915", "No objects to stream", "2bc794587ef36ffeee78e2ef91cbc8b2"),
    (429, "WAF", "Rate limit exceeded", None),
    (403, None, "This request was rejected due to a violation.", None),
    (422, None, "query.$skip: Input should be less than or equal to 10000", None),
    (404, None, "Subscription with id 991c4730", "ae19864a-5bda-4893-9f02-a62eba95fd7a"),
    (403, None, "Max number of credentials reached.", None),
    (401, "invalid_grant", "Invalid user credentials", None),
]


@pytest.mark.parametrize("number", range(len(RECORDED)))
def test_each_recorded_body(shared: Path, number: int) -> None:
    bodies = json.loads((shared / "recorded/errors/error_bodies.json").read_text(encoding="utf-8"))
    assert len(bodies) == len(RECORDED)
    status, code, message, request_id = RECORDED[number]
    recorded = bodies[number]
    assert recorded["http_status"] in {status, None}
    body = recorded["body_text"] if "body_text" in recorded else json.dumps(recorded["body"])
    error = error_of("The search", status, {}, body.encode())
    assert isinstance(error, ServiceError)
    assert (error.status, error.code, error.request_id) == (status, code, request_id)
    text = str(error)
    assert text.startswith(f"The search: the service answered HTTP {status}")
    assert message in text
    assert (code or "") in text
    assert (request_id or "") in text
    assert text.endswith(".")
    assert "{" not in text


def test_the_shape_of_the_old_catalogue() -> None:
    body = {"detail": {"ErrorMessage": "Bad box", "ErrorCode": "X1", "ErrorDetail": [], "RequestID": "r-1"}}
    error = error_of("The search", 400, {}, json.dumps(body).encode())
    assert (error.code, error.request_id) == ("X1", "r-1")
    assert "Bad box" in str(error)


def test_the_request_id_of_the_header_is_kept() -> None:
    error = error_of("The search", 500, {"request-id": "h-1"}, b"")
    assert error.request_id == "h-1"
    assert "(request h-1)" in str(error)


def test_a_page_of_html_is_named_by_its_title() -> None:
    page = b"<html><head><title>502 Bad\n Gateway</title></head><body><script>alert(1)</script></body></html>"
    error = error_of("The search", 502, {}, page)
    assert "a page titled '502 Bad Gateway'" in str(error)
    assert "script" not in str(error)
    assert "try again later" in str(error)


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (429, "DAT-ZIP-100", "connections are all in use"),
        (403, "DAT-ZIP-608", "not entitled"),
        (404, "DAT-ZIP-915", "take another baseline"),
        (401, None, r"s2dl\.login\(\)"),
        (403, None, "does not allow"),
        (404, None, "replaced by a newer baseline"),
        (503, None, "try again later"),
        (400, None, "report it with this text"),
    ],
)
def test_the_sentence_says_what_to_do(status: int, code: str | None, advice: str) -> None:
    body = json.dumps({"code": code, "message": "m"}).encode()
    with pytest.raises(ServiceError, match=advice):
        raise error_of("S2A.SAFE", status, {}, body)


def test_a_long_or_wild_text_is_cut_and_cannot_steer_a_terminal() -> None:
    error = error_of("The search", 500, {}, json.dumps({"detail": "\x1b[2J\u202e\n" + "x" * 10_000}).encode())
    assert len(str(error)) < 600
    assert str(error).isprintable()


@pytest.mark.parametrize(
    "status", [(408, True), (425, True), (429, True), (500, True), (502, True), (503, True), (504, True)]
)
def test_what_passes(status: tuple[int, bool]) -> None:
    assert is_passing(status[0])


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 416, 422, 501])
def test_what_does_not_pass(status: int) -> None:
    assert not is_passing(status)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["detail", "message", "code", "error", "data", "loc", "msg", "trace-id"]), inner
        )
    ),
    max_leaves=8,
)


@given(st.integers(400, 599), JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
def test_any_body_gives_a_sentence(status: int, body: bytes) -> None:
    error = error_of("The search", status, {}, body)
    assert error.status == status
    assert str(error).startswith(f"The search: the service answered HTTP {status}")
    assert str(error).isprintable()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("0", 0), ("7", 7), (" 120 ", 120), ("1.5", 1.5), ("1000", 1000), ("16000", 16), ("45123", 45.123)],
)
def test_seconds_and_milliseconds(header: str, seconds: float) -> None:
    assert retry_after({"retry-after": header}) == pytest.approx(seconds)


def test_a_date_ahead_and_a_date_gone_by() -> None:
    now = time.time()
    wait = retry_after({"retry-after": email.utils.formatdate(now + 600, usegmt=True)})
    assert wait is not None
    assert 500 < wait <= 600
    assert retry_after({"retry-after": email.utils.formatdate(now - 600, usegmt=True)}) == 0
    numeric = retry_after({"retry-after": email.utils.formatdate(now + 600).replace("+0000", "-0000")})
    assert numeric is not None
    assert 500 < numeric <= 600


@pytest.mark.parametrize("headers", [{}, {"retry-after": ""}, {"retry-after": "soon"}, {"retry-after": "-5"}])
def test_no_time_is_no_wait(headers: dict[str, str]) -> None:
    assert retry_after(headers) is None


@given(st.text(max_size=40) | st.integers(0).map(str) | st.floats().map(str))
def test_any_header_is_a_sane_wait(header: str) -> None:
    wait = retry_after({"retry-after": header})
    assert wait is None or 0 <= wait < float("inf")


def test_an_error_carries_the_wait() -> None:
    body: dict[str, Any] = {"code": "DAT-ZIP-100", "message": "Max session number exceeded"}
    assert error_of("x", 429, {"retry-after": "30"}, json.dumps(body).encode()).retry_after == 30
