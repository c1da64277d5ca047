"""The process of a plugin: it loads the library and does what the gateway says.

One thread talks to the gateway; the host's threads run the plugin. It ends
when the gateway says so, or at once when the gateway is gone.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import select
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

from twisted_tyk.native import abi
from twisted_tyk.native.packed import pack as pack_strings
from twisted_tyk.native.process import wire
from twisted_tyk.native.process.channel import Channel, Closed
from twisted_tyk.native.process.parent import die_with
from twisted_tyk.native.process.wire import Message

_LINE_BUFFERED: Final = 1


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


class Host(Protocol):
    """What of :class:`twisted_tyk.native.host.Host` is used here."""

    def fileno(self) -> int: ...
    def drain(self) -> None: ...
    def load(self, loading: Any) -> Any: ...
    def close(self) -> None: ...


def serve(channel: Channel, make_host: Callable[..., Host]) -> None:
    """Load what the first message names, and run it to its end."""
    from twisted_tyk.native.contract import Loading
    from twisted_tyk.native.manifest import Manifest
    from twisted_tyk.native.process.limits import limit_memory

    talk = Talk(channel)
    first = talk.wait()
    file, copy, manifest, config, numbers = wire.strings(first.data, 5)
    threads, memory, shutdown, starting = numbers.split()
    loading = Loading(
        file=file.decode("utf-8", "surrogateescape"),
        copy=copy.decode("utf-8", "surrogateescape"),
        manifest=Manifest.parse(manifest.decode()),
        config=config,
        threads=int(threads),
    )
    limit_memory(int(memory), loading.threads)
    host = make_host(
        talk.service,
        talk.told,
        talk.metered,
        grace=float(shutdown),
        load_time=float(starting),
        soon=talk.soon.append,
    )
    try:
        library = host.load(loading)
    except Exception as error:
        host.drain()  # what the plugin itself says of it comes first
        channel.put(wire.FAILED, data=str(error).encode("utf-8", "replace"))
    else:
        channel.put(wire.READY)
        talk.send()
        talk.run(host, library)
    host.drain()
    talk.send()
    host.close()


def main(connection: int, parent: int) -> None:
    """
    :param connection: descriptor of the socket to the gateway.
    :param parent: process id of the gateway.
    """
    # Before a library is loaded: Go keeps the handlers that it finds.
    faulthandler.enable()
    die_with(parent, "the gateway")
    libc = ctypes.CDLL(None)
    # Lines that a plugin prints are to arrive when it prints them.
    libc.setvbuf(ctypes.c_void_p.in_dll(libc, "stdout"), None, _LINE_BUFFERED, 0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A service manager sends them to all processes of the gateway, which
        # lets calls finish. Not SIG_IGN, which programs started here would inherit.
        signal.signal(number, lambda number, frame: None)

    import socket

    from twisted_tyk.native.host import make_host

    channel = Channel(socket.socket(fileno=connection))
    os.set_inheritable(connection, False)
    with suppress(Closed):
        serve(channel, make_host)
    libc.fflush(None)
    # Neither Python nor the plugin takes things down in order while threads of it run.
    os._exit(0)
