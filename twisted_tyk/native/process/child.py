"""One process of a plugin, as the gateway sees it: what it is told, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from attrs import define, frozen
from twisted.internet.interfaces import IReadWriteDescriptor
from twisted.logger import Logger
from zope.interface import implementer

from twisted_tyk.native import abi
from twisted_tyk.native.contract import Caller, Loading, Services
from twisted_tyk.native.packed import pack as pack_strings
from twisted_tyk.native.process import wire
from twisted_tyk.native.process.channel import Closed
from twisted_tyk.native.process.life import Life
from twisted_tyk.native.process.wire import Garbage, Message

#: Datagrams that are read before other readers have their turn.
_TURN: Final = 16
#: What the library never says of a call itself.
_OURS: Final = (abi.E_DIED, abi.E_AWAY)


@define(eq=False)
class Call:
    """One call of a function.

    :ivar child: that runs it; ``None`` before it is sent.
    :ivar timer: runs when nobody waits for it any more.
    :ivar overdue: whether that is so.
    """

    number: int
    function: int
    frame: bytes
    caller: Caller
    child: Child | None = None
    timer: Any = None
    overdue: bool = False


@frozen
class Duties:
    """What the gateway does for a plugin: see :mod:`twisted_tyk.native.contract` and ``host``."""

    services: Services
    told: Callable[[str, int, str, str], None]
    metered: Callable[[str, int, str, float], None]


class Owner(Protocol):
    """Who is told of what a child does."""

    def ready(self, child: Child) -> None: ...
    def refused(self, child: Child, sentence: str) -> None: ...
    def answered(self, child: Child) -> None: ...
    def gone(self, child: Child) -> None: ...
    def ended(self, child: Child) -> None: ...


@implementer(IReadWriteDescriptor)
class Child:
    """Calls, and what else is said, to and from one process.

    :ivar life: of the process.
    :ivar calls: that are under way, by number.
    :ivar lost: how many were when it died.
    :ivar since: when it was ready; ``None`` before that.
    """

    log = Logger()

    def __init__(
        self, reactor: Any, life: Life, loading: Loading, duties: Duties, owner: Owner
    ) -> None:
        self.life = life
        self.calls: dict[int, Call] = {}
        self.lost = 0
        self.since: float | None = None
        self._reactor = reactor
        self._channel = life.channel
        self._file = loading.file
        self._duties = duties
        self._owner = owner
        self._open = True
        self._writing = self._saying = False
        self._do: dict[int, Callable[[Message], None]] = {
            wire.DONE: self._done,
            wire.READY: self._ready,
            wire.FAILED: self._refused,
            wire.SERVICE: self._service,
            wire.LOG: self._log,
            wire.METRIC: self._metric,
        }
        life.watch(self._left)
        reactor.addReader(self)

    def load(self, loading: Loading) -> None:
        """The first thing to be said. :raises OSError: as :meth:`say` does."""
        file, copy = (
            name.encode("utf-8", "surrogateescape") for name in (loading.file, loading.copy)
        )
        options = self.life.options
        numbers = f"{loading.threads} {options.memory} {options.shutdown} {options.starting}"
        strings = [file, copy, loading.manifest.text.encode(), loading.config, numbers.encode()]
        self.say(wire.LOAD, data=pack_strings(strings))

    def call(self, call: Call) -> None:
        """Run it there. :raises OSError: when there is no memory to hand over its frame."""
        self._channel.put(wire.CALL, call.number, call.function, 0.0, call.frame)
        call.child = self
        call.frame = b""
        self.calls[call.number] = call
        if not self._saying:
            # Calls that come together go out together, and wake the process once.
            self._saying = True
            self._reactor.callLater(0, self._say)

    def say(self, kind: int, number: int = 0, value: int = 0, *, data: bytes = b"") -> None:
        """Send any other message; nothing happens when the process is gone.

        :raises OSError: when there is no memory to hand over its bytes.
        """
        if self._open:
            self._channel.put(kind, number, value, data=data)
            self._flush()

    @property
    def unsent(self) -> int:
        """Bytes that it does not read."""
        return self._channel.unsent

    def finish(self, call: Call, status: int, changes: bytes = b"", seconds: float = 0.0) -> None:
        """A call is over."""
        if call.timer is not None and call.timer.active():
            call.timer.cancel()
        try:
            call.caller.over(status, changes, seconds)
        except Exception:
            self.log.failure("{file}: what a call gave could not be taken", file=self._file)

    # What the reactor calls.

    def fileno(self) -> int:
        return self._channel.fileno()

    def logPrefix(self) -> str:
        return "process of a plugin"

    def connectionLost(self, reason: Any) -> None:
        """The reactor lets go of the socket: it was cut off while nobody looked."""
        self._left()

    def doRead(self) -> None:
        """Take what it says."""
        self._read(_TURN)

    def doWrite(self) -> None:
        """There is room in the socket again."""
        if self._channel.flush():
            self._writing = False
            self._reactor.removeWriter(self)

    # What it says.

    def _read(self, datagrams: int) -> None:
        receive, do = self._channel.receive, self._do
        try:
            while datagrams and (messages := receive()):
                datagrams -= 1
                for message in messages:
                    if message.kind not in do:
                        raise Garbage(f"a message of kind {message.kind}")
                    do[message.kind](message)
        except Closed:
            self._leave()
        except Garbage as error:
            self.life.kill(f"was ended because it sent {error}")
            self._leave()

    def _done(self, message: Message) -> None:
        _, number, status, seconds, changes = message
        if not 0.0 <= seconds < 1e9:
            raise Garbage(f"an answer after {seconds} seconds")
        call = self.calls.pop(number, None)
        if call is None:
            raise Garbage(f"an answer to call {number}, which is not under way")
        self.finish(call, abi.E_FAILED if status in _OURS else status, changes, seconds)
        self._owner.answered(self)

    def _ready(self, message: Message) -> None:
        if self.since is not None:
            raise Garbage("that it is ready twice")
        self.since = self._reactor.seconds()
        self._owner.ready(self)

    def _refused(self, message: Message) -> None:
        if self.since is not None:
            raise Garbage("that it could not be loaded after it was")
        self._owner.refused(self, message.data.decode("utf-8", "replace"))

    def _service(self, message: Message) -> None:
        if self.unsent > self.life.options.unsent:
            raise Garbage("requests for services without reading the answers")

        def answer(status: int, strings: bytes) -> None:
            try:
                self.say(wire.ANSWER, message.number, status, data=strings)
            except OSError:
                self.say(wire.ANSWER, message.number, abi.E_MEMORY)

        try:
            self._duties.services(message.value, message.data, answer)
        except Exception:
            self.log.failure("{file}: a service failed", file=self._file)
            answer(abi.E_FAILED, b"")

    def _log(self, message: Message) -> None:
        text, fields = (part.decode("utf-8", "replace") for part in wire.strings(message.data, 2))
        call = self.calls.get(message.number)
        if call is None:
            self._take(self._duties.told, self._file, message.value, text, fields)
        else:
            self._take(call.caller.said, message.value, text, fields)

    def _metric(self, message: Message) -> None:
        name = message.data.decode("utf-8", "replace")
        self._take(self._duties.metered, self._file, message.value, name, message.real)

    def _take(self, takes: Callable[..., None], *values: Any) -> None:
        try:
            takes(*values)
        except Exception:
            self.log.failure("{file}: what it tells could not be taken", file=self._file)

    # How it ends.

    def _left(self) -> None:
        """The process has ended, or nobody hears it: read what it said before."""
        if self._open:
            self._read(-1)
        self._leave()

    def _leave(self) -> None:
        if not self._open:
            return
        self._open = False
        self._reactor.removeReader(self)
        self._reactor.removeWriter(self)
        self._channel.close()
        lost = list(self.calls.values())
        self.calls.clear()
        self.lost = len(lost)
        self._owner.gone(self)
        for call in lost:
            self.finish(call, abi.E_DIED)
        self.life.end(lambda: self._owner.ended(self))

    def _say(self) -> None:
        self._saying = False
        if self._open:
            self._flush()

    def _flush(self) -> None:
        if not self._writing and not self._channel.flush():
            self._writing = True
            self._reactor.addWriter(self)
