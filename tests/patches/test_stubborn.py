"""Patches that take no notice of their time, of clients that leave, and of what goes on around."""

from __future__ import annotations

import gc
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway, in_the_end
from patch_files import SETTINGS, begin, lay, listed, python, reload, statuses
from twisted.web.server import NOT_DONE_YET

from twisted_tyk.patches.run import Run
from twisted_tyk.testing import Client, MemoryGateway, definition

ONE = definition("one", allowed_ips=["10.0.0.1"])
#: Each turn ends with a cancel, and none ends the patch.
STUBBORN = """
while True:
    try:
        waiting.append(Wait())
        await waiting[-1]
        break
    except Exception as error:
        ended.append(type(error).__name__)
exchange.headers.set("X-Late", "1")
try:
    self.replaced.process(exchange)
except Exception as error:
    ended.append(str(error))
"""
_HEAD = "from twisted.internet.defer import Deferred as Wait\nwaiting, ended, told = [], [], []\n"
_LIFE = "\n    def shutdown(self): told.append('shut down')\n"


@pytest.fixture
def patched(gateway: MakeGateway, tmp_path: Path) -> Any:
    gc.collect()

    def make(process: str, api: dict[str, Any] = ONE, **keys: Any) -> MemoryGateway:
        lay(tmp_path, python(process, _HEAD) + _LIFE, **keys)
        return gateway(api, settings=SETTINGS)

    return make


def module() -> Any:
    [found] = [
        each
        for name, each in list(sys.modules.items())
        if name.startswith("twisted_tyk_hooks_patch_fix_") and name.endswith(".patch")
    ]
    return found


def leave(running: MemoryGateway, client: Client) -> None:
    assert client.transport is not None
    client.transport.loseConnection()
    running.settle()
    running.advance(1)


@pytest.mark.parametrize(
    ("on_error", "address", "expected"),
    [("fail", "10.0.0.1", 504), ("skip", "10.0.0.9", 403), ("skip", "10.0.0.1", 200)],
)
def test_its_time_is_over_all_the_same(
    patched: Any, events: Events, on_error: str, address: str, expected: int
) -> None:
    running = patched(STUBBORN, timeout=2, on_error=on_error)
    client = begin(running, address)
    running.advance(2.25)
    assert statuses(client) == [expected]
    assert len([text for text in events.texts() if "took longer than 2 s" in text]) == 1
    shown = listed(running)["fix"]
    assert (shown["errors"], shown["running"]) == (1, 0)
    code = module()
    assert set(code.ended) == {"CancelledError"}
    code.waiting[-1].callback(None)
    assert "not at the patch" in code.ended[-1]
    assert statuses(client) == [expected]
    assert len(running.upstream.requests) == (expected == 200)


def test_one_that_is_late_may_leave_it_to_the_built_in_step(patched: Any) -> None:
    """Which has the time that it needs, and is not disturbed."""
    running = patched(
        """
        try:
            await Wait()
        except CancelledError:
            return await self.replaced.process(exchange)
        """.replace("CancelledError", "Exception"),
        definition("one"),
        replaces="proxy",
        timeout=1,
    )
    asked: list[Any] = []

    def hold(request: Any) -> int:
        asked.append(request)
        return NOT_DONE_YET

    running.upstream.answer = hold
    client = begin(running)
    running.advance(1.25)
    running.advance(5)
    assert statuses(client) == []
    asked[0].write(b"at last")
    asked[0].finish()
    running.settle()
    assert statuses(client) == [200]
    assert listed(running)["fix"]["errors"] == 0


def test_but_it_has_no_more_time_of_its_own(patched: Any) -> None:
    running = patched(
        """
        try:
            await Wait()
        except Exception:
            await self.replaced.process(exchange)
            while True:
                try: await Wait()
                except Exception: waiting.append(Wait()); await waiting[-1]
        """,
        definition("one"),
        replaces="proxy",
        timeout=1,
        on_error="skip",
    )
    client = begin(running)
    running.advance(1.25)
    assert statuses(client) == [200]
    assert len(running.upstream.requests) == 1
    shown = listed(running)["fix"]
    assert (shown["errors"], shown["skipped"], shown["running"]) == (1, 1, 0)


@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_a_client_that_leaves_is_gone(patched: Any, events: Events, on_error: str) -> None:
    running = patched(STUBBORN, on_error=on_error)
    leave(running, begin(running, "10.0.0.1"))
    shown = listed(running)["fix"]
    assert (shown["errors"], shown["running"]) == (0, 0)
    code = module()
    code.waiting[-1].callback(None)
    assert "not at the patch" in code.ended[-1]
    assert running.upstream.requests == []
    assert not [text for text in events.texts() if "failed" in text or "raised" in text]


