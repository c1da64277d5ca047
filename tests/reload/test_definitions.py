"""A reload changes what changed, keeps what did not, and breaks nothing that works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateways import MakeGateway
from hook_modules import hook_modules

from twisted_tyk.testing import MemoryGateway, definition

COUNTER = """\
from zope.interface import implementer
from twisted_tyk.interfaces import IRequestHook

@implementer(IRequestHook)
class Counter:
    def __init__(self):
        self.hits = 0

    def hook(self, rw, request):
        self.hits += 1
        request.headers.set("Hits", f"VERSION{self.hits}")
"""
COUNTING = [{"name": "Counter", "path": "counter.py"}]


def counter(version: str = "") -> str:
    return COUNTER.replace("VERSION", version)


def reload(gateway: MemoryGateway, path: str = "/tyk/reload") -> None:
    answer = gateway.control(path)
    assert (answer.status, json.loads(answer.body)["status"]) == (200, "ok")


def hits(gateway: MemoryGateway, target: str) -> str | None:
    """What the upstream is told by the counting hook."""
    assert gateway.get(target).status == 200
    return gateway.upstream.requests[-1].headers.get("Hits")


def why_not_ready(gateway: MemoryGateway) -> str:
    answer = gateway.control("/ready")
    assert answer.status == 503
    message: str = json.loads(answer.body)["message"]
    return message


def what_is_held(gateway: MemoryGateway) -> str:
    """What is wrong with new versions, while the last good ones go on."""
    answer = gateway.control("/ready")
    told = json.loads(answer.body)
    assert (answer.status, told["status"]) == (200, "warn"), "no reason to take it out of service"
    output: str = told["details"]["apis"]["output"]
    return output


@pytest.mark.parametrize(
    "path", ["/tyk/reload", "/tyk/reload/", "/tyk/reload?block=true", "/tyk/reload/group"]
)
def test_new_apis_appear_and_others_stay(gateway: MakeGateway, path: str) -> None:
    running = gateway(definition("one"))
    running.define(definition("two"))
    assert running.get("/two/x").status == 404
    reload(running, path)
    assert running.get("/two/x").status == 200
    assert running.get("/one/x").status == 200


def test_what_reads_definitions_is_compiled_once(
    gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = gateway(definition("one"))
    compiled: list[int] = []

    def again() -> None:
        compiled.append(1)

    monkeypatch.setattr("twisted_tyk.apidef.load.make_converter", again)
    monkeypatch.setattr("twisted_tyk.parts.definitions.make_converter", again)
    running.define(definition("two"))
    reload(running)
    assert running.get("/two/x").status == 200
    assert compiled == []


@pytest.mark.parametrize("path", ["/tyk/reload", "/tyk/reload/group"])
def test_only_who_has_the_secret_can_reload(gateway: MakeGateway, path: str) -> None:
    running = gateway()
    running.define(definition("one"))
    assert running.control(path, secret="guess").status == 403
    assert running.get("/one/x").status == 404


def test_apis_disappear_with_their_files(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(definition("one"), definition("two"))
    (tmp_path / "apps" / "one.json").unlink()
    reload(running)
    assert running.get("/one/x").status == 404
    assert running.get("/two/x").status == 200
    (tmp_path / "apps" / "two.json").unlink()
    reload(running)
    assert running.get("/two/x").status == 404
    assert running.get("/ready").status == 200


def test_a_changed_definition_counts_from_then_on(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    running.define(definition("one", proxy={"listen_path": "/other/"}))
    reload(running)
    assert running.get("/other/x").status == 200
    assert running.upstream.requests[-1].target == "/x"


def test_what_did_not_change_keeps_its_state(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "counter.py").write_text(counter())
    running = gateway(definition("one", pre=COUNTING))
    assert [hits(running, "/one/x") for _ in range(2)] == ["1", "2"]
    running.define(definition("two"))
    reload(running)
    assert hits(running, "/one/x") == "3"


def test_white_space_and_order_of_keys_are_no_change(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "counter.py").write_text(counter())
    one = definition("one", pre=COUNTING)
    running = gateway(one)
    assert hits(running, "/one/x") == "1"
    shuffled = json.dumps(dict(reversed(one.items())), indent=7)
    (tmp_path / "apps" / "one.json").write_text(shuffled)
    reload(running)
    assert hits(running, "/one/x") == "2"


def test_a_changed_definition_starts_its_hooks_anew(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "counter.py").write_text(counter())
    running = gateway(definition("one", pre=COUNTING))
    assert hits(running, "/one/x") == "1"
    running.define(definition("one", pre=COUNTING, tags=["new"]))
    reload(running)
    assert hits(running, "/one/x") == "1"


def test_a_changed_hook_file_is_picked_up_by_those_that_use_it(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    (tmp_path / "counter.py").write_text(counter())
    (tmp_path / "same.py").write_text(counter())
    same = [{"name": "Counter", "path": "same.py"}]
    running = gateway(definition("one", pre=COUNTING), definition("two", pre=same))
    assert (hits(running, "/one/x"), hits(running, "/two/x")) == ("1", "1")
    (tmp_path / "counter.py").write_text(counter("v2-"))
    assert hits(running, "/one/x") == "2"
    reload(running)
    assert (hits(running, "/one/x"), hits(running, "/two/x")) == ("v2-1", "2")


def test_a_hook_file_that_appears_heals_its_api(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(definition("one", pre=COUNTING))
    assert running.get("/one/x").status == 500
    assert "counter.py" in why_not_ready(running)
    (tmp_path / "counter.py").write_text(counter())
    reload(running)
    assert hits(running, "/one/x") == "1"
    assert running.get("/ready").status == 200


@pytest.mark.parametrize(
    "text", ["{", "[]", "", '{"api_id": 5}', '{"api_id": "one", "proxy": {"target_url": "x"}}']
)
def test_a_file_that_turns_bad_keeps_its_last_good_version_until_it_is_mended(
    gateway: MakeGateway, tmp_path: Path, text: str
) -> None:
    (tmp_path / "counter.py").write_text(counter())
    one = definition("one", pre=COUNTING)
    running = gateway(one, definition("two"))
    assert hits(running, "/one/x") == "1"

    file = tmp_path / "apps" / "one.json"
    file.write_text(text)
    running.define(definition("three"))
    reload(running)
    assert hits(running, "/one/x") == "2"
    assert running.get("/two/x").status == 200
    assert running.get("/three/x").status == 200
    assert str(file) in what_is_held(running)
    assert "the last good version of this file is kept" in what_is_held(running)

    running.define(one)
    reload(running)
    assert running.get("/ready").status == 200
    assert hits(running, "/one/x") == "3"


def test_a_file_that_was_never_good_is_left_out(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "bad.json").write_text('{"api_id":\n oops}')
    running = gateway(definition("one"))
    assert running.get("/one/x").status == 200
    assert "bad.json:2" in why_not_ready(running)


BAD_ENDPOINT = {
    "not_versioned": True,
    "versions": {
        "Default": {
            "name": "Default",
            "use_extended_paths": True,
            "extended_paths": {
                "go_plugin": [
                    {"path": "/x[", "method": "GET", "plugin_path": "counter.py",
                     "func_name": "Counter"}
                ]
            },
        }
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        (definition("bad", version_data=BAD_ENDPOINT), "x["),
        (definition("bad", proxy={"listen_path": "/{id:[}/"}), "/{id:[}/"),
        (definition("bad", domain="{id:[}.test"), "{id:[}.test"),
    ],
)
def test_a_pattern_that_is_none_keeps_only_its_own_api_out(
    gateway: MakeGateway, tmp_path: Path, bad: dict[str, Any], named: str
) -> None:
    (tmp_path / "counter.py").write_text(counter())
    running = gateway(bad, definition("good"), settings={"enable_custom_domains": True})
    assert running.get("/good/x").status == 200
    assert running.get("/bad/x").status == 404
    reason = why_not_ready(running)
    assert reason.startswith("1 problem while loading: bad.json: the API could not be made: ")
    assert named in reason

    # And when it had been good before, that is what goes on.
    running.define(definition("bad"))
    reload(running)
    assert running.get("/bad/x").status == 200
    running.define(bad)
    reload(running)
    assert running.get("/bad/x").status == 200
    assert "the last good version is kept" in what_is_held(running)


def test_who_reloads_is_told_what_is_wrong(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(definition("one"))
    assert json.loads(running.control("/tyk/reload").body) == {"status": "ok", "message": ""}
    (tmp_path / "apps" / "two.json").write_text("{")
    answer = running.control("/tyk/reload")
    assert answer.status == 200
    told = json.loads(answer.body)
    assert told["status"] == "ok", "as in Tyk: what is good counts"
    assert told["message"].startswith(f"{tmp_path}/apps/two.json:1:2: not JSON")


def test_a_folder_that_is_gone_changes_nothing(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(definition("one"))
    (tmp_path / "apps").rename(tmp_path / "elsewhere")
    answer = running.control("/tyk/reload")
    assert answer.status == 500
    told = json.loads(answer.body)
    assert told["status"] == "error"
    assert "all stays as it was" in told["message"]
    assert str(tmp_path / "apps") in told["message"]
    assert running.get("/one/x").status == 200

    (tmp_path / "elsewhere").rename(tmp_path / "apps")
    reload(running)
    assert running.get("/one/x").status == 200


def test_a_folder_that_was_not_there_at_the_start_may_come_later(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    running = gateway(settings={"app_path": "later"})
    assert running.get("/ready").status == 503
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "one.json").write_text(json.dumps(definition("one")))
    reload(running)
    assert running.get("/ready").status == 200
    assert running.get("/one/x").status == 200


WAITING = """\
from twisted.internet.defer import Deferred

