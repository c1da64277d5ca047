"""Reloads while others are under way: in what order they are, and what each of them is told."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any
from weakref import ref

import pytest
from gateways import MakeGateway
from lost_failures import LoggedFailures
from slow_server import SETTINGS, Running, Server, states
from twisted.internet.defer import CancelledError, Deferred, DeferredList

from twisted_tyk.apidef.load import LoadReport
from twisted_tyk.native.libraries import Libraries
from twisted_tyk.reload import Report
from twisted_tyk.reload.gathered import Gathered
from twisted_tyk.testing import definition


class Slow:
    """Processes of plugins that are long in coming, as :meth:`Gathered.ready` has it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waiting: list[Deferred[None]] = []
        self.most = 0

        def ready(_: Gathered) -> Deferred[Any]:
            one: Deferred[None] = Deferred()
            self.waiting.append(one)
            self.most = max(self.most, len(self.waiting))
            # As those of Gathered: silent about what is cancelled in it.
            return DeferredList([one.addErrback(lambda _: None)])

        monkeypatch.setattr(Gathered, "ready", ready)

    def come(self) -> None:
        self.waiting.pop(0).callback(None)


@pytest.fixture
def slow(running: Running, monkeypatch: pytest.MonkeyPatch) -> Slow:
    return Slow(monkeypatch)


