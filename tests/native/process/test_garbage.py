"""Whatever a plugin's process says, it harms nobody but itself."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twisted.internet.testing import MemoryReactorClock

from twisted_tyk.native import abi
from twisted_tyk.native.contract import Loading
from twisted_tyk.native.packed import pack as pack_strings
from twisted_tyk.native.process import wire
from twisted_tyk.native.process.channel import Channel
from twisted_tyk.native.process.child import Call, Child, Duties
from twisted_tyk.native.process.options import Options

KINDS = [wire.READY, wire.FAILED, wire.DONE, wire.SERVICE, wire.LOG, wire.METRIC]


class Process:
    """A process that a test speaks for; it lives until it is killed."""

    def __init__(self) -> None:
        here, self.there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel = Channel(here)
        self.options = Options(unsent=100_000)
        self.why = ""

    def watch(self, left: Any) -> None:
        pass

    def kill(self, why: str) -> None:
        self.why = self.why or why

    def end(self, ended: Any) -> None:
        self.there.close()
        ended()


class Gateway:
    """What a child is to a gateway, and one call of it."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.outcomes: list[tuple[int, bytes, float]] = []
        self.taken: list[Any] = []
        self.reactor: Any = MemoryReactorClock()
        self.process: Any = Process()
        take = lambda *values: self.taken.append(values)  # noqa: E731
        serve = lambda number, asked, answer: answer(0, asked)  # noqa: E731
        manifest: Any = None
        loading = Loading("p.so", "c.so", manifest, b"", 1)
        duties = Duties(serve, take, take)
        self.child = Child(self.reactor, self.process, loading, duties, self)
        self.lines: list[Any] = []
        self.child.call(Call(1, 0, b"", self))

    def said(self, *line: Any) -> None:
        assert not self.outcomes
        self.lines.append(line)

    def over(self, *outcome: Any) -> None:
        self.outcomes.append(outcome)

    def __getattr__(self, event: str) -> Any:
        return lambda *about: self.events.append(event)

    def hear(self, *datagrams: bytes) -> None:
        """These are what the process says."""
        for datagram in datagrams:
            if self.child in self.reactor.getReaders():
                self.process.there.send(datagram)
                self.child.doRead()

    def end(self) -> None:
        if self.child in self.reactor.getReaders():
            self.process.there.close()
            self.child.doRead()
        assert self.reactor.getReaders() == []
        assert self.reactor.getWriters() == []
        assert self.events[-2:] == ["gone", "ended"]
        assert len(self.outcomes) == 1


def done(number: int = 1, status: int = 0, seconds: float = 0.0) -> bytes:
    return wire.pack(wire.DONE, number, status, seconds, b"changes")


MESSAGES = st.builds(
    wire.pack,
    st.sampled_from(KINDS) | st.integers(0, 0xFFFF),
    st.integers(0, 3),
    st.integers(-(1 << 31), (1 << 31) - 1),
    st.floats(),
    st.binary(max_size=40) | st.lists(st.binary(max_size=9), max_size=3).map(pack_strings),
)


@given(st.lists(st.binary(min_size=1, max_size=100) | MESSAGES, max_size=8))
@example([wire.pack(wire.LOG, 0, 0, 0.0, b"\xff\xff\xff\xff")])
@example([done(), done()])
def test_no_message_raises(datagrams: list[bytes]) -> None:
    """And the call is done once, whatever is said of it."""
    gateway = Gateway()
    gateway.hear(*datagrams)
    gateway.end()


@pytest.mark.parametrize(
    ("datagram", "why"),
    [
        (done(2), "an answer to call 2, which is not under way"),
        (done(seconds=-1.0), "an answer after -1.0 seconds"),
        (done(seconds=float("nan")), "an answer after nan seconds"),
        (wire.pack(wire.READY, 0, 0, 0.0, b"") * 2, "that it is ready twice"),
        (
            wire.pack(wire.READY, 0, 0, 0.0, b"") + wire.pack(wire.FAILED, 0, 0, 0.0, b""),
            "that it could not be loaded after it was",
        ),
        (wire.pack(wire.LOG, 0, 0, 0.0, b"abc"), "3 bytes are too few for a count"),
        (wire.pack(wire.CALL, 0, 0, 0.0, b""), "a message of kind 2"),
    ],
)
def test_a_lie_ends_the_process(datagram: bytes, why: str) -> None:
    gateway = Gateway()
    gateway.hear(datagram)
    assert gateway.process.why == f"was ended because it sent {why}"
    gateway.end()
    assert gateway.outcomes == [(abi.E_DIED, b"", 0.0)]


@pytest.mark.parametrize("number", [0, 1, 2, (1 << 64) - 1])
def test_a_line_is_only_of_a_call_that_is_under_way(number: int) -> None:
    gateway = Gateway()
    line = wire.pack(wire.LOG, number, abi.INFO, 0.0, pack_strings([b"a line", b"{}"]))
    gateway.hear(line, line + done(), line)
    gateway.end()
    mine, alone = (abi.INFO, "a line", "{}"), ("p.so", abi.INFO, "a line", "{}")
    assert gateway.lines == ([mine] * 2 if number == 1 else [])
    assert gateway.taken == [alone] * (1 if number == 1 else 3)
    assert gateway.process.why == ""


@pytest.mark.parametrize("status", [abi.E_DIED, abi.E_AWAY])
def test_a_process_does_not_speak_of_its_own_death(status: int) -> None:
    gateway = Gateway()
    gateway.hear(done(status=status))
    gateway.end()
    assert gateway.outcomes == [(abi.E_FAILED, b"changes", 0.0)]


def test_requests_whose_answers_are_not_read_end_the_process() -> None:
    gateway = Gateway()
    asked = wire.pack(wire.SERVICE, 1, abi.STORE_GET, 0.0, b"x" * 60_000)
    gateway.hear(*[asked] * 200)
    assert gateway.process.why == (
        "was ended because it sent requests for services without reading the answers"
    )
    gateway.end()


def test_a_socket_that_is_cut_off_is_an_end() -> None:
    """As the reactor tells it."""
    gateway = Gateway()
    gateway.process.there.send(done())
    gateway.process.there.close()
    gateway.child.connectionLost(None)
    gateway.child.connectionLost(None)
    gateway.end()
    assert gateway.outcomes == [(0, b"changes", 0.0)]
    assert gateway.child.logPrefix() == "process of a plugin"
