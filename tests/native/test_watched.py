"""A compiled plugin under watch: in the log, at /tyk/plugins, in StatsD, and in the store."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway
from plugin_library import compile_c

from twisted_tyk.testing import MemoryGateway, definition

HOOKS = """\
from twisted_tyk import SessionState, ctx

def known(rw, request):
    ctx.set_session(request, SessionState(key_id="key-1", alias="ann"), schedule_update=True)

def guest(rw, request):
    ctx.set_session(request, SessionState(key_id="key-1", alias="ann"))
"""


@pytest.fixture(scope="session")
def watched_so(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = Path(__file__).with_name("watched.c")
    return compile_c(tmp_path_factory.mktemp("watched") / "watched.so", source)


def plugin_of(gateway: MemoryGateway) -> Any:
    """What ``/tyk/plugins`` says of the only plugin."""
    (plugin,) = json.loads(gateway.control("/tyk/plugins").body)
    return plugin


@pytest.fixture
def watched(gateway: MakeGateway, watched_so: Path, tmp_path: Path) -> Any:
    (tmp_path / "hooks.py").write_text(HOOKS)
    (tmp_path / "watched.so").symlink_to(watched_so)

    def make(*names: str, **keys: Any) -> MemoryGateway:
        entries = [
            {"name": name, "path": "watched.so" if name[0].isupper() else "hooks.py"}
            for name in names
        ]
        settings = {
            "plugin_cache_path": str(tmp_path / "cache"),
            "statsd_connection_string": "192.0.2.5:8125",
        }
        made = gateway(definition("one", pre=entries, **keys), settings=settings, instrumented=True)
        assert made.get("/ready").status == 200, made.control("/ready").body
        return made

    return make


def test_a_line_says_whose_it_is(watched: Any, events: Events) -> None:
    assert watched("Tell").get("/one/x?key=1").status == 200
    (line,) = [str(e["line"]) for e in events.seen if e.get("log_namespace") == "plugin"]
    assert line == (
        'msg="seen\\nlevel=error" plugin="watched.so" function="Tell" api="one" '
        'request="GET /one/x 127.0.0.1" who="ann"'
    )


def test_calls_are_counted_and_what_it_measures_is_kept(watched: Any) -> None:
    running = watched("Tell")
    for _ in range(3):
        running.get("/one/x")
    plugin = plugin_of(running)
    (entry,) = plugin["entries"]
    assert (entry["hook"], entry["mode"], entry["calls"], entry["errors"]) == ("pre", "pool", 3, 0)
    assert entry["run_time"]["count"] == entry["run_time"]["buckets"]["+Inf"] == 3
    assert (entry["running"], entry["waiting"]) == (0, 0)
    assert plugin["metrics"]["gauges"] == {"load": 0.5}
    assert (plugin["name"], plugin["language"], plugin["own_process"]) == ("watched", "c", False)


def test_a_failure_is_counted_and_said(watched: Any) -> None:
    running = watched("Fail")
    assert running.get("/one/x").status == 500
    (entry,) = plugin_of(running)["entries"]
    assert (entry["calls"], entry["errors"]) == (1, 1)
    assert entry["last_error"]["text"] == "failed: no room"


def test_statsd_gets_calls_times_and_what_it_measures(watched: Any) -> None:
    running = watched("Tell")
    running.get("/one/x")
    running.advance(0.2)
    sent = b"".join(data for data, _ in running.datagrams()).decode()
    name = "GoPluginMiddleware$watched.so$Tell"
    found = [re.sub(r":[\d.]+\|ms$", ":T|ms", line) for line in sent.splitlines()]
    assert {f"{name}:1|c", f"{name}.exec_time:T|ms", "plugin.load:0.5|g"} <= set(found)
    assert found.count("executed:1|c") == 1


def test_a_session_that_a_hook_has_stored_is_found(watched: Any) -> None:
    running = watched("known", "Who", session_lifetime=60)
    assert running.get("/one/x").body == b'{"alias":"ann"}, visit 1'
    assert running.get("/one/x").body == b'{"alias":"ann"}, visit 2'


def test_one_that_nobody_asked_to_store_is_not(watched: Any) -> None:
    assert watched("guest", "Who").get("/one/x").body == b"nobody"
