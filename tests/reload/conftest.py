"""A gateway with an API whose bundle comes from a server that may be slow."""

from __future__ import annotations

from pathlib import Path

import pytest
from gateways import MakeGateway
from slow_server import Running, Server


@pytest.fixture
def server(tmp_path: Path) -> Server:
    server = Server(tmp_path)
    server.publish("1")
    return server


@pytest.fixture
def running(gateway: MakeGateway, server: Server) -> Running:
    return Running(gateway, server)
