"""Metrics of each step (``TYK_INSTRUMENTATION=1``), and how they travel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from zope.interface import implementer

from twisted_tyk.exchange import Reply
from twisted_tyk.interfaces import IRelay, IStep
from twisted_tyk.record.metered import Meter
from twisted_tyk.record.statsd import DATAGRAM, Address, StatsD
from twisted_tyk.testing import MemoryGateway, definition

HOOKS = """\
def passes(rw, request):
    pass

def broken(rw, request):
    1 / 0

def answers(rw, request):
    rw.write("enough")

def mark(rw, response, request):
    pass
"""
STATSD = {"statsd_connection_string": "192.0.2.5:8125", "statsd_prefix": "gw"}


@pytest.fixture
def metered(gateway: MakeGateway, tmp_path: Path) -> Any:
    (tmp_path / "hooks.py").write_text(HOOKS)

    def make(**points: Any) -> MemoryGateway:
        hooks: dict[str, Any] = {
            point: [{"name": name, "path": "./hooks.py"} for name in names]
            for point, names in points.items()
        }
        keyless = definition("one", **hooks)
        closed = definition("two", use_keyless=False)
        return gateway(keyless, closed, settings=STATSD, instrumented=True)

    return make


def sent(gateway: MemoryGateway) -> list[str]:
    """The metrics of one request, times left out."""
    gateway.advance(0.2)
    text = b"".join(data for data, _ in gateway.datagrams())
    gateway.datagrams().clear()
    return [re.sub(r":[\d.]+\|ms$", ":T|ms", line) for line in text.decode().splitlines()]


def twice(name: str, job: str = "MiddlewareCall") -> list[str]:
    return [f"gw.{name}", f"gw.{job}.{name}"]


def test_a_built_in_step_has_tyks_names(metered: Any) -> None:
    running = metered()
    running.get("/two/x")
    assert sent(running) == [
        *twice("executed:1|c"),
        *twice("exec_time:T|ms"),
        *twice("AuthKey.executed:1|c"),
        *twice("AuthKey.executed.exec_time:T|ms"),
    ]
    assert running.datagrams() == []


def test_the_proxy_is_no_middleware_and_not_counted(metered: Any) -> None:
    """As in Tyk."""
    running = metered()
    running.get("/one/x")
    assert sent(running) == []


def test_a_hook_is_named_by_its_file_and_symbol_as_the_documents_have_it(metered: Any) -> None:
    running = metered(pre=["answers"])
    running.get("/one/x")
    name = "GoPluginMiddleware$.$hooks.py$answers"
    assert sent(running) == [
        *twice("executed:1|c"),
        *twice("exec_time:T|ms"),
        *twice(f"{name}:1|c"),
        *twice(f"{name}.exec_time:T|ms"),
    ]


def test_datagrams_go_to_the_server_in_the_settings(metered: Any) -> None:
    running = metered()
    running.get("/two/x")
    running.advance(0.2)
    assert {address for _, address in running.datagrams()} == {("192.0.2.5", 8125)}


def test_every_step_of_a_request_counts(metered: Any) -> None:
    running = metered(pre=["passes", "passes"], response=["mark"])
    running.get("/one/x")
    assert sent(running).count("gw.executed:1|c") == 3


def test_a_step_that_raises_counts_too(metered: Any) -> None:
    running = metered(pre=["broken"])
    running.get("/one/x")
    assert sent(running).count("gw.GoPluginMiddleware$.$hooks.py$broken:1|c") == 1


def test_nothing_is_sent_where_it_is_not_asked_for(gateway: MakeGateway) -> None:
    running = gateway(definition("one"), settings=STATSD)
    running.get("/one/x")
    assert sent(running) == []


def test_what_is_left_is_sent_at_the_stop(metered: Any) -> None:
    running = metered()
    running.get("/two/x")
    assert running.datagrams() == []
    running.stop()
    assert len(sent(running)) == 8


# The meter by itself.


class Said(StatsD):
    """Remembers what it is told, with the times."""

    def __init__(self) -> None:
        self.timings: list[tuple[str, float]] = []

    def event(self, job: str, name: str) -> None:
        pass

    def timing(self, job: str, name: str, seconds: float) -> None:
        self.timings.append((name, seconds))


@implementer(IStep)
class Step:
    """A step that decides as told."""

    name = "Step"

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome

    def process(self, exchange: Any) -> Any:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def metered_step(outcome: Any, said: StatsD, clock: Clock) -> Any:
    return Meter(said, clock.seconds)(Step(outcome))  # type: ignore[arg-type]


def test_a_step_that_waits_is_timed_until_it_has_decided() -> None:
    clock, said, waiting = Clock(), Said(), Deferred[Any]()
    decided = metered_step(waiting, said, clock).process(None)
    clock.advance(2.5)
    assert said.timings == []
    waiting.callback("decided")
    assert said.timings == [("exec_time", 2.5), ("Step.executed.exec_time", 2.5)]
    results: list[Any] = []
    decided.addCallback(results.append)
    assert results == ["decided"]


def test_a_step_that_waits_and_fails_is_timed_and_fails() -> None:
    clock, said, waiting = Clock(), Said(), Deferred[Any]()
    failed = metered_step(waiting, said, clock).process(None)
    clock.advance(1)
    waiting.errback(LookupError())
    assert said.timings == [("exec_time", 1), ("Step.executed.exec_time", 1)]
    caught: list[Any] = []
    failed.addErrback(lambda failure: caught.append(failure.type))
    assert caught == [LookupError]


def test_a_step_that_raises_is_timed_and_raises() -> None:
    said = Said()
    with pytest.raises(LookupError):
        metered_step(LookupError(), said, Clock()).process(None)
    assert len(said.timings) == 2


HOOK = "GoPluginMiddleware:foo.so:AddFoo"


@implementer(IRelay)
class Relay:
    """A step that always waits, and tells those who wait what the test wants."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.waiting: Any = None
        self.left = False

    def relay(self, exchange: Any, waiting: Any) -> Any:
        if exchange is None:
            raise LookupError
        self.waiting = waiting
        return lambda: setattr(self, "left", True)


