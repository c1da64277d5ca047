"""Which policies tokens stand for, and what becomes of a session when they change."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from gateways import MakeGateway
from hypothesis import given
from hypothesis import strategies as st
from signed_tokens import SECRET, b64, oct_key, token
from token_apis import api, error, policies, rights

from twisted_tyk.authenticate.jwt.policies import PolicyChoice
from twisted_tyk.errors import Refusal
from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import MemoryGateway

BY_SCOPE = {"read": "reader", "write": "writer", "lost": "nowhere"}


def of(running: MemoryGateway, **said: Any) -> list[str] | str:
    """The policies of Alice's stored session after a request, or what the client hears."""
    running.advance(11)  # a session is not changed more often
    answer = running.get("/one/x", Authorization=token(oct_key(), **said))
    if answer.status != 200:
        assert answer.status == 403
        return error(answer.body)
    return stored(running).apply_policies


def key_of(running: MemoryGateway, who: str = "alice") -> str:
    return running.service.shared.tokens.generate("default", hashlib.md5(who.encode()).hexdigest())


def stored(running: MemoryGateway) -> SessionState:
    found: Any = running.service.shared.keys.read(key_of(running), "default")
    assert found.result is not None
    return found.result  # type: ignore[no-any-return]


def made(gateway: MakeGateway, folder: Path, **keys: Any) -> MemoryGateway:
    more: dict[str, Any] = {
        "gold": {"rate": 9, "per": 1},
        "reader": {},
        "writer": {},
        "foreign": {"org_id": "another"},
        "each": {"partitions": {"per_api": True}},
        "part": {"partitions": {"acl": True}},
        "elsewhere": {"access_rights": rights("two")},
    }
    return gateway(api(b64(SECRET), "hmac", **keys), settings=policies(folder, **more))


def test_the_default_ones(gateway: MakeGateway, tmp_path: Path) -> None:
    running = made(gateway, tmp_path, jwt_default_policies=["gold", "reader", "gold"])
    assert of(running) == ["gold", "reader"]


def test_the_one_that_a_claim_names(gateway: MakeGateway, tmp_path: Path) -> None:
    running = made(gateway, tmp_path, jwt_policy_field_name="pol")
    assert of(running, pol="gold") == ["gold"]
    assert of(running, pol={"a": 1}) == ["basic"]
    assert of(running, pol="nowhere") == "key not authorized: no matching policy"
    assert of(running, pol="foreign") == "key not authorized: no matching policy"
    assert of(running) == ["basic"]


def test_those_that_do_not_go_together(gateway: MakeGateway, tmp_path: Path) -> None:
    running = made(gateway, tmp_path, jwt_default_policies=["each", "part"])
    assert of(running) == "key not authorized: could not apply new policy"


def test_a_claim_inside_another(gateway: MakeGateway, tmp_path: Path) -> None:
    running = made(gateway, tmp_path, jwt_policy_field_name="app.plan", jwt_default_policies=[])
    assert of(running, app={"plan": "gold"}) == ["gold"]
    assert of(running) == "key not authorized: no matching policy found"


def test_that_of_a_key_that_a_claim_names(gateway: MakeGateway, tmp_path: Path) -> None:
    running = made(gateway, tmp_path, jwt_client_base_field="azp", jwt_default_policies=[])
    keys = running.service.shared.keys
    keys.write("app-one", SessionState(apply_policies=["gold", "reader"]))
    keys.write("app-two", SessionState())
    assert of(running, azp="app-one") == ["gold"]
    assert of(running, azp="app-two") == "key not authorized: no matching policy found"
    assert of(running, azp="app-three") == "key not authorized: no matching policy found"
    assert of(running, azp=["app-one"]) == "key not authorized: no matching policy found"


@pytest.mark.parametrize("older", [False, True])
def test_those_of_scopes(gateway: MakeGateway, tmp_path: Path, older: bool) -> None:
    keys: dict[str, Any] = {"scopes": {"jwt": {"scope_to_policy": BY_SCOPE}}}
    if older:
        keys = {"jwt_scope_to_policy_mapping": BY_SCOPE, "jwt_scope_claim_name": "scope"}
    running = made(gateway, tmp_path, **keys)
    assert of(running, scope="read write read other") == ["reader", "writer"]
    assert of(running, scope=["write", ["read"]]) == ["writer", "reader"]
    assert of(running, scope="write lost") == ["writer", "nowhere"]
    assert of(running, scope="lost") == "key not authorized: could not apply several policies"
    none = "key not authorized: no matching policy found in scope claim"
    assert of(running, scope="other") == none
    assert of(running) == ["basic"]


