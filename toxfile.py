"""What tox does more than it does by itself: say when an environment begins.

Environments that run beside each other are heard of only when they end.
"""

from __future__ import annotations

import sys
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from tox.plugin import impl
from tox.tox_env.runner import RunToxEnv

if TYPE_CHECKING:
    from tox.tox_env.api import ToxEnv


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
        # Past what tox puts in place of stdout, to keep it for later.
        assert sys.__stdout__ is not None
        print(f"{tox_env.conf.name}: begun at {time.strftime('%X')}", file=sys.__stdout__)
