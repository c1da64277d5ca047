"""The control API on stores that outlive a gateway, and two gateways on one of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from gateway_process import SECRET, GatewayProcess, Upstream, gateway_process, serving, until
from redis_server import RedisServer

from twisted_tyk.testing import definition


def ask(gateway: GatewayProcess, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    try:
        sent = None if body is None else json.dumps(body)
        connection.request(method, path, sent, {"X-Tyk-Authorization": SECRET})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def status(gateway: GatewayProcess, key: str) -> int:
    """What a client with a key gets."""
    connection = HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    try:
        connection.request("GET", "/shop/x", headers={"Authorization": key})
        return connection.getresponse().status
    finally:
        connection.close()


def shop(port: int) -> dict[str, Any]:
    return definition("shop", f"http://127.0.0.1:{port}/", use_keyless=False)


SESSION = {
    "org_id": "default", "quota_max": 5, "quota_renewal_rate": 60,
    "access_rights": {"shop": {"api_id": "shop", "versions": ["Default"]}},
}  # fmt: skip


def keys_from_making_to_deleting(gateway: GatewayProcess) -> None:
    assert ask(gateway, "POST", "/tyk/keys/ann-key", SESSION)[0] == 200
    assert [status(gateway, "ann-key") for _ in range(2)] == [200, 200]
    shown = ask(gateway, "GET", "/tyk/keys/defaultann-key")[1]
    assert shown["quota_remaining"] == 3
    assert ask(gateway, "GET", "/tyk/keys?filter=default")[1] == {"keys": ["defaultann-key"]}
    assert ask(gateway, "PUT", "/tyk/keys/defaultann-key", SESSION)[0] == 200
    assert ask(gateway, "GET", "/tyk/keys/defaultann-key")[1]["quota_remaining"] == 5
    inactive = {**SESSION, "is_inactive": True}
    assert ask(gateway, "PUT", "/tyk/keys/defaultann-key", inactive)[0] == 200
    assert status(gateway, "ann-key") == 403
    assert ask(gateway, "POST", "/tyk/org/keys/acme", {"rate": 1})[0] == 200
    assert ask(gateway, "GET", "/tyk/org/keys")[1] == {"keys": ["acme"]}
    assert ask(gateway, "DELETE", "/tyk/cache/shop")[0] == 200
    assert ask(gateway, "DELETE", "/tyk/keys/defaultann-key")[0] == 200
    assert ask(gateway, "GET", "/tyk/keys")[1] == {"keys": []}


def test_on_sqlite(tmp_path: Path) -> None:
    with serving(Upstream) as port, gateway_process(tmp_path, shop(port)) as gateway:
        keys_from_making_to_deleting(gateway)


def test_on_redis(tmp_path: Path, redis_server: RedisServer) -> None:
    storage = {"type": "redis", "host": "127.0.0.1", "port": redis_server.port}
    with serving(Upstream) as port, gateway_process(tmp_path, shop(port), storage=storage) as one:
        keys_from_making_to_deleting(one)


def test_a_change_counts_in_every_node(tmp_path: Path, redis_server: RedisServer) -> None:
    storage = {"type": "redis", "host": "127.0.0.1", "port": redis_server.port}
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with (
        serving(Upstream) as port,
        gateway_process(folders[0], shop(port), storage=storage) as one,
        gateway_process(folders[1], shop(port), storage=storage) as two,
    ):
        assert ask(one, "POST", "/tyk/keys/ann-key", SESSION)[0] == 200
        assert status(two, "ann-key") == 200
        assert ask(one, "DELETE", "/tyk/keys/defaultann-key")[0] == 200
        # Long before the ten seconds that a node remembers a key.
        until(lambda: status(two, "ann-key") == 403)


def test_a_redis_that_is_gone(tmp_path: Path, make_redis: Callable[..., RedisServer]) -> None:
    server = make_redis()
    storage = {"type": "redis", "host": "127.0.0.1", "port": server.port}
    folder = tmp_path / "gateway"
    folder.mkdir()
    with serving(Upstream) as port, gateway_process(folder, shop(port), storage=storage) as one:
        server.kill()
        for path in ("/tyk/keys", "/tyk/keys/abc", "/tyk/org/keys/acme"):
            said = ask(one, "GET", path)
            assert said == (503, {"status": "error", "message": "Storage is not available"})
        assert ask(one, "GET", "/tyk/apis")[0] == 200
