"""A gateway with an OAuth server for each test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gateways import MakeGateway
from oauth_gateway import Talk, policy, shop


@pytest.fixture
def policies(tmp_path: Path) -> dict[str, str]:
    """The settings of a gateway with policies."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "gold.json").write_text(json.dumps(policy()))
    return {"policy_source": "file", "policy_path": "policies"}


@pytest.fixture
def talk(gateway: MakeGateway, policies: dict[str, str]) -> Talk:
    return Talk(gateway(shop(), settings={"policies": policies}))
