"""A library in a process of its own, which is started again when it dies."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import count
from random import random
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from twisted_tyk.native import abi
from twisted_tyk.native.contract import Caller, Loading, Services
from twisted_tyk.native.manifest import Manifest
from twisted_tyk.native.packed import pack as pack_strings
from twisted_tyk.native.process import wire
from twisted_tyk.native.process.backoff import Backoff
from twisted_tyk.native.process.child import Call, Child, Duties
from twisted_tyk.native.process.keeper import FAILED, RUNNING, STARTING, Keeper
from twisted_tyk.native.process.limits import resident
from twisted_tyk.native.process.options import Options
from twisted_tyk.plugins.driver import LoadError


class InHelper:
    """A :class:`~twisted_tyk.native.contract.Library`.

    Calls wait while a process starts. They are answered ``E_AWAY`` when none
    is to start in the next moments or too many wait, ``E_INIT`` when the
    library can not be loaded, and ``E_MEMORY`` when a frame is too big.
    """

    log = Logger()

    def __init__(
        self,
        reactor: Any,
        loading: Loading,
        services: Services,
        told: Callable[[str, int, str, str], None],
        metered: Callable[[str, int, str, float], None],
        options: Options,
    ) -> None:
        """Start the first process.

        :param told: is given the file, a level, text and fields of a line for the log.
        :param metered: is given the file, kind, name and value of a metric.
        """
        self._reactor = reactor
        self._loading = loading
        self._options = options
        self._numbers = count(1)
        self._definitions: dict[bytes, bytes] = {}
        self._waiting: deque[Call] = deque()
        self._loaded: list[Deferred[None]] = []
        duties = Duties(services, told, metered)
        self._keeper = Keeper(reactor, loading, duties, options, Backoff(random), self)
        self._keeper.start()

    @property
    def manifest(self) -> Manifest:
        return self._loading.manifest

    @property
    def file(self) -> str:
        return self._loading.file

    def loaded(self) -> Deferred[None]:
        """Fires when the library is loaded.

        It fails with :class:`LoadError` when it can not be, and when the
        process dies and another one is not to start at once.
        """
        loaded: Deferred[None] = Deferred()
        if self._keeper.state == RUNNING:
            loaded.callback(None)
        elif self._keeper.state == STARTING:
            self._loaded.append(loaded)
        else:
            loaded.errback(self._not_loaded())
        return loaded

    def retry(self) -> None:
        """Load the library once more if it could not be loaded."""
        self._keeper.retry()

    def submit(self, function: int, frame: bytes, caller: Caller) -> Call:
        """See :class:`~twisted_tyk.native.contract.Library`."""
        keeper = self._keeper
        call = Call(next(self._numbers), function, frame, caller)
        child = keeper.child
        if child is not None and child.since is not None:
            self._send(child, call)
        elif keeper.state == FAILED:
            self._answer(call, abi.E_INIT)
        elif keeper.state == STARTING and len(self._waiting) < self._options.waiting:
            self._waiting.append(call)
        else:
            self._answer(call, abi.E_AWAY)
        return call

    def overdue(self, call: Call) -> None:
        """Nobody waits for it: its process is given up when it goes on for too long."""
        child = call.child
        if child is None:
            if call in self._waiting:
                self._waiting.remove(call)
                self._answer(call, abi.E_AWAY)
        elif call.number in child.calls and not call.overdue:
            call.overdue = True
            child.say(wire.OVERDUE, call.number)
            if child is self._keeper.child:
                call.timer = self._reactor.callLater(
                    self._options.overdue, self._keeper.replace, child
                )
            else:
                self._keeper.answered(child)

    def define(self, key: bytes, kind: bytes, document: bytes) -> None:
        """Announce a definition, to every process that comes."""
        self._definitions[key] = pack_strings([key, kind, document])
        self._announce(wire.DEFINE, self._definitions[key])

    def forget(self, key: bytes) -> None:
        """No frame will name this definition any more."""
        if self._definitions.pop(key, None) is not None:
            self._announce(wire.FORGET, key)

    def close(self) -> Deferred[None]:
        """Let calls finish and the plugin shut down, each for ``options.shutdown`` seconds."""
        return self._keeper.close()

    def state(self) -> dict[str, Any]:
        """How it is, for people."""
        keeper = self._keeper
        child = keeper.child
        children = [*keeper.retired, *([child] if child is not None else [])]
        return {
            "mode": "process",
            "pid": child.life.pid if child is not None else None,
            "state": keeper.state,
            "failure": keeper.failure,
            "restarts": keeper.restarts,
            "recycled": keeper.recycled,
            "in_flight": sum(len(each.calls) for each in children),
            "waiting": len(self._waiting),
            "last_exit": keeper.last_exit,
            "memory": resident(child.life.pid) if child is not None else 0,
        }

    # What the keeper tells.

    def begin(self, child: Child) -> None:
        """A process is ready: it gets what it has to know and the calls that waited."""
        for definition in self._definitions.values():
            child.say(wire.DEFINE, data=definition)
        waiting, self._waiting = self._waiting, deque()
        for call in waiting:
            self._send(child, call)
        loaded, self._loaded = self._loaded, []
        for each in loaded:
            each.callback(None)

    def away(self) -> None:
        """There is no process, and none in the next moments."""
        status = abi.E_INIT if self._keeper.state == FAILED else abi.E_AWAY
        waiting, self._waiting = self._waiting, deque()
        for call in waiting:
            self._answer(call, status)
        loaded, self._loaded = self._loaded, []
        for each in loaded:
            each.errback(self._not_loaded())

    def waiting(self) -> int:
        return len(self._waiting)

    # The steps between.

    def _send(self, child: Child, call: Call) -> None:
        if child.unsent > self._options.unsent:
            self._answer(call, abi.E_AWAY)
            return
        try:
            child.call(call)
        except OSError as error:
            self.log.error("{file}: {error}", file=self.file, error=error)
            self._answer(call, abi.E_MEMORY)

    def _answer(self, call: Call, status: int) -> None:
        """Not before :meth:`submit` has returned."""
        self._reactor.callLater(0, call.caller.over, status, b"", 0.0)

    def _announce(self, kind: int, data: bytes) -> None:
        child = self._keeper.child
        if child is not None and child.since is not None:
            child.say(kind, data=data)

    def _not_loaded(self) -> LoadError:
        keeper = self._keeper
        return LoadError(keeper.failure or f"{self.file}: its process {keeper.last_exit}")
