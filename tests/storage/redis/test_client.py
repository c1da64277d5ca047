"""Calls to a real Redis, and what happens when it is not well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import pytest_twisted
from redis_server import RedisServer
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred
from waiting import until

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.storage.redis.client import RedisClient
from twisted_tyk.storage.redis.options import RedisOptions

reactor: Any = _reactor
MakeClient = Callable[..., RedisClient]


@pytest.fixture
def connect() -> Iterator[MakeClient]:
    """Starts a client of a server; keywords are those of RedisOptions."""
    clients: list[RedisClient] = []

    def start(server: RedisServer, **options: Any) -> RedisClient:
        options = {"addresses": (("127.0.0.1", server.port),), "timeout": 1.0, **options}
        clients.append(RedisClient(reactor, RedisOptions(**options)))
        clients[-1].start()
        return clients[-1]

    yield start
    for client in clients:
        pytest_twisted.blockon(client.stop())


def connected(client: RedisClient) -> Deferred[Any]:
    return until(lambda: not client.problem)


class TestCalls:
    @pytest_twisted.inlineCallbacks
    def test_bytes_in_and_bytes_out(self, redis_server: RedisServer, connect: MakeClient) -> Any:
        client = connect(redis_server)
        yield connected(client)
        value = bytes(range(256)) + b"\r\n$-1\r\n12"
        assert (yield client.call("SET", b"a\xff", value)) == b"OK"
        assert (yield client.call("GET", b"a\xff")) == value
        assert (yield client.call("MGET", b"a\xff", b"none")) == [value, None]
        assert (yield client.call("INCRBY", b"n", 12)) == 12
        assert (yield client.call("GET", b"n")) == b"12"

    @pytest_twisted.inlineCallbacks
    def test_numbers_are_not_rounded(self, redis_server: RedisServer, connect: MakeClient) -> Any:
        client = connect(redis_server)
        yield connected(client)
        yield client.call("ZADD", b"z", 1e-9, b"small", 1732094100.123456, b"now")
        members = yield client.call("ZRANGE", b"z", 0, -1, "WITHSCORES")
        assert [float(members[1]), float(members[3])] == [1e-9, 1732094100.123456]

    @pytest_twisted.inlineCallbacks
    def test_many_at_once_are_answered_in_order(
        self, redis_server: RedisServer, connect: MakeClient
    ) -> Any:
        client = connect(redis_server)
        yield connected(client)
        answers = [client.call("INCR", b"n") for _ in range(2000)]
        last = yield answers[-1]
        assert last == 2000
        assert [answer.result for answer in answers[:-1]] == list(range(1, 2000))

    @pytest_twisted.inlineCallbacks
    def test_a_wrong_call_is_a_mistake_and_not_an_outage(
        self, redis_server: RedisServer, connect: MakeClient
    ) -> Any:
        client = connect(redis_server)
        yield connected(client)
        yield client.call("RPUSH", b"list", b"x")
        with pytest.raises(ValueError, match="wrong kind of value"):
            yield client.call("GET", b"list")
        assert client.problem == ""

    @pytest_twisted.inlineCallbacks
    def test_what_the_caller_gave_up_does_not_disturb_the_others(
        self, redis_server: RedisServer, connect: MakeClient
    ) -> Any:
        client = connect(redis_server)
        yield connected(client)
        given_up = client.call("INCR", b"n")
        other = client.call("INCR", b"n")
        given_up.addErrback(lambda _: None)
        given_up.cancel()
        assert (yield other) == 2

    @pytest_twisted.inlineCallbacks
    def test_password_and_database(
        self, make_redis: Callable[..., RedisServer], connect: MakeClient
    ) -> Any:
        server = make_redis("--requirepass", "open sesame")
        client = connect(server, password="open sesame", database=3)
        yield connected(client)
        assert b"db=3" in (yield client.call("CLIENT", "LIST"))

    @pytest_twisted.inlineCallbacks
    def test_a_user_with_few_rights(
        self, make_redis: Callable[..., RedisServer], connect: MakeClient
    ) -> Any:
        server = make_redis()
        server.ask("ACL", "SETUSER", "tyk", "on", ">secret", "~*", "+get", "+set", "+auth")
        client = connect(server, username="tyk", password="secret")
        yield connected(client)
        yield client.call("SET", b"a", b"1")
        with pytest.raises(StoreUnavailable) as refused:
            yield client.call("DEL", b"a")
        assert "NOPERM" in refused.value.reason


class TestScripts:
    ADD = "return redis.call('INCRBY', KEYS[1], ARGV[1])"

    @pytest_twisted.inlineCallbacks
    def test_the_text_travels_once(self, redis_server: RedisServer, connect: MakeClient) -> Any:
        client = connect(redis_server)
        yield connected(client)
        redis_server.ask("CONFIG", "RESETSTAT")
        answers = [client.script(self.ADD, [b"n"], [by]) for by in (1, 2, 3)]
        assert (yield answers[2]) == 6
        counts = redis_server.ask("INFO", "commandstats").decode()
        assert "cmdstat_eval:calls=1," in counts
        assert "cmdstat_evalsha:calls=2," in counts

    @pytest_twisted.inlineCallbacks
    def test_redis_forgot_them(self, redis_server: RedisServer, connect: MakeClient) -> Any:
        client = connect(redis_server)
        yield connected(client)
        yield client.script(self.ADD, [b"n"], [1])
        redis_server.ask("SCRIPT", "FLUSH")
        assert (yield client.script(self.ADD, [b"n"], [1])) == 2


class TestOutages:
    @pytest_twisted.inlineCallbacks
    def test_killed_and_restarted_under_traffic(
        self, make_redis: Callable[..., RedisServer], connect: MakeClient, events: Any
    ) -> Any:
        server = make_redis()
        client = connect(server)
        yield connected(client)
        outcomes: list[str] = []

        def ask() -> None:
            client.call("INCR", b"n").addCallbacks(
                lambda _: outcomes.append("done"),
                lambda failure: outcomes.append(failure.trap(StoreUnavailable).__name__),
            )

        asking = reactor.callLater(0, ask)
        for _ in range(3):
            for _ in range(50):
                ask()
            server.kill()
            for _ in range(50):
                ask()
            yield until(lambda: bool(client.problem))
            begun = len(outcomes)
            ask()
            assert outcomes[begun:] == ["StoreUnavailable"], "it did not fail at once"
            assert "127.0.0.1" in client.problem or "lost" in client.problem
            server.start()
            yield connected(client)
            assert isinstance((yield client.call("INCR", b"n")), int)
        assert asking.called
        yield until(lambda: len(outcomes) == 3 * 101 + 1)
        told = [text for text in events.texts() if "trying again" in text]
        assert len(told) <= 3, "a reason is told once"
        back = [text for text in events.texts() if "the connection to Redis is back" in text]
        assert len(back) == 3
        assert not [text for text in events.texts() if "factory" in text]

    @pytest_twisted.inlineCallbacks
    def test_each_reason_is_told(
        self, make_redis: Callable[..., RedisServer], connect: MakeClient, events: Any
    ) -> None:
        """Who mends the first is not left to guess at the second."""
        server = make_redis("--requirepass", "right")
        client = connect(server, password="right")
        yield connected(client)
        server.kill()
        yield until(lambda: "refused" in client.problem)
        server._options = ("--requirepass", "changed")
        server.start()
        yield until(lambda: "WRONGPASS" in client.problem)
        told = [text for text in events.texts() if "trying again" in text]
        assert len(told) == 2
        assert "refused" in told[0]
        assert "WRONGPASS" in told[1]
        assert not [text for text in told if "right" in text or "changed" in text]

    @pytest_twisted.inlineCallbacks
    def test_one_that_is_there_again_at_once(
        self, make_redis: Callable[..., RedisServer], connect: MakeClient, events: Any
    ) -> None:
        server = make_redis()
        client = connect(server)
        yield connected(client)
        server.ask("CLIENT", "KILL", "TYPE", "normal")
        yield until(lambda: bool(client.problem))
        yield connected(client)
        told = [text for text in events.texts() if text.endswith("connection to Redis is back")]
        assert told == ["Redis: the connection was lost; the connection to Redis is back"]

    @pytest_twisted.inlineCallbacks
    def test_it_hangs(self, make_redis: Callable[..., RedisServer], connect: MakeClient) -> Any:
        server = make_redis()
        client = connect(server, timeout=0.2)
        yield connected(client)
        server.pause()
        waiting = [client.call("INCR", b"n") for _ in range(3)]
        for call in waiting:
            with pytest.raises(StoreUnavailable) as away:
                yield call
            assert away.value.reason == "Redis: no answer within 0.2 s"
        yield until(lambda: bool(client.problem))
        with pytest.raises(StoreUnavailable):
            yield client.call("GET", b"n")
        server.resume()
        yield connected(client)
        assert (yield client.call("SET", b"n", 1)) == b"OK"

    @pytest_twisted.inlineCallbacks
    def test_it_is_not_there_yet(
        self, make_redis: Callable[..., RedisServer], connect: MakeClient
    ) -> Any:
        server = make_redis()
        server.kill()
        client = connect(server)
        assert client.problem == "Redis: not connected yet"
        yield until(lambda: client.problem != "Redis: not connected yet")
        assert client.problem.startswith(f"Redis at 127.0.0.1:{server.port}: ")
        server.start()
        yield connected(client)

    @pytest_twisted.inlineCallbacks
    def test_wrong_password(
        self, make_redis: Callable[..., RedisServer], connect: MakeClient
    ) -> Any:
        server = make_redis("--requirepass", "right")
        wrong, none = connect(server, password="WRONG"), connect(server)
        yield until(lambda: "WRONGPASS" in wrong.problem)
        yield until(lambda: "NOAUTH" in none.problem)
        assert "WRONG " not in wrong.problem.replace("WRONGPASS", "")

    @pytest_twisted.inlineCallbacks
    def test_it_is_full(self, make_redis: Callable[..., RedisServer], connect: MakeClient) -> Any:
        server = make_redis("--maxmemory-policy", "noeviction")
        client = connect(server)
        yield connected(client)
        yield client.call("SET", b"old", b"there")
        server.ask("CONFIG", "SET", "maxmemory", 1)
        with pytest.raises(StoreUnavailable) as full:
            yield client.call("SET", b"new", b"x" * 100)
        assert "OOM" in full.value.reason
        assert "OOM" in client.problem
        assert (yield client.call("GET", b"old")) == b"there"

    @pytest_twisted.inlineCallbacks
    def test_it_is_another_service(self, connect: MakeClient) -> Any:
        from twisted.internet.protocol import Factory, Protocol

        class Other(Protocol):
            def dataReceived(self, data: bytes) -> None:
                assert self.transport is not None
                self.transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        port = reactor.listenTCP(0, Factory.forProtocol(Other), interface="127.0.0.1")
        client = RedisClient(reactor, RedisOptions((("127.0.0.1", port.getHost().port),)))
        client.start()
        yield until(lambda: "protocol" in client.problem)
        yield client.stop()
        yield port.stopListening()
