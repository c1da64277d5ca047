"""Keeps one process of a library going: starts it, replaces it, ends it."""

from __future__ import annotations

from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from twisted_tyk.native.contract import Loading
from twisted_tyk.native.process import wire
from twisted_tyk.native.process.backoff import Backoff
from twisted_tyk.native.process.child import Child, Duties
from twisted_tyk.native.process.life import Life
from twisted_tyk.native.process.options import Options

STARTING, RUNNING, BACKING_OFF, FAILED, CLOSED = (
    "starting",
    "running",
    "backing off",
    "failed",
    "closed",
)


#: Seconds that the process itself may need to start, on a machine that is very busy.
_START: Final = 10.0


class Calls(Protocol):
    """Whose calls the processes run."""

    def begin(self, child: Child) -> None:
        """This one is ready."""

    def away(self) -> None:
        """There is none, and none in the next moments."""

    def waiting(self) -> int:
        """How many calls wait for one to be ready."""


class Keeper:
    """
    :ivar child: where new calls go; it may not be ready yet.
    :ivar retired: those that no new calls go to, and the timer that ends them.
    :ivar state: one of the words above.
    :ivar failure: why the library can not be loaded.
    :ivar last_exit: how the last process ended.
    """

    log = Logger()

    def __init__(
        self,
        reactor: Any,
        loading: Loading,
        duties: Duties,
        options: Options,
        backoff: Backoff,
        calls: Calls,
    ) -> None:
        self.child: Child | None = None
        self.retired: dict[Child, Any] = {}
        self.state = STARTING
        self.failure = self.last_exit = ""
        self.restarts = self.recycled = 0
        self._reactor = reactor
        self._loading = loading
        self._duties = duties
        self._options = options
        self._backoff = backoff
        self._calls = calls
        #: Those that are going, and what comes next.
        self._ending: dict[Child, str] = {}
        #: Until the next start, or until the process has to be ready.
        self._timer: Any = None
        self._closed: Deferred[None] | None = None
        self._deadline: Any = None
        self._stopping = False

    def start(self) -> None:
        """Start a process."""
        self.state = STARTING
        try:
            life = Life(self._reactor, self._options, self._told)
        except OSError as error:
            self.last_exit = f"could not be started: {error}"
            then = self._again(0.0)
            self.log.error(
                "{file}: its process {how}; {then}",
                file=self._loading.file,
                how=self.last_exit,
                then=then,
            )
            return
        child = self.child = Child(self._reactor, life, self._loading, self._duties, self)
        # The library has the first part of that time; the process says when it was too short.
        seconds = self._options.starting + _START
        late = f"was ended because it was not ready within {seconds:g} s"
        self._timer = self._reactor.callLater(seconds, life.kill, late)
        try:
            child.load(self._loading)
        except OSError as error:
            life.kill(f"could not be told what to load: {error}")

    def retry(self) -> None:
        """Start a process although the library could not be loaded: what was amiss may be over."""
        if self.state == FAILED and self._closed is None:
            self.failure = ""
            self.start()

    def replace(self, child: Child) -> None:
        """A call in it does not come back: let the others finish, and start anew."""
        if child is not self.child:
            return
        self.recycled += 1
        self.log.warn(
            "{file}: a call does not come back, so its process {pid} is replaced",
            file=self._loading.file,
            pid=child.life.pid,
        )
        self.retired[child] = self._reactor.callLater(
            self._options.overdue, child.life.kill, "was ended because calls did not come back"
        )
        self.child = None
        self.answered(child)
        if self._closed is None:
            self.start()

    def close(self) -> Deferred[None]:
        """Let calls finish, then the plugin shut down; fires when no process is left."""
        closed: Deferred[None] = Deferred()
        self._closed = closed
        if self.child is None:
            self._cancel()
            self.state = self.state if self.state == FAILED else BACKING_OFF
            self._calls.away()
        self._allow("was ended because calls did not finish")
        self._go_on_closing()
        return closed

    @property
    def closing(self) -> bool:
        return self._closed is not None

    # What a child tells.

    def ready(self, child: Child) -> None:
        self._cancel()
        self.state = RUNNING
        self._calls.begin(child)
        self._go_on_closing()

    def refused(self, child: Child, sentence: str) -> None:
        self._cancel()
        self.state = FAILED
        self.failure = sentence
        self.child = None
        self._ending[child] = ""
        self.retired[child] = self._reactor.callLater(
            self._options.shutdown, child.life.kill, "was ended because it did not end itself"
        )
        self.log.error("{sentence}", sentence=sentence)
        self._calls.away()

    def answered(self, child: Child) -> None:
        if child is self.child:
            if self._closed is not None:
                self._go_on_closing()
        elif all(call.overdue for call in child.calls.values()):
            child.life.kill("was ended because a call did not come back")

    def gone(self, child: Child) -> None:
        if child is not self.child:
            timer = self.retired.pop(child, None)
            if timer is not None and timer.active():
                timer.cancel()
            self._ending.setdefault(child, "it has been replaced")
            return
        self.child = None
        self._cancel()
        if self._closed is not None:
            self._ending[child] = "it is not needed any more"
            self._calls.away()
        else:
            well = 0.0 if child.since is None else self._reactor.seconds() - child.since
            self._ending[child] = self._again(well)

    def ended(self, child: Child) -> None:
        then = self._ending.pop(child)
        self.last_exit = child.life.how
        if not self._stopping and then:
            self._report(child, then)
        self._go_on_closing()

    # The steps between.

    def _again(self, well: float) -> str:
        """Start another one, now or later. :returns: when, for people."""
        wait = self._backoff.died(well)
        self.restarts += 1
        self._timer = self._reactor.callLater(wait, self.start)
        if wait:
            self.state = BACKING_OFF
            self._calls.away()
            return f"it starts again in {wait:.1f} s"
        self.state = STARTING
        return "it starts again at once"

    def _go_on_closing(self) -> None:
        if self._closed is None or self._closed.called:
            return
        child = self.child
        if child is not None:
            if not (child.calls or self._calls.waiting() or self._stopping):
                self._stopping = True
                self._allow("was ended because it did not shut down")
                child.say(wire.SHUTDOWN)
        elif not self.retired and not self._ending:
            self._deadline.cancel()
            self.state = CLOSED
            self._closed.callback(None)

    def _allow(self, late: str) -> None:
        """The shutdown time runs from now."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self._reactor.callLater(self._options.shutdown, self._give_up, late)

    def _give_up(self, late: str) -> None:
        self._deadline = self._reactor.callLater(self._options.shutdown, self._give_up, late)
        self._stopping = False
        for child in (self.child, *self.retired, *self._ending):
            if child is not None:
                child.life.kill(late)

    def _report(self, child: Child, then: str) -> None:
        said = child.life.said()
        self.log.error(
            "{file}: its process {pid} {how}; {lost}; {then}{said}",
            file=self._loading.file,
            pid=child.life.pid,
            how=child.life.how,
            lost="1 call was lost" if child.lost == 1 else f"{child.lost} calls were lost",
            then=then,
            said=f"; it wrote last: {said}" if said else "",
        )

    def _cancel(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _told(self, level: int, text: str) -> None:
        self._duties.told(self._loading.file, level, text, "")
