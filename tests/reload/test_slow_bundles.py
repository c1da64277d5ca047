"""A server of bundles that is slow or silent: who waits for it, and who does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gateways import Events, MakeGateway
from lost_failures import LoggedFailures
from slow_server import SETTINGS, Running, Server, states
from twisted.internet.defer import CancelledError, Deferred

from twisted_tyk.testing import definition


def test_other_apis_wait_a_second_for_it_and_no_longer(
    running: Running, server: Server, events: Events
) -> None:
    server.publish("2")
    running.gateway.define(definition("new"))
    told = running.ask()
    assert running.path("/new/x") == 404
    running.wait(1)
    assert running.path("/new/x") == 200
    assert running.at_work("/slow/x") == "1"
    assert not told
    assert running.gateway.service.reloader.busy
    assert running.path("/ready") == 200
    assert "API slow waits: bundle slow.zip: it is being fetched" in events.texts()
    assert "APIs served: 3, of these made anew: 1, problems: 0" in events.texts()
    assert not events.errors()
    running.speak()
    assert running.at_work("/slow/x") == "2"
    [report] = told
    assert states(report) == {"new": "added", "quick": "kept", "slow": "changed"}
    assert not running.gateway.service.reloader.busy


def test_one_that_comes_within_the_second_is_swapped_with_the_others(
    running: Running, server: Server
) -> None:
    server.publish("2")
    running.gateway.define(definition("new"))
    told = running.ask()
    running.wait(0.5)
    running.speak()
    assert len(told) == 1
    assert running.path("/new/x") == 200
    assert running.at_work("/slow/x") == "2"


def test_what_was_changed_with_it_waits_for_it(running: Running, server: Server) -> None:
    server.publish("2")
    running.gateway.define(running.slow(proxy={"listen_path": "/moved/"}))
    running.ask()
    running.wait(2)
    assert running.at_work("/slow/x") == "1"
    assert running.path("/moved/x") == 404
    running.speak()
    assert running.at_work("/moved/x") == "2"


def test_one_that_is_silent_to_the_end(running: Running) -> None:
    running.gateway.define(running.slow(tags=["new"]), definition("new"))
    (running.gateway._folder / "apps" / "quick.json").unlink()
    told = running.ask()
    running.wait(60)
    [report] = told
    assert states(report) == {"new": "added", "quick": "removed", "slow": "changed"}
    assert report.problems == ()
    [held] = report.held
    assert "no answer within 5 s" in held
    assert "last good version is kept" in held
    assert running.at_work("/slow/x") == "1"


class TestMeanwhile:
    """Somebody else asks for a reload."""

    def test_it_counts_at_once_for_others(self, running: Running, server: Server) -> None:
        first = running.ask()
        running.wait(1)
        running.gateway.define(definition("second"))
        second = running.ask()
        running.wait(1)
        assert running.path("/second/x") == 200
        assert not first
        assert not second
        server.publish("2")
        running.speak()
        assert len(first) == 1
        assert len(second) == 1, "it was asked for once more"
        assert running.at_work("/slow/x") == "2"
        assert [seen.target for seen in running.gateway.upstream.requests].count(
            "/bundles/slow.zip"
        ) == 4, "at the start, and for the first; then for each reload here"

    def test_many_of_them_ask_the_server_twice(self, running: Running, server: Server) -> None:
        told = []
        for _ in range(10):
            told.append(running.ask())
            running.wait(0.3)
        running.wait(1)
        asked = len(running.gateway.upstream.requests)
        running.speak()
        assert [len(each) for each in told] == [1] * 10
        assert len(running.gateway.upstream.requests) == asked + 1

    def test_what_can_not_be_read_fails_alone(
        self, running: Running, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server.publish("2")
        first = running.ask()
        running.wait(1)
        slow: Deferred[Any] = Deferred()
        reloader = running.gateway.service.reloader
        patches = reloader._sources.patches
        monkeypatch.setattr(patches, "load", lambda: slow)
        failed: list[Any] = []
        reloader.reload().addErrback(failed.append)
        running.wait(1)
        running.speak()
        assert not first, "it waits until the other is over"
        slow.errback(OSError("no such folder"))
        assert failed[0].check(OSError)
        running.wait()
        assert len(first) == 1
        assert running.at_work("/slow/x") == "2"

    def test_a_definition_that_names_another_bundle_waits_for_that(
        self, running: Running, server: Server
    ) -> None:
        server.publish("2")
        first = running.ask()
        running.wait(1)
        server.publish("other", "other.zip")
        server.silent.add("other.zip")
        running.gateway.define(running.slow("other.zip"))
        second = running.ask()
        running.wait(1)
        assert running.at_work("/slow/x") == "1"
        server.silent = {"other.zip"}
        waiting, server.waiting = server.waiting, []
        server.waiting = [each for each in waiting if each.uri.endswith(b"slow.zip")]
        others = [each for each in waiting if each not in server.waiting]
        server.speak(running.gateway)
        running.wait()
        assert len(first) == 1
        assert states(first[0])["slow"] == "refused"
        server.waiting = others
        running.speak()
        assert len(second) == 1
        assert running.at_work("/slow/x") == "other"


def test_a_gateway_that_stops_waits_no_more(
    running: Running, logged_failures: LoggedFailures
) -> None:
    failed: list[Any] = []
    for _ in range(2):
        running.gateway.service.reloader.reload().addErrback(failed.append)
        running.wait(1)
    running.gateway.service.reloader.reload().addErrback(failed.append)
    running.wait(0.5)
    running.gateway.stop()
    running.gateway.advance(60)
    running.wait()
    assert [why.check(CancelledError) for why in failed] == [CancelledError] * 3
    assert logged_failures.flush() == []


def test_an_api_that_is_new_waits_for_its_own(
    gateway: MakeGateway, server: Server, events: Events
) -> None:
    server.silent.add("slow.zip")
    running = gateway(definition("quick"), settings=SETTINGS)
    running.upstream.answer = server.answer
    running.define(definition("slow", custom_middleware_bundle="slow.zip"))
    running.service.reloader.reload().addErrback(lambda why: why.trap(CancelledError))
    while running.service.tasks():
        running.wait_for_thread()
    running.advance(2)
    answer = running.control("/ready")
    assert answer.status == 503
    assert "it is being fetched" in json.loads(answer.body)["details"]["apis"]["output"]
    assert not events.errors()
