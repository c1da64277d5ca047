"""Python hooks for the records of requests, in whole gateways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway
from hook_modules import hook_modules

from twisted_tyk.testing import MemoryGateway, definition

HOOKS = """\
from twisted.internet.defer import Deferred
from twisted_tyk.plugins.marks import blocking

waiting = []

def mask(record):
    record["api_key"] = "***"
    record["tags"].append("seen")
    record["latency"]["total"] = 7
    record["raw_response"] = "bm9uZQ=="

def look(record):
    assert record["path"] == "/x", record

def raises(record):
    record["alias"] = "not kept"
    1 / 0

def spoils(record):
    record["response_code"] = "two hundred"

def waits(record):
    if record["path"] == "/quick":
        record["alias"] = "quick"
        return None
    waiting.append((record, Deferred()))
    return waiting[-1][1]

async def is_async(record):
    record["alias"] = "async"

@blocking
def in_thread(record):
    record["alias"] = "thread"
"""


@pytest.fixture(autouse=True)
def _hooks(tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(HOOKS)


def traffic_logs(name: str, **keys: Any) -> dict[str, Any]:
    """A definition whose records go through a hook."""
    made = definition("one")
    made["custom_middleware"]["traffic_logs"] = {"name": name, "path": "hooks.py", **keys}
    return made


def waiting(gateway: MemoryGateway) -> list[Any]:
    """The records that the hook ``waits`` has, and what it waits for."""
    found: list[Any] = hook_modules("one", "hooks")[-1].waiting
    return found


def errors(events: Events) -> list[str]:
    return [text for text in events.texts() if text.startswith("GoPluginMiddleware:hooks.py:")]


def test_a_record_goes_to_the_sinks_as_the_hook_left_it(gateway: MakeGateway) -> None:
    running = gateway(traffic_logs("mask"))
    running.get("/one/x")
    (hit,) = running.records.hits
    assert hit.api_key == "***"
    assert hit.tags == ("org-default", "api-one", "seen")
    assert hit.latency.total == 7
    assert (hit.path, hit.response_code, hit.api_id) == ("/x", 200, "one")
    assert hit.raw_response == "bm9uZQ=="  # type: ignore[attr-defined]


def test_an_analytics_plugin_is_the_same(gateway: MakeGateway) -> None:
    plugin = {"enable": True, "plugin_path": "hooks.py", "func_name": "mask"}
    running = gateway(definition("one", analytics_plugin=plugin))
    running.get("/one/x")
    assert running.records.hits[0].api_key == "***"


@pytest.mark.parametrize("change", [{"enable": False}, {"plugin_path": ""}, {"func_name": ""}])
def test_without_a_name_or_a_switch_there_is_none(
    gateway: MakeGateway, change: dict[str, Any]
) -> None:
    plugin = {"enable": True, "plugin_path": "hooks.py", "func_name": "mask", **change}
    running = gateway(definition("one", analytics_plugin=plugin))
    running.get("/one/x")
    assert running.records.hits[0].api_key == ""


def test_a_hook_that_changes_nothing_leaves_the_record_itself(gateway: MakeGateway) -> None:
    running = gateway(traffic_logs("look"))
    running.get("/one/x")
    (hit,) = running.records.hits
    assert type(hit).__name__ == "Hit"


def test_the_log_of_the_operator_tells_what_was(gateway: MakeGateway, events: Events) -> None:
    settings = {"access_logs": {"enabled": True, "template": ["path", "status"]}}
    running = gateway(traffic_logs("waits"), settings=settings)
    running.get("/one/x")
    lines = [str(e["line"]) for e in events.seen if e.get("log_namespace") == "access-log"]
    assert lines == ['path="/x" status=200']
    assert running.records.hits == []


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("raises", "raised:\nTraceback"),
        (
            "spoils",
            "left a record that cannot be used: "
            "response_code: expected a whole number, found 'two hundred'",
        ),
    ],
)
def test_after_a_failure_the_record_is_as_it_was(
    gateway: MakeGateway, events: Events, name: str, what: str
) -> None:
    running = gateway(traffic_logs(name))
    assert running.get("/one/x").status == 200
    (hit,) = running.records.hits
    assert (hit.alias, hit.response_code) == ("", 200)
    (error,) = errors(events)
    assert error.startswith(f"GoPluginMiddleware:hooks.py:{name} of API one {what}")


def test_an_async_hook(gateway: MakeGateway) -> None:
    running = gateway(traffic_logs("is_async"))
    running.get("/one/x")
    assert running.records.hits[0].alias == "async"


def test_a_hook_in_a_thread(gateway: MakeGateway) -> None:
    running = gateway(traffic_logs("in_thread"))
    assert running.get("/one/x").status == 200
    running.wait_for_thread()
    assert running.records.hits[0].alias == "thread"


def test_records_stay_in_their_order(gateway: MakeGateway) -> None:
    running = gateway(traffic_logs("waits"))
    for path in ("slow", "quick"):
        running.get(f"/one/{path}")
    assert running.records.hits == []
    ((record, deferred),) = waiting(running)
    record["alias"] = "slow"
    deferred.callback(None)
    assert [hit.alias for hit in running.records.hits] == ["slow", "quick"]


def test_a_hook_that_takes_too_long_is_cancelled_and_passed_over(
    gateway: MakeGateway, events: Events
) -> None:
    running = gateway(traffic_logs("waits", timeout=2))
    running.get("/one/slow")
    running.advance(1.5)
    assert running.records.hits == []
    running.advance(2)
    (hit,) = running.records.hits
    assert hit.path == "/slow"
    ((_, deferred),) = waiting(running)
    assert deferred.called
    assert errors(events) == ["GoPluginMiddleware:hooks.py:waits of API one took longer than 2 s"]


def test_only_so_many_at_a_time(gateway: MakeGateway) -> None:
    running = gateway(traffic_logs("waits", concurrency=1))
    for path in ("a", "b"):
        running.get(f"/one/{path}")
    ((record, deferred),) = waiting(running)
    assert record["path"] == "/a"
    deferred.callback(None)
    assert [each["path"] for each, _ in waiting(running)] == ["/a", "/b"]


def test_too_many_records_are_not_shown_and_nobody_waits(
    gateway: MakeGateway, events: Events
) -> None:
    running = gateway(traffic_logs("waits"), settings={"plugin_queue": 2})
    for number in range(4):
        assert running.get(f"/one/{number}").status == 200
    assert [hit.path for hit in running.records.hits] == ["/2", "/3"]
    assert errors(events) == [
        "GoPluginMiddleware:hooks.py:waits of API one is too slow: 1 records were not shown to it"
    ]
    for _, deferred in waiting(running):
        deferred.callback(None)
    assert [hit.path for hit in running.records.hits] == ["/2", "/3", "/0", "/1"]


def test_no_record_is_lost_when_the_gateway_stops(gateway: MakeGateway) -> None:
    running = gateway(traffic_logs("waits", concurrency=1))
    for path in ("a", "b"):
        running.get(f"/one/{path}")
    called = waiting(running)
    running.stop()
    running.advance(1)
    assert [hit.path for hit in running.records.hits] == ["/a", "/b"]
    assert len(called) == 1


def test_a_hook_that_does_not_load_is_a_problem(gateway: MakeGateway) -> None:
    running = gateway(traffic_logs("nowhere"))
    assert running.get("/ready").status == 503
    running.get("/one/x")
    assert running.records.hits[0].path == "/x"


def test_what_is_not_to_be_tracked_is_not_shown(gateway: MakeGateway) -> None:
    running = gateway({**traffic_logs("waits"), "do_not_track": True})
    running.get("/one/x")
    assert waiting(running) == []


def test_it_runs_where_nobody_takes_records(gateway: MakeGateway) -> None:
    running = gateway(traffic_logs("waits"))
    object.__setattr__(running.service.recording.recorder, "sinks", ())
    running.define({**traffic_logs("waits"), "name": "made anew"})
    running.reload()
    running.get("/one/x")
    assert len(waiting(running)) == 1
