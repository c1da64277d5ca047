"""Waiting on the real reactor for something to become so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

reactor: Any = _reactor


def until(what: Callable[[], bool], seconds: float = 20.0) -> Deferred[Any]:
    """Fires once that is so; fails when it takes longer than ``seconds``."""
    deadline = reactor.seconds() + seconds

    def look(_: object = None) -> Any:
        if what():
            return None
        assert reactor.seconds() < deadline, f"not so within {seconds} s"
        return deferLater(reactor, 0.01).addCallback(look)

    result: Deferred[Any] = deferLater(reactor, 0).addCallback(look)
    return result
