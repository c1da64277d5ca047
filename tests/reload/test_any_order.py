"""Reloads, slow bundles, slow processes of plugins and the end, in any order."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from attrs import define, field
from gateways import stop
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from slow_server import Running, Server
from twisted.internet.defer import Deferred, DeferredList

from twisted_tyk.reload import Report
from twisted_tyk.reload.gathered import Gathered
from twisted_tyk.testing import MemoryGateway

NAMES = ("slow.zip", "other.zip")
names = st.sampled_from(NAMES)


@define(eq=False)
class Asked:
    """:ivar version: of the definition.
    :ivar published: of the bundles.
    :ivar answers: should be one.
    """

    version: int
    published: dict[str, int]
    answers: list[Any] = field(factory=list)


class AnyOrder(RuleBasedStateMachine):
    """One API of two bundles; versions are numbers that grow."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.server = Server(Path(self.folder.name))
        self.published = dict.fromkeys(NAMES, 0)
        self.version = 0
        self.asked: list[Asked] = []
        self.processes: list[Deferred[None]] = []
        self.under_way = self.most = 0
        self.stopped = False
        self.wrong: list[Any] = []
        for name in NAMES:
            self.publish(name)
        self.server.publish("1")
        self.running = Running(self.gateway, self.server)
        self.change()
        self.server.silent.update(NAMES)
        self.patched = patch.object(Gathered, "ready", self.ready)
        self.patched.start()

    def gateway(self, *apis: dict[str, Any], **keywords: Any) -> MemoryGateway:
        return MemoryGateway(self.server.folder, apis, **keywords)

    def ready(self) -> Deferred[Any]:
        """As :meth:`.Gathered.ready`, and silent about what is cancelled, too."""
        one: Deferred[None] = Deferred()
        self.processes.append(one)
        self.under_way += 1
        self.most = max(self.most, self.under_way)

        def over(_: object) -> None:
            self.under_way -= 1

        return DeferredList([one.addBoth(over)])

    def teardown(self) -> None:
        try:
            self.ask()
            self.end_of_all()
            assert self.wrong == []
        finally:
            self.patched.stop()
            stop(self.running.gateway)
            self.folder.cleanup()

    @rule(name=names)
    def publish(self, name: str) -> None:
        self.published[name] += 1
        self.server.publish(str(self.published[name]), name)

    @rule()
    def change(self) -> None:
        self.version += 1
        self.running.gateway.define(self.running.slow(",".join(NAMES), tags=[str(self.version)]))

    @rule()
    def ask(self) -> None:
        one = Asked(self.version, dict(self.published))
        self.asked.append(one)
        reload = self.running.gateway.service.reloader.reload
        reload().addCallbacks(self.told, one.answers.append, callbackArgs=(one,))
        self.running.wait()

    def told(self, report: Report, one: Asked) -> None:
        one.answers.append(report)
        if self.version > one.version:
            return  # it may wait for what came after it
        (state,) = [each.state for each in report.outcomes if each.key == "slow"]
        tags = self.running.served("slow").definition.tags
        at_work = self.at_work()
        old = [name for name in NAMES if at_work.get(name, 0) < one.published[name]]
        if self.stopped or state == "refused" or tags != (str(one.version),) or old:
            self.wrong.append((one, state, tags, at_work))

    def at_work(self) -> dict[str, int]:
        found = (self.running.at_work("/slow/x") or "").split("+")
        return dict(zip(NAMES, map(int, found), strict=False))

    @rule(name=names)
    def arrives(self, name: str) -> None:
        if any(each.uri.decode().endswith(name) for each in self.server.waiting):
            self.running.speak_once(name)

    @rule(seconds=st.sampled_from([0.1, 1.0]))
    def time_passes(self, seconds: float) -> None:
        self.running.wait(seconds)

    @rule()
    def processes_come(self) -> None:
        processes, self.processes = self.processes, []
        for each in processes:
            each.callback(None)
        self.running.wait()

    @invariant()
    def one_at_a_time(self) -> None:
        assert self.most <= 1

    @invariant()
    def nobody_is_told_too_early(self) -> None:
        assert self.wrong == []

    @invariant()
    def nobody_is_told_twice(self) -> None:
        assert all(len(each.answers) <= 1 for each in self.asked)

    @rule()
    def end_of_all(self) -> None:
        """It comes to rest when the server speaks and processes come."""
        self.server.silent.clear()
        for _ in range(3 * len(self.asked) + 10):
            self.server.speak(self.running.gateway)
            self.time_passes(1.0)
            if self.processes:
                self.processes_come()
        assert not self.running.gateway.service.reloader.busy
        assert [len(each.answers) for each in self.asked] == [1] * len(self.asked)
        self.server.silent.update(NAMES)

    @rule()
    def the_gateway_stops(self) -> None:
        if self.stopped:
            return
        before = self.running.gateway.service.root.table
        self.stopped = True
        self.running.gateway.service.reloader.stop()
        for each in self.asked:
            assert len(each.answers) == 1
        self.end_of_all()
        assert self.running.gateway.service.root.table is before


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
