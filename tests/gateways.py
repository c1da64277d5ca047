"""Gateways in memory that end with their test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from twisted_tyk.testing import MemoryGateway


class MakeGateway(Protocol):
    """Starts a gateway with these definitions; keywords are MemoryGateway's."""

    def __call__(self, *definitions: dict[str, Any], **keywords: Any) -> MemoryGateway: ...


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[MakeGateway]:
    """Makes the gateway of a test, in ``tmp_path``, and stops it in the end."""
    running: list[MemoryGateway] = []

    def make(*definitions: dict[str, Any], **keywords: Any) -> MemoryGateway:
        made = MemoryGateway(tmp_path, definitions, **keywords)
        running.append(made)
        return made

    yield make
    for each in running:
        each.stop()
        each.advance(40)
