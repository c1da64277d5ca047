"""``/tyk/plugins``: what is loaded, and how it fares."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateways import MakeGateway
from twisted.internet.defer import Deferred, succeed

from twisted_tyk.native import abi
from twisted_tyk.native.leased import Found, Leased
from twisted_tyk.native.manifest import Manifest
from twisted_tyk.native.stats import EntryStats
from twisted_tyk.testing import MemoryGateway, definition

MANIFEST = Manifest.parse(
    json.dumps(
        {
            "abi": "1.0", "language": "go", "toolchain": "go1.26.0", "sdk": "0.1.0",
            "name": "shop", "version": "2.1", "functions": [{"name": "AddFoo"}],
        }
    )
)  # fmt: skip


class Still:
    """A library that is loaded, and not called."""

    manifest = MANIFEST
    file = "./shop.so"

    def state(self) -> dict[str, Any]:
        return {"mode": "process", "pid": 4711, "restarts": 2, "queued": 0}

    def close(self) -> Deferred[None]:
        return succeed(None)


def leased(gateway: MemoryGateway, *entries: EntryStats) -> None:
    """Have a library loaded, for these entries."""
    found = Found("./shop.so", Path("/srv/shop.so"), "ab" * 32, Path("/cache/x"), MANIFEST)
    library: Any = Still()
    gateway.service.plugins.libraries.leased["ab" * 32, True] = Leased(
        found, library, library, list(entries)
    )


def shown(gateway: MemoryGateway) -> Any:
    answer = gateway.control("/tyk/plugins")
    assert answer.status == 200
    return json.loads(answer.body)


def test_no_plugins(gateway: MakeGateway) -> None:
    assert shown(gateway(definition("one"))) == []


def test_a_library_with_its_state_and_entries(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    stats = EntryStats("./shop.so", "AddFoo", "one", "pre", "process", lambda: 5.0)
    stats.begun()
    stats.ended(0.2, True, "it panicked")
    leased(running, stats)
    (library,) = shown(running)
    (entry,) = library.pop("entries")
    assert library == {
        "file": "./shop.so",
        "found": "/srv/shop.so",
        "sha256": "ab" * 32,
        "name": "shop",
        "version": "2.1",
        "language": "go",
        "toolchain": "go1.26.0",
        "sdk": "0.1.0",
        "abi": "1.0",
        "own_process": True,
        "state": {"mode": "process", "pid": 4711, "restarts": 2, "queued": 0},
        "metrics": {"counters": {}, "gauges": {}, "timings": {}, "dropped": 0},
    }
    assert (entry["file"], entry["function"], entry["api_id"], entry["hook"]) == (
        "./shop.so", "AddFoo", "one", "pre",
    )  # fmt: skip
    assert (entry["calls"], entry["errors"]) == (1, 1)
    assert entry["last_error"] == {"text": "it panicked", "time": 5.0}


@pytest.mark.parametrize("instrumented", [True, False])
def test_what_a_plugin_measures_is_shown_and_sent(gateway: MakeGateway, instrumented: bool) -> None:
    settings = {"statsd_connection_string": "192.0.2.5:8125", "statsd_prefix": "gw"}
    running = gateway(definition("one"), settings=settings, instrumented=instrumented)
    leased(running, EntryStats("shop.so", "AddFoo", "one", "pre", "pool"))
    running.service.metering.plugins("./shop.so", abi.COUNTER, "sold", 2)
    running.service.metering.plugins("shop.so", abi.COUNTER, "sold", 1)
    (library,) = shown(running)
    assert library["metrics"]["counters"] == {"sold": 3}
    running.advance(0.2)
    sent = b"".join(data for data, _ in running.datagrams())
    assert sent == (b"gw.plugin.sold:2|c\ngw.plugin.sold:1|c\n" if instrumented else b"")


def test_without_the_secret_nothing_is_shown(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    leased(running)
    assert running.get("/tyk/plugins").status == 403
    post = running.request("POST", "/tyk/plugins", {"X-Tyk-Authorization": "secret"})
    assert post.status == 405
