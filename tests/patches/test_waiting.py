"""Patches that wait, for themselves or for the step that they replace."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway
from patch_files import SETTINGS, begin, lay, listed, statuses

from twisted_tyk.testing import MemoryGateway, definition

ONE = definition("one", allowed_ips=["10.0.0.1"])
#: A hook that the test lets go on, so that what stands at ``pre`` waits.
HOOKS = """
from twisted.internet.defer import Deferred
waiting = []
def slow(rw, request):
    waiting.append(Deferred())
    return waiting[-1]
def refuse(rw, request):
    rw.write_header(409)
"""
SLOW = definition(
    "one",
    pre=[{"name": name, "path": "hooks.py", "timeout": 100} for name in ("slow", "refuse")],
)


@pytest.fixture
def patched(gateway: MakeGateway, tmp_path: Path) -> Any:
    def make(process: str, api: dict[str, Any] = ONE, **keys: Any) -> MemoryGateway:
        (tmp_path / "hooks.py").write_text(HOOKS)
        place = "pre" if api is SLOW else "IPWhiteListMiddleware"
        lay(tmp_path, process, **{"replaces": place, **keys})
        return gateway(api, settings=SETTINGS)

    return make


def hook_waits(running: MemoryGateway) -> list[Any]:
    """What the hook ``slow`` waits for."""
    found = [
        each["waiting"]
        for each in gc.get_objects()
        if isinstance(each, dict) and "waiting" in each and "slow" in each and "refuse" in each
    ]
    return [one for waiting in found for one in waiting if not one.called]


@pytest.mark.parametrize(("on_error", "expected"), [("fail", 504), ("skip", 403)])
def test_it_has_its_time(patched: Any, events: Events, on_error: str, expected: int) -> None:
    running = patched("return Deferred()", timeout=2, on_error=on_error)
    client = begin(running)
    running.advance(1.75)
    assert statuses(client) == []
    running.advance(0.5)
    assert statuses(client) == [expected]
    told = "patch fix 1.0 of IPWhiteListMiddleware of API one took longer than 2 s"
    assert told in events.texts()
    shown = listed(running)["fix"]
    assert (shown["errors"], shown["running"]) == (1, 0)


def test_hook_timeout_counts_for_those_that_say_nothing(patched: Any) -> None:
    running = patched("return Deferred()")
    client = begin(running)
    running.advance(4.75)
    assert statuses(client) == []
    running.advance(0.5)
    assert statuses(client) == [504]


def test_it_may_make_something_of_being_late(patched: Any) -> None:
    running = patched(
        """
        from twisted.internet.defer import CancelledError
        try:
            await Deferred()
        except CancelledError:
            return Reply(503)
        """,
        timeout=1,
    )
    client = begin(running)
    running.advance(1.25)
    assert statuses(client) == [503]
    assert listed(running)["fix"]["errors"] == 0


def test_time_of_the_replaced_step_does_not_count(patched: Any) -> None:
    running = patched(
        """
        reply = await self.replaced.process(exchange)
        await Deferred()
        """,
        SLOW,
        timeout=1,
    )
    client = begin(running)
    running.advance(50)
    assert statuses(client) == []
    hook_waits(running)[0].callback(None)
    running.advance(0.75)
    assert statuses(client) == []
    running.advance(0.5)
    assert statuses(client) == [504]


@pytest.mark.parametrize("process", [
    "self.replaced.process(exchange)\nraise ValueError('oops')",
    "self.replaced.process(exchange)\nreturn None",
    "from twisted.internet.defer import succeed\nself.replaced.process(exchange)\n"
    "await succeed(1)\nraise ValueError('oops')",
])  # fmt: skip
def test_a_patch_that_fails_meanwhile_waits_for_the_replaced_step(
    patched: Any, process: str
) -> None:
    running = patched(process, SLOW, on_error="skip")
    client = begin(running)
    running.advance(1)
    assert statuses(client) == []
    [waiting] = hook_waits(running)
    waiting.callback(None)
    running.settle()
    assert statuses(client) == [409]
    shown = listed(running)["fix"]
    assert (shown["errors"], shown["skipped"], shown["running"]) == (1, 1, 0)


def test_without_skip_nobody_waits_for_it(patched: Any) -> None:
    running = patched("self.replaced.process(exchange)\nraise ValueError('oops')", SLOW)
    client = begin(running)
    assert statuses(client) == [500]
    assert hook_waits(running) == []


def test_one_that_forgot_to_wait_is_told_so(patched: Any, events: Events) -> None:
    running = patched("self.replaced.process(exchange)", SLOW)
    assert statuses(begin(running)) == [500]
    assert [text for text in events.texts() if text.endswith("it has to await or to return")]


def test_it_is_not_called_while_it_is_under_way(patched: Any, events: Events) -> None:
    running = patched("self.replaced.process(exchange)\nself.replaced.process(exchange)", SLOW)
    assert statuses(begin(running)) == [500]
    assert [text for text in events.texts() if "called while it was under way" in text]


@pytest.mark.parametrize("on_error", ["fail", "skip"])
@pytest.mark.parametrize(
    "process",
    [
        "return Deferred()",
        "return self.replaced.process(exchange)",
        "self.replaced.process(exchange)\nraise ValueError('oops')",
        "reply = await self.replaced.process(exchange)\nreturn reply",
        "self.replaced.process(exchange)\nawait Deferred()",
        "try: await Deferred()\nexcept BaseException: pass\nreturn None",
    ],
)
def test_a_client_that_leaves_ends_it(
    patched: Any, events: Events, process: str, on_error: str
) -> None:
    running = patched(process, SLOW, on_error=on_error)
    client = begin(running)
    assert client.transport is not None
    client.transport.loseConnection()
    running.settle()
    running.advance(1)
    assert hook_waits(running) == []
    assert running.upstream.requests == []
    assert not [text for text in events.texts() if "failed" in text]
    assert listed(running)["fix"]["running"] == 0
