"""A wire for each test."""

from __future__ import annotations

import pytest
from upstream_wire import Wire


@pytest.fixture
def wire() -> Wire:
    """An agent with settings as they are by default."""
    return Wire()
