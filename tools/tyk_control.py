"""The same questions to both control APIs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from tyk_apis import ORG, rights
from tyk_keys import made
from tyk_pair import Got, Pair, Row


def control(pair: Pair) -> Iterator[Row]:
    """Answers of the control API."""
    key = made(pair.tyk, "/keys/ctl")["key"]
    digest = hashlib.md5(b"x").hexdigest()
    session = {"org_id": ORG, "access_rights": rights("key")}
    asked: list[tuple[str, str, Any]] = [
        ("GET", "/keys/unknown", None),
        ("GET", f"/keys/{key}", None),
        ("GET", f"/keys/ctl?org_id={ORG}", None),
        ("DELETE", "/keys/unknown", None),
        ("POST", "/keys", "{"),
        ("POST", "/keys/bad", "{"),
        ("POST", "/keys/create", "{"),
        ("POST", "/keys/create", {"org_id": ORG}),
        ("POST", "/keys/create", session),
        ("POST", "/keys", {"org_id": ORG}),
        ("POST", "/keys", session),
        ("POST", "/keys/named", session),
        ("PUT", "/keys/named", session),
        ("PUT", "/keys/unknown2", session),
        ("POST", "/keys", {**session, "apply_policies": ["nothing"]}),
        ("POST", "/keys", {**session, "apply_policies": ["foreign"]}),
        ("POST", "/keys", {**session, "apply_policies": ["each", "quota"]}),
        ("POST", "/keys", {"org_id": ORG, "access_rights": rights("nothing")}),
        ("POST", "/keys/preview", {**session, "apply_policies": ["gold"]}),
        ("GET", "/keys", None),
        ("GET", "/keys?filter=zz", None),
        ("GET", "/apis", None),
        ("GET", "/apis/key", None),
        ("GET", "/apis/nothing", None),
        ("POST", "/apis", "{"),
        ("PUT", "/apis/nothing", {"api_id": "nothing"}),
        ("PUT", "/apis/key", {"api_id": "other"}),
        ("DELETE", "/apis/nothing", None),
        ("GET", "/policies", None),
        ("GET", "/policies/gold", None),
        ("GET", "/policies/nothing", None),
        ("POST", "/policies", "{"),
        ("GET", "/org/keys", None),
        ("GET", "/org/keys/org1", None),
        ("POST", "/org/keys/org1", {"org_id": ORG, "quota_max": 1000, "rate": 5, "per": 1}),
        ("GET", "/org/keys/org1", None),
        ("GET", "/org/keys", None),
        ("PUT", "/org/keys/org1", {"org_id": ORG, "quota_max": 2000}),
        ("PUT", "/org/keys/org9", {"org_id": "org9", "quota_max": 2000}),
        ("DELETE", "/org/keys/nothing", None),
        ("GET", "/health?api_id=key", None),
        ("GET", "/health", None),
        ("DELETE", "/cache/key", None),
        ("DELETE", "/cache/nothing", None),
        ("GET", "/oauth/clients/oauth", None),
        ("GET", "/oauth/clients/key", None),
        ("GET", "/oauth/clients/nothing", None),
        ("GET", "/oauth/clients/oauth/nothing", None),
        ("DELETE", "/oauth/clients/oauth/nothing", None),
        ("POST", "/oauth/clients/create", "{"),
        ("POST", "/oauth/clients/create", {}),
        ("POST", "/oauth/clients/create", {"api_id": "nothing"}),
        ("POST", "/oauth/clients/create", {"api_id": "oauth", "policy_id": "nothing"}),
        (
            "POST",
            "/oauth/clients/create",
            {
                "client_id": "c1",
                "secret": "s",
                "api_id": "oauth",
                "policy_id": "gold",
                "redirect_uri": "http://127.0.0.1/",
            },
        ),
        ("GET", "/oauth/clients/oauth/c1", None),
        (
            "PUT",
            "/oauth/clients/oauth/c1",
            {"policy_id": "gold", "redirect_uri": "http://127.0.0.1/b", "description": "d"},
        ),
        ("GET", "/oauth/clients/oauth/c1/tokens", None),
        ("GET", "/oauth/clients/apis/c1?orgID=org1", None),
        ("DELETE", "/oauth/tokens", None),
        ("DELETE", "/oauth/tokens?scope=lapsed", None),
        ("DELETE", "/oauth/refresh/nothing", None),
        ("DELETE", "/oauth/refresh/nothing?api_id=oauth", None),
        ("DELETE", "/cache/jwks/key", None),
        ("DELETE", "/cache/jwks", None),
        ("GET", "/reload/group", None),
        ("GET", "/reload", None),
        ("GET", "/schema", None),
        ("GET", "/nothing", None),
        ("POST", f"/keys/policy/{digest}", {"policy": "gold"}),
        ("PATCH", "/keys", None),
        ("GET", "/apis/key/versions", None),
    ]
    for method, path, body in asked:
        tyk, ours = (_told(each.control(method, path, body)) for each in pair.both)
        yield f"{method} {path} {json.dumps(body)[:70] if body else ''}", ours, tyk
    for path in ("/hello", "/tyk/keys", "/tyk/keys/", "/ready"):
        tyk, ours = (_told(each.get(path)) for each in pair.both)
        yield f"GET {path} without the secret", ours, tyk


def _told(answer: Got) -> Any:
    value = answer.value
    if isinstance(value, dict):
        for name in ("key", "key_hash", "secret", "client_id"):
            if value.get(name) not in (None, "") and len(str(value[name])) > 5:
                value[name] = "..."
        for name in ("date_created", "last_updated", "DateCreated"):
            if name in value:
                value[name] = type(value[name]).__name__
        if isinstance(value.get("keys"), list):
            value["keys"] = len(value["keys"])
    if isinstance(value, list):
        value = sorted(value, key=json.dumps)
        value = json.loads(json.dumps(value))
    return answer.status, answer.fields.get("content-type"), value