def reads(running: Running, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often definitions were read."""
    found: list[int] = []
    sources = running.gateway.service.reloader._sources
    read = sources.definitions

    def counted(last: LoadReport | None) -> LoadReport:
        found.append(1)
        return read(last)

    object.__setattr__(sources, "definitions", counted)
    return found


class TestWhatHasComeIsPutToWork:
    def test_before_the_same_is_asked_for_again(
        self, running: Running, server: Server, slow: Slow
    ) -> None:
        """It comes while others are being made ready, and somebody has asked once more."""
        server.publish("2")
        first = running.ask()
        running.wait(1)
        slow.come()
        running.ask()
        running.wait(1)
        running.ask()
        running.speak_once()
        slow.come()  # the second
        running.wait()
        assert not first
        slow.come()
        running.wait()
        assert len(first) == 1
        assert running.at_work("/slow/x") == "2"

    def test_of_two_bundles_though_each_is_asked_for_again_meanwhile(
        self, running: Running, server: Server
    ) -> None:
        server.publish("b", "other.zip")
        server.silent.add("other.zip")
        server.publish("2")
        running.gateway.define(running.slow("slow.zip,other.zip"))
        first = running.ask()
        running.wait(1)
        running.speak_once("slow.zip")
        running.ask()
        running.wait(1)
        assert running.at_work("/slow/x") == "1"
        running.speak_once("other.zip")
        assert len(first) == 1
        assert states(first[0])["slow"] == "changed"
        assert running.at_work("/slow/x") == "2+b"

    def test_but_no_definition_with_what_came_before_it_was_read(
        self, running: Running, server: Server
    ) -> None:
        """What was asked for earlier may be what the server had before."""
        first = running.ask()
        running.wait(1)
        server.publish("1b")
        moved = running.slow(proxy={"listen_path": "/moved/"})
        running.gateway.define(moved)
        second = running.ask()
        running.wait(0.5)
        running.speak_once()
        running.wait(1)
        assert len(first) == 1
        assert running.path("/moved/x") == 404
        server.publish("2")
        running.speak()
        assert len(second) == 1
        assert running.at_work("/moved/x") == "2"


class TestOneAtATime:
    @pytest.mark.parametrize("late", [False, True])
    def test_whoever_hears_of_one_may_ask_for_the_next(
        self,
        running: Running,
        server: Server,
        late: bool,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        reloader = running.gateway.service.reloader
        told: list[Report] = []
        if late:
            first = running.ask()
            running.wait(1)
        else:
            server.silent.clear()
        seen = reads(running, monkeypatch)
        begun: list[int] = []

        def again(_: Report) -> None:
            if not begun:
                begun.append(1)
                reloader.reload().addCallback(told.append)
                begun.append(len(seen))

        before = len(seen)
        reloader.heard.append(again)
        if late:
            running.speak_once()
            assert begun == [1, before], "it was not begun in the middle"
            assert len(first) == 1
        else:
            first = running.ask()
            assert begun == [1, before + 1]
        running.speak()
        running.wait(1)
        assert len(told) == 1
        assert not reloader.busy

    def test_it_may_stop_them(
        self, running: Running, server: Server, logged_failures: LoggedFailures
    ) -> None:
        reloader = running.gateway.service.reloader
        failed: list[Any] = []
        reloader.heard.append(lambda _: reloader.stop())
        for _ in range(2):
            reloader.reload().addErrback(failed.append)
        running.wait(1)
        running.speak()
        assert [why.check(CancelledError) for why in failed] == [CancelledError] * 2
        assert logged_failures.flush() == []
        assert not reloader.busy


class TestStopped:
    def test_nothing_is_read_or_swapped_after_it(
        self, running: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen = reads(running, monkeypatch)
        reloader = running.gateway.service.reloader
        reloader.stop()
        running.gateway.define(definition("new"))
        failed: list[Any] = []
        reloader.reload().addErrback(failed.append)
        running.wait(2)
        assert [why.check(CancelledError) for why in failed] == [CancelledError]
        assert seen == []
        assert running.path("/new/x") == 404

    def test_whoever_is_told_may_ask_again_and_is_told_again(self, running: Running) -> None:
        reloader = running.gateway.service.reloader
        failed: list[Any] = []

        def again(why: Any) -> None:
            failed.append(why)
            reloader.reload().addErrback(failed.append)

        reloader.reload().addErrback(again)
        running.wait(0.5)
        reloader.stop()
        running.wait(2)
        assert [why.check(CancelledError) for why in failed] == [CancelledError] * 2

    def test_processes_that_are_waited_for_swap_nothing(self, running: Running, slow: Slow) -> None:
        running.gateway.define(definition("new"))
        failed: list[Any] = []
        reloader = running.gateway.service.reloader
        reloader.reload().addErrback(failed.append)
        running.wait(1)
        assert slow.waiting
        reloader.stop()
        assert [why.check(CancelledError) for why in failed] == [CancelledError]
        assert running.path("/new/x") == 404

    def test_libraries_go_on_being_unloaded(
        self, running: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The end of the gateway waits for that."""
        closing: Deferred[None] = Deferred()
        monkeypatch.setattr(Libraries, "unloaded", lambda _: DeferredList([closing]))
        monkeypatch.setattr(Gathered, "broken", lambda _: True)
        failed: list[Any] = []
        reloader = running.gateway.service.reloader
        reloader.reload().addErrback(failed.append)
        running.wait(1)
        reloader.stop()
        assert [why.check(CancelledError) for why in failed] == [CancelledError]
        assert not closing.called
        closing.callback(None)


class TestWhatItIsTold:
    def change(self, running: Running, *gone: str) -> None:
        for name in gone:
            (running.gateway._folder / "apps" / f"{name}.json").unlink()

    def test_what_others_have_changed_meanwhile_too(self, running: Running, server: Server) -> None:
        server.publish("2")
        running.gateway.define(definition("short"))
        first = running.ask()
        running.wait(1)
        self.change(running, "quick", "short")
        running.gateway.define(definition("second"))
        running.ask()
        running.wait(1)
        running.gateway.define(definition("second", tags=["x"]))
        running.ask()
        running.wait(1)
        running.speak()
        assert states(first[0]) == {"quick": "removed", "second": "added", "slow": "changed"}

    def test_what_is_known_to_be_wrong_is_not_well_while_it_is_asked_for(
        self, running: Running
    ) -> None:
        running.ask()
        running.wait(60)
        report = running.gateway.service.reloader.report
        assert report is not None
        assert report.held
        running.ask()
        running.wait(1)
        waits = running.gateway.service.reloader.report
        assert waits is not None
        assert waits is not report
        assert waits.held == report.held


def test_no_old_api_is_kept_while_somebody_waits(running: Running) -> None:
    running.ask()
    running.wait(1)
    old = ref(
        next(each for each in running.gateway.service.root.table.apis if each.api_id == "quick")
    )
    running.gateway.define(definition("quick", tags=["new"]))
    running.ask()
    running.wait(1)
    running.gateway.records.hits.clear()
    gc.collect()
    assert old() is None


def test_files_of_a_bundle_stay_while_a_request_is_on_its_way(
    running: Running, server: Server
) -> None:
    old = running.served("slow")
    folders = set((running.gateway._folder / "middleware" / "bundles").glob("*/*/add.py"))
    for value in ("2", "3"):
        server.publish(value)
        running.ask()
        running.wait(1)
        running.speak()
        server.silent.add("slow.zip")
    assert len(folders) == 1
    assert all(each.is_file() for each in folders), "a hook may read its files at any time"
    del old
    running.gateway.records.hits.clear()
    gc.collect()
    running.ask()
    running.wait(1)
    running.speak()
    assert not any(each.is_file() for each in folders)


def test_versions_that_never_came_to_work_do_not_pile_up(
    gateway: MakeGateway, server: Server, tmp_path: Path
) -> None:
    running = gateway(definition("quick"), settings=SETTINGS)
    running.upstream.answer = server.answer
    running.define(definition("slow", custom_middleware_bundle="slow.zip"))
    for value in range(5):
        server.publish(
            f"{value}",
            custom_middleware={"driver": "twisted", "pre": [{"name": "A", "path": "../a"}]},
        )
        running.reload()
        while running.service.tasks():
            running.wait_for_thread()
    assert len(list((tmp_path / "middleware" / "bundles").glob("*/*/add.py"))) <= 2
