"""What tox does here beyond what it does by itself.

It says when an environment begins: those that run beside each other are heard of only when
they end. And it tells the tests of our tools which Python has it.
"""

from __future__ import annotations

import os
import sys
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from tox.plugin import impl
from tox.tox_env.runner import RunToxEnv

if TYPE_CHECKING:
    from tox.tox_env.api import ToxEnv

os.environ["TYK_TEST_TOX"] = sys.executable


@impl
def tox_on_install(tox_env: ToxEnv, arguments: Any, section: str, of_type: str) -> None:
    """Called before anything is installed."""
    _begins(tox_env)


@impl
def tox_before_run_commands(tox_env: ToxEnv) -> None:
    """Called when all is installed."""
    _begins(tox_env)


@cache
def _begins(tox_env: ToxEnv) -> None:
    if isinstance(tox_env, RunToxEnv) and tox_env.options.command in ("run-parallel", "p"):
        # Past what tox puts in place of stdout, to keep it for later; the line in one piece.
        assert sys.__stdout__ is not None
        sys.__stdout__.write(f"{tox_env.conf.name}: begun at {time.strftime('%X')}\n")
        sys.__stdout__.flush()
