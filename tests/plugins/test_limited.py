"""Given a hook of which only so many calls run at a time, this is what the others meet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gateways import MakeGateway
from twisted.internet.defer import CancelledError, Deferred

from twisted_tyk.errors import HookBusy
from twisted_tyk.plugins.limited import Limited
from twisted_tyk.testing import Client, MemoryGateway, definition


class Hook:
    """A hook whose calls end when the test says so, but for those of ``at_once``.

    :ivar calls: what each waits for, by its argument.
    """

    def __init__(self, at_once: range = range(0)) -> None:
        self.at_once = at_once
        self.calls: dict[int, Deferred[str]] = {}
        self.cancelled: list[int] = []

    def __call__(self, number: int) -> Any:
        self.calls[number] = Deferred(lambda _: self.cancelled.append(number))
        if number in self.at_once:
            return f"{number} at once"
        return self.calls[number]


def limited(hook: Any, concurrency: int = 1, queue: int = 1000, in_thread: bool = False) -> Limited:
    return Limited(hook, concurrency, queue, in_thread)


def outcome(call: Deferred[Any]) -> list[Any]:
    """What came of it, empty when nothing did yet."""
    came: list[Any] = []
    call.addBoth(came.append)
    return came


def test_calls_have_their_turn_in_their_order() -> None:
    hook = Hook()
    calls = limited(hook, concurrency=2)
    came = [outcome(calls(number)) for number in range(4)]
    assert list(hook.calls) == [0, 1]
    hook.calls[1].callback("one")
    assert list(hook.calls) == [0, 1, 2]
    hook.calls[0].callback("zero")
    assert came == [["zero"], ["one"], [], []]
    hook.calls[3].callback("three")
    assert came == [["zero"], ["one"], [], ["three"]]


def test_one_too_many_is_refused() -> None:
    calls = limited(Hook(), queue=1)
    calls(0)
    calls(1)
    with pytest.raises(HookBusy):
        calls(2)


def test_any_number_of_calls_may_be_over_at_once() -> None:
    hook = Hook(at_once=range(1, 1000))
    calls = limited(hook)
    came = [outcome(calls(number)) for number in range(1000)]
    hook.calls[0].callback("zero")
    assert came == [["zero"], *([f"{number} at once"] for number in range(1, 1000))]
    assert calls(1) == "1 at once"


def test_a_call_that_fails_makes_room() -> None:
    def fails(number: int) -> Any:
        if number:
            raise ValueError(number)
        return first

    first: Deferred[None] = Deferred()
    calls = limited(fails)
    came = [outcome(calls(number)) for number in range(2)]
    first.errback(KeyError("zero"))
    assert [failed[0].type for failed in came] == [KeyError, ValueError]
    with pytest.raises(ValueError, match="5"):
        calls(5)
    with pytest.raises(ValueError, match="6"):
        calls(6)


def test_a_call_that_is_not_wanted_any_more_gives_up_its_turn() -> None:
    hook = Hook()
    calls = limited(hook)
    waiting = [calls(number) for number in range(3)]
    came = [outcome(call) for call in waiting]
    waiting[1].cancel()
    assert came[1][0].type is CancelledError
    hook.calls[0].callback("zero")
    assert list(hook.calls) == [0, 2]


def test_a_call_that_had_to_wait_can_be_cancelled_when_it_runs() -> None:
    hook = Hook()
    calls = limited(hook)
    waiting = [calls(number) for number in range(2)]
    came = [outcome(call) for call in waiting]
    hook.calls[0].callback("zero")
    waiting[1].cancel()
    assert hook.cancelled == [1]
    assert came[1][0].type is CancelledError


def test_what_runs_in_a_thread_has_its_place_until_it_is_over() -> None:
    hook = Hook()
    calls = limited(hook, in_thread=True)
    first, second = calls(0), calls(1)
    left, came = outcome(first), outcome(second)
    first.cancel()
    assert left[0].type is CancelledError
    assert list(hook.calls) == [0]
    hook.calls[0].callback("nobody looks at it")
    hook.calls[1].callback("one")
    assert came == ["one"]
    assert hook.cancelled == []


HOOKS = """
from twisted.internet.defer import Deferred

async def hook(rw, request):
    rw.write(await Deferred())
"""


@pytest.fixture
def gate(gateway: MakeGateway, tmp_path: Path) -> MemoryGateway:
    """Its hook waits for ever, once at a time."""
    (tmp_path / "hooks.py").write_text(HOOKS)
    hook = {"name": "hook", "path": "hooks.py", "concurrency": 1, "timeout": 2}
    return gateway(definition("api", pre=[hook]), settings={"plugin_queue": 1})


def ask(gate: MemoryGateway) -> Client:
    client = gate.connect()
    gate.send(client, b"GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n")
    return client


def test_a_request_that_finds_the_queue_full_is_503(gate: MemoryGateway) -> None:
    ask(gate)
    ask(gate)
    answer = ask(gate).answers[0]
    assert answer.status == 503
    assert answer.headers.get("retry-after") == "1"


def test_the_wait_for_a_turn_counts_as_time_of_the_hook(gate: MemoryGateway) -> None:
    first = ask(gate)
    gate.advance(1.5)
    second = ask(gate)
    gate.advance(0.6)
    assert first.answers[0].status == 504
    gate.advance(1)
    assert second.answers == []
    gate.advance(0.5)
    assert second.answers[0].status == 504
