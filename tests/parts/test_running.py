"""What runs is started in order, and stopped in reverse."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen
from lost_failures import LoggedFailures
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twisted_tyk.parts.running import Ends, Running


@frozen
class Part:
    name: str
    happened: list[str]
    stopped: Deferred[None] | None = None

    def start(self) -> None:
        self.happened.append(f"{self.name} starts")

    def stop(self) -> Any:
        self.happened.append(f"{self.name} stops")
        return self.stopped


def test_they_start_in_order_and_stop_in_reverse() -> None:
    happened: list[str] = []
    running = Running((Part("store", happened), Part("keys", happened)))
    running.start()
    assert happened == ["store starts", "keys starts"]
    ended: list[Any] = []
    running.stop().addCallback(ended.append)
    assert happened[2:] == ["keys stops", "store stops"]
    assert ended == [None]


def test_each_waits_for_the_end_of_those_that_rely_on_it() -> None:
    happened: list[str] = []
    slow: Deferred[None] = Deferred()
    ended: list[Any] = []
    Running((Part("store", happened), Part("records", happened, slow))).stop().addCallback(
        ended.append
    )
    assert (happened, ended) == (["records stops"], [])
    slow.callback(None)
    assert (happened, ended) == (["records stops", "store stops"], [None])


def test_one_that_can_not_be_stopped_keeps_no_other_from_it(
    logged_failures: LoggedFailures,
) -> None:
    happened: list[str] = []
    broken: Deferred[None] = Deferred()

    def raises() -> None:
        raise KeyError("pool")

    parts = (Part("store", happened), Ends(raises), Part("records", happened, broken))
    failures: list[Failure] = []
    Running(parts).stop().addErrback(failures.append)
    broken.errback(ValueError("records"))
    assert happened == ["records stops", "store stops"]
    [failure] = failures
    assert failure.getErrorMessage() == "records"
    assert len(logged_failures.flush(KeyError)) == 1


def test_what_begins_by_itself_is_stopped_too() -> None:
    happened: list[str] = []
    running = Running((Part("store", happened), Ends(lambda: happened.append("pool stops"))))
    running.start()
    running.stop()
    assert happened == ["store starts", "pool stops", "store stops"]


def test_some_of_them_keep_the_order_of_all() -> None:
    happened: list[str] = []
    threads, records, hooks = (Part(name, happened) for name in ("threads", "records", "hooks"))
    running = Running((threads, records, hooks)).only((hooks, threads))
    running.start()
    running.stop()
    assert happened == ["threads starts", "hooks starts", "hooks stops", "threads stops"]


def test_two_that_are_alike_are_not_the_same_one() -> None:
    happened: list[str] = []
    one, other = Part("threads", happened), Part("threads", happened)
    Running((one, other)).only((other,)).start()
    assert happened == ["threads starts"]


def test_none_that_comes_later_starts_when_one_can_not() -> None:
    happened: list[str] = []

    class Closed(Part):
        def start(self) -> None:
            raise SystemExit(1)

    with pytest.raises(SystemExit):
        Running((Closed("store", happened), Part("keys", happened))).start()
    assert happened == []
