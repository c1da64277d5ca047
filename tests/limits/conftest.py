"""Gateways with keys, whose counters are in memory or in a real Redis."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gateways import MakeGateway
from outcomes import outcome

from twisted_tyk.session.reading import SessionReader
from twisted_tyk.testing import Answer, MemoryGateway, definition


class Limited:
    """A gateway and the requests of its clients.

    :ivar gateway: serves the API ``one`` to those with keys.
    """

    def __init__(self, gateway: MemoryGateway) -> None:
        self.gateway = gateway
        self._read = SessionReader()

    def key(self, token: str = "key", **session: Any) -> None:
        """Make a key."""
        state = self._read(json.dumps(session).encode())
        outcome(self.gateway.service.shared.keys.write(token, state))

    def get(self, target: str = "/one/x", key: str = "key", **headers: str) -> Answer:
        return self.gateway.get(target, Authorization=key, **headers)

    def statuses(self, count: int, target: str = "/one/x", key: str = "key") -> list[int]:
        return [self.get(target, key).status for _ in range(count)]


Limit = Callable[..., Limited]


@pytest.fixture
def limited(gateway: MakeGateway) -> Limit:
    """Makes a :class:`Limited`: keywords of the definition of ``one``, and ``settings``."""

    def make(settings: dict[str, Any] | None = None, **keys: Any) -> Limited:
        one = definition("one", **{"use_keyless": False, **keys})
        return Limited(gateway(one, settings={"storage": {"type": "memory"}, **(settings or {})}))

    return make


@pytest.fixture
def limited_by_redis(limited: Limit, counters_in_redis: None) -> Limit:
    """The same with all counters in Redis."""
    return limited
