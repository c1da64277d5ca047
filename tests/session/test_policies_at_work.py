"""Given these policies, what clients with keys of them may do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway

from twisted_tyk.session.rights import AccessDefinition, AllowedURL
from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import MemoryGateway, definition

Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a policy of the organisation ``default`` for the API ``one``."""
    (tmp_path / "policies").mkdir()

    def policy(id: str, **keys: Any) -> None:
        rights = {"one": {"api_id": "one", "versions": ["Default"]}}
        value = {"id": id, "org_id": "default", "access_rights": rights, **keys}
        (tmp_path / "policies" / f"{id}.json").write_text(json.dumps(value))

    return policy


@pytest.fixture
def guarded(gateway: MakeGateway) -> Callable[..., MemoryGateway]:
    """A gateway with the API ``one``, which asks for a key."""

    def make(settings: dict[str, Any] | None = None, **keys: Any) -> MemoryGateway:
        return gateway(
            definition("one", use_keyless=False, **keys),
            settings={"policies": {"policy_path": "policies"}, **(settings or {})},
        )

    return make


Guarded = Callable[..., MemoryGateway]


def keep(running: MemoryGateway, key: str, *policies: str, **session: Any) -> None:
    """Store a key."""
    state = SessionState(org_id="default", apply_policies=list(policies), **session)
    running.service.shared.keys.write(key, state)
    running.settle()


def asked(running: MemoryGateway, target: str = "/one/get", **fields: str) -> tuple[int, str]:
    answer = running.get(target, **{"Authorization": "ann", **fields})
    return answer.status, json.loads(answer.body).get("error", "")


NO_ACCESS = (403, "Access to this API has been disallowed")


def test_rights_come_from_the_policy(write: Write, guarded: Guarded) -> None:
    write("gold")
    write("other", access_rights={"two": {}})
    running = guarded()
    keep(running, "ann", "gold")
    assert asked(running) == (200, "")
    keep(running, "ann", "other")
    assert asked(running) == NO_ACCESS
    keep(running, "ann", "other", "gold")
    assert asked(running) == (200, "")


def test_a_key_of_a_policy_that_is_not_there(
    write: Write, guarded: Guarded, events: Events
) -> None:
    running = guarded()
    keep(running, "ann", "gone")
    assert asked(running) == NO_ACCESS
    assert running.upstream.requests == []
    assert any('policy not found: "gone"' in text for text in events.texts())


def test_a_key_of_a_policy_of_another_organisation(write: Write, guarded: Guarded) -> None:
    write("gold", org_id="other")
    running = guarded()
    keep(running, "ann", "gold")
    assert asked(running) == NO_ACCESS


def test_a_reload_counts_at_once_for_keys_that_are_known(write: Write, guarded: Guarded) -> None:
    write("gold")
    running = guarded()
    keep(running, "ann", "gold")
    assert asked(running) == (200, "")
    write("gold", is_inactive=True)
    assert asked(running) == (200, "")
    assert running.control("/tyk/reload").status == 200
    assert asked(running) == (403, "Key is inactive, please renew")


@pytest.mark.parametrize("command", ["PolicyChanged", "GroupReload", "ApiUpdated"])
def test_another_node_tells_of_a_change(write: Write, guarded: Guarded, command: str) -> None:
    write("gold")
    running = guarded({"reload_interval": 3})
    keep(running, "ann", "gold")
    write("gold", access_rights={"two": {}})
    notifications = running.service.shared.notifications
    for _ in range(5):
        notifications.publish(command, "")
    running.advance(2.5)
    assert asked(running) == (200, "")
    before = running.service.shared.policies.revision
    running.advance(1)
    assert asked(running) == NO_ACCESS
    assert running.service.shared.policies.revision == before + 1


def test_a_reload_that_fails_is_told(
    write: Write, guarded: Guarded, events: Events, tmp_path: Path
) -> None:
    running = guarded()
    (tmp_path / "apps").rename(tmp_path / "away")
    running.service.shared.notifications.publish("GroupReload", "")
    running.advance(2)
    assert events.texts()[-1].startswith("the reload failed, all stays as it was: ")
    (tmp_path / "away").rename(tmp_path / "apps")


