"""Keys that must be signed: key, secret and time, hashed together."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from gateways import Events, MakeGateway
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.apidef.auth import Signature
from twisted_tyk.authenticate import token_signature
from twisted_tyk.authenticate.token_signature import TokenSignature
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Headers
from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import MemoryGateway, definition

NOW = 1_700_000_000
SIGNED = {"algorithm": "MasherySHA256", "header": "X-Signature", "secret": "s3cret"}


def check(
    signature: str,
    key: str = "key",
    target: bytes = b"/",
    session: dict[str, Any] | None = None,
    **config: Any,
) -> None:
    made = TokenSignature(Signature(**{**SIGNED, **config}), lambda: NOW + 0.9)
    headers = Headers([(b"X-Signature", signature.encode())] if signature else [])
    who = SessionState(key_id=key, **(session or {}))
    made.check(Exchange(b"GET", target, b"", headers), who)


def signed(key: str = "key", secret: str = "s3cret", moment: int = NOW) -> str:
    return hashlib.sha256(f"{key}{secret}{moment}".encode()).hexdigest()


def test_key_secret_and_second() -> None:
    check(signed())
    check(signed().upper())
    check(hashlib.md5(f"keys3cret{NOW}".encode()).hexdigest(), algorithm="MasheryMD5")


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "x",
        "00",
        signed(moment=NOW + 1),
        signed(moment=NOW - 1),
        signed("other"),
        signed(secret="other"),
        signed()[:-2],
        signed() + "00",
        # Go's decoder takes what comes before the letter that is none.
        signed() + "x",
    ],
)
def test_anything_else_is_refused(signature: str) -> None:
    with pytest.raises(Refusal) as refused:
        check(signature)
    assert refused.value.status == 401
    assert refused.value.message == "Request signature verification failed"
    assert refused.value.event is None


def test_a_clock_may_be_wrong_by_what_the_definition_allows() -> None:
    for moment in (NOW - 3, NOW, NOW + 3):
        check(signed(moment=moment), allowed_clock_skew=3)
    for moment in (NOW - 4, NOW + 4):
        with pytest.raises(Refusal):
            check(signed(moment=moment), allowed_clock_skew=3)


def test_of_a_key_its_id_or_all_of_it_is_signed() -> None:
    token = "eyJvcmciOiJvIiwiaWQiOiJtaW5lIiwiaCI6InNoYTI1NiJ9"  # {"org":"o","id":"mine",…}
    check(signed(token), key=token)
    check(signed("mine"), key=token)
    check(signed("mine"), key="omine", session={"org_id": "o"})
    check(signed("omine"), key="omine", session={"org_id": "o"})
    with pytest.raises(Refusal):
        check(signed("mine"), key="omine")
    # A key that is nothing but its organisation has no id, and an empty one signs for nobody.
    with pytest.raises(Refusal):
        check(signed(""), key="o", session={"org_id": "o"})


def test_the_signature_may_stand_in_a_parameter() -> None:
    target = f"/?X-Signature={signed()}&p={signed()}".encode()
    check("", target=target, use_param=True)
    check("", target=target, param_name="p")
    check("00", target=target, param_name="p")
    check(signed(), target=b"/?p=", param_name="p")
    check("", target=target, param_name="p", header="")
    for config in ({}, {"param_name": "q"}):
        with pytest.raises(Refusal):
            check("", target=target, **config)


@pytest.mark.parametrize(("meta", "secret"), [("own", "own"), (17, "17"), (2.5, "2.5"), (3.0, "3")])
def test_a_secret_of_the_key_itself(meta: object, secret: str) -> None:
    check(signed(secret=secret), session={"meta_data": {"s": meta}}, secret="$tyk_meta.s")
    check(
        signed(secret=f"a{secret}/b"), session={"meta_data": {"s": meta}}, secret="a$tyk_meta.s/b"
    )


@pytest.mark.parametrize("meta", [{}, {"s": ""}, {"s": None}, {"s": True}, {"s": {"a": 1}}])
def test_a_key_without_its_secret_is_refused(meta: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        check(signed(secret=""), session={"meta_data": meta}, secret="$tyk_meta.s")


def test_status_and_message_of_its_own() -> None:
    with pytest.raises(Refusal) as refused:
        check("", error_code=418, error_message="No")
    assert (refused.value.status, refused.value.message) == (418, "No")


@given(st.text(max_size=80))
def test_whatever_is_sent_is_an_answer(text: str) -> None:
    with pytest.raises(Refusal):
        check(text.encode("utf-8", "surrogatepass").hex()[:79] + "x")


def test_near_and_far_are_told_apart_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(ours: bytes, theirs: bytes) -> bool:
        compared.append((ours, theirs))
        return False

    monkeypatch.setattr(token_signature, "compare_digest", compare)
    with pytest.raises(Refusal):
        check(signed())
    assert compared == [(bytes.fromhex(signed()), bytes.fromhex(signed()))]


@pytest.fixture
def running(gateway: MakeGateway) -> MemoryGateway:
    config = {
        "auth_header_name": "X-Key",
        "validate_signature": True,
        "signature": {**SIGNED, "secret": "$tyk_meta.secret", "allowed_clock_skew": 30},
    }
    made = gateway(definition("one", use_keyless=False, auth_configs={"authToken": config}))
    made.service.shared.keys.write("key", SessionState(meta_data={"secret": "own"}))
    return made


def test_both_key_and_signature(running: MemoryGateway, events: Events) -> None:
    good = signed(secret="own", moment=int(running.service.shared.seconds()))
    assert running.get("/one/x", X_Key="key", X_Signature=good).status == 200
    answer = running.get("/one/x", X_Key="key", X_Signature=good[:-1] + "-")
    assert answer.status == 401
    assert json.loads(answer.body) == {"error": "Request signature verification failed"}
    assert running.get("/one/x", X_Key="other", X_Signature=good).status == 403
    assert running.get("/one/x", X_Signature=good).status == 401
    assert len(running.upstream.requests) == 1
    assert not [text for text in events.texts() if "own" in text or good in text]
