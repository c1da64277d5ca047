"""Given messages, these are the bytes on the socket; given bytes, what is made of them."""

from __future__ import annotations

import os
import socket
from array import array
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plugin_processes import descriptors

from twisted_tyk.native.packed import pack as pack_strings
from twisted_tyk.native.process import channel, wire
from twisted_tyk.native.process.channel import Channel, Closed
from twisted_tyk.native.process.sealed import seal, unseal
from twisted_tyk.native.process.wire import Garbage, Message

MESSAGES = st.builds(
    Message,
    st.integers(0, 0x7FFF),
    st.integers(0, (1 << 64) - 1),
    st.integers(-(1 << 31), (1 << 31) - 1),
    st.floats(allow_nan=False),
    st.binary(max_size=300) | st.sampled_from([b"x" * wire.DATAGRAM, b"y" * 300_000]),
)


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    with closing_pair() as pair:
        yield pair


class closing_pair:
    """Two channels that are each other's ends."""

    def __enter__(self) -> tuple[Channel, Channel]:
        self.raw = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pair = Channel(self.raw[0]), Channel(self.raw[1])
        return self.pair

    def __exit__(self, *error: object) -> None:
        for end in self.pair:
            end.close()


@settings(max_examples=60)
@given(st.lists(MESSAGES, max_size=12))
def test_what_is_said_arrives_in_order(messages: list[Message]) -> None:
    """Small and big ones, however they were put together, and no descriptor is left."""
    before = descriptors()
    with closing_pair() as (here, there):
        for message in messages:
            here.put(*message)
        arrived: list[Message] = []
        while not here.flush() or len(arrived) < len(messages):
            arrived += there.receive()
        assert arrived == messages
        assert here.unsent == 0
        assert there.receive() == []
    assert descriptors() == before


@given(st.binary(max_size=400))
def test_bytes_are_messages_or_garbage(datagram: bytes) -> None:
    try:
        messages = wire.unpack(datagram)
    except Garbage:
        return
    assert sum(wire.HEAD + len(message.data) for message in messages) == len(datagram)


@given(st.binary(max_size=60), st.integers(0, 5))
def test_bytes_are_strings_or_garbage(data: bytes, count: int) -> None:
    try:
        found = wire.strings(data, count)
    except Garbage:
        return
    assert len(found) == count
    assert pack_strings(found) == data


def test_a_number_of_strings_is_asked_for() -> None:
    with pytest.raises(Garbage, match="1 strings where 2 were expected"):
        wire.strings(pack_strings([b"one"]), 2)


def test_a_full_socket_makes_messages_wait(ends: tuple[Channel, Channel]) -> None:
    """They wait at the sender's, and go on when the other side reads."""
    here, there = ends
    sent = 0
    while here.flush():
        here.put(wire.CALL, number=sent, data=b"z" * 50_000)
        sent += 1
    assert here.unsent > 50_000
    arrived: list[int] = []
    while len(arrived) < sent:
        arrived += [message.number for message in there.receive()]
        here.flush()
    assert arrived == list(range(sent))
    assert here.unsent == 0


def test_a_side_that_went_is_noticed_after_its_last_word(ends: tuple[Channel, Channel]) -> None:
    here, there = ends
    here.put(wire.DONE, number=3)
    assert here.flush()
    here.close()
    there.put(wire.CALL)
    there.put(wire.CALL, data=b"x" * 100_000)
    assert there.flush(), "what nobody will read is dropped"
    assert [message.number for message in there.receive()] == [3]
    with pytest.raises(Closed):
        there.receive()


def test_a_connection_that_was_cut_is_closed(ends: tuple[Channel, Channel]) -> None:
    """Closing with unread messages is told to the other side as a reset."""
    here, there = ends
    there.put(wire.CALL)
    there.flush()
    here.close()
    with pytest.raises(Closed):
        there.receive()


def test_what_is_too_big_is_refused(
    ends: tuple[Channel, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "BIGGEST", 100)
    with pytest.raises(OSError, match="a message of 101 bytes"):
        ends[0].put(wire.CALL, data=b"x" * 101)


def files(*numbers: int) -> list[tuple[int, int, bytes]]:
    return [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", numbers).tobytes())]


def lie(datagram: bytes, *numbers: int) -> None:
    """Send this to a channel, which must refuse it and keep no descriptor."""
    with closing_pair() as (here, there):
        raw = socket.socket(fileno=os.dup(here.fileno()))
        with closing(raw):
            raw.sendmsg([datagram], files(*numbers) if numbers else [])
            before = descriptors()
            with pytest.raises(Garbage):
                there.receive()
            assert descriptors() == before


def test_descriptors_that_are_no_message_are_garbage() -> None:
    """A pipe would let the reader wait for ever, an open memory file could still change."""
    reading, writing = os.pipe()
    opened = os.memfd_create("open", os.MFD_ALLOW_SEALING)
    os.write(opened, b"x" * 10)
    sealed = seal(b"x" * 10)
    apart = wire.pack_apart(wire.CALL, 1, 0, 0.0, 10)
    lie(apart, reading)
    lie(apart, opened)
    lie(wire.pack_apart(wire.CALL, 1, 0, 0.0, 11), sealed)
    lie(wire.pack_apart(wire.CALL, 1, 0, 0.0, wire.BIGGEST + 1), sealed)
    lie(wire.pack(wire.CALL, 1, 10, 0.0, b""), sealed)
    lie(apart + b"more", sealed)
    lie(apart, sealed, sealed)
    lie(apart, sealed, sealed, sealed)
    for file in (reading, writing, opened, sealed):
        os.close(file)


def test_a_datagram_that_is_too_long_is_garbage() -> None:
    lie(b"x" * (wire.DATAGRAM + 1))


def test_a_memory_file_that_cannot_be_sealed_is_not_left_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = descriptors()

    def refuse(file: int, data: bytes) -> int:
        raise OSError("no memory")

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(OSError, match="no memory"):
        seal(b"x")
    assert descriptors() == before


def test_a_memory_file_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the kernel gives it in pieces."""
    read = os.pread
    monkeypatch.setattr(os, "pread", lambda file, size, at: read(file, min(size, 7), at))
    file = seal(bytes(range(100)))
    assert unseal(file, 100) == bytes(range(100))
    os.close(file)
