"""The outbox: a few at a time, and not without end."""

from __future__ import annotations

from typing import Any

from gateways import Events
from lost_failures import LoggedFailures
from twisted.internet.defer import Deferred, fail, succeed

from twisted_tyk.events.outbox import Outbox


def test_a_few_at_a_time_in_their_order() -> None:
    outbox, begun = Outbox(at_once=2), list[Deferred[None]]()

    def send() -> Deferred[None]:
        begun.append(Deferred())
        return begun[-1]

    for _ in range(4):
        assert outbox.put(send)
    assert len(begun) == 2
    begun[1].callback(None)
    assert len(begun) == 3
    outbox.stop()
    assert len(begun) == 3
    assert not outbox.put(send)


def test_what_there_is_no_room_for_is_dropped_and_counted(events: Events) -> None:
    outbox = Outbox(at_once=1, waiting=1)
    assert outbox.put(Deferred)
    assert outbox.put(Deferred)
    assert [outbox.put(Deferred) for _ in range(3)] == [False] * 3
    assert outbox.dropped == 3
    assert events.texts() == [f"{n} messages were not sent: too many wait" for n in (1, 2)]


def test_one_that_fails_is_logged_and_makes_room(logged_failures: LoggedFailures) -> None:
    outbox, done = Outbox(at_once=1), list[Any]()
    outbox.put(lambda: fail(RuntimeError("broken")))
    outbox.put(lambda: succeed(done.append("next")))
    assert done == ["next"]
    assert len(logged_failures.flush(RuntimeError)) == 1
