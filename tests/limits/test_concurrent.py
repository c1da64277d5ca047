"""200 clients of one key at once never get more than its limits allow, whoever counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
import treq
from attrs import frozen
from redis_server import RedisServer
from treq.client import HTTPClient
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred, DeferredList, inlineCallbacks
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.resource import Resource
from twisted.web.server import Site
from waiting import until

from twisted_tyk.limits.contract import Outcome
from twisted_tyk.limits.limiter import Limiter
from twisted_tyk.limits.windows import window_start
from twisted_tyk.service import Gateway
from twisted_tyk.session.state import SessionState
from twisted_tyk.settings import load
from twisted_tyk.testing import definition

reactor: Any = _reactor
CLIENTS = 200
RATE = 50


class Ok(Resource):
    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def render_GET(self, request: Any) -> bytes:
        self.asked += 1
        return b"ok"


class Passed:
    """When requests passed the limiters, in Unix seconds."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def see(self, outcome: Outcome) -> Outcome:
        if outcome.refused is None:
            self.times.append(outcome.now)
        return outcome


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> Passed:
    """Looks over the shoulder of every limiter."""
    seen, ask = Passed(), Limiter.ask

    def watched(self: Limiter, *arguments: Any) -> Any:
        outcome = ask(self, *arguments)
        return (
            seen.see(outcome) if isinstance(outcome, Outcome) else outcome.addCallback(seen.see)
        )

    monkeypatch.setattr(Limiter, "ask", watched)
    return seen


@frozen
class Started:
    """:ivar ports: of the gateways."""

    gateways: list[Gateway]
    upstream: Ok

    @property
    def ports(self) -> list[int]:
        return [gateway.listening.ports[0].getHost().port for gateway in self.gateways]

    def connected(self) -> Deferred[Any]:
        """Fires when their stores are there."""
        return until(lambda: not any(each.shared.store.problem for each in self.gateways))


