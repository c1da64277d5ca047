"""Trigger limits of quotas: each is told of once."""

from __future__ import annotations

from typing import Any

from twisted_tyk.events.monitor import QuotaMonitor
from twisted_tyk.session.state import Monitor, SessionState


def reached(everywhere: float, own: list[float], most: int) -> list[tuple[int, float]]:
    """The requests that told of something, and the limits they told of."""
    told: list[tuple[int, float]] = []
    count = 0

    def announce(event: str, meta: Any) -> None:
        assert event == "TriggerExceeded"
        assert (meta["Key"], meta["OrgID"]) == ("hash", "org")
        told.append((count, meta["TriggerLimit"]))

    monitor = QuotaMonitor(everywhere, announce)
    session = SessionState(org_id="org", monitor=Monitor(own))
    for count in range(1, most + 5):
        monitor.used(session, "hash", most, count)
    return told


def test_each_limit_is_told_of_by_the_request_that_reaches_it() -> None:
    assert reached(80.0, [50.0, 100.0], 10) == [(5, 50.0), (8, 80.0), (10, 100.0)]


def test_a_limit_between_two_requests_is_told_of_by_the_second() -> None:
    assert reached(0.0, [55.0], 10) == [(6, 55.0)]


def test_one_limit_given_twice_is_told_of_once() -> None:
    assert reached(50.0, [50.0], 2) == [(1, 50.0)]


def test_without_a_quota_nothing_is_told() -> None:
    assert reached(50.0, [50.0], -1) == []
