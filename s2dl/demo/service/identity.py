"""The identity origin: a Keycloak realm CDSE with password, refresh and client-credentials grants.

Access tokens are RS256 JWTs as the Data Space makes them (audience CLOUDFERRO_PUBLIC for people, none for
client credentials). A refresh gives a new refresh token with a full life of its own; the old one stays good until
its own end, as the Data Space's documentation says.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from s2dl.demo.service.records import Records, note_user

__all__ = ["AUDIENCE", "BadToken", "ExpiredToken", "ForeignAudience", "Identity"]

AUDIENCE = "CLOUDFERRO_PUBLIC"
REALM = "/auth/realms/CDSE"
TYPOLOGY = "/access_groups/user_typology/copernicus_general"
SCOPE = "AUDIENCE_PUBLIC openid email profile ondemand_processing user-context"

Json = dict[str, Any]


class BadToken(Exception):
    """It is no token of this realm."""


class ExpiredToken(BadToken):
    """Its time is over."""


class ForeignAudience(BadToken):
    """It is not made for downloads."""


class Identity:
    """The realm: its key, its users, the sessions that were ended.

    Parameters
    ----------
    users : mapping
        Password by user name.
    totp : str or sequence of str, optional
        Second factor: a code that is always good, or codes that are good once each.
    token_life, refresh_life : float
        Seconds.
    records : Records
        Where logins are counted.
    """

    def __init__(
        self,
        users: Mapping[str, str],
        totp: str | Sequence[str] | None,
        *,
        token_life: float,
        refresh_life: float,
        records: Records,
    ) -> None:
        self._users = dict(users)
        self._totp = totp
        self._used_codes: set[str] = set()
        self._token_life = token_life
        self._refresh_life = refresh_life
        self._records = records
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._key_id = secrets.token_urlsafe(32)
        self._refresh_secret = secrets.token_bytes(64)
        self._ended: set[str] = set()

    def verify(self, token: str) -> str:
        """The user of an access token that is good for downloads.

        Raises
        ------
        ExpiredToken, ForeignAudience, BadToken
            It is not good.
        """
        try:
            claims = jwt.decode(token, self._key.public_key(), algorithms=["RS256"], audience=AUDIENCE)
        except jwt.ExpiredSignatureError as error:
            raise ExpiredToken from error
        except (jwt.InvalidAudienceError, jwt.MissingRequiredClaimError) as error:
            raise ForeignAudience from error
        except jwt.InvalidTokenError as error:
            raise BadToken from error
        return str(claims["preferred_username"])

    @property
    def routes(self) -> list[Route]:
        """What the identity origin answers; the realm's name is also taken in lower case, as some clients write it."""
        routes: list[Route] = []
        for realm in (REALM, REALM.replace("CDSE", "cdse")):
            connect = f"{realm}/protocol/openid-connect"
            routes += [
                Route(f"{realm}/.well-known/openid-configuration", self._discovery),
                Route(f"{connect}/token", self._token, methods=["POST"]),
                Route(f"{connect}/certs", self._certs),
                Route(f"{connect}/logout", self._logout, methods=["POST"]),
                Route(f"{connect}/revoke", self._revoke, methods=["POST"]),
            ]
        return routes

    async def _discovery(self, request: Request) -> Response:
        issuer = _issuer(request)
        connect = f"{issuer}/protocol/openid-connect"
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{connect}/auth",
                "token_endpoint": f"{connect}/token",
                "introspection_endpoint": f"{connect}/token/introspect",
                "userinfo_endpoint": f"{connect}/userinfo",
                "end_session_endpoint": f"{connect}/logout",
                "jwks_uri": f"{connect}/certs",
                "revocation_endpoint": f"{connect}/revoke",
                "grant_types_supported": ["refresh_token", "password", "client_credentials"],
                "response_types_supported": ["code", "none", "id_token", "token"],
                "subject_types_supported": ["public", "pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "scopes_supported": SCOPE.split(),
            }
        )

    async def _certs(self, _: Request) -> Response:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return JSONResponse({"keys": [key | {"kid": self._key_id, "use": "sig", "alg": "RS256"}]})

    async def _token(self, request: Request) -> Response:
        form = await _form(request)
        match form.get("grant_type"):
            case None:
                return _refused(400, "invalid_request", "Missing form parameter: grant_type")
            case "client_credentials":
                return self._client(request, form)
            case "password" | "refresh_token" if not form.get("client_id"):
                return _refused(401, "invalid_client", "Invalid client or Invalid client credentials")
            case "password":
                return self._password(request, form)
            case "refresh_token":
                return self._refresh(request, form)
        return _refused(400, "unsupported_grant_type", "Unsupported grant_type")

    def _password(self, request: Request, form: Mapping[str, str]) -> Response:
        user = form.get("username")
        if not user:
            return _refused(401, "invalid_request", "Missing parameter: username")
        known = user in self._users and form.get("password") == self._users[user]
        if not (known and self._code_is_good(form.get("totp"))):
            return _refused(401, "invalid_grant", "Invalid user credentials")
        self._records.logins += 1
        note_user(request.scope, user)
        return self._grant(request, user, str(uuid.uuid4()), form["client_id"])

    def _code_is_good(self, code: str | None) -> bool:
        if self._totp is None or isinstance(self._totp, str):
            return self._totp in {None, code}
        if code is None or code in self._used_codes or code not in self._totp:
            return False
        self._used_codes.add(code)
        return True

    def _refresh(self, request: Request, form: Mapping[str, str]) -> Response:
        token = form.get("refresh_token")
        if not token:
            return _refused(400, "invalid_request", "No refresh token")
        try:
            claims = jwt.decode(token, self._refresh_secret, algorithms=["HS512"], options={"verify_aud": False})
        except jwt.ExpiredSignatureError:
            return _refused(400, "invalid_grant", "Token is not active")
        except jwt.InvalidTokenError:
            return _refused(400, "invalid_grant", "Invalid refresh token")
        if claims["sid"] in self._ended:
            return _refused(400, "invalid_grant", "Session not active")
        user = str(claims["sub"])
        note_user(request.scope, user)
        return self._grant(request, user, claims["sid"], form["client_id"])

    def _client(self, request: Request, form: Mapping[str, str]) -> Response:
        client, secret = _basic(request) or (form.get("client_id"), form.get("client_secret"))
        if not (client and secret):
            return _refused(401, "invalid_client", "Invalid client or Invalid client credentials")
        token = self._access(request, f"service-account-{client}", str(uuid.uuid4()), client, audience=None)
        return _granted(
            {
                "access_token": token,
                "expires_in": _whole(self._token_life),
                "refresh_expires_in": 0,
                "token_type": "Bearer",
                "not-before-policy": 0,
                "scope": "email profile user-context",
            }
        )

    def _grant(self, request: Request, user: str, session: str, client: str) -> Response:
        now = time.time()
        refresh = {
            "exp": math.ceil(now + self._refresh_life),
            "iat": int(now),
            "jti": str(uuid.uuid4()),
            "iss": _issuer(request),
            "sub": user,
            "typ": "Refresh",
            "azp": client,
            "sid": session,
        }
        return _granted(
            {
                "access_token": self._access(request, user, session, client, audience=[AUDIENCE]),
                "expires_in": _whole(self._token_life),
                "refresh_expires_in": _whole(self._refresh_life),
                "refresh_token": jwt.encode(refresh, self._refresh_secret, algorithm="HS512"),
                "token_type": "Bearer",
                "not-before-policy": 0,
                "session_state": session,
                "scope": SCOPE,
            }
        )

    def _access(self, request: Request, user: str, session: str, client: str, *, audience: list[str] | None) -> str:
        now = time.time()
        claims = {
            "exp": math.ceil(now + self._token_life),
            "iat": int(now),
            "jti": str(uuid.uuid4()),
            "iss": _issuer(request),
            "sub": str(uuid.uuid5(uuid.NAMESPACE_URL, user)),
            "typ": "Bearer",
            "azp": client,
            "sid": session,
            "preferred_username": user,
        }
        if audience is not None:
            claims |= {
                "aud": audience,
                "scope": SCOPE,
                "group_membership": [TYPOLOGY],
            }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._key_id})

    async def _logout(self, request: Request) -> Response:
        return await self._end(request, "refresh_token", 204)

    async def _revoke(self, request: Request) -> Response:
        return await self._end(request, "token", 200)

    async def _end(self, request: Request, parameter: str, status: int) -> Response:
        form = await _form(request)
        try:
            claims = jwt.decode(
                form.get(parameter, ""), self._refresh_secret, algorithms=["HS512"], options={"verify_aud": False}
            )
        except jwt.InvalidTokenError:
            return _refused(400, "invalid_grant", "Invalid refresh token")
        self._ended.add(claims["sid"])
        return Response(status_code=status)


def _issuer(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{REALM}"


async def _form(request: Request) -> dict[str, str]:
    body = await request.body()
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return client, secret


def _whole(seconds: float) -> int | float:
    return int(seconds) if seconds == int(seconds) else seconds


def _granted(body: Json) -> Response:
    return JSONResponse(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def _refused(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)
