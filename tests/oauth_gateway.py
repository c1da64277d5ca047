"""A gateway with an API that has an OAuth server, and those who talk to it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from twisted_tyk.testing import Answer, MemoryGateway, definition

SECRET = {"X-Tyk-Authorization": "secret"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LOGIN = "https://login.test/page"
URI = "https://client.test/back"
RULES = {"access_rights": {"shop": {"api_id": "shop", "versions": ["Default"]}}, "alias": "Ann"}
EVERY = ["authorization_code", "refresh_token", "client_credentials", "password"]


def shop(api_id: str = "shop", **keys: Any) -> dict[str, Any]:
    """An API with every flow."""
    meta = {
        "allowed_access_types": EVERY,
        "allowed_authorize_types": ["code", "token"],
        "auth_login_redirect": LOGIN,
        **keys.pop("oauth_meta", {}),
    }
    return definition(api_id, use_keyless=False, use_oauth2=True, oauth_meta=meta, **keys)


def policy(policy_id: str = "gold", **keys: Any) -> dict[str, Any]:
    rights = {"shop": {"api_id": "shop", "versions": ["Default"]}}
    return {"id": policy_id, "org_id": "default", "access_rights": rights, "rate": 100, "per": 1,
            **keys}  # fmt: skip


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}


class Talk:
    """What a client, the login page and the operator say. :ivar gateway: to it."""

    def __init__(self, gateway: MemoryGateway, api: str = "shop") -> None:
        self.gateway = gateway
        self.api = api

    def control(self, method: str, path: str, body: Any = None, **form: str) -> tuple[int, Any]:
        """The operator, to the control API: status and JSON."""
        headers, sent = dict(SECRET), b""
        if form:
            headers |= FORM
            sent = urlencode(form).encode()
        elif body is not None:
            sent = json.dumps(body).encode()
        answer = self.gateway.request(method, f"/tyk/oauth/{path}", headers, sent)
        return answer.status, json.loads(answer.body)

    def client(self, **keys: Any) -> dict[str, Any]:
        """The operator makes a client."""
        given = {"api_id": self.api, "redirect_uri": URI, "policy_id": "gold", **keys}
        status, made = self.control("POST", "clients/create", given)
        assert status == 200, made
        return dict(made)

    def post(
        self, path: str, headers: Mapping[str, str] = MappingProxyType({}), **form: str
    ) -> Answer:
        body = urlencode(form).encode()
        return self.gateway.request("POST", f"/{self.api}/{path}", {**FORM, **headers}, body)

    def token(self, client: dict[str, Any], **form: str) -> tuple[int, dict[str, Any]]:
        """The client asks for a token."""
        who = basic(client["client_id"], client["secret"])
        answer = self.post("oauth/token/", who, **form)
        return answer.status, json.loads(answer.body)

    def approve(self, client: dict[str, Any], **form: str) -> tuple[int, dict[str, Any]]:
        """The login page says that its user agrees."""
        given = {
            "response_type": "code",
            "client_id": client["client_id"],
            "redirect_uri": URI,
            "key_rules": json.dumps(RULES),
            **form,
        }
        answer = self.post("tyk/oauth/authorize-client/", SECRET, **given)
        return answer.status, json.loads(answer.body)

    def code(self, client: dict[str, Any], **form: str) -> str:
        status, answer = self.approve(client, **form)
        assert status == 200, answer
        return str(answer["code"])

    def given(self, client: dict[str, Any], **form: str) -> dict[str, Any]:
        """A token by way of a code."""
        code = self.code(client, **form)
        status, token = self.token(client, grant_type="authorization_code", code=code)
        assert status == 200, token
        return token

    def call(self, token: str) -> tuple[int, str]:
        """The client calls the API: status and error."""
        answer = self.gateway.get(f"/{self.api}/x", Authorization=f"Bearer {token}")
        return answer.status, json.loads(answer.body).get("error", "")


def query_of(uri: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(uri).query))
