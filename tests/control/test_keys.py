"""Keys over the control API: what an operator asks, and what a client may do afterwards."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from control_client import ControlClient
from gateways import MakeGateway
from outcomes import outcome

from twisted_tyk.session.stored import PREFIX
from twisted_tyk.session.tokens import FUNCTIONS
from twisted_tyk.testing import definition

RIGHTS = {"shop": {"api_id": "shop", "versions": ["Default"]}}
SHOP = definition("shop", use_keyless=False, org_id="acme")


def session(**more: Any) -> dict[str, Any]:
    return {"org_id": "acme", "access_rights": RIGHTS, **more}


class Shop(ControlClient):
    """An API that asks for keys, and its control API."""

    def status(self, key: str) -> int:
        """What a client with a key gets."""
        client = self.gateway.connect()
        head = f"GET /shop/x HTTP/1.1\r\nHost: a\r\nAuthorization: {key}\r\n\r\n"
        self.gateway.send(client, head.encode())
        return client.answers[0].status

    def stored(self) -> dict[str, Any]:
        """Everything that is stored of keys."""
        store = self.gateway.service.shared.store
        names = outcome(store.keys(PREFIX))
        values = ((name, outcome(store.get(name))) for name in names)
        return {name[len(PREFIX) :].decode(): json.loads(value) for name, value in values}


@pytest.fixture
def shop(gateway: MakeGateway) -> Shop:
    return Shop(gateway(SHOP))


@pytest.fixture
def hashing(gateway: MakeGateway) -> Shop:
    settings = {"hash_keys": True, "hash_key_function": "murmur64"}
    return Shop(gateway(SHOP, settings=settings))


# -- made --


def test_a_new_key_opens_its_api(shop: Shop) -> None:
    said = shop.post("keys", body=session(alias="Ann"))
    assert said.status == 200
    assert set(said.value) == {"key", "status", "action"}
    assert (said.value["status"], said.value["action"]) == ("ok", "added")
    key = said.value["key"]
    assert key.startswith("acme")
    assert len(key) == len("acme") + 32
    assert (shop.status(key), shop.status("acme" + "0" * 32)) == (200, 403)
    [kept] = shop.stored().values()
    assert (kept["alias"], kept["access_rights"]["shop"]["api_id"]) == ("Ann", "shop")
    assert kept["date_created"].endswith("Z")
    assert int(kept["last_updated"]) > 1_700_000_000


def test_a_hashed_key_is_told_once(hashing: Shop) -> None:
    said = hashing.post("keys", body=session())
    token = json.loads(base64.b64decode(said.value["key"]))
    assert (token["org"], token["h"]) == ("acme", "murmur64")
    assert list(hashing.stored()) == [said.value["key_hash"]]
    assert hashing.status(said.value["key"]) == 200


def test_a_custom_key_is_what_a_client_sends(shop: Shop) -> None:
    assert shop.post("keys", "my-own-key", body=session()).value["key"] == "acmemy-own-key"
    assert shop.post("keys", "acmemy-own-key", body=session()).value["key"] == "acmemy-own-key"
    assert (shop.status("my-own-key"), shop.status("acmemy-own-key")) == (200, 200)


def test_a_key_belongs_to_the_organisation_of_its_apis(shop: Shop) -> None:
    said = shop.post("keys", "mine", body={key: value for key, value in session().items()
                                           if key != "org_id"})  # fmt: skip
    assert said.value["key"] == "acmemine"
    assert shop.status("mine") == 200
    assert shop.get("keys", "mine").value["org_id"] == "acme"
    assert shop.delete("keys", "mine").status == 200


def test_a_key_of_apis_of_several_organisations_must_say_whose_it_is(gateway: MakeGateway) -> None:
    other = definition("other", use_keyless=False, org_id="else")
    shop = Shop(gateway(SHOP, other))
    rights = {name: {"api_id": name, "versions": ["Default"]} for name in ("shop", "other")}
    assert shop.post("keys", "mine", body={"access_rights": rights}).value["key"] == "mine"


def test_a_custom_key_that_is_hashed(hashing: Shop) -> None:
    said = hashing.post("keys", "my-own-key", body=session())
    assert json.loads(base64.b64decode(said.value["key"])) == {
        "org": "acme", "id": "my-own-key", "h": "murmur64"
    }  # fmt: skip
    assert hashing.status("my-own-key") == 200
    assert list(hashing.stored()) == [said.value["key_hash"]]


def test_a_custom_key_has_three_characters_or_more(gateway: MakeGateway) -> None:
    shop = Shop(gateway(SHOP))
    said = shop.post("keys", "ab", body=session())
    assert said.status == 400
    assert said.message.startswith("custom key ID length 2 is less than min_token_length (3)")
    assert shop.post("keys", "abc", body=session()).status == 200
    longer = Shop(gateway(SHOP, settings={"min_token_length": 6}))
    assert longer.post("keys", "abcde", body=session()).status == 400
    assert longer.post("keys", "abcdef", body=session()).status == 200


def test_a_key_that_is_known_by_its_hash_can_be_brought_along(hashing: Shop) -> None:
    token = base64.b64encode(b'{"org":"acme","id":"abc","h":"murmur64"}').decode()
    key_hash = hashing.gateway.service.shared.tokens.hashed(token)
    said = hashing.post("keys", key_hash, body=session(), hashed="1")
    assert said.value == {
        "key": key_hash, "status": "ok", "action": "added", "key_hash": key_hash
    }  # fmt: skip
    assert hashing.status(token) == 200


def test_the_older_way_to_make_a_key(shop: Shop) -> None:
    said = shop.post("keys", "create", body=session(hmac_enabled=True))
    assert (said.status, said.value["action"]) == (200, "added")
    assert shop.status(said.value["key"]) == 200
    [kept] = shop.stored().values()
    assert len(base64.b64decode(kept["hmac_string"])) == 32


def test_a_certificate_has_one_key(shop: Shop) -> None:
    assert shop.post("keys", "create", body=session(certificate="f00d")).value["key"] == "acmef00d"
    said = shop.post("keys", "create", body=session(certificate="f00d"))
    note = "Failed to create key - Key with given certificate already found:acmef00d"
    assert (said.status, said.message) == (400, note)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (("keys",), "Failed to create key, ensure security settings are correct. "
                    "Master keys not allowed"),
        (("keys", "custom"), "Failed to create key, ensure security settings are correct. "
                             "Master keys not allowed"),
        (("keys", "create"),
         "Failed to create key, keys must have at least one Access Rights record set."),
    ],
)  # fmt: skip
def test_a_key_for_everything_must_be_allowed(
    gateway: MakeGateway, path: tuple[str, ...], message: str
) -> None:
    shop = Shop(gateway(SHOP))
    said = shop.post(*path, body={"org_id": "acme"})
    assert (said.status, said.message) == (400, message)
    assert shop.stored() == {}
    allowing = Shop(gateway(SHOP, settings={"allow_master_keys": True}))
    said = allowing.post(*path, body={"org_id": "acme"})
    assert said.status == 200
    assert allowing.status(said.value["key"]) == 200


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        (("keys",), "Request malformed"),
        (("keys", "custom"), "Request malformed"),
        (("keys", "create"), "Unmarshalling failed"),
        (("keys", "preview"), "Unmarshalling failed"),
        (("org", "keys", "acme"), "Request malformed"),
    ],
)
@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"{", "body:1:2: not JSON: expecting property name"),
        (b"[]", "session: expected an object, found a list"),
        (b'{"rate": "5"}', 'session: rate: expected a number, found the string "5"'),
        (b'{"rate": 1e999}', "body:1: a number that is too large"),
        (
            b'{"access_rights": {"a": {"allowed_urls": [{"url": 5}]}}}',
            "session: access_rights.a.allowed_urls[0].url: expected a string, found the number 5",
        ),
    ],
)
def test_the_member_that_is_wrong_is_named(
    shop: Shop, path: tuple[str, ...], complaint: str, body: bytes, wrong: str
) -> None:
    said = shop.post(*path, body=body)
    assert said.status == 400
    assert said.message.startswith(f"{complaint}: {wrong}")


def test_a_time_that_is_over_is_no_time_to_expire(shop: Shop) -> None:
    key = shop.post("keys", body=session(expires=1_000_000_000)).value["key"]
    assert shop.status(key) == 200
    later = 4_000_000_000
    assert shop.put("keys", key, body=session(expires=later)).status == 200
    assert shop.put("keys", key, body=session(expires=1_000_000_000)).status == 200
    assert shop.get("keys", key).value["expires"] == later
    assert shop.put("keys", key, body=session(expires=-1)).status == 200
    assert shop.get("keys", key).value["expires"] == -1


# -- users and their passwords --


def test_a_password_is_stored_as_its_hash(hashing: Shop) -> None:
    for path in (("keys", "ann"), ("keys", "create")):
        said = hashing.post(*path, body=session(basic_auth_data={"password": "secret tea"}))
        data = hashing.stored()[said.value["key_hash"]]["basic_auth_data"]
        assert data["hash_type"] == "bcrypt"
        assert bcrypt.checkpw(b"secret tea", data["password"].encode())
    # The key of a user is nothing that is handed out.
    assert (
        hashing.post("keys", "bob", body=session(basic_auth_data={"password": "x"})).value["key"]
        == ""
    )


def test_the_way_to_hash_a_password_can_be_chosen(gateway: MakeGateway) -> None:
    shop = Shop(gateway(SHOP, settings={"basic_auth_hash_key_function": "sha256"}))
    shop.post("keys", "ann", body=session(basic_auth_data={"password": "tea"}))
    [kept] = shop.stored().values()
    assert kept["basic_auth_data"] == {
        "hash_type": "sha256", "password": hashlib.sha256(b"tea").hexdigest()
    }  # fmt: skip


@pytest.mark.parametrize("password", ["x" * 73, "ä" * 37, "a\0b"])
def test_a_password_that_would_be_cut_is_refused(shop: Shop, password: str) -> None:
    said = shop.post("keys", "ann", body=session(basic_auth_data={"password": password}))
    assert said.status == 400
    assert "basic_auth_data.password: a password has " in said.message
    assert shop.stored() == {}


def test_a_password_is_not_shown_and_stays_when_none_is_sent(shop: Shop) -> None:
    shop.post("keys", "ann", body=session(basic_auth_data={"password": "tea"}))
    [before] = shop.stored().values()
    shown = shop.get("keys", "acmeann").value
    assert "password" not in shown["basic_auth_data"]
    assert shop.put("keys", "acmeann", body={**shown, "alias": "Ann"}).status == 200
    [after] = shop.stored().values()
    assert (after["alias"], after["basic_auth_data"]) == ("Ann", before["basic_auth_data"])


def test_a_new_password_is_hashed_and_the_old_hash_is_not_hashed_again(shop: Shop) -> None:
    shop.post("keys", "ann", body=session(basic_auth_data={"password": "tea"}))
    [before] = shop.stored().values()
    same = session(basic_auth_data=before["basic_auth_data"])
    assert shop.put("keys", "acmeann", body=same).status == 200
    [after] = shop.stored().values()
    assert after["basic_auth_data"] == before["basic_auth_data"]
    assert (
        shop.put("keys", "acmeann", body=session(basic_auth_data={"password": "x"})).status == 200
    )
    [last] = shop.stored().values()
    assert bcrypt.checkpw(b"x", last["basic_auth_data"]["password"].encode())


def test_a_user_is_found_by_name(hashing: Shop) -> None:
    hashing.post("keys", "ann", body=session(alias="Ann"))
    for how in ({"username": "true", "org_id": "acme"}, {"org_id": "acme"}, {"api_id": "shop"}, {}):
        assert hashing.get("keys", "ann", **how).value["alias"] == "Ann"
    body = session(alias="Bob")
    assert hashing.put("keys", "ann", body=body, username="true", org_id="acme").status == 200
    assert hashing.delete("keys", "ann", username="true", org_id="acme").status == 200
    assert hashing.stored() == {}


def test_names_can_be_kept_from_standing_for_keys(gateway: MakeGateway) -> None:
    shop = Shop(gateway(SHOP, settings={"disable_key_actions_by_username": True}))
    key = shop.post("keys", "ann", body=session()).value["key"]
    assert shop.get("keys", "ann", username="true", org_id="acme").status == 404
    assert shop.get("keys", key).status == 200


# -- replaced --


def test_a_key_is_replaced(shop: Shop) -> None:
    key = shop.post("keys", body=session(alias="Ann")).value["key"]
    [before] = shop.stored().values()
    assert shop.status(key) == 200
    said = shop.put("keys", key, body=session(is_inactive=True))
    assert said.value == {"key": key, "status": "ok", "action": "modified"}
    [after] = shop.stored().values()
    assert after["date_created"] == before["date_created"]
    assert "alias" not in after
    # At once, although a moment ago the client was let in.
    assert shop.status(key) == 403


def test_a_key_is_replaced_by_its_hash(hashing: Shop) -> None:
    key_hash = hashing.post("keys", body=session()).value["key_hash"]
    said = hashing.put("keys", key_hash, body=session(alias="Ann"), hashed="true")
    assert said.value == {"key": key_hash, "status": "ok", "action": "modified"}
    assert hashing.stored()[key_hash]["alias"] == "Ann"


def test_a_key_that_is_not_there_is_not_replaced(shop: Shop) -> None:
    said = shop.put("keys", "nobody", body=session())
    assert (said.status, said.message) == (404, "Key is not found")
    assert shop.stored() == {}


def test_a_key_keeps_its_certificate(shop: Shop) -> None:
    key = shop.post("keys", "create", body=session(certificate="f00d")).value["key"]
    said = shop.put("keys", key, body=session())
    assert (said.status, said.message) == (400, "Key cannot be used without a certificate")
    assert shop.put("keys", key, body=session(certificate="f00d")).status == 200


def test_periods_begin_anew_unless_that_is_suppressed(shop: Shop) -> None:
    limit = {"quota_max": 5, "quota_renewal_rate": 60, "quota_renews": 111}
    rights = {"shop": {"api_id": "shop", "versions": ["Default"], "limit": limit}}
    body = session(quota_max=10, quota_renewal_rate=60, access_rights=rights, last_updated="222")
    key = shop.post("keys", "custom", body=body, suppress_reset="1").value["key"]
    assert shop.stored()[key]["last_updated"] == "222"
    assert "quota_renews" not in shop.stored()[key]
    quota = f"quota-{key}".encode()
    store = shop.gateway.service.shared.store
    outcome(store.set(quota, b"7"))

    changed = session(quota_max=10, quota_renewal_rate=60, last_updated="333", access_rights={
        "shop": {**rights["shop"], "limit": {**limit, "quota_renews": 999}}
    })  # fmt: skip
    shop.put("keys", key, body=changed, suppress_reset="1")
    kept = shop.stored()[key]
    assert kept["last_updated"] == "222"
    assert kept["access_rights"]["shop"]["limit"]["quota_renews"] == 111
    assert outcome(store.get(quota)) == b"7"

    shop.put("keys", key, body=changed)
    kept = shop.stored()[key]
    assert int(kept["last_updated"]) > 1_700_000_000
    assert kept["quota_renews"] == int(kept["last_updated"]) + 60
    assert outcome(store.get(quota)) is None


def test_an_api_can_leave_quotas_as_they_are(gateway: MakeGateway) -> None:
    shop = Shop(gateway({**SHOP, "dont_set_quota_on_create": True}))
    store = shop.gateway.service.shared.store
    outcome(store.set(b"quota-acmeabc", b"7"))
    shop.post("keys", "abc", body=session(quota_max=10, quota_renewal_rate=60))
    assert outcome(store.get(b"quota-acmeabc")) == b"7"
    assert "quota_renews" not in shop.stored()["acmeabc"]


def test_sessions_live_as_long_as_their_api_says(gateway: MakeGateway) -> None:
    shop = Shop(gateway({**SHOP, "session_lifetime": 100}))
    shop.post("keys", "abc", body=session())
    left = outcome(shop.gateway.service.shared.store.ttl(PREFIX + b"acmeabc"))
    assert 99 <= left <= 100


# -- shown and listed --


def test_what_remains_of_a_quota_is_shown(shop: Shop) -> None:
    limit = {"quota_max": 5, "quota_renewal_rate": 60}
    rights = {"shop": {"api_id": "shop", "versions": ["Default"], "limit": limit}}
    body = session(quota_max=10, quota_renewal_rate=60, access_rights=rights)
    shop.post("keys", "abc", body=body)
    store = shop.gateway.service.shared.store
    shown = shop.get("keys", "acmeabc").value
    assert shown["quota_remaining"] == 10
    assert shown["access_rights"]["shop"]["limit"]["quota_remaining"] == 5
    outcome(store.set(b"quota-acmeabc", b"3"))
    outcome(store.set(b"quota-shop-acmeabc", b"9"))
    shown = shop.get("keys", "acmeabc").value
    assert shown["quota_remaining"] == 7
    assert "quota_remaining" not in shown["access_rights"]["shop"]["limit"]  # 0 is left out
    outcome(store.set(b"quota-acmeabc", b"not a number"))
    assert shop.get("keys", "acmeabc").value["quota_remaining"] == 10


def test_a_key_without_a_quota_has_nothing_that_remains(shop: Shop) -> None:
    shop.post("keys", "abc", body=session(quota_max=-1))
    assert "quota_remaining" not in shop.get("keys", "acmeabc").value


def test_a_key_is_shown_by_its_hash(hashing: Shop) -> None:
    said = hashing.post("keys", body=session(alias="Ann")).value
    assert hashing.get("keys", said["key_hash"], hashed="true").value["alias"] == "Ann"
    assert hashing.get("keys", said["key"]).value["alias"] == "Ann"
    assert hashing.get("keys", said["key_hash"]).status == 404
    assert hashing.get("keys", said["key"], hashed="true").status == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
def test_there_are_no_hashes_where_nothing_is_hashed(shop: Shop, method: str) -> None:
    said = shop.ask(method, "keys", "abc", body=session(), hashed="true")
    note = "Key requested by hash but key hashing is not enabled"
    assert (said.status, said.message) == (400, note)


def test_what_is_damaged_is_said_to_be(shop: Shop) -> None:
    outcome(shop.gateway.service.shared.store.set(PREFIX + b"broken", b'{"rate": []}'))
    said = shop.get("keys", "broken")
    assert said.status == 500
    assert said.message.startswith("What is stored of the key is damaged: session: rate: ")
    # It can be listed, and it is no key for anything.
    assert shop.get("keys").value == {"keys": ["broken"]}
    assert shop.get("keys", filter="b", api_id="shop").value == {"keys": []}
    assert shop.post("keys", "policy", "broken", body={"policy": "gold"}).status == 500
    # It can be deleted, and made anew.
    assert shop.delete("keys", "broken").value["action"] == "deleted"
    assert shop.stored() == {}
    outcome(shop.gateway.service.shared.store.set(PREFIX + b"acmebroken", b"{"))
    assert shop.post("keys", "broken", body=session()).status == 200
    assert shop.status("broken") == 200


def test_keys_are_listed(shop: Shop) -> None:
    for name in ("abc", "abd", "xyz"):
        shop.post("keys", name, body=session())
    other = {"access_rights": {"other": {"api_id": "other"}}}
    shop.post("keys", "acme-other", body=other)
    store = shop.gateway.service.shared.store
    outcome(store.set(PREFIX + b"quota-acmeabc", b"1"))
    outcome(store.set(PREFIX + b"\xff", b"{}"))
    listed = ["acmeabc", "acmeabd", "acmexyz", "acme-other", "\ufffd"]
    assert sorted(shop.get("keys").value["keys"]) == sorted(listed)
    assert sorted(shop.get("keys", filter="acmeab").value["keys"]) == ["acmeabc", "acmeabd"]
    assert shop.get("keys", filter="acme", api_id="shop").value["keys"] == [
        "acmeabc", "acmeabd", "acmexyz"
    ]  # fmt: skip
    said = shop.get("keys", api_id="shop")
    assert (said.status, said.message) == (
        400,
        "The 'filter' parameter (Org ID) is required when filtering by 'api_id' in legacy mode",
    )


def test_new_tokens_are_listed_by_their_organisation(gateway: MakeGateway) -> None:
    shop = Shop(gateway(SHOP, settings={"hash_key_function": "sha256"}))
    made = {shop.post("keys", body=session()).value["key"] for _ in range(3)}
    shop.post("keys", body=session(org_id="other"))
    assert set(shop.get("keys", filter="acme").value["keys"]) == made


def test_hashes_are_listed_where_that_is_allowed(gateway: MakeGateway) -> None:
    settings = {"hash_keys": True}
    shop = Shop(gateway(SHOP, settings=settings))
    said = shop.get("keys")
    note = "Hashed key listing is disabled in config (enable_hashed_keys_listing)"
    assert (said.status, said.message) == (404, note)
    open_shop = Shop(gateway(SHOP, settings={**settings, "enable_hashed_keys_listing": True}))
    made = open_shop.post("keys", body=session()).value
    assert open_shop.get("keys", filter="zzz").value == {"keys": [made["key_hash"]]}
    assert open_shop.get("keys", api_id="shop").value == {"keys": [made["key_hash"]]}
    assert open_shop.get("keys", api_id="other").value == {"keys": []}


# -- deleted --


def test_a_key_is_deleted_and_opens_nothing(shop: Shop) -> None:
    key = shop.post("keys", body=session()).value["key"]
    assert shop.status(key) == 200
    store = shop.gateway.service.shared.store
    outcome(store.set(f"quota-{key}".encode(), b"1"))
    assert shop.delete("keys", key).value == {"key": key, "status": "ok", "action": "deleted"}
    assert shop.status(key) == 403
    assert (shop.stored(), outcome(store.get(f"quota-{key}".encode()))) == ({}, None)
    said = shop.delete("keys", key)
    assert (said.status, said.message) == (404, "There is no such key found")


def test_a_key_is_deleted_by_its_hash(hashing: Shop) -> None:
    made = hashing.post("keys", body=session()).value
    said = hashing.delete("keys", made["key_hash"], hashed="true")
    assert said.value == {"key": made["key_hash"], "status": "ok", "action": "deleted"}
    assert hashing.status(made["key"]) == 403


def test_a_tyk_gateway_hears_of_a_deleted_key_by_what_it_holds_it_under(
    gateway: MakeGateway,
) -> None:
    settings = {"hash_keys": True, "hash_key_function": "sha256"}
    shop = Shop(gateway(SHOP, settings=settings))
    heard: list[str] = []
    made = shop.post("keys", body=session()).value
    shop.gateway.advance(1)
    notifications = shop.gateway.service.shared.notifications
    notifications.subscribe("KeySpaceUpdateNotification", heard.append)
    shop.delete("keys", made["key"])
    shop.gateway.advance(1)
    assert heard == [f"{made['key_hash']},{FUNCTIONS['murmur64'](made['key'].encode())}"]


def test_a_key_is_deleted_for_all_apis(shop: Shop) -> None:
    key = shop.post("keys", body=session()).value["key"]
    said = shop.delete("keys", key, api_id="-1")
    assert (said.status, said.value) == (200, None)
    assert shop.stored() == {}


# -- policies --


@pytest.fixture
def with_policies(gateway: MakeGateway, tmp_path: Path) -> Shop:
    policies = {
        "gold": {
            "org_id": "acme", "rate": 1000, "per": 1, "quota_max": -1, "active": True,
            "access_rights": RIGHTS, "key_expires_in": 3600,
        },
        "foreign": {"org_id": "other", "access_rights": RIGHTS, "active": True},
    }  # fmt: skip
    (tmp_path / "policies.json").write_text(json.dumps(policies))
    settings = {"policies": {"policy_source": "file", "policy_record_name": "policies.json"}}
    return Shop(gateway(SHOP, settings=settings))


def test_a_policy_gives_a_key_its_rights(with_policies: Shop) -> None:
    shop = with_policies
    said = shop.post("keys", "abc", body={"org_id": "acme", "apply_policies": ["gold"]})
    assert said.status == 200
    kept = shop.stored()["acmeabc"]
    assert (kept["rate"], list(kept["access_rights"])) == (1000, ["shop"])
    assert kept["expires"] == int(kept["last_updated"]) + 3600
    assert shop.status("acmeabc") == 200
    # A change is no new life.
    body = {"org_id": "acme", "apply_policies": ["gold"]}
    for again in (shop.put("keys", "acmeabc", body=body), shop.post("keys", "abc", body=body)):
        assert again.status == 200
        assert "expires" not in shop.stored()["acmeabc"]


@pytest.mark.parametrize("policy", ["foreign", "nowhere"])
@pytest.mark.parametrize("path", [("keys",), ("keys", "abc"), ("keys", "create")])
def test_a_policy_that_can_not_be_applied_makes_no_key(
    with_policies: Shop, path: tuple[str, ...], policy: str
) -> None:
    said = with_policies.post(*path, body=session(apply_policies=[policy]))
    assert said.status == 400
    assert said.message.startswith("Failed to create key, ensure security settings are correct. ")
    assert with_policies.stored() == {}


def test_a_session_is_previewed_with_its_policies(with_policies: Shop) -> None:
    said = with_policies.post(
        "keys", "preview", body={"org_id": "acme", "apply_policies": ["gold"]}
    )
    assert (said.status, said.value["rate"]) == (200, 1000)
    assert list(said.value["access_rights"]) == ["shop"]
    assert with_policies.stored() == {}
    said = with_policies.post("keys", "preview", body={"apply_policies": ["nowhere"]})
    assert (said.status, said.message.partition(" - ")[0]) == (400, "Failed to create key")


def test_a_key_whose_policy_is_gone_is_shown_as_it_is_stored(with_policies: Shop) -> None:
    store = with_policies.gateway.service.shared.store
    stored = json.dumps({"apply_policies": ["gone"], "rate": 5}).encode()
    outcome(store.set(PREFIX + b"old", stored))
    shown = with_policies.get("keys", "old").value
    assert (shown["rate"], shown["apply_policies"]) == (5, ["gone"])


def test_policies_of_a_hashed_key_are_set(with_policies: Shop) -> None:
    shop = with_policies
    shop.post("keys", "abc", body=session(rate=5, per=1))
    said = shop.post("keys", "policy", "acmeabc", body={"policy": "gold"})
    assert said.value == {"key": "acmeabc", "status": "ok", "action": "updated"}
    assert shop.stored()["acmeabc"]["apply_policies"] == ["gold"]
    assert shop.get("keys", "acmeabc").value["rate"] == 1000
    body = {"policy": "gold", "apply_policies": ["foreign"]}
    assert shop.post("keys", "policy", "acmeabc", body=body).status == 200
    assert shop.stored()["acmeabc"]["apply_policies"] == ["foreign", "gold"]
    said = shop.post("keys", "policy", "nobody", body={"policy": "gold"})
    assert (said.status, said.message) == (404, "Key not found")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", "body:1:1: not JSON"),
        (b"[]", "expected an object"),
        (b'{"policy": 5}', "policy: expected a string"),
        (b'{"apply_policies": "gold"}', "apply_policies: expected a list of strings"),
        (b'{"apply_policies": [5]}', "apply_policies: expected a list of strings"),
    ],
)
def test_an_instruction_that_is_none(shop: Shop, body: bytes, wrong: str) -> None:
    said = shop.post("keys", "policy", "abc", body=body)
    assert said.status == 400
    assert said.message.startswith(f"Couldn't decode instruction: {wrong}")


# -- organisations --


def test_an_organisation_has_a_session_too(shop: Shop) -> None:
    store = shop.gateway.service.shared.store
    said = shop.post("org", "keys", "acme", body={"quota_max": 5, "quota_renewal_rate": 60})
    assert said.value == {"key": "acme", "status": "ok", "action": "added"}
    kept = json.loads(outcome(store.get(b"orgkey.acme")))
    assert kept["quota_max"] == 5
    assert "quota_renews" not in kept
    assert shop.get("org", "keys", "acme").value == kept
    outcome(store.set(b"quota-acme", b"5"))
    said = shop.put("org", "keys", "acme", body={"quota_renewal_rate": 60}, reset_quota="1")
    assert said.value["action"] == "modified"
    kept = json.loads(outcome(store.get(b"orgkey.acme")))
    assert kept["quota_renews"] == int(kept["last_updated"]) + 60
    assert outcome(store.get(b"quota-acme")) is None
    shop.post("org", "keys", "other", body={})
    assert shop.get("org", "keys").value == {"keys": ["acme", "other"]}
    assert shop.get("org", "keys", filter="o").value == {"keys": ["other"]}
    assert shop.delete("org", "keys", "acme").value["action"] == "deleted"
    for said in (shop.get("org", "keys", "acme"), shop.delete("org", "keys", "acme")):
        assert (said.status, said.message) == (404, "Org not found")


def test_a_damaged_session_of_an_organisation(shop: Shop) -> None:
    outcome(shop.gateway.service.shared.store.set(b"orgkey.acme", b"[]"))
    said = shop.get("org", "keys", "acme")
    assert said.status == 500
    assert said.message.startswith("What is stored of it is damaged: session: expected an object")


# -- told --


def test_handlers_hear_of_keys(gateway: MakeGateway, events: Any) -> None:
    names = ("TokenCreated", "TokenUpdated", "TokenDeleted")
    handler = [{"handler_name": "eh_log_handler", "handler_meta": {"prefix": "told"}}]
    settings = {"event_handlers": {"events": dict.fromkeys(names, handler)}}
    shop = Shop(gateway(SHOP, settings=settings))
    shop.post("keys", "abc", body=session())
    shop.put("keys", "acmeabc", body=session())
    shop.delete("keys", "acmeabc")
    told = [text for text in events.texts() if "told:" in text]
    assert [name for name in names if any(name in text for text in told)] == list(names)
    assert not any("acmeabc" in text for text in told)
