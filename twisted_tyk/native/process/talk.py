"""What the process of a plugin and its gateway say to each other, as that process sees it."""

from __future__ import annotations

import select
from collections.abc import Callable
from typing import Any, Protocol

from twisted_tyk.native import abi
from twisted_tyk.native.packed import pack as pack_strings
from twisted_tyk.native.process import wire
from twisted_tyk.native.process.channel import Channel
from twisted_tyk.native.process.wire import Message


class Host(Protocol):
    """What of :class:`twisted_tyk.native.host.Host` is used here."""

    def fileno(self) -> int: ...
    def drain(self) -> None: ...
    def load(self, loading: Any) -> Any: ...
    def close(self) -> None: ...


class Talk:
    """One plugin's library, and its gateway.

    :ivar channel: to the gateway.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        #: What the library calls a call, by its number.
        self._calls: dict[int, Any] = {}
        self._asked: dict[int, Callable[[int, bytes], None]] = {}
        self._requests = 0
        self._library: Any = None
        self._closing: Any = None
        #: What is to be done when all that has come was seen to.
        self.soon: list[Callable[[], None]] = []
        self._do: dict[int, Callable[[Message], None]] = {
            wire.CALL: self._call,
            wire.DEFINE: self._define,
            wire.FORGET: lambda message: self._library.forget(message.data),
            wire.ANSWER: self._answer,
            wire.SHUTDOWN: self._shutdown,
            wire.OVERDUE: self._overdue,
        }

    # What the host is handed.

    def service(self, service: int, asked: bytes, answer: Callable[[int, bytes], None]) -> None:
        """The plugin asks for something: pass it on."""
        self._requests += 1
        self._asked[self._requests] = answer
        try:
            self.channel.put(wire.SERVICE, self._requests, service, data=asked)
        except (OSError, MemoryError):
            self._asked.pop(self._requests)(abi.E_MEMORY, b"")

    def told(self, file: str, level: int, text: str, fields: str) -> None:
        """A line for the gateway's log."""
        self.log(0, level, text, fields)

    def log(self, number: int, level: int, text: str, fields: str) -> None:
        """The same of a call of this number."""
        strings = [part.encode("utf-8", "replace") for part in (text, fields)]
        self.channel.put(wire.LOG, number, level, data=pack_strings(strings))

    def metered(self, file: str, kind: int, name: str, value: float) -> None:
        self.channel.put(wire.METRIC, value=kind, real=value, data=name.encode("utf-8", "replace"))

    # The loop.

    def run(self, host: Host, library: Any) -> None:
        """Serve until the library is closed. :raises Closed: when the gateway is gone."""
        self._library = library
        poll = select.poll()
        poll.register(self.channel, select.POLLIN)
        poll.register(host.fileno(), select.POLLIN)
        channel, drain = self.channel, host.drain
        from_gateway = channel.fileno()
        while self._closing is None or not self._closing.called:
            for ready, _ in poll.poll():
                if ready == from_gateway:
                    self._read()
                else:
                    drain()
            for do in self.soon:
                do()
            self.soon.clear()
            if channel.unsent:
                self.send()

    def send(self) -> None:
        """Say all that is to be said. The gateway always reads, so it may be waited for."""
        while not self.channel.flush():
            room = select.poll()
            room.register(self.channel, select.POLLOUT)
            room.poll()

    def wait(self) -> Message:
        """The first message."""
        arrives = select.poll()
        arrives.register(self.channel, select.POLLIN)
        arrives.poll()
        return self.channel.receive()[0]

    def _read(self) -> None:
        receive = self.channel.receive
        while messages := receive():
            for message in messages:
                self._do[message.kind](message)

    # What the gateway says.

    def _call(self, message: Message) -> None:
        number = message.number
        self._calls[number] = self._library.submit(
            message.value, message.data, _Caller(self, number)
        )

    def done(self, number: int, status: int, changes: bytes, seconds: float) -> None:
        del self._calls[number]
        try:
            self.channel.put(wire.DONE, number, status, seconds, changes)
        except (OSError, MemoryError):
            self.channel.put(wire.DONE, number, abi.E_MEMORY, seconds)

    def _overdue(self, message: Message) -> None:
        if message.number in self._calls:
            self._library.overdue(self._calls[message.number])

    def _define(self, message: Message) -> None:
        self._library.define(*wire.strings(message.data, 3))

    def _answer(self, message: Message) -> None:
        # A service may have answered, and then failed.
        answer = self._asked.pop(message.number, None)
        if answer is not None:
            answer(message.value, message.data)

    def _shutdown(self, message: Message) -> None:
        self._closing = self._library.close()


class _Caller:
    """A :class:`~twisted_tyk.native.contract.Caller` of one call of the gateway's."""

    __slots__ = ("_number", "_talk")

    def __init__(self, talk: Talk, number: int) -> None:
        self._talk = talk
        self._number = number

    def said(self, level: int, text: str, fields: str) -> None:
        self._talk.log(self._number, level, text, fields)

    def over(self, status: int, changes: bytes, seconds: float) -> None:
        self._talk.done(self._number, status, changes, seconds)
