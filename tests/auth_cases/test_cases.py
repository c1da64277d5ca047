"""Plays the cases of this folder on every kind of store; see README.rst."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import attrs
import pytest
import pytest_twisted
from attrs import Factory, frozen
from twisted.internet import reactor as _reactor
from twisted.internet.defer import ensureDeferred
from twisted.internet.threads import deferToThread
from twisted.web.server import Site
from waiting import until

from twisted_tyk import service
from twisted_tyk.message.headers import Headers
from twisted_tyk.parts.given import Given
from twisted_tyk.service import Gateway
from twisted_tyk.session.stored import PREFIX
from twisted_tyk.settings import load
from twisted_tyk.storage.memory import MemoryStore
from twisted_tyk.storage.redis.store import RedisStore
from twisted_tyk.storage.sqlite.store import SqliteStore
from twisted_tyk.testing import Answer, MemoryRecords, Upstream, definition

KINDS: Mapping[str, type] = {"memory": MemoryStore, "sqlite": SqliteStore, "redis": RedisStore}
HERE = Path(__file__).parent
reactor: Any = _reactor
Fields = Mapping[str, str | None]


@frozen
class Request:
    method: str = "GET"
    target: str = "/one/x"
    headers: Mapping[str, str] = Factory(dict)
    body: str = ""


@frozen
class Expected:
    status: int
    error: str | None = None
    headers: Fields = Factory(dict)


@frozen
class UpstreamRequest:
    target: str | None = None
    headers: Fields = Factory(dict)
    body: str | None = None


@frozen
class Case:
    title: str
    source: str
    definition: dict[str, Any]
    answer: Expected
    request: Request = Request()
    upstream_request: UpstreamRequest | None = None
    differs: str = ""
    settings: Mapping[str, Any] = Factory(dict)
    keys: Mapping[str, Any] = Factory(dict)
    stored: Mapping[str, str] = Factory(dict)
    now: float = 0.0
    alias: str | None = None

    @classmethod
    def read(cls, value: dict[str, Any]) -> Case:
        """Everything in a case counts: a key that is none is an error."""
        parts: dict[str, type] = {
            "request": Request,
            "answer": Expected,
            "upstream_request": UpstreamRequest,
        }
        made = {
            key: parts[key](**item) if key in parts and item is not None else item
            for key, item in value.items()
        }
        return cls(**made)


class Running:
    """A gateway on the real reactor, with an upstream.

    :ivar records: of its requests.
    :ivar kind: of the store that it should have.
    """

    def __init__(self, folder: Path, case: Case, storage: Mapping[str, Any]) -> None:
        self.upstream = Upstream()
        self._site = reactor.listenTCP(0, Site(self.upstream, timeout=None), interface="127.0.0.1")
        target = f"http://127.0.0.1:{self._site.getHost().port}/"
        (folder / "apps").mkdir()
        api = definition("one", target, **{"use_keyless": False, **case.definition})
        (folder / "apps" / "one.json").write_text(json.dumps(api))
        self.kind = KINDS[storage["type"]]
        conf = folder / "tyk.conf"
        given = {"secret": "secret", "listen_address": "127.0.0.1", "storage": storage}
        conf.write_text(json.dumps({**given, **case.settings}))
        self.records = MemoryRecords()
        self.service = Gateway(reactor, load(conf, {}), folder, 0, [self.records])
        self.service.privilegedStartService()
        self.service.startService()

    async def store(self, case: Case) -> None:
        """Store what the case says that there is."""
        shared = self.service.shared
        await until(lambda: not shared.store.problem)
        values = {key.encode(): value.encode() for key, value in case.stored.items()}
        for token, session in case.keys.items():
            key = PREFIX + shared.tokens.hashed(token).encode()
            values[key] = json.dumps(session).encode()
        for key, value in values.items():
            await shared.store.set(key, value)

    async def ask(self, request: Request) -> Answer:
        """What the client gets."""
        port = self.service.listening.ports[0].getHost().port
        answer: Answer = await deferToThread(_ask, port, request)
        return answer

    async def stop(self) -> None:
        await self.service.stopService()
        await self._site.stopListening()


def _ask(port: int, request: Request) -> Answer:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Connection": "close", **request.headers}
    try:
        connection.request(request.method, request.target, request.body.encode(), headers)
        response = connection.getresponse()
        fields = Headers()
        for name, value in response.getheaders():
            fields.add(name, value)
        return Answer(response.status, fields, response.read())
    finally:
        connection.close()


Run = Callable[[Case], Running]


@pytest.fixture(params=list(KINDS))
def storage(request: pytest.FixtureRequest) -> dict[str, Any]:
    """``storage`` of tyk.conf, for an empty store."""
    kind: str = request.param
    if kind == "redis":
        server = request.getfixturevalue("redis_server")
        return {"type": kind, "host": "127.0.0.1", "port": server.port}
    return {"type": kind}


@pytest.fixture
def run(
    tmp_path: Path, storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch, _one_converter: None
) -> Iterator[Run]:
    running: list[Running] = []

    def start(case: Case) -> Running:
        if case.now:
            given = partial(Given, seconds=lambda: case.now)
            monkeypatch.setattr(service, "Given", given)
        running.append(Running(tmp_path, case, storage))
        return running[-1]

    yield start
    for each in running:
        pytest_twisted.blockon(ensureDeferred(each.stop()))


def cases() -> Iterator[Any]:
    for file in sorted(HERE.glob("*.json")):
        for value in json.loads(file.read_text(encoding="utf-8")):
            yield pytest.param(Case.read(value), id=f"{file.stem}: {value['title']}")


@pytest.mark.parametrize("case", list(cases()))
@pytest_twisted.ensureDeferred
async def test_case(run: Run, case: Case) -> None:
    await check(run(case), case)


async def check(running: Running, case: Case) -> None:
    await running.store(case)
    assert type(running.service.shared.store) is running.kind
    got = await running.ask(case.request)
    asked, wanted = running.upstream.requests, case.upstream_request
    assert got.status == case.answer.status, got
    if case.answer.error is not None:
        assert json.loads(got.body) == {"error": case.answer.error}
    check_fields(got.headers, case.answer.headers)
    assert len(asked) == (0 if wanted is None else 1), asked
    if wanted is not None:
        check_fields(asked[0].headers, wanted.headers)
        assert wanted.target in (None, asked[0].target)
        assert wanted.body in (None, asked[0].body.decode())
    if case.alias is not None:
        assert [hit.alias for hit in running.records.hits] == [case.alias]


def check_fields(got: Headers, wanted: Fields) -> None:
    for name, value in wanted.items():
        assert got.get_all(name) == ([] if value is None else [value]), name


GOOD = Case(
    title="",
    source="",
    definition={},
    keys={"key": {"alias": "Key"}},
    request=Request(headers={"Authorization": "key"}),
    answer=Expected(200),
    upstream_request=UpstreamRequest(),
    alias="Key",
)


@pytest.mark.parametrize(
    "change",
    [
        {"answer": Expected(201)},
        {"answer": Expected(200, headers={"Date": None})},
        {"answer": Expected(200, headers={"X-Absent": "x"})},
        {"answer": Expected(200, error="x")},
        {"upstream_request": None},
        {"upstream_request": UpstreamRequest(target="/other")},
        {"upstream_request": UpstreamRequest(body="x")},
        {"upstream_request": UpstreamRequest(headers={"Authorization": None})},
        {"alias": "Other"},
        {"keys": {}},
    ],
)
@pytest.mark.parametrize("storage", ["memory"], indirect=True)
@pytest_twisted.ensureDeferred
async def test_the_runner_sees_what_is_wrong(run: Run, change: dict[str, Any]) -> None:
    wrong = attrs.evolve(GOOD, **change)
    running = run(wrong)
    with pytest.raises(AssertionError):
        await check(running, wrong)
