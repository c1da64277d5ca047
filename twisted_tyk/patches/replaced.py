"""The steps that a patch stands for, which it may call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IRelay, IStep
from twisted_tyk.patches.places import PROXY
from twisted_tyk.patches.run import Run
from twisted_tyk.plugins.bridge import as_step

Outcome = Reply | Deferred[Any] | None


@implementer(IStep)
class Joined:
    """The built-in steps of one place, one after the other, up to the first that answers."""

    def __init__(self, name: str, steps: Iterable[IStep | IRelay]) -> None:
        self.name = name
        self._steps = tuple(as_step(step).process for step in steps)

    def process(self, exchange: Exchange) -> Outcome:
        """As each of them."""
        return self._from(0, exchange)

    def _from(self, first: int, exchange: Exchange) -> Outcome:
        for index in range(first, len(self._steps)):
            outcome: Any = self._steps[index](exchange)
            if isinstance(outcome, Deferred):
                return outcome.addCallback(self._after, index, exchange)
            if outcome is not None:
                return outcome  # type: ignore[no-any-return]
        return None

    def _after(self, outcome: Reply | None, index: int, exchange: Exchange) -> Outcome:
        return self._from(index + 1, exchange) if outcome is None else outcome


class WrongCall(RuntimeError):
    """A patch called the step that it replaces when it must not."""


@implementer(IStep)
class Replaced:
    """What a patch gets of the built-in step: it may be called while the patch is.

    It may be called more than once, one call after the other.
    """

    def __init__(self, built_in: Joined, place: str) -> None:
        self.name = built_in.name
        self.runs: dict[Exchange, Run] = {}
        self._built_in = built_in
        # Its last answer is thrown away when it is called again.
        self._answers = place == PROXY

    def process(self, exchange: Exchange) -> Outcome:
        """What the built-in step decides.

        Called in the reactor thread.

        :raises CancelledError: when the client has left.
        :raises WrongCall: outside of the patch's own call for this request, and while the
            last call is not over.
        """
        run = self.runs.get(exchange)
        if run is None:
            raise WrongCall("the replaced step was called for a request that is not at the patch")
        if run.waiting is not None:
            raise WrongCall("the replaced step was called while it was under way")
        if exchange.left:
            raise CancelledError()
        if self._answers and exchange.response is not None:
            exchange.response.stream.stopProducing()
            exchange.response = None
        run.begun()
        try:
            outcome = self._built_in.process(exchange)
        except BaseException:  # or else a patch that drops it would have the request go on
            run.ended(Failure())
            raise
        if isinstance(outcome, Deferred):
            return run.wait(outcome)
        run.ended(outcome)
        return outcome
