"""External OAuth: tokens that another provider has signed, or that it is asked about."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from gateways import Events, MakeGateway
from signed_tokens import SECRET, b64, jwks, oct_key, pem, rsa, token
from token_apis import URL, asked, error, serve

from twisted_tyk.session.rights import AccessDefinition
from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import MemoryGateway, definition

NOW = int(time.time())


def signed(source: str, method: str = "rsa", **more: Any) -> dict[str, Any]:
    jwt = {"enabled": True, "signing_method": method, "source": source, **more}
    external = {"enabled": True, "providers": [{"jwt": jwt}]}
    return definition("one", use_keyless=False, external_oauth=external)


def get(running: MemoryGateway, text: str) -> Any:
    answer = running.get("/one/x", Authorization=f"Bearer {text}")
    return answer.status if answer.status == 200 else (answer.status, error(answer.body))


@pytest.mark.parametrize("source", [b64(pem(rsa())), URL])
def test_a_token_that_the_provider_has_signed(gateway: MakeGateway, source: str) -> None:
    running = gateway(signed(source))
    serve(running, jwks=jwks(rsa()))
    assert get(running, token(rsa(), {"kid": "k0"})) == 200
    assert get(running, token(rsa(), {"kid": "k0"}, jti="another")) == 200
    assert asked(running) == (source == URL)
    [hit, _] = running.records.hits
    tokens = running.service.shared.tokens
    assert hit.api_key == tokens.generate("default", hashlib.md5(b"alice").hexdigest())


BAD = (401, "token verification failed: signature is invalid")


def test_tokens_that_it_has_not_signed(gateway: MakeGateway) -> None:
    running = gateway(signed(b64(pem(rsa()))))
    assert get(running, token(rsa(number=1))) == BAD
    assert get(running, token(oct_key())) == BAD
    assert get(running, "opaque") == BAD
    answer = running.get("/one/x")
    assert (answer.status, error(answer.body)) == (400, "authorization field missing")


def test_a_key_set_that_is_away(gateway: MakeGateway) -> None:
    running = gateway(signed(URL))
    serve(running, jwks=b"broken")
    assert get(running, token(rsa(), {"kid": "k0"})) == BAD


def test_at_the_wrong_time(gateway: MakeGateway) -> None:
    running = gateway(signed(b64(SECRET), "hmac", expires_at_validation_skew=3600))
    assert get(running, token(oct_key(), exp=NOW - 1800)) == 200
    late = get(running, token(oct_key(), exp=NOW - 9000))
    assert late == (401, "key not authorized: token has expired")
    early = get(running, token(oct_key(), nbf=NOW + 9000))
    assert early == (401, "key not authorized: token is not valid yet")


def test_which_claim_says_who_it_is(gateway: MakeGateway) -> None:
    running = gateway(signed(b64(SECRET), "hmac", identity_base_field="app.id"))
    assert get(running, token(oct_key(), app={"id": "7"})) == 200
    assert get(running, token(oct_key(), sub=None)) == (401, "access token is not valid")
    tokens = running.service.shared.tokens
    digest = hashlib.md5(b"7").hexdigest()
    assert running.records.hits[0].api_key == tokens.generate("default", digest)


def test_a_session_that_is_stored_for_the_client_counts(gateway: MakeGateway) -> None:
    running = gateway(signed(b64(SECRET), "hmac"))
    shared = running.service.shared
    good = token(oct_key())
    assert get(running, good) == 200
    key = shared.tokens.generate("default", hashlib.md5(b"alice").hexdigest())
    rights = {"two": AccessDefinition(api_id="two")}
    shared.keys.write(key, SessionState(org_id="default", access_rights=rights))
    running.advance(11)
    assert get(running, good) == (403, "Access to this API has been disallowed")


# -- introspection --

ASKED = "/introspect"


def made(gateway: MakeGateway, says: Any, **more: Any) -> MemoryGateway:
    """A gateway that asks its upstream. :param says: what it is told, JSON or bytes."""
    introspection = {
        "enabled": True,
        "url": f"http://127.0.0.1:9000{ASKED}",
        "client_id": "me",
        "client_secret": "my secret",
        **more,
    }
    external = {"enabled": True, "providers": [{"introspection": introspection}]}
    running = gateway(definition("one", use_keyless=False, external_oauth=external))
    tell(running, says)
    return running


def tell(running: MemoryGateway, says: Any) -> None:
    serve(running, introspect=says if isinstance(says, bytes) else json.dumps(says).encode())


ACTIVE = {"active": True, "sub": "alice"}


def test_the_provider_is_asked_about_each_token(gateway: MakeGateway) -> None:
    running = made(gateway, ACTIVE)
    assert [get(running, "t1"), get(running, "t1")] == [200, 200]
    assert asked(running, ASKED) == 2
    seen = running.upstream.requests[0]
    assert (seen.method, seen.headers.get("Content-Type")) == (
        "POST",
        "application/x-www-form-urlencoded",
    )
    assert parse_qs(seen.body.decode()) == {
        "token": ["t1"],
        "client_id": ["me"],
        "client_secret": ["my secret"],
    }


def test_an_answer_is_kept_when_asked_for(gateway: MakeGateway) -> None:
    running = made(gateway, ACTIVE, cache={"enabled": True, "timeout": 60})
    assert [get(running, "t1"), get(running, "t1"), get(running, "t2")] == [200, 200, 200]
    assert asked(running, ASKED) == 2
    running.advance(30)
    assert (get(running, "t1"), asked(running, ASKED)) == (200, 2)
    running.advance(40)
    assert (get(running, "t1"), asked(running, ASKED)) == (200, 3)
    found: Any = running.service.shared.store.keys(b"introspection-")
    assert len(found.result) in (1, 2)
    # Who reads the store must not be able to use the tokens.
    assert not [key for key in found.result if b"t1" in key]


def test_a_kept_answer_does_not_outlive_the_token(
    gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = 0.0
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    cache = {"enabled": True, "timeout": 9000}
    running = made(gateway, {**ACTIVE, "exp": NOW + 5000}, cache=cache)
    assert get(running, "t1") == 200
    ahead = 5500.0
    assert get(running, "t1") == (401, "token has expired")


@pytest.mark.parametrize(
    "says",
    [{"active": False}, {"active": "yes"}, {"active": 1}, {"active": None}, {"active": True}],
)
def test_a_token_that_is_not_active(gateway: MakeGateway, says: dict[str, Any]) -> None:
    assert get(made(gateway, says), "t1") == (401, "access token is not valid")


@pytest.mark.parametrize(
    "says", [{"sub": "alice"}, [], "no", 5, b"{", b"[" * 90_000, b"broken", b"x" * (1 << 21)]
)
def test_a_provider_that_gives_no_answer(gateway: MakeGateway, events: Events, says: Any) -> None:
    running = made(gateway, says)
    failed = (500, "error happened during the access token validation")
    assert get(running, "t1") == failed
    assert [text for text in events.texts() if "could not be introspected" in text]
    assert not [text for text in events.texts() if "my secret" in text]


def test_numbers_that_are_none(gateway: MakeGateway) -> None:
    running = made(gateway, b'{"active":true,"sub":"alice","exp":NaN}')
    assert get(running, "t1") == 200


def test_a_very_long_token_is_not_asked_about(gateway: MakeGateway) -> None:
    running = made(gateway, ACTIVE)
    assert get(running, "t" * 20_000) == (401, "access token is not valid")
    assert asked(running, ASKED) == 0


def test_the_standard_session(gateway: MakeGateway, tmp_path: Path) -> None:
    running = made(gateway, ACTIVE)
    assert get(running, "t1") == 200
    (tmp_path / "hooks.py").write_text(
        "from twisted_tyk import ctx\n"
        "def hook(rw, request):\n"
        "    session = ctx.get_session(request)\n"
        "    request.headers.set('Rate', f'{session.rate:g} {session.per:g}')\n"
    )
    api = json.loads((tmp_path / "apps" / "one.json").read_text())
    api["custom_middleware"]["post"] = [{"name": "hook", "path": "hooks.py"}]
    running.define(api)
    running.control("/tyk/reload/?block=true")
    assert get(running, "t1") == 200
    assert running.upstream.requests[-1].headers.get("Rate") == "10000 60"
