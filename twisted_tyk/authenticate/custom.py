"""Hooks at ``auth_check`` beside another way to authenticate whose sessions count."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IRelay, IStep
from twisted_tyk.plugins.bridge import as_step


@implementer(IStep)
class Apart:
    """A hook that lets clients in or not; who they are is not for it to say.

    In Tyk this holds for hooks in Python and JavaScript, and not for Go plugins.
    """

    def __init__(self, hook: IStep | IRelay) -> None:
        self.name = hook.name
        self._hook = as_step(hook)

    def process(self, exchange: Exchange) -> Reply | Deferred[Reply | None] | None:
        """What the hook decides, and nothing of the session that it sets."""
        exchange.session_settled = True
        outcome: Any = None
        try:
            outcome = self._hook.process(exchange)
        finally:
            if not isinstance(outcome, Deferred):
                exchange.session_settled = False
        if isinstance(outcome, Deferred):
            outcome.addBoth(_over, exchange)
        return outcome  # type: ignore[no-any-return]


def _over(outcome: Any, exchange: Exchange) -> Any:
    exchange.session_settled = False
    return outcome
