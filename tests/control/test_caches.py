"""What was kept is dropped, here and in every other node."""

from __future__ import annotations

from typing import Any

import pytest
from control_client import ControlClient
from gateways import MakeGateway

DONE = {"status": "ok", "message": "cache invalidated"}


@pytest.fixture
def control(gateway: MakeGateway) -> ControlClient:
    return ControlClient(gateway())


def heard(control: ControlClient, command: str) -> list[str]:
    """What nodes will be told."""
    payloads: list[str] = []
    control.gateway.service.shared.notifications.subscribe(command, payloads.append)
    return payloads


def test_the_answers_of_an_api_are_dropped(control: ControlClient) -> None:
    store: Any = control.gateway.service.shared.store
    kept = [b"cache-one%d" % number for number in range(1500)]
    for name in (*kept, b"cache-two1", b"apikey-one"):
        store.set(name, b"x")
    told = heard(control, "DeleteAPICache")
    assert control.delete("cache", "one").value == DONE
    left: list[Any] = []
    store.keys(b"").addCallback(left.extend)
    assert sorted(left) == [b"apikey-one", b"cache-two1"]
    control.gateway.advance(0.1)
    assert told == ["one"]
    assert control.delete("cache", "nobody").value == DONE


def test_key_sets_are_dropped(control: ControlClient) -> None:
    told = heard(control, "InvalidateJWKSCacheForAPI")
    assert control.delete("cache", "jwks").value == DONE
    assert control.delete("cache", "jwks", "one").value == DONE
    control.gateway.advance(0.1)
    assert told == ["", "one"]
