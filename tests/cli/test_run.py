"""Given a request, tyk plugin run says what a function makes of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tyk_command import Tyk

SESSION = '{"alias": "somebody"}'


def test_what_it_asks_to_be_changed(tyk: Tyk, plugin: str) -> None:
    said = tyk("run", plugin, "-s", "AddHeader", "--url", "/get?a=b")
    assert said.exit_code == 0
    assert said.stdout == (
        'log info: ready "now" {"a": 1}\n'
        'log info: adding {"path":"/get"}\n'
        'request header X-Foo: set to "bar"\n'
    )


def test_all_of_a_request_can_be_given(tyk: Tyk, plugin: str) -> None:
    said = tyk(
        "run", plugin, "-s", "Echo", "-X", "PUT", "--url", "https://a.example/b", "--token", "key",
        "--session", SESSION, "--body", "hello", "-H", "X-A: 1",
    )  # fmt: skip
    assert said.exit_code == 0
    assert said.stdout.splitlines()[1:] == [
        "reply status: 403",
        'reply header X-Method: set to "PUT"',
        'reply header X-Host: set to "a.example"',
        'reply header X-Path: set to "/b"',
        'reply header X-Token: set to "key"',
        'reply header X-Session: set to "{\\"alias\\": \\"somebody\\"}"',
        'reply body: "hello"',
    ]


def test_a_body_makes_it_a_post(tyk: Tyk, plugin: str, folder: Path) -> None:
    (folder / "body.bin").write_bytes(b"from a file")
    said = tyk("run", plugin, "-s", "Echo", "-d", "@body.bin").stdout
    assert 'reply header X-Method: set to "POST"\n' in said
    assert 'reply body: "from a file"\n' in said


def test_a_request_from_json(tyk: Tyk, plugin: str, folder: Path) -> None:
    (folder / "request.json").write_text(
        json.dumps(
            {
                "method": "POST",
                "url": "/from/json",
                "headers": {"Host": "b.example", "X-A": ["1", "2"]},
                "body": "text",
                "session": {"alias": "x"},
                "token": "key",
                "context": {"a": 1},
                "record": {},
                "definition": {"name": "a"},
            }
        )
    )
    said = tyk("run", plugin, "-s", "Echo", "--request", "request.json", "--token", "other").stdout
    assert 'X-Host: set to "b.example"' in said
    assert 'X-Path: set to "/from/json"' in said
    assert 'X-Token: set to "other"' in said


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_request_as_it_goes_over_the_wire(tyk: Tyk, plugin: str, folder: Path, end: str) -> None:
    lines = ["# a note", "POST /from/http HTTP/1.1", "Host: c.example", "", "body", "of two"]
    (folder / "request.http").write_bytes(end.join(lines).encode())
    said = tyk("run", plugin, "-s", "Echo", "--request", "request.http").stdout
    assert 'X-Host: set to "c.example"' in said
    assert 'X-Path: set to "/from/http"' in said
    assert f"reply body: {json.dumps(f'body{end}of two')}" in said


def test_a_response_function(tyk: Tyk, plugin: str) -> None:
    said = tyk("run", plugin, "-s", "TellStatus", "--status", "404", "--response-header", "A: b",
               "--response-body", "gone")  # fmt: skip
    assert said.stdout.endswith('\nresponse header X-Status: set to "404"\n')


def test_a_response_from_json(tyk: Tyk, plugin: str, folder: Path) -> None:
    response = {"status": 418, "headers": {"A": "b"}, "body": "tea"}
    (folder / "request.json").write_text(json.dumps({"response": response}))
    said = tyk("run", plugin, "-s", "TellStatus", "--request", "request.json")
    assert 'response header X-Status: set to "418"' in said.stdout


@pytest.mark.parametrize(
    ("definition", "kind"), [('{"name":"a"}', "classic"), ('{"openapi":"3.0.3"}', "oas")]
)
def test_a_function_that_needs_the_definition(
    tyk: Tyk, plugin: str, folder: Path, definition: str, kind: str
) -> None:
    (folder / "api.json").write_text(definition)
    said = tyk("run", plugin, "-s", "Definition", "--definition", "api.json").stdout
    assert f'reply body: "{kind}"\n' in said
    assert f"reply body: {json.dumps(definition)}\n" in said


def test_a_definition_is_always_there(tyk: Tyk, plugin: str) -> None:
    assert '\\"api_id\\": \\"cli\\"' in tyk("run", plugin, "-s", "Definition").stdout


def test_metrics_of_calls_and_of_the_plugin_itself(tyk: Tyk, plugin: str) -> None:
    said = tyk("run", plugin, "-s", "Measure").stdout.splitlines()
    assert said[1:] == ["metric gauge alone: 2.5", "metric counter calls: 1.0"]


def test_an_analytics_function(tyk: Tyk, plugin: str) -> None:
    said = tyk("run", plugin, "-s", "Count", "--record", '{"path": "/"}')
    assert said.stdout.splitlines()[1:] == ['record: set to {"tags":["seen"]}']


def test_scripts_get_json(tyk: Tyk, plugin: str) -> None:
    said = json.loads(tyk("run", plugin, "-s", "AddHeader", "--json").stdout)
    assert said.pop("seconds") >= 0
    assert said == {
        "file": "plugin.so",
        "function": "AddHeader",
        "ok": True,
        "error": "",
        "stack": "",
        "changes": [
            {"kind": "log", "number": 1, "key": '{"path":"/"}', "value": "adding"},
            {"kind": "header_set", "number": 0, "key": "X-Foo", "value": "bar"},
        ],
        "told": [{"kind": "log", "number": 1, "key": '{"a": 1}', "value": 'ready "now"'}],
    }


FAILURES = {
    "Fail": "Fail failed: no database",
    "Segfault": "segfault in Segfault",
    "Exit": "exit with status 3 in Exit",
    "Inject": "Inject asked for changes that cannot be made: change of kind 1: control character "
    "in a header value: b'a\\r\\nX-Bar: b'",
}


@pytest.mark.parametrize(("symbol", "problem"), FAILURES.items(), ids=FAILURES)
def test_a_function_that_fails(tyk: Tyk, plugin: str, symbol: str, problem: str) -> None:
    said = tyk("run", plugin, "-s", symbol)
    assert said.exit_code == 1
    assert said.stderr.endswith(f"tyk: plugin.so: {problem}\n")


def test_a_crash_is_json_as_well(tyk: Tyk, plugin: str) -> None:
    said = tyk("run", plugin, "-s", "Segfault", "--json")
    assert said.exit_code == 1
    assert json.loads(said.stdout)["error"] == "segfault in Segfault"


def test_a_plugin_that_does_not_become_ready(tyk: Tyk, plugin: str) -> None:
    said = tyk("run", plugin, "-s", "AddHeader", "--config", '{"bad": true}')
    assert said.exit_code == 1
    told, refused = said.stderr.splitlines()
    assert told == 'log info: ready "now" {"a": 1}'
    assert refused.startswith("tyk: plugin.so: its initialisation failed: ")


WRONG: dict[str, tuple[list[str], str]] = {
    "header": (["-H", "foo"], "--header: found 'foo', expected Name: value"),
    "header name": (["-H", "a b: c"], "--header: not a header name: 'a b'"),
    "session": (["--session", "none"], "--session: none: No such file or directory"),
    "session kind": (["--session", "[]"], "--session: found '[]', expected a JSON object"),
    "session JSON": (["--session", "{"], "--session: Expecting property name"),
    "session type": (["--session", '{"rate": "x"}'], "session: rate: expected a number"),
    "file": (["-d", "@none"], "--body: none: No such file or directory"),
    "url": (["--url", "/a b"], "url: found '/a b', expected ASCII without blanks; use %20"),
    "method": (["-X", "A B"], "method: found 'A B': not a header name: 'A B'"),
    "address": (["--url", "http://[::1"], "url: found 'http://[::1': Invalid IPv6 URL"),
    "request": (["--request", "none.json"], "--request: none.json: No such file or directory"),
    "unknown": (["--request", "a.json"], "--request: a.json: colour: unknown; known are body, "),
    "no object": (["--request", "b.json"], "--request: b.json: found a list, expected an object"),
    "no text": (["--request", "c.json"], "--request: c.json: url: found 1, expected text"),
    "no headers": (["--request", "d.json"], "--request: d.json: headers: found [], expected an"),
    "status": (["--request", "e.json"], "e.json: response.status: found 'x', expected a number"),
    "response": (["--request", "f.json"], "f.json: response.x: unknown; known are body, headers"),
    "no message": (["--request", "g.http"], "g.http: line 1: found 'hello', expected METHOD URL"),
    "no text at all": (["--request", "h.http"], "h.http: it is no text, expected METHOD URL HTTP"),
}


@pytest.mark.parametrize(("options", "problem"), WRONG.values(), ids=WRONG)
def test_what_was_typed_wrong(
    tyk: Tyk, plugin: str, folder: Path, options: list[str], problem: str
) -> None:
    for name, content in {
        "a.json": '{"colour": 1}', "b.json": "[]", "c.json": '{"url": 1}',
        "d.json": '{"headers": []}', "e.json": '{"response": {"status": "x"}}',
        "f.json": '{"response": {"x": 1}}', "g.http": "hello\n",
    }.items():  # fmt: skip
        (folder / name).write_text(content)
    (folder / "h.http").write_bytes(b"\xff\n")
    said = tyk("run", plugin, "-s", "Echo", *options)
    assert said.exit_code == 2
    assert problem in said.stderr
