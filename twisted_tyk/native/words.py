"""What a status of a call means, for people."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from twisted_tyk.native import abi

_WORDS: Final[Mapping[int, str]] = MappingProxyType(
    {
        abi.E_ARGUMENT: "found its frame or arguments wrong",
        abi.E_VERSION: "is of another version",
        abi.E_PANIC: "panicked",
        abi.E_INIT: "could not be made ready",
        abi.E_FUNCTION: "says there is no such function",
        abi.E_FAILED: "failed",
        abi.E_MEMORY: "had no memory",
        abi.E_DIED: "was running in a process that died",
        abi.E_AWAY: "has no process to run in at the moment",
    }
)


def failure_of(status: int, message: str) -> str:
    """What a function did: goes on after its name, and does not end in a full stop.

    :param message: what it says itself, may be empty.
    """
    what = _WORDS.get(status, f"returned {status}")
    return f"{what}: {message}" if message else what