@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_the_upstream_is_not_asked_again_for_a_client_that_has_left(
    patched: Any, events: Events, on_error: str
) -> None:
    running = patched(
        """
        for _ in range(3):
            try:
                return await self.replaced.process(exchange)
            except Exception as error:
                ended.append(type(error).__name__)
        """,
        definition("one"),
        replaces="proxy",
        on_error=on_error,
    )
    dropped: list[Any] = []

    def hold(request: Any) -> int:
        request.notifyFinish().addErrback(dropped.append)
        return NOT_DONE_YET

    running.upstream.answer = hold
    leave(running, begin(running))
    assert len(running.upstream.requests) == 1
    assert len(dropped) == 1, "the upstream is told"
    assert module().ended == ["CancelledError"] * 3
    assert not [text for text in events.texts() if "failed" in text or "raised" in text]
    assert listed(running)["fix"]["running"] == 0


@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_its_time_is_not_measured_any_more_when_the_client_has_left(
    patched: Any, on_error: str
) -> None:
    """Although the step that it replaces was under way, which ends with the request."""
    running = patched(
        f"calling = self.replaced.process(exchange)\n{STUBBORN}",
        definition("one"),
        replaces="proxy",
        timeout=20,
        on_error=on_error,
    )
    running.upstream.answer = lambda request: NOT_DONE_YET
    leave(running, begin(running))
    assert module().ended, "it goes on"
    assert not [call for call in running.reactor.getDelayedCalls() if call.getTime() > 10]


def test_an_answer_that_nobody_waits_for_is_not_kept(patched: Any) -> None:
    """The patch has the upstream's answer, and the client leaves before the patch is done."""
    running = patched(
        "await self.replaced.process(exchange)\nawait Wait()", definition("one"), replaces="proxy"
    )
    dropped: list[Any] = []

    def some(request: Any) -> int:
        request.write(b"some of it")
        request.notifyFinish().addErrback(dropped.append)
        return NOT_DONE_YET

    running.upstream.answer = some
    client = begin(running)
    assert dropped == []
    leave(running, client)
    running.advance(120)
    assert listed(running)["fix"]["running"] == 0
    assert len(dropped) == 1


@pytest.mark.parametrize("process", ["return Wait()", STUBBORN])
def test_a_gateway_that_stops_does_not_wait_for_ever(
    gateway: MakeGateway, tmp_path: Path, process: str
) -> None:
    gc.collect()
    lay(tmp_path, python(process, _HEAD) + _LIFE, timeout=100)
    settings = {**SETTINGS, "graceful_shutdown_timeout_duration": 3}
    running = gateway(ONE, settings=settings)
    code = module()
    begin(running)
    stopped = running.stop()
    running.advance(2)
    assert not stopped.called
    assert code.told == []
    running.advance(10)
    assert stopped.called
    assert code.told == ["shut down"]


@pytest.mark.parametrize("forgets", ["", "exchange = None\n"])
def test_a_call_that_goes_on_keeps_its_code(patched: Any, tmp_path: Path, forgets: str) -> None:
    """Although its client has left and the patch is gone, and also when it forgets the request."""
    running = patched(f"{forgets}{STUBBORN.partition('exchange.headers')[0]}")
    code = module()
    leave(running, begin(running))
    shutil.rmtree(tmp_path / "patches" / "fix")
    reload(running)
    in_the_end(running)
    assert (code.told, code) == ([], module())
    code.waiting[-1].callback(None)
    in_the_end(running)
    assert code.told == ["shut down"]


def test_what_is_cancelled_may_end_in_any_way(patched: Any) -> None:
    """Also with something that is no ``Exception``."""
    running = patched("try: await Wait()\nfinally: raise SystemExit", timeout=1, on_error="skip")
    client = begin(running)
    running.advance(1.25)
    assert statuses(client) == [403]
    left = begin(running)
    leave(running, left)
    assert listed(running)["fix"]["running"] == 0


@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_nothing_of_a_request_is_kept_that_waited(patched: Any, on_error: str) -> None:
    """No cycle holds it either, whichever way it ends."""
    running = patched(
        # A coroutine that is cancelled leaves a cycle of Twisted's own.
        "waiting.append(Wait())\n"
        "return waiting[-1].addCallback(lambda _: self.replaced.process(exchange))",
        timeout=1,
        on_error=on_error,
    )
    code = module()

    def ends_well() -> None:
        begin(running, "10.0.0.1")
        code.waiting.pop().callback(None)

    def ends_badly() -> None:
        begin(running)
        code.waiting.pop().errback(ValueError("oops"))

    def ends_late() -> None:
        begin(running)
        code.waiting.pop()
        running.advance(1.25)

    def is_left() -> None:
        leave(running, begin(running))
        code.waiting.pop()

    ends_well()
    gc.collect()
    before = sum(isinstance(each, Run) for each in gc.get_objects())
    gc.disable()
    try:
        for end in (ends_well, ends_badly, ends_late, is_left):
            end()
            running.settle()
            running.records.hits.clear()
            alive = sum(isinstance(each, Run) for each in gc.get_objects())
            assert alive == before, end.__name__
    finally:
        gc.enable()