def test_a_gateway_that_stops_reloads_no_more(
    write: Write, guarded: Guarded, events: Events
) -> None:
    running = guarded()
    running.service.shared.notifications.publish("GroupReload", "")
    running.advance(0.5)
    running.stop()
    running.advance(5)
    assert len([text for text in events.texts() if text.startswith("APIs served: 1,")]) == 1


def test_a_bad_policy_keeps_its_last_good_version_and_is_told(
    write: Write, guarded: Guarded, tmp_path: Path, events: Events
) -> None:
    write("gold")
    running = guarded()
    keep(running, "ann", "gold")
    assert running.get("/ready").status == 200
    file = tmp_path / "policies" / "gold.json"
    file.write_text('{"id": "gold",\n"rate": "fast"}')
    running.control("/tyk/reload")
    assert asked(running) == (200, "")
    ready = running.control("/ready")
    assert ready.status == 200
    problem = f'{file}:2: rate: expected a number, found the string "fast"'
    assert problem in json.loads(ready.body)["details"]["apis"]["output"]
    assert problem in events.texts()
    write("gold")
    running.control("/tyk/reload")
    assert running.get("/ready").status == 200


def test_paths_and_methods_come_from_policies(write: Write, guarded: Guarded) -> None:
    urls = [{"url": "^/one/get$", "methods": ["GET"]}, {"url": "(", "methods": ["GET"]}]
    write("gold", access_rights={"one": {"allowed_urls": urls}})
    running = guarded()
    keep(running, "ann", "gold")
    assert asked(running) == (200, "")
    forbidden = (403, "Access to this resource has been disallowed")
    assert asked(running, "/one/getters") == forbidden
    assert running.request("POST", "/one/get", {"Authorization": "ann"}).status == 403


def test_paths_of_a_key_itself(write: Write, guarded: Guarded) -> None:
    rights = {"one": AccessDefinition(allowed_urls=[AllowedURL("/users/{id}", ["GET"])])}
    settings = {"enable_path_prefix_matching": True, "enable_path_suffix_matching": True}
    running = guarded({"http_server_options": settings})
    keep(running, "ann", access_rights=rights)
    assert asked(running, "/one/users/5") == (200, "")
    assert asked(running, "/one/users/5/mails")[0] == 403
    assert asked(running, "/one/all/users/5")[0] == 403


@pytest.mark.parametrize(
    ("versions", "named", "status"),
    [
        ({"not_versioned": True}, [], 200),
        ({"not_versioned": False}, ["v1"], 200),
        ({"not_versioned": False}, ["v2"], 403),
        ({"not_versioned": False}, [], 403),
        ({"not_versioned": False, "default_version": "v1"}, ["v2", "v1"], 200),
    ],
)
def test_versions_of_a_key(
    write: Write, guarded: Guarded, versions: dict[str, Any], named: list[str], status: int
) -> None:
    running = guarded(version_data={**versions, "versions": {"v1": {"name": "v1"}}})
    keep(running, "ann", access_rights={"one": AccessDefinition(versions=named)})
    assert asked(running)[0] == status


def test_the_credential_stays_here(write: Write, guarded: Guarded) -> None:
    write("gold")
    config = {"auth_header_name": "X-Key", "use_param": True, "param_name": "key"}
    running = guarded(strip_auth_data=True, auth=config)
    keep(running, "ann", "gold")
    assert asked(running, "/one/get?key=ann&x=1", X_Key="ann", Cookie="X-Key=ann; a=b")[0] == 200
    seen = running.upstream.requests[0]
    assert seen.target == "/get?x=1"
    assert (seen.headers.get("X-Key"), seen.headers.get("Cookie")) == (None, "a=b")
    # What is no credential of this API travels.
    assert seen.headers.get("Authorization") == "ann"
