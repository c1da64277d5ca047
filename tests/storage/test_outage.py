"""A gateway whose Redis goes away under traffic, and comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
import treq
from redis_server import RedisServer
from twisted.internet import reactor as _reactor
from twisted.internet.defer import inlineCallbacks
from twisted.web.client import Agent
from twisted.web.resource import Resource
from twisted.web.server import Site
from waiting import until

from twisted_tyk.parts.stored import stored
from twisted_tyk.service import Gateway
from twisted_tyk.settings import load
from twisted_tyk.testing import definition

reactor: Any = _reactor


class Upstream(Resource):
    isLeaf = True

    def render(self, request: Any) -> bytes:
        return b"from upstream"


@pytest.fixture
def upstream() -> Iterator[int]:
    site = Site(Upstream(), timeout=None)
    port = reactor.listenTCP(0, site, interface="127.0.0.1")
    yield port.getHost().port
    pytest_twisted.blockon(port.stopListening())


class Running:
    """A gateway on a port, and one who asks it."""

    def __init__(self, folder: Path, redis: RedisServer, upstream: int) -> None:
        target = f"http://127.0.0.1:{upstream}/"
        (folder / "apps").mkdir()
        for made in (
            definition("open", target),
            definition("closed", target, use_keyless=False, auth={"auth_header_name": "Key"}),
        ):
            (folder / "apps" / f"{made['api_id']}.json").write_text(json.dumps(made))
        conf = folder / "tyk.conf"
        storage = {"type": "redis", "host": "127.0.0.1", "port": redis.port, "timeout": 1}
        conf.write_text(
            json.dumps(
                {
                    "secret": "secret", "listen_address": "127.0.0.1", "storage": storage,
                    "proxy_close_connections": True, "close_connections": True,
                }
            )
        )  # fmt: skip
        self.service = Gateway(reactor, load(conf, {}), folder, port=0)
        self.service.privilegedStartService()
        self.service.startService()
        self._url = f"http://127.0.0.1:{self.service.listening.ports[0].getHost().port}"
        self._client = treq.client.HTTPClient(Agent(reactor))

    @inlineCallbacks
    def ask(self, path: str, key: str = "", method: str = "GET", body: Any = None) -> Any:
        """The status and the body, as JSON where it is."""
        headers = {"X-Tyk-Authorization": "secret", **({"Key": key} if key else {})}
        data = None if body is None else json.dumps(body).encode()
        response = yield self._client.request(method, self._url + path, headers=headers, data=data)
        content = yield response.content()
        return response.code, content

    @inlineCallbacks
    def make_key(self, name: str) -> Any:
        session = {"org_id": "default", "access_rights": {"closed": {"api_id": "closed"}}}
        code, content = yield self.ask(f"/tyk/keys/{name}", method="POST", body=session)
        assert code == 200, content
        return json.loads(content)["key"]


@pytest_twisted.inlineCallbacks
def test_what_goes_on_and_what_does_not(
    make_redis: Callable[..., RedisServer], tmp_path: Path, upstream: int
) -> Any:
    redis = make_redis()
    running = Running(tmp_path, redis, upstream)
    yield until(lambda: stored(running.service.storage).problem == "")
    used = yield running.make_key("used")
    unused = yield running.make_key("unused")
    assert (yield running.ask("/closed/x", used)) == (200, b"from upstream")

    redis.kill()
    yield until(lambda: stored(running.service.storage).problem != "")
    assert (yield running.ask("/open/x")) == (200, b"from upstream")
    assert (yield running.ask("/closed/x", used)) == (200, b"from upstream")
    code, content = yield running.ask("/closed/x", unused)
    assert code == 503, content
    code, content = yield running.ask("/hello")
    said = json.loads(content)
    assert (code, said["status"]) == (200, "warn")
    assert "Redis" in said["details"]["redis"]["output"]
    assert (yield running.ask("/ready"))[0] == 200
    code, content = yield running.ask("/tyk/reload/group")
    assert code == 503, content

    redis.start()
    yield until(lambda: stored(running.service.storage).problem == "")
    made = yield running.make_key("made")
    assert (yield running.ask("/closed/x", made)) == (200, b"from upstream")
    code, content = yield running.ask("/closed/x", unused)
    assert code == 403, "this Redis keeps nothing over a crash"
    assert json.loads((yield running.ask("/hello"))[1])["status"] == "pass"
    yield running.service.stopService()
