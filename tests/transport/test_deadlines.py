from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock

from twisted_tyk.transport.deadlines import NEVER, Deadlines


class Late:
    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.calls = 0

    def deadline_passed(self) -> None:
        self.calls += 1


def started() -> tuple[Clock, Deadlines]:
    clock = Clock()
    deadlines = Deadlines(clock, 0.5)
    deadlines.start()
    return clock, deadlines


def test_time_moves_with_the_passes() -> None:
    clock, deadlines = started()
    clock.advance(0.4)
    assert deadlines.now == 0
    clock.advance(0.1)
    assert deadlines.now == 0.5


def test_the_late_are_called_until_they_move_their_deadline() -> None:
    clock, deadlines = started()
    late, later, patient = Late(1), Late(1.1), Late(NEVER)
    for waiter in (late, later, patient):
        deadlines.watch(waiter)
    clock.pump([0.5])
    assert late.calls == 0
    clock.pump([0.5])
    assert (late.calls, later.calls) == (1, 0)
    clock.pump([0.5])
    assert (late.calls, later.calls, patient.calls) == (2, 1, 0)
    late.deadline = NEVER
    clock.pump([0.5])
    assert (late.calls, later.calls) == (2, 2)


def test_who_is_forgotten_is_not_called() -> None:
    clock, deadlines = started()
    late = Late(0)
    deadlines.watch(late)
    deadlines.forget(late)
    deadlines.forget(late)
    clock.advance(1)
    assert late.calls == 0


def test_waiters_may_come_and_go_during_a_pass() -> None:
    clock, deadlines = started()

    class Leaves(Late):
        def deadline_passed(self) -> None:
            super().deadline_passed()
            deadlines.forget(self)
            deadlines.watch(Late(0))

    leaves = [Leaves(0), Leaves(0)]
    for waiter in leaves:
        deadlines.watch(waiter)
    clock.advance(0.5)
    clock.advance(0.5)
    assert [waiter.calls for waiter in leaves] == [1, 1]


def test_one_that_raises_does_not_hold_up_the_others(logged_failures: Any) -> None:
    clock, deadlines = started()

    class Broken(Late):
        def deadline_passed(self) -> None:
            raise ZeroDivisionError

    late = [Late(0), Broken(0), Late(0)]
    for waiter in late:
        deadlines.watch(waiter)
    clock.advance(0.5)
    assert (late[0].calls, late[2].calls) == (1, 1)
    assert len(logged_failures.flush(ZeroDivisionError)) == 1


def test_starting_and_stopping_twice() -> None:
    clock, deadlines = started()
    deadlines.start()
    deadlines.stop()
    deadlines.stop()
    assert clock.getDelayedCalls() == []
