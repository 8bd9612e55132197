"""The identity origin over real sockets: grants, tokens, second factor, ends of sessions."""

from __future__ import annotations

import httpx
import jwt
import pytest

from s2dl.demo import DataSpace
from tests.demo.conftest import grant

REALM = "/auth/realms/CDSE"


def refresh(client: httpx.Client, space: DataSpace, token: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "client_id": "cdse-public", "refresh_token": token}
    return client.post(space.urls["token_url"], data=form)


@pytest.mark.parametrize("realm", ["CDSE", "cdse"])
def test_discovery_leads_to_keys_that_verify_a_token(space: DataSpace, client: httpx.Client, realm: str) -> None:
    url = f"{space.urls['identity']}/auth/realms/{realm}/.well-known/openid-configuration"
    found = client.get(url).json()
    assert found["token_endpoint"] == space.urls["token_url"]
    assert found["id_token_signing_alg_values_supported"] == ["RS256"]
    token = grant(client, space).json()["access_token"]
    keys = {key["kid"]: key for key in client.get(found["jwks_uri"]).json()["keys"]}
    key = jwt.PyJWK(keys[jwt.get_unverified_header(token)["kid"]])
    claims = jwt.decode(
        token, key, algorithms=["RS256"], audience="CLOUDFERRO_PUBLIC", issuer=found["issuer"],
        options={"require": ["exp", "iat", "azp", "sid"]},
    )  # fmt: skip
    assert claims["azp"] == "cdse-public"
    assert claims["exp"] - claims["iat"] in {600, 601}


def test_password_grant_has_the_shape_of_the_service(space: DataSpace, client: httpx.Client) -> None:
    answer = grant(client, space).json()
    expected = ["access_token", "expires_in", "refresh_expires_in", "refresh_token", "token_type"]
    assert list(answer) == [*expected, "not-before-policy", "session_state", "scope"]
    assert (answer["expires_in"], answer["refresh_expires_in"], answer["token_type"]) == (600, 3600, "Bearer")


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"password": "wrong"}, 401, "invalid_grant"),
        ({"username": "nobody"}, 401, "invalid_grant"),
        ({"username": ""}, 401, "invalid_request"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"grant_type": "magic"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
    ],
)
def test_refusals(space: DataSpace, client: httpx.Client, form: dict[str, str], status: int, error: str) -> None:
    answer = grant(client, space, **form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


def test_refresh_gives_a_new_token_and_the_old_one_stays_good(client: httpx.Client) -> None:
    with DataSpace() as space:
        first = grant(client, space).json()
        second = refresh(client, space, first["refresh_token"]).json()
        assert second["refresh_token"] != first["refresh_token"]
        assert second["session_state"] == first["session_state"]
        again = [refresh(client, space, token["refresh_token"]) for token in (first, second)]
        assert [answer.status_code for answer in again] == [200, 200]
        assert space.logins == 1


def test_dead_refresh_tokens(client: httpx.Client, space: DataSpace) -> None:
    with DataSpace(refresh_life=-1) as short:
        expired = refresh(client, short, grant(client, short).json()["refresh_token"])
    assert (expired.status_code, expired.json()["error_description"]) == (400, "Token is not active")
    foreign = refresh(client, space, "abc")
    assert (foreign.status_code, foreign.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(("door", "field", "status"), [("logout", "refresh_token", 204), ("revoke", "token", 200)])
def test_ended_session_refreshes_no_more(
    space: DataSpace, client: httpx.Client, door: str, field: str, status: int
) -> None:
    token = grant(client, space).json()["refresh_token"]
    url = f"{space.urls['identity']}{REALM}/protocol/openid-connect/{door}"
    assert client.post(url, data={"client_id": "cdse-public", field: token}).status_code == status
    answer = refresh(client, space, token)
    assert (answer.status_code, answer.json()["error_description"]) == (400, "Session not active")


def test_missing_code_looks_like_a_wrong_password(client: httpx.Client) -> None:
    with DataSpace(totp="123456") as space:
        refused = [grant(client, space), grant(client, space, totp="0"), grant(client, space, password="x")]
        assert len({answer.content for answer in refused}) == 1
        assert refused[0].status_code == 401
        assert [grant(client, space, totp="123456").status_code for _ in range(2)] == [200, 200]


def test_listed_codes_are_good_once(client: httpx.Client) -> None:
    with DataSpace(totp=["111111", "222222"]) as space:
        tries = ["222222", "222222", "111111", "111111"]
        assert [grant(client, space, totp=code).status_code for code in tries] == [200, 401, 200, 401]
        assert space.logins == 2


def test_client_credentials_by_form_and_by_header(space: DataSpace, client: httpx.Client) -> None:
    form = {"grant_type": "client_credentials"}
    by_form = client.post(space.urls["token_url"], data=form | {"client_id": "sh-1", "client_secret": "s"})
    by_header = client.post(space.urls["token_url"], data=form, auth=("sh-1", "s"))
    for answer in (by_form, by_header):
        assert "refresh_token" not in answer.json()
        claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
        assert claims["azp"] == "sh-1"
        assert "aud" not in claims
