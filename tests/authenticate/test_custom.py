"""Hooks that let clients in or not, where another says who they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred
from zope.interface import implementer

from twisted_tyk.authenticate.custom import Apart
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IRelay, IStep, IWaiting
from twisted_tyk.message.headers import Headers
from twisted_tyk.session.state import SessionState


@pytest.fixture
def exchange() -> Exchange:
    made = Exchange(b"GET", b"/", b"", Headers())
    made.recognise(SessionState(alias="Key", key_id="key"))
    return made


def says_who(exchange: Exchange) -> None:
    exchange.identify(SessionState(alias="Hook", key_id="hook"), True)


def is_untouched(exchange: Exchange) -> bool:
    assert exchange.session is not None
    return (exchange.session.alias, exchange.token, exchange.session_changed) == (
        "Key",
        "key",
        False,
    )


@implementer(IStep)
@define
class Step:
    decide: Callable[[Exchange], Any]
    name: str = "hook"

    def process(self, exchange: Exchange) -> Any:
        says_who(exchange)
        return self.decide(exchange)


@implementer(IRelay)
@define
class Relay:
    """As plugins in other threads and processes are called."""

    name: str = "relay"
    waiting: list[IWaiting] = field(factory=list)

    def relay(self, exchange: Exchange, waiting: IWaiting) -> Callable[[], None]:
        self.waiting.append(waiting)
        return self.waiting.clear


def can_identify_again(exchange: Exchange) -> bool:
    says_who(exchange)
    return exchange.session is not None and exchange.session.alias == "Hook"


@pytest.mark.parametrize("outcome", [None, Reply(403)])
def test_what_a_hook_decides_counts_and_nothing_else(exchange: Exchange, outcome: Any) -> None:
    step = Apart(Step(lambda _: outcome))
    assert step.name == "hook"
    assert step.process(exchange) is outcome
    assert is_untouched(exchange)
    assert can_identify_again(exchange)


def test_a_hook_that_raises(exchange: Exchange) -> None:
    def refuse(_: Exchange) -> None:
        raise Refusal(403, "No")

    with pytest.raises(Refusal):
        Apart(Step(refuse)).process(exchange)
    assert is_untouched(exchange)
    assert can_identify_again(exchange)


@pytest.mark.parametrize("failing", [False, True])
def test_a_hook_that_waits(exchange: Exchange, failing: bool) -> None:
    waiting: Deferred[Any] = Deferred()
    outcome: Any = Apart(Step(lambda _: waiting)).process(exchange)
    says_who(exchange)
    seen: list[Any] = []
    outcome.addBoth(seen.append)
    waiting.errback(Refusal(403, "No")) if failing else waiting.callback(None)
    assert is_untouched(exchange)
    assert len(seen) == 1
    assert (seen[0] is None) is not failing
    assert can_identify_again(exchange)


def test_a_hook_elsewhere(exchange: Exchange) -> None:
    hook = Relay()
    outcome: Any = Apart(hook).process(exchange)
    says_who(exchange)
    seen: list[Any] = []
    outcome.addBoth(seen.append)
    assert seen == []
    hook.waiting[0].go_on()
    assert seen == [None]
    assert is_untouched(exchange)
    assert can_identify_again(exchange)


def test_a_client_that_leaves_meanwhile(exchange: Exchange) -> None:
    hook = Relay()
    outcome: Any = Apart(hook).process(exchange)
    outcome.addErrback(lambda reason: None)
    outcome.cancel()
    assert hook.waiting == []
    assert is_untouched(exchange)
    assert can_identify_again(exchange)
