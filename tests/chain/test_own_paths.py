"""Paths that the gateway answers for an API, before the API's chain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from gateways import MakeGateway
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

from twisted_tyk.chain import own_paths
from twisted_tyk.chain.leaf import Leaf
from twisted_tyk.chain.own_paths import OwnPath
from twisted_tyk.testing import MemoryGateway, definition


@implementer(IResource)
class Own(Leaf):
    def render(self, request: Any) -> object:
        request.respond(200, b"OK", [], request.exchange.api.api_id.encode())
        return NOT_DONE_YET


def ways(plan: Any, join: Any) -> Iterable[OwnPath]:
    if plan.definition.api_id != "plain":
        yield OwnPath((b"/own", b"/own/"), Own())


@pytest.fixture
def running(gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch) -> MemoryGateway:
    monkeypatch.setattr(own_paths, "MAKERS", (ways,))
    return gateway(
        definition("one", proxy={"listen_path": "/one/"}),
        definition("two", proxy={"listen_path": "/two"}),
        definition("three", proxy={"listen_path": "/{any}/three/"}),
        definition("plain", proxy={"listen_path": "/plain/"}),
    )


@pytest.mark.parametrize(
    ("path", "api_id"),
    [
        ("/one/own", "one"),
        ("/one/own/", "one"),
        ("/one/own?a=/b/own2", "one"),
        ("/one/o%77n", "one"),
        ("/%6Fne/own", "one"),
        ("/two/own", "two"),
        ("/x/three/own", "three"),
        ("/three/own", "three"),
    ],
)
def test_they_are_there_below_the_listen_path_and_the_id(
    running: MemoryGateway, path: str, api_id: str
) -> None:
    answer = running.get(path)
    assert (answer.status, answer.body.decode()) == (200, api_id)
    assert running.upstream.requests == []
    assert running.records.hits == []


@pytest.mark.parametrize(
    "path", ["/one/", "/one/owner", "/one/own/x", "/one/x/own", "/twoown", "/two//own/x",
             "/plain/own", "/one/Own"]
)  # fmt: skip
def test_everything_else_is_the_apis(running: MemoryGateway, path: str) -> None:
    running.get(path.replace("//", "/"))
    assert len(running.upstream.requests) == 1
