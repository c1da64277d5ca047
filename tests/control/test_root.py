"""The control API: who may use it, and what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gateways import Events, MakeGateway

from twisted_tyk._version import __version__
from twisted_tyk.control import root
from twisted_tyk.testing import Answer, definition

MISSING_KEY = {
    "status": "error",
    "message": "Attempted administrative access with invalid or missing key!",
}


def said(answer: Answer) -> Any:
    """The JSON of an answer, in the form that all control answers have."""
    assert answer.headers.get("Content-Type") == "application/json"
    assert answer.body.endswith(b"\n")
    return json.loads(answer.body)


def test_hello_says_that_the_process_is_alive(gateway: MakeGateway) -> None:
    answer = gateway(definition("one")).get("/hello")
    assert answer.status == 200
    assert said(answer) == {
        "status": "pass",
        "version": __version__,
        "description": "Tyk GW",
        "details": {},
    }


def test_ready_says_that_traffic_may_come(gateway: MakeGateway) -> None:
    answer = gateway(definition("one")).get("/ready")
    assert (answer.status, said(answer)["description"]) == (200, "Tyk GW Ready")


def test_not_ready_before_anything_could_be_loaded(gateway: MakeGateway) -> None:
    running = gateway(settings={"app_path": "nowhere"})
    answer = running.get("/ready")
    assert answer.status == 503
    assert said(answer) == {
        "status": "error",
        "message": "A successful API reload did not happen",
    }
    hello = running.get("/hello")
    assert (hello.status, said(hello)["status"]) == (200, "warn")


def test_not_ready_while_something_could_not_be_loaded(gateway: MakeGateway) -> None:
    broken = definition("one", pre=[{"name": "hook", "path": "missing.py"}])
    running = gateway(broken, definition("two"))
    answer = running.get("/ready")
    assert (answer.status, said(answer)["status"]) == (503, "error")
    hello = running.get("/hello")
    assert (hello.status, said(hello)["status"]) == (200, "warn")
    assert running.get("/two/x").status == 200


@pytest.mark.parametrize("path", ["/hello", "/ready"])
@pytest.mark.parametrize("secret", [None, "", "guess"])
def test_only_the_number_of_problems_is_told_to_everybody(
    gateway: MakeGateway, path: str, secret: str | None
) -> None:
    missing = [{"name": "hook", "path": "missing.py"}]
    running = gateway(definition("one", pre=missing), definition("two", pre=missing))
    headers = {} if secret is None else {"X-Tyk-Authorization": secret}
    answer = said(running.request("GET", path, headers))
    summary = "2 problems while loading: see the log"
    assert answer["details"]["apis"]["output"] == summary
    assert answer.get("message", summary) == summary
    assert "missing.py" not in json.dumps(answer)


@pytest.mark.parametrize("path", ["/hello", "/ready"])
def test_what_is_wrong_is_told_to_those_who_have_the_secret(
    gateway: MakeGateway, path: str
) -> None:
    running = gateway(definition("one", pre=[{"name": "hook", "path": "missing.py"}]))
    answer = said(running.control(path))
    problem = answer["details"]["apis"]["output"]
    assert problem.startswith("API one: missing.py: ")
    message = f"1 problem while loading: {problem}"
    assert answer.get("message", message) == message


def test_an_empty_secret_opens_no_details(gateway: MakeGateway) -> None:
    broken = definition("one", pre=[{"name": "hook", "path": "missing.py"}])
    answer = gateway(broken, settings={"secret": ""}).control("/ready", secret="")
    assert said(answer)["message"] == "1 problem while loading: see the log"


def test_not_ready_while_shutting_down(gateway: MakeGateway) -> None:
    running = gateway(definition("one"), settings={"graceful_shutdown_delay_seconds": 5})
    running.stop()
    answer = running.get("/ready")
    assert (answer.status, said(answer)["message"]) == (503, "Gateway is shutting down")
    # Until the delay is over requests are still served.
    assert running.get("/one/x").status == 200
    running.advance(40)


def test_the_health_paths_can_be_renamed(gateway: MakeGateway) -> None:
    running = gateway(
        definition("root", proxy={"listen_path": "/"}),
        settings={
            "health_check_endpoint_name": "live/z",
            "readiness_check_endpoint_name": "/readyz",
        },
    )
    assert said(running.get("/live/z"))["description"] == "Tyk GW"
    assert said(running.get("/readyz?x=1"))["description"] == "Tyk GW Ready"
    assert running.get("/hello").body == b'{"message":"from upstream"}'


@pytest.mark.parametrize("path", ["/hello", "/ready", "/tyk/plugins", "/tyk/reload"])
@pytest.mark.parametrize("method", ["HEAD", "POST", "DELETE", "OPTIONS"])
def test_other_methods_than_get_are_405(gateway: MakeGateway, method: str, path: str) -> None:
    answer = gateway().request(method, path, {"X-Tyk-Authorization": "secret"})
    assert answer.status == 405
    if method != "HEAD":
        assert said(answer) == {"status": "error", "message": "Method not supported"}


@pytest.mark.parametrize("path", ["/tyk/apis", "/tyk/apis/one", "/tyk/reload", "/tyk/x", "/tyk/"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Tyk-Authorization": ""},
        {"X-Tyk-Authorization": "secre"},
        {"X-Tyk-Authorization": "Secret"},
        {"X-Tyk-Authorization": "secret secret"},
        {"Authorization": "secret"},
    ],
)
def test_without_the_secret_everything_is_closed(
    gateway: MakeGateway, path: str, headers: dict[str, str]
) -> None:
    answer = gateway(definition("one")).request("GET", path, headers)
    assert (answer.status, said(answer)) == (403, MISSING_KEY)


@pytest.mark.parametrize("given", ["", "anything"])
def test_an_empty_secret_lets_nobody_in(gateway: MakeGateway, given: str) -> None:
    answer = gateway(settings={"secret": ""}).control("/tyk/apis", secret=given)
    assert (answer.status, said(answer)) == (403, MISSING_KEY)


def test_the_secret_is_compared_in_constant_time(
    gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []

    def compare(given: bytes, wanted: bytes) -> bool:
        compared.append((given, wanted))
        return False

    monkeypatch.setattr(root, "compare_digest", compare)
    assert gateway().control("/tyk/apis", secret="guess").status == 403
    assert compared == [(b"guess", b"secret")]


def test_a_secret_may_be_any_text(gateway: MakeGateway) -> None:
    running = gateway(settings={"secret": "sch\u00f6n"})
    assert running.control("/tyk/apis", secret="sch\u00f6n").status == 200
    assert running.control("/tyk/apis", secret="schon").status == 403


def test_all_definitions_as_their_files_have_them(gateway: MakeGateway) -> None:
    one, two = definition("one", extra={"kept": ["as", "it", "is"]}), definition("two")
    running = gateway(one, two)
    answer = running.control("/tyk/apis")
    assert (answer.status, said(answer)) == (200, [one, two])
    assert said(running.control("/tyk/apis/")) == [one, two]


def test_one_definition(gateway: MakeGateway) -> None:
    one = definition("one", name="sch\u00f6n")
    running = gateway(one, definition("two"))
    for path in ("/tyk/apis/one", "/tyk/apis/one/", "/tyk/%61pis/%6fne", "/tyk/apis/one?x"):
        answer = running.control(path)
        assert (answer.status, said(answer)) == (200, one)


def test_a_definition_that_there_is_not(gateway: MakeGateway) -> None:
    answer = gateway(definition("one")).control("/tyk/apis/two")
    assert (answer.status, said(answer)) == (404, {"status": "error", "message": "API not found"})


@pytest.mark.parametrize("path", ["/tyk/", "/tyk/x", "/tyk/apis/one/x", "/tyk/reload/x", "/tyk"])
def test_an_unknown_path_is_404_as_in_go(gateway: MakeGateway, path: str) -> None:
    answer = gateway(definition("one")).control(path)
    assert (answer.status, answer.body) == (404, b"404 page not found\n")
    assert answer.headers.get("Content-Type") == "text/plain; charset=utf-8"


def test_a_port_of_its_own(gateway: MakeGateway) -> None:
    running = gateway(
        definition("one"),
        definition("root", proxy={"listen_path": "/"}),
        settings={"listen_port": 8080, "control_api_port": 8081},
    )
    secret = {"X-Tyk-Authorization": "secret"}
    assert running.request("GET", "/tyk/apis", secret, port=1).status == 200
    assert running.request("GET", "/hello", port=1).status == 200
    # No API is served there, and no control API on the main port.
    answer = running.request("GET", "/one/x", secret, port=1)
    assert (answer.status, answer.body) == (404, b"404 page not found\n")
    assert running.upstream.requests == []
    assert running.request("GET", "/tyk/apis", secret).body == b'{"message":"from upstream"}'


@pytest.mark.parametrize("key", ["control_api_hostname", "hostname"])
def test_a_hostname_of_its_own(gateway: MakeGateway, key: str) -> None:
    running = gateway(settings={key: "Control.test"})
    secret = {"X-Tyk-Authorization": "secret"}
    for host in ("control.test", "CONTROL.test", "control.test:8080", "Control.TEST:8080"):
        assert running.request("GET", "/tyk/apis", {"Host": host, **secret}).status == 200
    for host in ("other.test", "control.test.evil.test", "x.control.test", "control.test:x"):
        answer = running.request("GET", "/tyk/apis", {"Host": host, **secret})
        assert answer.status in (400, 404)


def test_a_fault_in_an_endpoint_is_answered_and_logged(
    gateway: MakeGateway, logged_failures: Any, events: Events
) -> None:
    running = gateway(definition("one"))
    running.service.root.table = None
    answer = running.control("/tyk/apis/anns-key")
    assert (answer.status, said(answer)["message"]) == (500, "Internal Server Error")
    assert len(logged_failures.flush(AttributeError)) == 1
    # The rest of the path may be a key.
    assert "/tyk/apis of the control API failed" in events.texts()
    assert not any("anns-key" in text for text in events.texts())


def test_who_tries_without_the_secret_is_in_the_log(gateway: MakeGateway, events: Events) -> None:
    """Once in ten seconds, and without what was tried; a key may stand in the path."""
    running = gateway()
    for _ in range(3):
        assert running.control("/tyk/keys/anns-key?x=y", secret="guess").status == 403
    running.advance(root.TELL_INTERVAL)
    assert running.get("/tyk/apis").status == 403
    told = [text for text in events.texts() if "control API" in text]
    assert told == [
        "GET /tyk/keys of the control API from 127.0.0.1: wrong secret; "
        "1 requests were turned away so far",
        "GET /tyk/apis of the control API from 127.0.0.1: no secret; "
        "4 requests were turned away so far",
    ]
    assert not [text for text in events.texts() if "guess" in text or "anns-key" in text]