class Link:
    """What waits for a relay, and what it was told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def go_on(self) -> None:
        self.told.append("go on")

    def reply(self, reply: Any) -> None:
        self.told.append(reply)

    def refuse(self, error: Any) -> None:
        self.told.append(error)


ANSWER, ERROR = Reply(204), LookupError()


@pytest.mark.parametrize(
    ("tell", "told"),
    [
        (lambda waiting: waiting.go_on(), "go on"),
        (lambda waiting: waiting.reply(ANSWER), ANSWER),
        (lambda waiting: waiting.refuse(ERROR), ERROR),
    ],
)
def test_a_hook_that_always_waits_is_timed_until_it_has_decided(tell: Any, told: Any) -> None:
    clock, said, relay, link = Clock(), Said(), Relay(HOOK), Link()
    metered: Any = Meter(said, clock.seconds)(relay)  # type: ignore[arg-type]
    assert IRelay.providedBy(metered)
    assert metered.name == HOOK
    metered.relay("exchange", link)
    clock.advance(1.5)
    assert said.timings == []
    tell(relay.waiting)
    assert said.timings == [("exec_time", 1.5), (f"{HOOK}.exec_time", 1.5)]
    assert link.told == [told]


def test_it_is_timed_until_the_client_leaves() -> None:
    clock, said, relay, link = Clock(), Said(), Relay(HOOK), Link()
    metered: Any = Meter(said, clock.seconds)(relay)  # type: ignore[arg-type]
    leave = metered.relay("exchange", link)
    clock.advance(1)
    leave()
    assert relay.left
    assert said.timings == [("exec_time", 1), (f"{HOOK}.exec_time", 1)]


def test_it_is_timed_when_it_raises() -> None:
    said = Said()
    metered: Any = Meter(said, Clock().seconds)(Relay(HOOK))  # type: ignore[arg-type]
    with pytest.raises(LookupError):
        metered.relay(None, Link())
    assert len(said.timings) == 2


# The wire.


class Udp(MemoryReactorClock):
    """A reactor with a name server, and a network that may be down.

    :ivar names: the addresses of each name.
    :ivar sent: the datagrams, and their ``ways``: the interface and the address.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.ways: list[tuple[str, str]] = []
        self.stopped: list[str] = []
        self.problem: Exception | None = None
        self.names: dict[str, list[str]] = {"stats.test": ["192.0.2.5"]}
        self.nameResolver = self

    def listenUDP(self, port: int, protocol: Any, interface: str = "") -> Any:
        if isinstance(self.problem, CannotListenError):
            raise self.problem
        return Port(self, interface)

    def resolveHostName(self, receiver: Any, name: str, transportSemantics: str) -> None:
        assert transportSemantics == "UDP"
        for host in self.names.get(name, []):
            kind = IPv6Address if ":" in host else IPv4Address
            receiver.addressResolved(kind("UDP", host, 0))
        receiver.resolutionComplete()


class Port:
    """A socket that is open."""

    def __init__(self, reactor: Udp, interface: str) -> None:
        self.reactor = reactor
        self.interface = interface

    def write(self, data: bytes, address: tuple[str, int]) -> None:
        if self.reactor.problem is not None:
            raise self.reactor.problem
        host, port = address
        assert port == 8125
        self.reactor.sent.append(data)
        self.reactor.ways.append((self.interface, host))

    def stopListening(self) -> None:
        self.reactor.stopped.append(self.interface)


def statsd(reactor: Udp, prefix: str = "", host: str = "stats.test") -> StatsD:
    made = StatsD(reactor, Address(host, 8125), prefix)
    made.start()
    return made


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.00"), (0.0012345, "1.23"), (0.009994, "9.99"), (0.01, "10"), (1.2346, "1235")],
)
def test_times_travel_in_milliseconds(seconds: float, text: str) -> None:
    reactor = Udp()
    statsd(reactor).timing("Job", "event", seconds)
    reactor.advance(0.1)
    assert reactor.sent == [f"event:{text}|ms\nJob.event:{text}|ms\n".encode()]