waiting = []

def wait(rw, request):
    waiting.append(Deferred())
    return waiting[-1]


def mark(rw, response, request):
    rw.headers.set("Chain", "old")
"""


def test_a_request_that_is_under_way_ends_on_the_chain_it_entered(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    (tmp_path / "waiting.py").write_text(WAITING)
    points: dict[str, Any] = {
        "pre": [{"name": "wait", "path": "waiting.py"}],
        "response": [{"name": "mark", "path": "waiting.py"}],
    }
    running = gateway(definition("one", **points))
    # Somebody is held up in a hook of the old chain.
    client = running.connect()
    running.send(client, b"GET /one/held HTTP/1.1\r\nHost: gateway.test\r\n\r\n")
    module = hook_modules("one", "waiting")[-1]
    running.define(definition("one", "http://127.0.0.1:9001/new/"))
    reload(running)
    new = running.get("/one/x")
    assert (new.status, new.headers.get("Chain")) == (200, None)
    assert running.upstream.requests[-1].target == "/new/x"
    assert client.answers == []
    module.waiting.pop().callback(None)
    running.settle()
    assert [answer.headers.get("Chain") for answer in client.answers] == ["old"]
    assert running.upstream.requests[-1].target == "/held"


def test_inactive_apis_are_named_but_do_no_harm(gateway: MakeGateway) -> None:
    running = gateway(definition("one", active=False), definition("two"))
    report = running.service.reloader.report
    assert report is not None
    assert report.warnings == ("one.json: not active, so not served",)
    assert running.get("/one/x").status == 404
    assert running.get("/ready").status == 200
