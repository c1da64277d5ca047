"""The same requests to both gateways: statuses, bodies and the fields that matter."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

from tyk_apis import JWT_SECRET, rights
from tyk_keys import made
from tyk_pair import Got, Pair, Row

FIELDS = (
    "content-type",
    "www-authenticate",
    "x-generator",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "connection",
)


def shown(answer: Got) -> Any:
    """What has to be the same."""
    fields = {name: answer.fields[name] for name in FIELDS if name in answer.fields}
    return answer.status, fields, answer.body if answer.status != 200 else ""


def jwt(claims: dict[str, Any], secret: str = JWT_SECRET, **header: str) -> str:
    """A token that is signed with HMAC."""
    parts = [_url64(json.dumps({"alg": "HS256", "typ": "JWT", **header}).encode())]
    parts.append(_url64(json.dumps(claims).encode()))
    signature = hmac.digest(secret.encode(), ".".join(parts).encode(), "sha256")
    return ".".join([*parts, _url64(signature)])


def _url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def refused(pair: Pair) -> Iterator[Row]:
    """What is not let in, for each way to authenticate."""
    maker = pair.tyk
    plain = made(maker)["key"]
    inactive = made(maker, is_inactive=True)["key"]
    expired = made(maker, expires=int(time.time()) - 10)["key"]
    granular = made(
        maker,
        access_rights=rights("key", allowed_urls=[{"url": "/key/x$", "methods": ["GET"]}]),
    )["key"]
    asked: list[tuple[str, str, dict[str, str]]] = [
        ("no API", "/nothing/", {}),
        ("no key", "/key/", {}),
        ("no key, XML", "/key/", {"Content-Type": "application/xml"}),
        ("empty key", "/key/", {"Authorization": ""}),
        ("unknown key", "/key/", {"Authorization": "unknown-key"}),
        ("short key", "/key/", {"Authorization": "x"}),
        ("bearer", "/key/", {"Authorization": f"Bearer {plain}"}),
        ("Bearer in lower case", "/key/", {"Authorization": f"bearer {plain}"}),
        ("a key", "/key/", {"Authorization": plain}),
        ("another API's key", "/other/", {"Authorization": plain}),
        ("inactive", "/key/", {"Authorization": inactive}),
        ("expired", "/key/", {"Authorization": expired}),
        ("granular, let in", "/key/x", {"Authorization": granular}),
        ("granular", "/key/y", {"Authorization": granular}),
        ("basic, none", "/basic/", {}),
        ("basic, no scheme", "/basic/", {"Authorization": "YTpi"}),
        ("basic, another scheme", "/basic/", {"Authorization": "Bearer YTpi"}),
        ("basic, no base64", "/basic/", {"Authorization": "Basic %%%"}),
        ("basic, no colon", "/basic/", {"Authorization": "Basic YWI="}),
        ("basic, two colons", "/basic/", {"Authorization": "Basic YTpiOmM="}),
        ("basic, unknown", "/basic/", {"Authorization": "Basic YTpi"}),
        ("hmac, none", "/hmac/", {}),
        ("hmac, no such", "/hmac/", {"Authorization": "Signature x"}),
        ("jwt, none", "/jwt/", {}),
        ("jwt, no token", "/jwt/", {"Authorization": "Bearer nothing"}),
        ("oauth, none", "/oauth/", {}),
        ("oauth, no bearer", "/oauth/", {"Authorization": "nothing"}),
        ("oauth, unknown", "/oauth/", {"Authorization": "Bearer nothing"}),
    ]
    now = int(time.time())
    tokens: list[tuple[str, str]] = [
        ("good", jwt({"sub": "a", "pol": "gold", "exp": now + 60})),
        ("default policy", jwt({"sub": "b", "exp": now + 60})),
        ("another secret", jwt({"sub": "a", "pol": "gold"}, "x")),
        ("expired", jwt({"sub": "a", "pol": "gold", "exp": now - 60})),
        ("not yet", jwt({"sub": "a", "pol": "gold", "nbf": now + 60})),
        ("of the future", jwt({"sub": "a", "pol": "gold", "iat": now + 60})),
        ("no sub", jwt({"pol": "gold"})),
        ("unknown policy", jwt({"sub": "c", "pol": "nothing"})),
        ("policy of another organisation", jwt({"sub": "d", "pol": "foreign"})),
        ("stopped policy", jwt({"sub": "e", "pol": "stopped"})),
        ("algorithm none", jwt({"sub": "a", "pol": "gold"}, alg="none")),
        ("algorithm of RSA", jwt({"sub": "a", "pol": "gold"}, alg="RS256")),
        ("two policies", jwt({"sub": "f", "pol": "gold,quota"})),
    ]
    asked += [(f"jwt, {n}", "/jwt/", {"Authorization": f"Bearer {t}"}) for n, t in tokens]
    for each in pair.both:
        each.get("/jwt/", f"Bearer {tokens[0][1]}")
    for name, path, headers in asked:
        tyk, ours = (shown(each.ask("GET", path, headers)) for each in pair.both)
        if tyk[0] == ours[0] == 200:
            for answer in (tyk, ours):  # both count in one counter
                answer[1].pop("x-ratelimit-remaining", None)
        yield name, ours, tyk


def limited(pair: Pair) -> Iterator[Row]:
    """Answers over limits, with fields; each has a key of its own."""
    sessions: dict[str, dict[str, Any]] = {
        "quota": {"quota_max": 1, "quota_renewal_rate": 60},
        "rate": {"rate": 1, "per": 60},
        "unlimited": {"quota_max": -1, "rate": -1},
        "zero": {},
    }
    for name, session in sessions.items():
        keys = [made(each, **session)["key"] for each in pair.both]
        own = list(zip(pair.both, keys, strict=True))
        for times in range(3):
            tyk, ours = (shown(each.get("/key/", key)) for each, key in own)
            yield f"{name}, request {times + 1}", ours, tyk
        path = "/key/tyk/rate-limits/"
        tyk, ours = (_limits(each.get(path, key)) for each, key in own)
        yield f"{name}, {path}", ours, tyk
    for times in range(5):
        tyk, ours = (shown(each.get("/rated/")) for each in pair.both)
        yield f"/rated/, request {times + 1}", ours, tyk


def _limits(answer: Got) -> Any:
    value = answer.value
    if isinstance(value, dict):
        value.get("quota", {}).pop("quota_renews", None)
    return answer.status, value


def signed(pair: Pair) -> Iterator[Row]:
    """HMAC signatures."""
    key = made(pair.tyk, access_rights=rights("hmac"), hmac_enabled=True, hmac_string="s3cret")
    own = "hmac-own"
    made(
        pair.ours,
        f"/keys/{own}",
        access_rights=rights("hmac"),
        hmac_enabled=True,
        hmac_string="s3cret",
    )
    for token in (key["key"], own):
        date = formatdate(usegmt=True)
        for algorithm in ("sha1", "sha256", "sha384", "sha512"):
            text = f"(request-target): get /hmac/x\ndate: {date}"
            value = base64.b64encode(hmac.digest(b"s3cret", text.encode(), algorithm)).decode()
            header = (
                f'Signature keyId="{token}",algorithm="hmac-{algorithm}",'
                f'headers="(request-target) date",signature="{quote(value, safe="")}"'
            )
            for path in ("/hmac/x", "/hmac/y"):
                headers = {"Authorization": header, "Date": date}
                tyk, ours = (shown(each.ask("GET", path, headers)) for each in pair.both)
                yield f"hmac-{algorithm} {path}", ours, tyk
