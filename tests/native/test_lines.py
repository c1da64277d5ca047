"""Lines of a Go plugin in the gateway's log: whose each of them is, and when it comes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from building import BuildPlugin
from gateways import Events, MakeGateway
from twisted.logger import formatEvent

from twisted_tyk.testing import MemoryGateway, definition

HERE = Path(__file__).parent
Running = Callable[..., MemoryGateway]


@pytest.fixture(scope="session")
def lines_so(build_plugin: BuildPlugin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_plugin(HERE / "lines", tmp_path_factory.mktemp("lines") / "lines.so").file


@pytest.fixture
def running(gateway: MakeGateway, lines_so: Path, tmp_path: Path) -> Running:
    """A gateway with an API for each of these functions, which is called like it."""
    (tmp_path / "lines.so").symlink_to(lines_so)

    def make(*names: str, mode: str = "process") -> MemoryGateway:
        apis = [
            definition(name.lower(), pre=[{"name": name, "path": "lines.so", "mode": mode}])
            for name in names
        ]
        made = gateway(*apis, settings={"plugin_cache_path": str(tmp_path / "cache")})
        assert made.get("/ready").status == 200, made.control("/ready").body
        return made

    return make


def said(events: Events) -> list[str]:
    """Lines of plugins, and what became of calls."""
    found = [
        formatEvent(event)
        for event in events.seen
        if event["log_namespace"] in ("plugin", "twisted_tyk.native.entry.Entry")
    ]
    return [text for text in found if "came too fast" not in text]


def line(text: str, function: str, request: bool = True) -> str:
    api = function.lower()
    who = f' request="GET /{api}/x 127.0.0.1"' if request else ""
    return f'msg="{text}" plugin="lines.so" function="{function}" api="{api}"{who}'


def alone(text: str) -> str:
    return f'msg="{text}" plugin="lines.so"'


@pytest.mark.parametrize("mode", ["process", "pool", "inline"])
def test_a_line_names_the_function_the_api_and_the_request(
    running: Running, events: Events, mode: str
) -> None:
    """What is said with a context comes with the end of the call."""
    assert running("Say", mode=mode).get("/say/x?key=1").status == 200
    assert said(events) == [
        line("first", "Say") + " n=1",
        line("second", "Say"),
        line("with context", "Say"),
    ]


def test_a_goroutine_has_to_say_whose_it_is(running: Running, events: Events) -> None:
    assert running("SayApart").get("/sayapart/x").status == 200
    assert said(events) == [alone("alone"), line("with context", "SayApart")]


def test_a_line_after_its_call_is_of_no_call(running: Running, events: Events) -> None:
    """Not of another one that is under way either."""
    made = running("SayLate", "Open", "AwaitLate")
    for name in ("saylate", "open", "awaitlate"):
        assert made.get(f"/{name}/x").status == 200
    assert said(events) == [alone("late"), line("heard", "AwaitLate")]


def test_a_line_of_a_request_whose_client_left_names_function_and_api(
    running: Running, events: Events
) -> None:
    made = running("Wait", "Open")
    client = made.connect()
    made.send(client, b"GET /wait/x HTTP/1.1\r\nHost: gw.test\r\n\r\n")
    while not said(events):
        made.wait_for_plugins()
    assert client.transport is not None
    client.transport.loseConnection()
    made.settle()
    assert made.get("/open/x").status == 200
    while made.service.plugin_calls():
        made.wait_for_plugins()
    assert said(events) == [line("begun", "Wait"), line("after the client", "Wait", False)]


def test_too_many_lines_of_one_call_harm_nobody(running: Running, events: Events) -> None:
    assert running("Flood").get("/flood/x").status == 200
    found = said(events)
    assert set(found) == {line("flood", "Flood")}
    assert 1000 < len(found) <= 10_000


def test_a_line_comes_before_what_becomes_of_its_call(running: Running, events: Events) -> None:
    assert running("Panic").get("/panic/x").status == 500
    before, failure = said(events)
    assert before == line("before", "Panic")
    begin = (
        "GoPluginMiddleware:lines.so:Panic of API panic panicked: assignment to entry in nil map\n"
    )
    assert failure.startswith(begin)
