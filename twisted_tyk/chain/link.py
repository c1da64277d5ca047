"""Links: the Twisted resources that the chain of an API is made of.

A link runs one step, or some checks, and renders the next link. It is the one
place that knows both worlds: steps know nothing of resources, and resources
nothing of what a step decides. A step that answers at once costs a method call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

from twisted_tyk.chain.leaf import Leaf
from twisted_tyk.exchange import Reply
from twisted_tyk.interfaces import ICheck, IRelay, IStep, IWaiting


def join(steps: Sequence[IStep | IRelay], last: IResource, ending: Ending) -> IResource:
    """The first link of a chain that runs ``steps`` and ends with ``last``."""
    chain, checks = last, list[IStep]()
    for step in reversed(steps):
        if ICheck.providedBy(step):
            checks.insert(0, step)
            continue
        if checks:
            chain, checks = Checks(checks, chain, ending), []
        chain = link(step, chain, ending)
    return Checks(checks, chain, ending) if checks else chain


def link(step: IStep | IRelay, next_link: IResource, ending: Ending) -> IResource:
    """The resource around a step of either kind."""
    kind = RelayLink if IRelay.providedBy(step) else Link
    made: IResource = kind(step, next_link, ending)  # type: ignore[arg-type]
    return made


class Ending(Protocol):
    """Where exchanges end, whatever the way; see :mod:`twisted_tyk.respond.ending`."""

    def reply(self, request: Any, reply: Reply) -> None:
        """A step gave the answer."""

    def fail(self, request: Any, step: IStep | IRelay, failure: Failure) -> None:
        """A step raised: a refusal, or something nobody foresaw."""

    def deliver(self, request: Any) -> None:
        """The upstream answered; ``exchange.response`` goes to the client."""


@implementer(IResource)
class Link(Leaf):
    """A leaf resource around one step."""

    def __init__(self, step: IStep, next_link: IResource, ending: Ending) -> None:
        self.step = step
        self._process = step.process
        self._next = next_link.render
        self._ending = ending

    def render(self, request: Any) -> object:
        """Run the step; go on, answer, or wait for it to say which."""
        try:
            outcome = self._process(request.exchange)
        except Exception:
            self._ending.fail(request, self.step, Failure())
            return NOT_DONE_YET
        if outcome is None:
            return self._next(request)
        if isinstance(outcome, Reply):
            self._ending.reply(request, outcome)
            return NOT_DONE_YET
        if not outcome.called or outcome.paused:
            request.on_lost = _Leaving(outcome)
        outcome.addCallbacks(
            self._decided, self._failed, callbackArgs=(request,), errbackArgs=(request,)
        )
        return NOT_DONE_YET

    def _decided(self, outcome: Reply | None, request: Any) -> None:
        request.on_lost = None
        try:
            if outcome is None:
                self._next(request)
            else:
                self._ending.reply(request, outcome)
        except Exception:
            # Nobody else would see it: the rest of the chain runs in here.
            self._ending.fail(request, self.step, Failure())

    def _failed(self, failure: Failure, request: Any) -> None:
        request.on_lost = None
        self._ending.fail(request, self.step, failure)


@implementer(IResource)
class Checks(Leaf):
    """A leaf resource around checks that follow one another."""

    def __init__(self, checks: Sequence[IStep], next_link: IResource, ending: Ending) -> None:
        self._checks = tuple((check, check.process) for check in checks)
        self._next = next_link.render
        self._ending = ending

    def render(self, request: Any) -> object:
        """Run them all, up to the first that refuses."""
        exchange = request.exchange
        for check, process in self._checks:
            try:
                process(exchange)
            except Exception:
                self._ending.fail(request, check, Failure())
                return NOT_DONE_YET
        return self._next(request)


class _Leaving:
    """Cancels what a step waits for when the client leaves."""

    __slots__ = ("_waiting",)

    def __init__(self, waiting: Deferred[Any]) -> None:
        self._waiting = waiting

    def __call__(self, reason: Failure) -> None:
        self._waiting.cancel()


@implementer(IResource)
class RelayLink(Leaf):
    """A leaf resource around a step that always waits."""

    def __init__(self, step: IRelay, next_link: IResource, ending: Ending) -> None:
        self.step = step
        self.ending = ending
        self.go_on = next_link.render
        self._relay = step.relay

    def render(self, request: Any) -> object:
        """Begin; :class:`_Waiting` goes on."""
        waiting = request.on_lost = _Waiting(self, request)
        try:
            waiting.cancel = self._relay(request.exchange, waiting)
        except Exception:
            request.on_lost = None
            self.ending.fail(request, self.step, Failure())
        return NOT_DONE_YET


@implementer(IWaiting)
class _Waiting:
    """One request behind a :class:`RelayLink`; it also hears when the client leaves."""

    __slots__ = ("_link", "_request", "cancel")

    cancel: Callable[[], None]

    def __init__(self, link: RelayLink, request: Any) -> None:
        self._link = link
        self._request = request

    def go_on(self) -> None:
        request = self._request
        # Both refer back here, and nobody asks them any more.
        request.on_lost = None
        self.cancel = _nothing
        try:
            self._link.go_on(request)
        except Exception:
            # Nobody else would see it: the rest of the chain runs in here.
            self._link.ending.fail(request, self._link.step, Failure())

    def reply(self, reply: Reply) -> None:
        self._request.on_lost = None
        self.cancel = _nothing
        self._link.ending.reply(self._request, reply)

    def refuse(self, error: Exception) -> None:
        self._request.on_lost = None
        self.cancel = _nothing
        self._link.ending.fail(self._request, self._link.step, Failure(error))

    def __call__(self, reason: Failure) -> None:
        self.cancel()


def _nothing() -> None:
    """What there is to cancel when it is over."""


@implementer(IResource)
class Last(Leaf):
    """The end of a chain: hands the upstream's response to the client."""

    def __init__(self, ending: Ending) -> None:
        self._deliver = ending.deliver

    def render(self, request: Any) -> object:
        self._deliver(request)
        return NOT_DONE_YET
