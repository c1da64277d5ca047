"""What every test has: the fixtures of these plugins. Which tests run where."""

from __future__ import annotations

import os
import re
import signal
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

#: What has to do with compilers of other languages, other programs and stores, and not with
#: the version of Python.
ELSEWHERE = (
    "build", "cli", "docs", "examples", "interface", "live", "sdk", "storage", "tools",
    "control/test_stores.py",
    "native/lifecycle", "native/process", "native/test_soak.py", "native/test_drills.py",
    "oauth/test_two_gateways.py", "record/test_redis_drill.py",
)  # fmt: skip
#: Names of tests that are played in other languages and stores as well.
AGAIN = re.compile(r"\((rust|go|redis)\)\]$|\[(sqlite|redis)-")


def pytest_configure() -> None:
    """Let the processes of tests be ended, though these run in a shell's background: it has
    what it starts there ignore signals, and that is inherited.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave those out in the environments that ``TYK_TEST_LESS`` names, to save time."""
    less = os.environ.get("TYK_TEST_LESS", "").split(",")
    if os.environ.get("TOX_ENV_NAME") not in less:
        return
    left_out = [item for item in items if _is_elsewhere(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not _is_elsewhere(item)]


def _is_elsewhere(item: pytest.Item) -> bool:
    try:
        path = item.path.relative_to(Path(__file__).parent).as_posix()
    except ValueError:
        return False
    return path.startswith(ELSEWHERE) or AGAIN.search(item.name) is not None