@pytest.mark.parametrize(
    ("name", "sanitised"),
    [
        ("a.b-c_D9", "a.b-c_D9"),
        (
            "GoPluginMiddleware:/tmp/Add.so:AddHeader.exec_time",
            "GoPluginMiddleware$$tmp$Add.so$AddHeader.exec_time",
        ),
        ("a b|c\nd:1|c\u00e9", "a$b$c$d$1$c$"),
    ],
)
def test_characters_with_a_meaning_become_dollars(name: str, sanitised: str) -> None:
    reactor = Udp()
    statsd(reactor, "pre.fix").event("Job", name)
    reactor.advance(0.1)
    assert reactor.sent == [
        f"pre.fix.{sanitised}:1|c\npre.fix.Job.{sanitised}:1|c\n".encode()
    ]


@pytest.mark.parametrize(
    ("letter", "value", "text"),
    [
        ("c", 1.0, "1|c"),
        ("c", -2.5, "-2.5|c"),
        ("g", 12345678901.0, "12345678901|g"),
        ("ms", 0.0015, "1.5|ms"),
    ],
)
def test_a_value_of_somebody_elses_travels_under_its_own_name(
    letter: str, value: float, text: str
) -> None:
    reactor = Udp()
    statsd(reactor, "gw").measured(letter, "plugin.a b", value)
    reactor.advance(0.1)
    assert reactor.sent == [f"gw.plugin.a$b:{text}\n".encode()]


def test_a_gauge_below_zero_is_not_taken_for_a_change() -> None:
    reactor = Udp()
    statsd(reactor).measured("g", "x", -3)
    reactor.advance(0.1)
    assert reactor.sent == [b"x:0|g\nx:-3|g\n"]


def test_datagrams_are_as_full_as_networks_pass_them() -> None:
    reactor = Udp()
    client = statsd(reactor)
    for number in range(100):
        client.event("Job", f"event{number:03}")
    reactor.advance(0.1)
    assert max(map(len, reactor.sent)) <= DATAGRAM
    assert len(reactor.sent) == -(-len(b"".join(reactor.sent)) // (DATAGRAM - 20))
    assert b"".join(reactor.sent).count(b"\n") == 200
    assert all(data.endswith(b"|c\n") for data in reactor.sent)


@pytest.mark.parametrize(
    "problem",
    [OSError(101, "Network is unreachable"), CannotListenError("", 0, OSError(24, "Too many"))],
)
def test_a_network_that_is_down_loses_datagrams_and_nothing_else(problem: Exception) -> None:
    reactor = Udp()
    client = statsd(reactor)
    reactor.problem = problem
    client.event("Job", "lost")
    reactor.advance(0.1)
    reactor.problem = None
    client.event("Job", "sent")
    reactor.advance(0.1)
    assert reactor.sent == [b"sent:1|c\nJob.sent:1|c\n"]


def test_a_server_without_an_address_is_named_and_nothing_is_kept(events: Events) -> None:
    reactor = Udp()
    client = statsd(reactor, host="nowhere.test")
    client.event("Job", "lost")
    reactor.advance(0.1)
    assert reactor.sent == []
    assert events.texts() == ["statsd: nowhere.test has no address"]
    client.stop()
    assert reactor.getDelayedCalls() == []


@pytest.mark.parametrize(
    ("hosts", "way"),
    [
        (["192.0.2.5"], ("", "192.0.2.5")),
        (["2001:db8::5", "2001:db8::6"], ("::", "2001:db8::5")),
        (["::1", "127.0.0.1"], ("", "127.0.0.1")),
    ],
)
def test_names_may_have_addresses_of_both_kinds(hosts: list[str], way: tuple[str, str]) -> None:
    reactor = Udp()
    reactor.names["stats.test"] = hosts
    client = statsd(reactor)
    client.event("Job", "event")
    reactor.advance(0.1)
    assert reactor.ways == [way]
    client.stop()
    assert reactor.stopped == [way[0]]


def test_a_server_that_moves_is_followed() -> None:
    reactor = Udp()
    client = statsd(reactor)

    def way(hosts: list[str]) -> tuple[str, str]:
        reactor.names["stats.test"] = hosts
        reactor.pump([0.1] * 601)
        client.event("Job", "event")
        reactor.advance(0.1)
        return reactor.ways[-1]

    assert way(["192.0.2.6"]) == ("", "192.0.2.6")
    # One that still is its own stays, and one that was found before is kept for want of another.
    assert way(["192.0.2.7", "192.0.2.6"]) == ("", "192.0.2.6")
    assert way([]) == ("", "192.0.2.6")
    assert way(["2001:db8::5"]) == ("::", "2001:db8::5")
    client.stop()
    assert reactor.stopped == ["", "::"]
    assert reactor.getDelayedCalls() == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost:8125", Address("localhost", 8125)),
        ("[::1]:1", Address("::1", 1)),
        ("192.0.2.1:65535", Address("192.0.2.1", 65535)),
    ],
)
def test_an_address(text: str, address: Address) -> None:
    assert Address.parse(text) == address


@pytest.mark.parametrize("text", ["", "host", ":8125", "host:", "host:x", "host:0", "host:65536"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="expected host:port, found"):
        Address.parse(text)
