"""Every answer that the description of the control API promises, seen once, and as described."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field
from control_client import ControlClient
from gateways import MakeGateway
from jsonschema.validators import Draft202012Validator
from oauth_gateway import policy, shop
from twisted.internet.defer import fail

from twisted_tyk.control.openapi import describe
from twisted_tyk.control.routes import Route
from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.testing import MemoryGateway, definition

ONE = definition("one")
RIGHTS = {"shop": {"api_id": "shop", "versions": ["Default"]}}
SESSION = {"org_id": "default", "access_rights": RIGHTS}
CLIENT = {"api_id": "shop", "redirect_uri": "https://client.test/", "client_id": "c", "secret": "s"}

#: What is asked in this order, and the status of the answer.
ASKED: tuple[tuple[int, str, str, Any], ...] = (
    (200, "GET", "/hello", None),
    (200, "GET", "/ready", None),
    (200, "GET", "/tyk/reload", None),
    (200, "GET", "/tyk/reload/group", None),
    (200, "GET", "/tyk/apis", None),
    (200, "GET", "/tyk/apis/one", None),
    (404, "GET", "/tyk/apis/none", None),
    (200, "GET", "/tyk/apis/one/versions", None),
    (404, "GET", "/tyk/apis/none/versions", None),
    (200, "POST", "/tyk/apis", definition("new")),
    (400, "POST", "/tyk/apis", {"proxy": 5}),
    (409, "POST", "/tyk/apis", definition("taken")),
    (200, "PUT", "/tyk/apis/new", definition("new")),
    (400, "PUT", "/tyk/apis/new", definition("one")),
    (404, "PUT", "/tyk/apis/none", definition("none")),
    (200, "DELETE", "/tyk/apis/new", None),
    (404, "DELETE", "/tyk/apis/new", None),
    (200, "POST", "/tyk/keys", SESSION),
    (400, "POST", "/tyk/keys", {"rate": "5"}),
    (200, "POST", "/tyk/keys/create", SESSION),
    (400, "POST", "/tyk/keys/create", {}),
    (200, "POST", "/tyk/keys/abc", SESSION),
    (400, "POST", "/tyk/keys/a", SESSION),
    (200, "POST", "/tyk/keys/preview", SESSION),
    (200, "GET", "/tyk/keys", None),
    (200, "GET", "/tyk/keys/defaultabc", None),
    (404, "GET", "/tyk/keys/nobody", None),
    (200, "PUT", "/tyk/keys/defaultabc", SESSION),
    (400, "PUT", "/tyk/keys/defaultabc", []),
    (404, "PUT", "/tyk/keys/nobody", SESSION),
    (200, "POST", "/tyk/keys/policy/defaultabc", {"policy": "gold"}),
    (404, "POST", "/tyk/keys/policy/nobody", {"policy": "gold"}),
    (400, "DELETE", "/tyk/keys/defaultabc?hashed=1", None),
    (200, "DELETE", "/tyk/keys/defaultabc", None),
    (404, "DELETE", "/tyk/keys/nobody", None),
    (200, "POST", "/tyk/org/keys/acme", {}),
    (200, "PUT", "/tyk/org/keys/acme", {}),
    (200, "GET", "/tyk/org/keys", None),
    (200, "GET", "/tyk/org/keys/acme", None),
    (200, "DELETE", "/tyk/org/keys/acme", None),
    (404, "GET", "/tyk/org/keys/acme", None),
    (404, "DELETE", "/tyk/org/keys/acme", None),
    (200, "GET", "/tyk/policies", None),
    (200, "GET", "/tyk/policies/gold", None),
    (404, "GET", "/tyk/policies/none", None),
    (200, "POST", "/tyk/policies", policy("new")),
    (400, "POST", "/tyk/policies", {}),
    (409, "POST", "/tyk/policies", policy("taken")),
    (200, "PUT", "/tyk/policies/new", policy("new")),
    (400, "PUT", "/tyk/policies/new", policy("gold")),
    (409, "PUT", "/tyk/policies/taken", policy("taken")),
    (200, "DELETE", "/tyk/policies/new", None),
    (404, "DELETE", "/tyk/policies/new", None),
    (200, "POST", "/tyk/oauth/clients/create", CLIENT),
    (400, "POST", "/tyk/oauth/clients/create", {"api_id": "none"}),
    (200, "GET", "/tyk/oauth/clients/shop", None),
    (404, "GET", "/tyk/oauth/clients/none", None),
    (200, "GET", "/tyk/oauth/clients/apis/c?orgID=", None),
    (404, "GET", "/tyk/oauth/clients/apis/none", None),
    (200, "GET", "/tyk/oauth/clients/shop/c", None),
    (404, "GET", "/tyk/oauth/clients/shop/none", None),
    (200, "PUT", "/tyk/oauth/clients/shop/c", CLIENT),
    (400, "PUT", "/tyk/oauth/clients/shop/c", {"redirect_uri": 5}),
    (404, "PUT", "/tyk/oauth/clients/shop/none", CLIENT),
    (200, "GET", "/tyk/oauth/clients/shop/c/tokens", None),
    (200, "GET", "/tyk/oauth/clients/shop/c/tokens?page=1", None),
    (404, "GET", "/tyk/oauth/clients/none/c/tokens", None),
    (200, "DELETE", "/tyk/oauth/refresh/abc?api_id=shop", None),
    (400, "DELETE", "/tyk/oauth/refresh/abc", None),
    (404, "DELETE", "/tyk/oauth/refresh/abc?api_id=none", None),
    (200, "POST", "/tyk/oauth/revoke", "token=t&client_id=c"),
    (400, "POST", "/tyk/oauth/revoke", "token=t"),
    (401, "POST", "/tyk/oauth/revoke_all", "client_id=c"),
    (404, "POST", "/tyk/oauth/revoke_all", "client_id=none&client_secret=s"),
    (400, "POST", "/tyk/oauth/revoke_all", b"\xff"),
    (200, "POST", "/tyk/oauth/revoke_all", "client_id=c&client_secret=s"),
    (200, "PUT", "/tyk/oauth/clients/shop/c/rotate", None),
    (404, "PUT", "/tyk/oauth/clients/shop/none/rotate", None),
    (200, "DELETE", "/tyk/oauth/clients/shop/c", None),
    (404, "DELETE", "/tyk/oauth/clients/shop/c", None),
    (200, "DELETE", "/tyk/oauth/tokens?scope=lapsed", None),
    (400, "DELETE", "/tyk/oauth/tokens?scope=none", None),
    (422, "DELETE", "/tyk/oauth/tokens", None),
    (200, "GET", "/tyk/health?api_id=one", None),
    (404, "GET", "/tyk/health?api_id=none", None),
    (200, "DELETE", "/tyk/cache/one", None),
    (200, "DELETE", "/tyk/cache/jwks", None),
    (200, "DELETE", "/tyk/cache/jwks/one", None),
    (200, "POST", "/tyk/debug", {"spec": ONE, "request": {"path": "/"}}),
    (400, "POST", "/tyk/debug", {"spec": {"proxy": {}}, "request": {"path": "/"}}),
    (400, "POST", "/tyk/debug", {"spec": ONE}),
    (200, "GET", "/tyk/plugins", None),
    (200, "GET", "/tyk/patches", None),
    (200, "GET", "/tyk/openapi.json", None),
)


@define
class Watcher:
    """Asks, and looks whether answers are as described. :ivar seen: by which route."""

    gateway: MemoryGateway
    seen: set[tuple[str, str, int]] = field(factory=set)

    @property
    def routes(self) -> tuple[Route, ...]:
        routes: tuple[Route, ...] = self.gateway.service.root.control.routes.all
        return routes

    def ask(self, wanted: int, method: str, target: str, body: Any) -> None:
        if isinstance(body, str):
            body = body.encode()
        elif body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        answer = ControlClient(self.gateway).send(method, target, body or b"")
        assert answer.status == wanted, (method, target, answer.body)
        path = target.partition("?")[0].encode()
        found = self.gateway.service.root.control.routes.find(path, method)
        assert not isinstance(found, set)
        route, _ = found
        self.seen.add((route.method, route.path, wanted))
        made = describe([route])
        operation = made["paths"][route.path][method.lower()]
        [(media, content)] = operation["responses"][str(wanted)]["content"].items()
        assert answer.headers.get("Content-Type") == media
        if media == "application/json":
            schema = {**content["schema"], "components": made["components"]}
            Draft202012Validator(schema).validate(json.loads(answer.body))

    def promised(self) -> Iterator[tuple[str, str, int]]:
        """What the routes name beside what goes without saying."""
        for route in self.routes:
            for status in route.responses:
                yield route.method, route.path, status


def test_every_answer_that_is_promised_is_given(gateway: MakeGateway, tmp_path: Path) -> None:
    for folder, other in (("apps", {**ONE, "api_id": "other"}), ("policies", policy("other"))):
        (tmp_path / folder).mkdir()
        if folder == "policies":
            (tmp_path / folder / "gold.json").write_text(json.dumps(policy()))
        (tmp_path / folder / "taken.json").write_text(json.dumps(other))
    settings = {
        "policies": {"policy_source": "file", "policy_path": "policies"},
        "health_check": {"enable_health_checks": True},
        "oauth_token_expired_retain_period": 100,
    }
    watcher = Watcher(gateway(ONE, shop(), settings=settings))
    for asked in ASKED:
        watcher.ask(*asked)
    elsewhere = {
        ("GET", "/ready", 503),
        ("GET", "/tyk/keys", 404),
        ("GET", "/tyk/reload", 500),
        ("GET", "/tyk/reload/group", 500),
        ("GET", "/tyk/reload/group", 503),
        # Without saying, as everywhere.
        ("GET", "/tyk/reload", 503),
    }
    assert set(watcher.promised()) - elsewhere - watcher.seen == set()
    assert watcher.seen & elsewhere == set()


def test_what_is_not_ready_says_so_as_described(gateway: MakeGateway) -> None:
    watcher = Watcher(gateway(settings={"app_path": "nowhere"}))
    watcher.ask(503, "GET", "/ready", None)
    watcher.ask(500, "GET", "/tyk/reload", None)
    watcher.ask(500, "GET", "/tyk/reload/group", None)


def test_other_nodes_that_can_not_be_told(
    gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = gateway()
    [area] = [
        route.handler.__self__  # type: ignore[attr-defined]
        for route in running.service.root.control.routes.all
        if route.path == "/tyk/reload/group"
    ]
    object.__setattr__(area, "tell", lambda *given: fail(StoreUnavailable("away")))
    Watcher(running).ask(503, "GET", "/tyk/reload/group", None)


def test_what_is_not_listed(gateway: MakeGateway) -> None:
    Watcher(gateway(settings={"hash_keys": True})).ask(404, "GET", "/tyk/keys", None)


def test_keys_are_503_while_the_store_is_away(
    gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = Watcher(gateway(shop()))
    store = watcher.gateway.service.shared.store
    for name in ("get", "get_many", "set", "set_new", "replace", "delete", "keys"):
        monkeypatch.setattr(store, name, lambda *given: fail(StoreUnavailable("away")))
    for method in ("GET", "PUT", "DELETE", "POST"):
        watcher.ask(503, method, "/tyk/keys/abc", SESSION)
    watcher.ask(503, "GET", "/tyk/keys", None)
    watcher.ask(503, "POST", "/tyk/keys", SESSION)
