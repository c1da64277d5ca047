"""The chain of an API: which steps it has, in which order, and what a link does with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import define, field
from gateways import MakeGateway
from lost_failures import LoggedFailures
from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer
from zope.interface.verify import verifyObject

from twisted_tyk.chain.leaf import Leaf
from twisted_tyk.chain.link import Last, Link, join
from twisted_tyk.chain.order import ORDER
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Reply
from twisted_tyk.interfaces import ICheck, IStep
from twisted_tyk.testing import definition

STAGES = (
    "admit", "authenticate", "authorize", "transform", "answer", "proxy", "respond", "record",
)  # fmt: skip


def test_the_table_keeps_the_order_of_the_stages() -> None:
    """A step stands among those of its stage."""
    stages = [STAGES.index(place.stage) for place in ORDER]
    assert stages == sorted(stages)


def test_an_api_has_the_steps_it_asks_for(gateway: MakeGateway, tmp_path: Path) -> None:
    """Keyless ones are not asked who they are; hooks stand at Tyk's places."""
    (tmp_path / "hooks.py").write_text(
        "def a(rw, request): pass\ndef b(rw, response, request): pass\n"
    )
    entry = {"name": "a", "path": "hooks.py"}
    hooks: dict[str, Any] = {point: [entry] for point in ("pre", "post_key_auth", "post")} | {
        "response": [{"name": "b", "path": "hooks.py"}],
        "auth_check": entry,
    }
    gate = gateway(
        definition("bare"),
        definition("open", **hooks),
        definition("key", use_keyless=False, pre=[entry]),
        definition("custom", use_keyless=False, custom_plugin_auth_enabled=True, **hooks),
        definition("not-on", use_keyless=False, **hooks),
    )
    steps = {
        api.api_id: [step.rpartition(":")[2] for step in api.steps]
        for api in gate.service.root.table.apis
    }
    known = [
        "KeyExpired", "AccessRightsCheck", "GranularAccessMiddleware", "RateLimitAndQuotaCheck",
    ]  # fmt: skip
    assert steps == {
        "bare": ["ReverseProxy"],
        "open": ["a", "a", "ReverseProxy", "b"],
        "key": ["a", "AuthKey", *known, "ReverseProxy"],
        "custom": ["a", "a", "a", *known, "a", "ReverseProxy", "b"],
        "not-on": ["a", "AuthKey", "a", *known, "a", "ReverseProxy", "b"],
    }


def test_any_resource_can_stand_where_a_chain_stands() -> None:
    """And a chain where any resource stands: links provide the interface."""
    link = Link(Step(None), Last(Ending()), Ending())
    assert verifyObject(IResource, link)
    assert verifyObject(IResource, Last(Ending()))


@implementer(IStep)
@define
class Step:
    """Decides as it was told."""

    outcome: Any
    name: str = "Step"

    def process(self, exchange: Any) -> Any:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@define
class Ending:
    """Remembers how exchanges ended."""

    ends: list[Any] = field(factory=list)

    def reply(self, request: Any, reply: Reply) -> None:
        self.ends.append(reply)

    def fail(self, request: Any, step: IStep, failure: Failure) -> None:
        self.ends.append((step.name, failure.value))

    def deliver(self, request: Any) -> None:
        self.ends.append("delivered")


@define
class Request:
    exchange: Any = None
    on_lost: Any = None


@implementer(IResource)
class Broken(Leaf):
    """A next link that has a fault."""

    def render(self, request: Any) -> object:
        raise ZeroDivisionError


REPLY = Reply(200)
REFUSAL = Refusal(403, "no")


@pytest.mark.parametrize(
    ("outcome", "end"),
    [
        (None, "delivered"),
        (REPLY, REPLY),
        (REFUSAL, ("Step", REFUSAL)),
        (succeed(None), "delivered"),
        (succeed(REPLY), REPLY),
        (fail(REFUSAL), ("Step", REFUSAL)),
    ],
    ids=["go on", "reply", "refuse", "go on later", "reply later", "refuse later"],
)
def test_a_link_does_what_its_step_decides(outcome: Any, end: Any) -> None:
    ending = Ending()
    request = Request()
    link = Link(Step(outcome), Last(ending), ending)
    assert link.render(request) == NOT_DONE_YET
    assert ending.ends == [end]
    assert request.on_lost is None


@implementer(ICheck)
@define
class Check:
    """Notes that it was asked, and refuses if it was told to."""

    name: str
    asked: list[str]
    refusal: Exception | None = None

    def process(self, exchange: Any) -> None:
        self.asked.append(self.name)
        if self.refusal is not None:
            raise self.refusal


@pytest.mark.parametrize("steps", [[], [Step(None)]], ids=["at the end", "before a step"])
@pytest.mark.parametrize(
    ("refuses", "asked", "end"),
    [
        ("", ["a", "b", "c"], "delivered"),
        ("a", ["a"], ("a", REFUSAL)),
        ("b", ["a", "b"], ("b", REFUSAL)),
        ("c", ["a", "b", "c"], ("c", REFUSAL)),
    ],
)
def test_checks_share_a_link_and_keep_their_order_and_names(
    steps: list[Any], refuses: str, asked: list[str], end: Any
) -> None:
    seen: list[str] = []
    checks = [Check(name, seen, REFUSAL if name == refuses else None) for name in "abc"]
    ending = Ending()
    chain = join([Step(None), *checks, *steps], Last(ending), ending)
    assert verifyObject(IResource, chain)
    assert chain.render(Request()) == NOT_DONE_YET
    assert (seen, ending.ends) == (asked, [end])


def test_what_lies_behind_checks_is_not_taken_for_theirs() -> None:
    ending = Ending()
    chain = join([Check("a", [])], Broken(), ending)
    with pytest.raises(ZeroDivisionError):
        chain.render(Request())
    assert ending.ends == []


def test_a_step_that_waits_is_cancelled_when_the_client_leaves() -> None:
    cancelled: list[Any] = []
    waiting: Deferred[None] = Deferred(cancelled.append)
    ending, request = Ending(), Request()
    Link(Step(waiting), Last(ending), ending).render(request)
    assert ending.ends == []
    request.on_lost(Failure(ConnectionError()))
    assert len(cancelled) == 1
    assert [name for name, _ in ending.ends] == ["Step"]


@pytest.mark.parametrize("outcome", [succeed(None), Deferred()], ids=["at once", "later"])
def test_a_fault_behind_a_step_that_waited_is_not_lost(
    outcome: Any, logged_failures: LoggedFailures
) -> None:
    """The rest of the chain runs inside its Deferred, where nobody else would see it."""
    ending, request = Ending(), Request()
    Link(Step(outcome), Broken(), ending).render(request)
    if not outcome.called:
        outcome.callback(None)
    assert [type(error) for _, error in ending.ends] == [ZeroDivisionError]