def test_scopes_in_a_claim_of_another_name_beside_a_policy_of_its_own(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    scope = {"scope_claim_name": "data.scp", "scope_to_policy": BY_SCOPE}
    running = made(gateway, tmp_path, scopes={"jwt": scope}, jwt_policy_field_name="pol")
    assert of(running, pol="gold", data={"scp": ["read"]}) == ["gold", "reader"]
    assert of(running, pol="gold", scope="read") == ["gold"]
    assert of(running, pol="nowhere", data={"scp": "read"}) == (
        "key not authorized: no matching policy"
    )


def test_what_an_older_token_could_do_a_newer_one_cannot(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    running = made(gateway, tmp_path, jwt_policy_field_name="pol")
    both = token(oct_key(), pol="gold")
    assert running.get("/one/x", Authorization=both).status == 200
    running.advance(30)
    answer = running.get("/one/x", Authorization=token(oct_key(), pol="elsewhere"))
    assert error(answer.body) == "Access to this API has been disallowed"
    assert stored(running).apply_policies == ["elsewhere"]
    running.advance(30)
    assert running.get("/one/x", Authorization=both).status == 200


def test_two_tokens_in_turns_do_not_write_the_store_with_each_request(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    running = made(gateway, tmp_path, jwt_policy_field_name="pol")
    store = running.service.shared.store
    written: list[bytes] = []
    kept = store.set
    store.set = lambda key, *rest: written.append(key) or kept(key, *rest)  # type: ignore
    gold, plain = token(oct_key(), pol="gold"), token(oct_key(), pol="elsewhere")
    for _ in range(5):
        assert running.get("/one/x", Authorization=gold).status == 200
        # Each of the two is still held to its own policies.
        assert running.get("/one/x", Authorization=plain).status == 403
    assert len(written) == 2
    running.advance(30)
    assert running.get("/one/x", Authorization=gold).status == 200
    assert len(written) == 3


def test_what_a_policy_says_now_is_what_counts(gateway: MakeGateway, tmp_path: Path) -> None:
    running = made(gateway, tmp_path)
    good = token(oct_key())
    assert running.get("/one/x", Authorization=good).status == 200
    policies(tmp_path, basic={"is_inactive": True})
    running.control("/tyk/reload/?block=true")
    answer = running.get("/one/x", Authorization=good)
    assert (answer.status, error(answer.body)) == (403, "Key is inactive, please renew")
    policies(tmp_path, other={})
    file = json.loads((tmp_path / "policies.json").read_text())
    del file["basic"]
    (tmp_path / "policies.json").write_text(json.dumps(file))
    running.control("/tyk/reload/?block=true")
    answer = running.get("/one/x", Authorization=good)
    assert error(answer.body) == "key not authorized: no matching policy"


def test_an_operator_changes_the_session_of_a_token(gateway: MakeGateway, tmp_path: Path) -> None:
    running = made(gateway, tmp_path)
    good = token(oct_key())
    assert running.get("/one/x", Authorization=good).status == 200
    session = stored(running)
    session.tags = ["vip"]
    running.service.shared.keys.write(key_of(running), session)
    assert running.get("/one/x", Authorization=good).status == 200
    assert stored(running).tags == ["vip"]
    assert "vip" in running.records.hits[-1].tags


def test_what_is_stored_under_its_name_and_is_no_session_is_replaced(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    running = made(gateway, tmp_path)
    shared = running.service.shared
    shared.store.set(b"apikey-" + shared.tokens.hashed(key_of(running)).encode(), b"{")
    assert of(running) == ["basic"]


def test_a_session_is_kept_as_long_as_the_api_says(gateway: MakeGateway, tmp_path: Path) -> None:
    running = made(gateway, tmp_path, session_lifetime=500)
    assert of(running) == ["basic"]
    shared = running.service.shared
    left: Any = shared.store.ttl(b"apikey-" + shared.tokens.hashed(key_of(running)).encode())
    assert 490 < left.result <= 500


def test_a_policy_may_say_when_its_sessions_expire(gateway: MakeGateway, tmp_path: Path) -> None:
    more = {"basic": {"key_expires_in": 7200}}
    running = gateway(api(b64(SECRET), "hmac"), settings=policies(tmp_path, **more))
    said = token(oct_key())
    assert running.get("/one/x", Authorization=said).status == 200
    now = running.service.shared.seconds()
    assert 7100 < stored(running).expires - now < 7300


names = st.sampled_from(["a", "b", "c", "d"])


@given(st.lists(names), st.one_of(st.none(), names), st.lists(names), st.dictionaries(names, names))
def test_the_rule(
    defaults: list[str], named: str | None, scopes: list[str], by_scope: dict[str, str]
) -> None:
    choice = PolicyChoice("pol", "", tuple(defaults), "scope", by_scope)
    claims = {"scope": scopes, **({"pol": named} if named else {})}
    base = [named] if named else []
    if by_scope and scopes:
        wanted = base + [by_scope[scope] for scope in scopes if scope in by_scope]
    else:
        wanted = base or defaults
    if not wanted:
        with pytest.raises(Refusal):
            choice.choose(claims)
        return
    chosen = choice.choose(claims)
    assert chosen.policies == tuple(dict.fromkeys(wanted))
    assert chosen.base in ("", chosen.policies[0])
