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

#: What has to do with compilers of other languages, with other programs and with the suite
#: and the tools themselves, and not with the version of Python: folders, files, and names of
#: tests that are played in other languages as well.
ELSEWHERE = re.compile(
    r"(build|docs|examples|interface|live|sdk|tools)/|native/(lifecycle/|test_(soak|drills)\.py)"
    r"|patches/test_compiled\.py|test_(architecture|lost_failures)\.py|.*\((rust|go)\)\]$"
)
#: Neither has this, but dependencies have to do with it: click and rich, what Twisted does
#: with processes, hiredis and txredisapi, setuptools. With the oldest ones it is tried on the
#: oldest Python, too.
DEPENDING = re.compile(
    r"(cli|native/process|packaging|storage)/|lint/test_(single|whole)\.py"
    r"|control/test_stores\.py|oauth/test_two_gateways\.py|record/test_redis_drill\.py"
    r"|.*(\(redis\)\]$|\[(sqlite|redis)-)"
)


def pytest_configure() -> None:
    """Let the processes of tests be ended, though these run in a shell's background: it has
    what it starts there ignore signals, and that is inherited.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave those out in the environments that ``TYK_TEST_LESS`` names, to save time."""
    environment = os.environ.get("TOX_ENV_NAME")
    if environment is None or environment not in os.environ.get("TYK_TEST_LESS", "").split(","):
        return
    patterns = [ELSEWHERE] if environment.endswith("-oldest") else [ELSEWHERE, DEPENDING]
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        name = _name(item)
        (left_out if any(each.match(name) for each in patterns) else kept).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def _name(item: pytest.Item) -> str:
    """Its path from here, and what it is called: ``cli/test_run.py::test_it[a]``."""
    return os.path.relpath(item.path, Path(__file__).parent) + "::" + item.name
