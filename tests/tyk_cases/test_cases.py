"""Plays the cases of this folder; see README.rst."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
from attrs import Factory, frozen
from case_languages import LANGUAGES, Plugins, in_language
from gateways import Events, MakeGateway

from twisted_tyk.message.headers import Headers
from twisted_tyk.testing import MemoryGateway, definition

HERE = Path(__file__).parent
Fields = Mapping[str, str | list[str] | None]


@frozen
class Upstream:
    status: int = 200
    headers: list[list[str]] = Factory(list)
    body: str = ""


@frozen
class Request:
    target: str
    method: str = "GET"
    headers: Mapping[str, str] = Factory(dict)
    body: str = ""


@frozen
class UpstreamRequest:
    method: str | None = None
    target: str | None = None
    headers: Fields = Factory(dict)
    body: str | None = None


@frozen
class Expected:
    status: int
    headers: Fields = Factory(dict)
    body: str | None = None
    body_match: str | None = None


@frozen
class Case:
    title: str
    source: str
    request: Request
    answer: Expected
    definitions: list[dict[str, Any]]
    differs: str = ""
    settings: Mapping[str, Any] = Factory(dict)
    environ: Mapping[str, str] = Factory(dict)
    upstream: Upstream | None = Upstream(body="from upstream")
    upstream_request: UpstreamRequest | None = UpstreamRequest()
    languages: Sequence[str] = LANGUAGES
    log: Sequence[str] = ()

    @classmethod
    def read(cls, value: dict[str, Any]) -> Case:
        """Everything in a case counts: a key that is none is an error."""
        parts: dict[str, type] = {
            "request": Request,
            "answer": Expected,
            "upstream": Upstream,
            "upstream_request": UpstreamRequest,
        }
        made = {
            key: parts[key](**item) if key in parts and item is not None else item
            for key, item in value.items()
        }
        return cls(**made)


def cases() -> Iterator[Any]:
    for file in sorted(HERE.glob("*.json")):
        for value in json.loads(file.read_text(encoding="utf-8")):
            hooks = "hooks/" in json.dumps(value["definitions"])
            for language in value.get("languages", LANGUAGES) if hooks else ["python"]:
                said = "" if language == "python" else f" ({language})"
                yield pytest.param(value, language, id=f"{file.stem}: {value['title']}{said}")


@pytest.mark.parametrize(("value", "language"), list(cases()))
def test_case(
    gateway: MakeGateway,
    tmp_path: Path,
    plugins: Plugins,
    events: Events,
    value: dict[str, Any],
    language: str,
) -> None:
    case = Case.read(value)
    if language == "python":
        (tmp_path / "hooks").symlink_to(HERE / "hooks")
    else:
        (tmp_path / "plugin.so").symlink_to(plugins[language])
    running = gateway(
        *(in_language(definition(**each), language) for each in case.definitions),
        settings={"plugin_cache_path": str(tmp_path / "cache"), **case.settings},
        environ=case.environ,
    )
    play(running, case)
    for pattern in case.log:
        assert any(re.search(pattern, text) for text in events.texts()), events.texts()


def play(running: MemoryGateway, case: Case) -> None:
    upstream = case.upstream
    running.upstream.reachable = upstream is not None
    if upstream is not None:
        running.upstream.answer = lambda request: answer(request, upstream)
    request = case.request
    got = running.request(request.method, request.target, request.headers, request.body.encode())

    asked, wanted = running.upstream.requests, case.upstream_request
    if wanted is None:
        assert asked == [], "the upstream was asked"
    elif case.upstream is not None:
        assert len(asked) == 1, f"the upstream was not asked; the client got {got}"
        for name in ("method", "target"):
            if getattr(wanted, name) is not None:
                assert getattr(asked[0], name) == getattr(wanted, name)
        if wanted.body is not None:
            assert asked[0].body == wanted.body.encode()
        check_fields(asked[0].headers, wanted.headers)

    assert got.status == case.answer.status, got
    check_fields(got.headers, case.answer.headers)
    if case.answer.body is not None:
        assert got.body.decode() == case.answer.body
    if case.answer.body_match is not None:
        assert re.fullmatch(case.answer.body_match, got.body.decode(), re.DOTALL), got.body


def answer(request: Any, upstream: Upstream) -> bytes:
    request.setResponseCode(upstream.status)
    for name, value in upstream.headers:
        request.responseHeaders.addRawHeader(name, value)
    return upstream.body.encode()


def check_fields(got: Headers, wanted: Fields) -> None:
    for name, value in wanted.items():
        values = [] if value is None else [value] if isinstance(value, str) else value
        assert got.get_all(name) == values, name


def test_every_hook_file_is_used() -> None:
    """So that none is left behind by a case that went."""
    text = "".join(file.read_text(encoding="utf-8") for file in HERE.glob("*.json"))
    files = sorted(file.name for file in (HERE / "hooks").glob("*.py"))
    assert files
    assert [name for name in files if f"hooks/{name}" not in text] == []


@pytest.mark.parametrize(
    "change",
    [
        {"answer": {"status": 201}},
        {"answer": {"status": 200, "body": "other"}},
        {"answer": {"status": 200, "body_match": "from"}},
        {"answer": {"status": 200, "headers": {"Date": None}}},
        {"answer": {"status": 200, "headers": {"X-Absent": "x"}}},
        {"upstream_request": None},
        {"upstream_request": {"target": "/one/x"}},
        {"upstream_request": {"method": "POST"}},
        {"upstream_request": {"body": "x"}},
        {"upstream_request": {"headers": {"X-Forwarded-For": None}}},
    ],
)
def test_the_runner_sees_what_is_wrong(gateway: MakeGateway, change: dict[str, Any]) -> None:
    right = Case.read(
        {
            "title": "",
            "source": "",
            "definitions": [{"api_id": "one"}],
            "request": {"target": "/one/x"},
            "answer": {"status": 200, "body": "from upstream"},
        }
    )
    running = gateway(definition("one"))
    play(running, right)
    running.upstream.requests.clear()
    wrong = attrs.evolve(right, **attrs_of(change))
    with pytest.raises(AssertionError):
        play(running, wrong)


def attrs_of(change: dict[str, Any]) -> dict[str, Any]:
    kinds: dict[str, type] = {"answer": Expected, "upstream_request": UpstreamRequest}
    return {key: item and kinds[key](**item) for key, item in change.items()}
