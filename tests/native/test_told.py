"""Lines of plugins in the gateway's log: whose they are, and that they stay what they are."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from gateways import Events
from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import globalLogPublisher

from twisted_tyk.exchange import Exchange
from twisted_tyk.logs import observer
from twisted_tyk.message.headers import Headers
from twisted_tyk.native import abi
from twisted_tyk.native.told import LONGEST, PluginLine, log_line


def written(*said: Any, log_format: str = "text", **keywords: Any) -> str:
    """The line that the log's file has of one call."""
    stream = io.StringIO()
    write = observer(stream, "debug", log_format)
    globalLogPublisher.addObserver(write)
    try:
        log_line(*said, **keywords)
    finally:
        globalLogPublisher.removeObserver(write)
    (line,) = stream.getvalue().splitlines()
    return line


def test_a_line_of_text_has_the_message_and_then_the_fields() -> None:
    line = written("./foo.so", abi.INFO, "it is up", '{"count": 3, "who": "ann", "ok": true}')
    assert line.endswith(
        ' level=info prefix=plugin msg="it is up" plugin="./foo.so" count=3 who="ann" ok=true'
    )


def test_a_line_of_json_has_them_as_members() -> None:
    fields = '{"count": 3, "deep": {"a": [1, null]}}'
    line = json.loads(written("foo.so", abi.WARNING, 'a "b"', fields, log_format="json"))
    assert line.pop("time").startswith("20")
    assert list(line.items()) == [
        ("level", "warning"),
        ("prefix", "plugin"),
        ("msg", 'a "b"'),
        ("plugin", "foo.so"),
        ("count", 3),
        ("deep", {"a": [1, None]}),
    ]


def test_a_line_said_in_a_call_names_the_function_the_api_and_the_request() -> None:
    exchange = Exchange(
        b"GET", b"/one/x\xff?key=secret", b"gateway.test", Headers(), peer="192.0.2.1"
    )
    line = written("foo.so", abi.DEBUG, "hello", "", "AddFoo", "one", exchange)
    assert line.endswith(
        'level=debug prefix=plugin msg="hello" plugin="foo.so" function="AddFoo" api="one" '
        'request="GET /one/x\\\\xff 192.0.2.1"'
    )


def test_a_line_of_a_request_that_is_over_names_the_function_and_the_api() -> None:
    line = written("foo.so", abi.INFO, "hello", '{"a": 1}', "AddFoo", "one")
    assert line.endswith(' msg="hello" plugin="foo.so" function="AddFoo" api="one" a=1')


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (abi.DEBUG, "debug"),
        (abi.INFO, "info"),
        (abi.WARNING, "warning"),
        (abi.SEVERE, "error"),
        (-7, "debug"),
        (99, "error"),
    ],
)
def test_levels_are_those_of_the_gateway(level: int, name: str) -> None:
    assert f" level={name} " in written("foo.so", level, "x", "")


def test_a_line_below_the_level_of_the_log_is_not_written(events: Events) -> None:
    log_line("foo.so", abi.DEBUG, "x", "{}")
    stream = io.StringIO()
    write = observer(stream, "info", "text")
    for event in events.seen:
        write(event)
    assert stream.getvalue() == ""


@pytest.mark.parametrize("name", ["time", "level", "prefix", "msg", "plugin", "api", "request"])
def test_a_field_can_not_stand_for_what_the_gateway_says(name: str) -> None:
    fields = json.dumps({name: "forged"})
    line = json.loads(written("foo.so", abi.INFO, "x", fields, log_format="json"))
    assert line[f"fields.{name}"] == "forged"
    assert line.get(name) != "forged"
    assert f' fields.{name}="forged"' in written("foo.so", abi.INFO, "x", fields)


@pytest.mark.parametrize(
    "fields",
    ["[1]", "no JSON", '"text"', '{"a": NaN}', '{"a": 1e999}', "[" * 5000, '{"a":' * 3000,
     json.dumps(dict.fromkeys(map(str, range(65)), 1)), '{"a": ' + "1" * 5000 + "}"],
)  # fmt: skip
def test_fields_that_are_none_are_shown_as_they_are(fields: str) -> None:
    line = json.loads(written("foo.so", abi.INFO, "x", fields, log_format="json"))
    assert line["fields"] == fields
    assert written("foo.so", abi.INFO, "x", fields).isprintable()


def test_a_text_that_is_too_long_is_cut() -> None:
    text = written("foo.so", abi.INFO, "x" * (LONGEST + 1), json.dumps({"a": "y" * LONGEST}))
    assert f'xx... ({LONGEST + 1} characters)" plugin=' in text
    assert f"y... ({LONGEST + 9} characters)" in text


ANY_TEXT = st.text(st.characters(codec=None))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=5,
)


@given(ANY_TEXT, ANY_TEXT | ANY_JSON.map(json.dumps), ANY_TEXT)
def test_no_plugin_can_end_a_line_or_fake_a_member(text: str, fields: str, plugin: str) -> None:
    line = PluginLine(text, [("plugin", plugin)], fields)
    said = str(line)
    assert said.isascii()
    assert said.isprintable()
    assert said.startswith(f"msg={json.dumps(text)}".replace("\x7f", "\\u007f"))
    more = line.as_json()
    assert more.isascii()
    assert more.isprintable()
    members = json.loads(f'{{"msg": 1{more}}}')
    assert (members["msg"], members["plugin"]) == (1, plugin)
