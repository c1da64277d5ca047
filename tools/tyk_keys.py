"""Keys, users, policies and OAuth clients that one of two gateways makes and the other uses."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from tyk_apis import ORG, rights
from tyk_pair import Got, Pair, Row, Side

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def made(side: Side, path: str = "/keys", **session: Any) -> dict[str, Any]:
    """Make a key; what the control API answers."""
    body = {"org_id": ORG, "access_rights": rights("key"), **session}
    answer = side.control("POST", path, body)
    assert answer.status == 200, (side.name, path, answer)
    value: dict[str, Any] = answer.value
    return value


def keys(pair: Pair) -> Iterator[Row]:
    """Keys with ids of the gateway's and of the operator's, changed and deleted."""
    for maker, user in pair.ways:
        way = f"{maker.name} to {user.name}: "
        key = made(maker)["key"]
        yield way + "a key", user.get("/key/", key).status, 200
        yield way + "what it may not", user.get("/other/", key).status, 403
        changed = {"org_id": ORG, "access_rights": rights("other")}
        assert maker.control("PUT", f"/keys/{key}", changed).status == 200
        yield way + "it is changed", user.until(200, "/other/", key), 200
        assert maker.control("DELETE", f"/keys/{key}").status == 200
        yield way + "it is deleted", user.until(403, "/other/", key), 403
        own = made(maker, f"/keys/own-{maker.name}")["key"]
        yield way + "an own id", user.get("/key/", f"own-{maker.name}").status, 200
        yield way + "an own id, whole", user.get("/key/", own).status, 200
        user.control("DELETE", f"/keys/own-{maker.name}?org_id={ORG}")
        found = maker.until(403, "/key/", f"own-{maker.name}")
        yield way + "deleted by the other", found, 403


def users(pair: Pair) -> Iterator[Row]:
    """Basic auth, with the password made by one and compared by the other."""
    for maker, user in pair.ways:
        way = f"{maker.name} to {user.name}: "
        name = f"anna-{maker.name}"
        data = {"password": "pass word"}
        made(maker, f"/keys/{name}", access_rights=rights("basic"), basic_auth_data=data)
        for word, status in (("pass word", 200), ("wrong", 401)):
            said = base64.b64encode(f"{name}:{word}".encode()).decode()
            yield way + f"password {word!r}", user.get("/basic/", f"Basic {said}").status, status


def sessions(pair: Pair) -> Iterator[Row]:
    """Each tells the same of a key, whoever made it."""
    session: dict[str, Any] = {
        "rate": 7,
        "per": 3.5,
        "quota_max": 11,
        "quota_renewal_rate": 3600,
        "throttle_interval": 0.5,
        "throttle_retry_limit": 2,
        "expires": 0,
        "alias": "Anna",
        "tags": ["a", "b"],
        "meta_data": {"n": 1, "deep": {"x": [1, "2", None, True]}},
        "monitor": {"trigger_limits": [80.0]},
        "hmac_enabled": True,
        "hmac_string": "s",
        "session_lifetime": 4000,
        "enable_detailed_recording": True,
        "access_rights": rights(
            "key",
            allowed_urls=[{"url": "/x/.*", "methods": ["GET"]}],
            limit={"rate": 5, "per": 1, "quota_max": 3, "quota_renewal_rate": 60},
        ),
        "smoothing": {"enabled": True, "threshold": 2, "trigger": 0.5, "step": 1, "delay": 5},
    }
    stored = {}
    for maker in pair.both:
        key = made(maker, **session)["key"]
        told = [settled(side.control("GET", f"/keys/{key}")) for side in pair.both]
        yield f"a key of {maker.name}, told by ours", told[1], told[0]
        raw = [each for each in pair.redis("KEYS", "apikey-*") if key.encode() in each]
        if raw:
            stored[maker.name] = settled(pair.redis("GET", raw[0]))
            lives = pair.redis("TTL", raw[0])
            yield f"a key of {maker.name} lives for", -5 < lives - 4000 < 5 or lives, True
    if stored:
        yield "a key as it is stored", stored["ours"], stored["tyk"]


def settled(answer: Got | bytes) -> Any:
    """A session without what differs from key to key, and without known differences."""
    value = json.loads(answer) if isinstance(answer, bytes) else answer.value
    for name in ("date_created", "last_updated"):
        value.pop(name, None)
    # All of the quota, before the first request.
    if value.get("quota_remaining") == value.get("quota_max"):
        value.pop("quota_remaining", None)
    # Those that policies give have them in ours only.
    for right in value.get("access_rights", {}).values():
        right.pop("api_id", None)
        right.pop("api_name", None)
    value.get("tags", []).sort()
    return value


def policies(pair: Pair) -> Iterator[Row]:
    """A key of policies does the same on both, whoever made it."""
    for maker, user in pair.ways:
        way = f"{maker.name} to {user.name}: "
        for ids in (["gold"], ["tight"], ["each"], ["quota", "acl"], ["stopped"], ["short"]):
            key = made(maker, apply_policies=ids)["key"]
            for path in ("/key/", "/other/"):
                first, second = (each.get(path, key) for each in (maker, user))
                yield way + f"{ids} {path}", second.status, first.status
            told = [settled(each.control("GET", f"/keys/{key}")) for each in pair.both]
            yield way + f"{ids}: session told by ours", told[1], told[0]


def hashes(pair: Pair) -> Iterator[Row]:
    """Keys called by their hashes, where they are hashed."""
    for maker, user in pair.ways:
        way = f"{maker.name} to {user.name}: "
        answer = made(maker)
        name = answer.get("key_hash", "")
        if not name:
            return
        for each in pair.both:
            listed = each.control("GET", "/keys").value["keys"]
            yield way + f"listed by {each.name}", name in listed, True
        told = [settled(each.control("GET", f"/keys/{name}?hashed=1")) for each in pair.both]
        yield way + "told by ours", told[1], told[0]
        yield way + "used", user.get("/key/", answer["key"]).status, 200
        user.control("DELETE", f"/keys/{name}?hashed=1")
        yield way + "deleted by its hash", maker.get("/key/", answer["key"]).status, 403


def clients(pair: Pair) -> Iterator[Row]:
    """OAuth clients and their tokens."""
    for maker, user in pair.ways:
        way = f"{maker.name} to {user.name}: "
        body = {"api_id": "oauth", "redirect_uri": "http://127.0.0.1/", "policy_id": "gold"}
        client = maker.control("POST", "/oauth/clients/create", body).value
        basic = base64.b64encode(f"{client['client_id']}:{client['secret']}".encode()).decode()
        token = user.ask(
            "POST",
            "/oauth/oauth/token/",
            {**FORM, "Authorization": f"Basic {basic}"},
            "grant_type=client_credentials",
        )
        yield way + "a client gets a token", token.status, 200
        if token.status != 200:
            continue
        bearer = f"Bearer {token.value['access_token']}"
        for each in pair.both:
            yield way + f"token used in {each.name}", each.get("/oauth/", bearer).status, 200
        path = f"/oauth/clients/oauth/{client['client_id']}"
        told = [each.control("GET", path).value for each in pair.both]
        yield way + "client told by ours", told[1], told[0]
        told = [each.control("GET", path + "/tokens?page=1").value for each in pair.both]
        yield way + "tokens told by ours", told[1], told[0]
        assert maker.control("DELETE", path).status == 200
        yield way + "deleted", user.until(403, "/oauth/", bearer), 403