Start = Callable[..., Deferred[Started]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts gateways in this process, on one Redis or on none: their ports and the upstream."""
    running: list[Gateway] = []
    upstream = Ok()
    port = reactor.listenTCP(0, Site(upstream, timeout=None), interface="127.0.0.1")

    @inlineCallbacks
    def make(
        session: dict[str, Any],
        settings: dict[str, Any],
        server: RedisServer | None,
        gateways: int,
        **keys: Any,
    ) -> Any:
        storage: dict[str, Any] = {"type": "memory"}
        if server is not None:
            storage = {"type": "redis", "host": "127.0.0.1", "port": server.port, "timeout": 1}
        (tmp_path / "apps").mkdir()
        target = f"http://127.0.0.1:{port.getHost().port}/"
        one = definition("one", target, use_keyless=False, **keys)
        (tmp_path / "apps" / "one.json").write_text(json.dumps(one))
        conf = tmp_path / "tyk.conf"
        conf.write_text(json.dumps({"listen_address": "127.0.0.1", "storage": storage, **settings}))
        for _ in range(gateways):
            gateway = Gateway(reactor, load(conf, {}), tmp_path, port=0)
            running.append(gateway)
            gateway.privilegedStartService()
            gateway.startService()
        started = Started(running, upstream)
        yield started.connected()
        yield running[0].shared.keys.write("key", SessionState(**session))
        return started

    yield make
    for gateway in running:
        pytest_twisted.blockon(gateway.stopService())
    pytest_twisted.blockon(port.stopListening())


@inlineCallbacks
def storm(ports: list[int], each: int, clients: int = CLIENTS) -> Any:
    """Every client sends so many requests, one after the other; fires with all statuses."""
    pool = HTTPConnectionPool(reactor)
    pool.maxPersistentPerHost = CLIENTS
    web = HTTPClient(Agent(reactor, pool=pool))
    statuses: list[int] = []

    @inlineCallbacks
    def client(number: int) -> Any:
        for turn in range(each):
            target = f"http://127.0.0.1:{ports[(number + turn) % len(ports)]}/one/x"
            answer = yield web.get(target, headers={"Authorization": "key"})
            yield treq.content(answer)
            statuses.append(answer.code)

    yield DeferredList([client(number) for number in range(clients)], fireOnOneErrback=True)
    yield pool.closeCachedConnections()
    return statuses


def most_in_any(seconds: float, times: list[float]) -> int:
    return max(sum(end - seconds < time <= end for time in times) for end in times)


@pytest_twisted.inlineCallbacks
def test_in_memory(start: Start, passed: Passed) -> Any:
    started = yield start({"rate": RATE, "per": 600}, {}, None, gateways=1)
    statuses = yield storm(started.ports, 2)
    assert sorted(statuses) == [200] * RATE + [429] * (2 * CLIENTS - RATE)
    assert started.upstream.asked == len(passed.times) == RATE


@pytest_twisted.inlineCallbacks
def test_a_rolling_window_of_two_gateways(
    start: Start, passed: Passed, redis_server: RedisServer
) -> Any:
    settings = {"enable_redis_rolling_limiter": True}
    started = yield start({"rate": RATE, "per": 1}, settings, redis_server, gateways=2)
    statuses = yield storm(started.ports, 3)
    assert statuses.count(200) == started.upstream.asked == len(passed.times) >= RATE
    assert set(statuses) == {200, 429}
    # Requests reach Redis not quite in the order of their times.
    assert most_in_any(0.9, passed.times) <= RATE


@pytest_twisted.inlineCallbacks
def test_fixed_windows_of_two_gateways(
    start: Start, passed: Passed, redis_server: RedisServer
) -> Any:
    settings = {"enable_fixed_window_rate_limiter": True}
    started = yield start({"rate": RATE, "per": 1}, settings, redis_server, gateways=2)
    statuses = yield storm(started.ports, 3)
    assert statuses.count(200) == started.upstream.asked == len(passed.times)
    windows = [window_start(int(time * 1e9), 10**9) for time in passed.times]
    assert max(map(windows.count, windows)) <= RATE <= len(windows)


@pytest_twisted.inlineCallbacks
def test_a_quota_of_two_gateways(
    start: Start, passed: Passed, redis_server: RedisServer
) -> Any:
    session = {"quota_max": RATE, "quota_renewal_rate": 600}
    started = yield start(session, {}, redis_server, gateways=2)
    statuses = yield storm(started.ports, 2)
    assert sorted(statuses) == [200] * RATE + [403] * (2 * CLIENTS - RATE)
    assert started.upstream.asked == RATE


@pytest_twisted.inlineCallbacks
def test_redis_is_killed_and_comes_back(
    start: Start, make_redis: Callable[[], RedisServer]
) -> Any:
    server, session = make_redis(), {"quota_max": 20, "quota_renewal_rate": 600}
    started = yield start(session, {}, server, gateways=2, storage_outage="local")
    assert (yield storm(started.ports, 4, clients=2)) == [200] * 8
    server.kill()
    # Each node counts for itself what its clients, whom it knows, still ask.
    statuses = yield storm(started.ports, 46, clients=1)
    assert sorted(statuses) == [200] * 40 + [403] * 6
    server.start()
    server.ask("SET", "quota-key", 18, "EX", 600)
    yield started.connected()
    assert (yield storm(started.ports, 4, clients=1)) == [200, 200, 403, 403]


@pytest_twisted.inlineCallbacks
def test_gateways_on_one_redis_share_a_rate(
    start: Start, passed: Passed, redis_server: RedisServer
) -> Any:
    # High enough for buckets: of two nodes each lets half of it pass.
    session = {"rate": RATE, "per": 600}
    settings = {"drl_notification_frequency": 1, "drl_threshold": 0.001}
    started = yield start(session, settings, redis_server, gateways=2)
    limiters: list[Any] = [gateway.shared.limiter for gateway in started.gateways]
    yield until(lambda: [limiter.nodes.count for limiter in limiters] == [2, 2])
    statuses = yield storm(started.ports[:1], 1)
    assert statuses.count(200) == started.upstream.asked == len(passed.times) == RATE // 2
