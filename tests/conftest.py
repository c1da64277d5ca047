"""What every test has: the fixtures of these plugins. Which tests run where."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = [
    "pytester",
    "lost_failures",
    "gateways",
    "building",
    "case_languages",
    "redis_server",
    "limit_places",
]

#: What has to do with compilers of other languages, and not with the version of Python.
COMPILERS = ("build", "cli", "sdk", "tools", "native/test_soak.py", "native/test_drills.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave those out in the environments that ``TYK_TEST_LESS`` names, to save time."""
    less = os.environ.get("TYK_TEST_LESS", "").split(",")
    if os.environ.get("TOX_ENV_NAME") not in less:
        return
    left_out = [item for item in items if _needs_compilers(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _needs_compilers(item: pytest.Item) -> bool:
    try:
        path = item.path.relative_to(Path(__file__).parent).as_posix()
    except ValueError:
        return False
    language = item.name.endswith(("(rust)]", "(go)]"))
    return language or path.startswith(COMPILERS)
