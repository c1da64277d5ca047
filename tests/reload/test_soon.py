"""Reloads that other nodes ask for."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from twisted_tyk.reload.soon import ReloadSoon


class Given:
    def __init__(self) -> None:
        self.clock = Clock()
        self.asked: list[Deferred[None]] = []
        self.soon = ReloadSoon(self.clock, self.reload, 1.0)

    def reload(self) -> Deferred[None]:
        self.asked.append(Deferred())
        return self.asked[-1]


def test_many_become_one_and_the_next_does_not_wait_for_its_end() -> None:
    given = Given()
    for _ in range(3):
        given.soon.heard("")
    given.clock.advance(1)
    assert len(given.asked) == 1
    given.soon.heard("")
    given.clock.advance(1)
    assert len(given.asked) == 2


def test_when_it_is_stopped_nobody_begins_it_again() -> None:
    """Others go on telling of changes while requests come to their ends."""
    given = Given()
    given.soon.heard("")
    given.soon.stop()
    given.soon.heard("")
    assert given.clock.getDelayedCalls() == []
    given.clock.advance(5)
    assert given.asked == []
