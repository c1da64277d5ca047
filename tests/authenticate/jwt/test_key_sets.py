"""Keys of another server: asked for once, held a while, and no oftener than they must be."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from gateways import Events, MakeGateway
from signed_tokens import b64, certificate, ec, jwks, oct_key, rsa, token
from token_apis import URL, api, asked, error, policies, serve
from twisted.web.server import NOT_DONE_YET

from twisted_tyk.testing import MemoryGateway

OTHER = "http://127.0.0.1:9000/more"


def get(running: MemoryGateway, kid: str | None = "k0", number: int = 0) -> int:
    header = {} if kid is None else {"kid": kid}
    text = token(rsa(number=number), header)
    return running.get("/one/x", Authorization=f"Bearer {text}").status


@pytest.mark.parametrize("source", [URL, b64(URL)])
def test_it_is_asked_for_once(gateway: MakeGateway, tmp_path: Path, source: str) -> None:
    running = gateway(api(source), settings=policies(tmp_path))
    serve(running, jwks=jwks(rsa(), rsa(number=1)))
    assert [get(running), get(running, "k1", 1), get(running, "k1")] == [200, 200, 403]
    assert asked(running) == 1


def test_requests_wait_for_the_same_answer(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(URL), settings=policies(tmp_path))
    good, bad = token(rsa(), {"kid": "k0"}), token(rsa(), {"kid": "k9"})
    serve(running, jwks=jwks(rsa()))
    client = running.connect()
    lines = "GET /one/x HTTP/1.1\r\nHost: h\r\nAuthorization: {}\r\n\r\n"
    others = [running.connect() for _ in range(4)]
    for each in others:
        each.transport.write(lines.format(good).encode())  # type: ignore[union-attr]
    running.send(client, lines.format(bad).encode())
    assert [each.answers[0].status for each in others] == [200] * 4
    assert client.answers[0].status == 403
    assert asked(running) == 1


def test_it_is_asked_for_again_after_its_time(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(URL), settings={**policies(tmp_path), "jwks": {"cache": {"timeout": 60}}})
    documents = serve(running, jwks=jwks(rsa()))
    assert get(running) == 200
    documents["jwks"] = jwks(rsa(number=1))
    running.advance(40)
    assert (get(running), asked(running)) == (200, 1)
    running.advance(21)
    assert (get(running), asked(running)) == (403, 2)
    assert get(running, number=1) == 200


def test_it_is_renewed_beside_the_requests_before_its_time_is_over(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    running = gateway(api(URL), settings=policies(tmp_path))
    serve(running, jwks=jwks(rsa()))
    assert get(running) == 200
    running.advance(200)
    assert (get(running), asked(running)) == (200, 2)
    running.advance(200)
    assert (get(running), asked(running)) == (200, 3)


def test_a_key_that_is_new_there_is_found(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(URL), settings=policies(tmp_path))
    documents = serve(running, jwks=jwks(rsa()))
    assert get(running) == 200
    documents["jwks"] = jwks(rsa(), rsa(number=1))
    assert (get(running, "k1", 1), asked(running)) == (403, 1)
    running.advance(11)
    assert (get(running, "k1", 1), asked(running)) == (200, 2)


def test_unknown_keys_do_not_flood_the_other_server(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(URL), settings=policies(tmp_path))
    serve(running, jwks=jwks(rsa()))
    for number in range(30):
        assert get(running, f"no{number}") == 403
        running.advance(0.5)
    assert asked(running) == 2


def test_while_the_other_server_is_away_the_last_keys_count(
    gateway: MakeGateway, tmp_path: Path, events: Events
) -> None:
    running = gateway(api(URL), settings=policies(tmp_path))
    documents = serve(running, jwks=jwks(rsa()))
    assert get(running) == 200
    documents["jwks"] = b"broken"
    running.advance(1000)
    assert get(running) == 200
    assert [t for t in events.texts() if t == f"key set {URL}: it answered 500"]
    running.advance(3600)
    assert get(running) == 403


def test_a_server_that_never_answered(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(URL), settings=policies(tmp_path))
    running.upstream.reachable = False
    client = running.connect()
    good = token(rsa(), {"kid": "k0"})
    line = f"GET /one/x HTTP/1.1\r\nHost: h\r\nAuthorization: {good}\r\n\r\n"
    running.send(client, line.encode())
    running.advance(1)
    assert client.answers[0].status == 403
    running.upstream.reachable = True
    serve(running, jwks=jwks(rsa()))
    # It is not asked again at once, but soon.
    assert (get(running), asked(running)) == (403, 0)
    running.advance(6)
    assert get(running) == 200


def test_a_server_that_takes_too_long(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(URL), settings=policies(tmp_path))
    running.upstream.answer = lambda request: NOT_DONE_YET
    client = running.connect()
    good = token(rsa(), {"kid": "k0"})
    running.send(
        client, f"GET /one/x HTTP/1.1\r\nHost: h\r\nAuthorization: {good}\r\n\r\n".encode()
    )
    running.advance(9)
    assert client.answers == []
    running.advance(2)
    assert client.answers[0].status == 403


def test_a_client_that_leaves_takes_nobody_along(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(URL), settings=policies(tmp_path))
    waiting: list[Any] = []
    running.upstream.answer = lambda request: waiting.append(request) or NOT_DONE_YET
    good = token(rsa(), {"kid": "k0"})
    line = f"GET /one/x HTTP/1.1\r\nHost: h\r\nAuthorization: {good}\r\n\r\n".encode()
    leaving, staying = running.connect(), running.connect()
    running.send(leaving, line)
    running.send(staying, line)
    assert leaving.transport is not None
    leaving.transport.abortConnection()
    running.settle()
    running.upstream.answer = lambda request: b"from upstream"
    waiting[0].write(jwks(rsa()))
    waiting[0].finish()
    running.settle()
    assert staying.answers[0].status == 200


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"{", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", 'it has no list "keys"'),
        (b'{"keys":{}}', 'it has no list "keys"'),
        (b" " * (1 << 20) + b"{}", "it is larger than 1048576 bytes"),
    ],
)
def test_what_is_no_key_set(
    gateway: MakeGateway, tmp_path: Path, events: Events, document: bytes, why: str
) -> None:
    running = gateway(api(URL), settings=policies(tmp_path))
    serve(running, jwks=document)
    assert get(running) == 403
    assert f"key set {URL}: {why}" in events.texts()


def test_a_message_has_it_forgotten(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(URL), settings=policies(tmp_path))
    documents = serve(running, jwks=jwks(rsa()))
    assert get(running) == 200
    documents["jwks"] = jwks(rsa(number=1))
    notifications = running.service.shared.notifications
    notifications.publish("InvalidateJWKSCacheForAPI", "another")
    running.advance(0.1)
    assert get(running) == 200
    notifications.publish("InvalidateJWKSCacheForAPI", "one")
    running.advance(0.1)
    # A token that was good with the old keys is not remembered either.
    assert get(running) == 403
    assert get(running, number=1) == 200
    assert asked(running) == 2


def test_an_operator_has_it_forgotten(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(URL), settings=policies(tmp_path))
    documents = serve(running, jwks=jwks(rsa()))
    for path in ("/tyk/cache/jwks/one", "/tyk/cache/jwks"):
        documents["jwks"] = jwks(rsa())
        running.advance(300)
        assert get(running) == 200
        documents["jwks"] = jwks(rsa(number=1))
        dropped = running.request("DELETE", path, {"X-Tyk-Authorization": "secret"})
        assert dropped.status == 200
        running.advance(0.1)
        assert get(running) == 403


def test_several_sets(gateway: MakeGateway, tmp_path: Path) -> None:
    sets = [{"url": URL, "cache_timeout": "1m"}, {"url": OTHER}]
    running = gateway(api("", jwt_jwks_uris=sets), settings=policies(tmp_path))
    serve(running, jwks=jwks(rsa()), more=jwks(ec(), rsa(number=1)))
    assert [get(running, "k1", 1), get(running), get(running, "k2")] == [200, 200, 403]
    assert (asked(running), asked(running, "/more")) == (1, 1)
    running.advance(61)
    assert get(running, "k1", 1) == 200
    assert get(running) == 200
    assert (asked(running), asked(running, "/more")) == (2, 1)


def test_two_apis_share_a_set(gateway: MakeGateway, tmp_path: Path) -> None:
    two = {**api(URL), "api_id": "two", "proxy": {**api()["proxy"], "listen_path": "/two/"}}
    running = gateway(api(URL), two, settings=policies(tmp_path))
    serve(running, jwks=jwks(rsa()))
    good = token(rsa(), {"kid": "k0"})
    assert running.get("/one/x", Authorization=good).status == 200
    assert running.get("/two/x", Authorization=good).status == 403  # the policy is for one
    assert asked(running) == 1


def test_a_token_must_name_its_key(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(URL), settings=policies(tmp_path))
    serve(running, jwks=jwks(rsa()))
    assert get(running, None) == 403


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_a_key_may_be_in_a_certificate(
    gateway: MakeGateway, tmp_path: Path, encoding: Encoding
) -> None:
    running = gateway(api(URL), settings=policies(tmp_path))
    chain = [base64.b64encode(certificate(rsa()).public_bytes(encoding)).decode()]
    document = {"keys": [{"kty": "RSA", "kid": "k0", "x5c": chain}]}
    serve(running, jwks=json.dumps(document).encode())
    assert get(running) == 200


def test_secrets_in_a_set_are_for_hmac_alone(gateway: MakeGateway, tmp_path: Path) -> None:
    secret = oct_key("a secret that two servers share")
    document = {"keys": [{**secret.as_dict(private=True), "kid": "k0"}]}
    running = gateway(api(URL, "hmac"), settings=policies(tmp_path))
    serve(running, jwks=json.dumps(document).encode())
    good = token(secret, {"kid": "k0"})
    assert running.get("/one/x", Authorization=good).status == 200
    running.define(api(URL, "rsa"))
    running.control("/tyk/reload/?block=true")
    answer = running.get("/one/x", Authorization=good)
    assert error(answer.body) == "Key not authorized: Unexpected signing method"
