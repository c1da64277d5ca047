"""What a hook says of itself where it is defined.

They mark functions and hook classes alike. A class may as well write the
attribute: ``reads_body = True``.
"""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def reads_body(hook: T) -> T:
    """The hook reads the body, so it is called when the whole body has come."""
    hook.reads_body = True  # type: ignore[attr-defined]
    return hook


def blocking(hook: T) -> T:
    """The hook takes its time, so it is called in a thread, possibly in several at once."""
    hook.blocking = True  # type: ignore[attr-defined]
    return hook


def wants_body(hook: Any) -> bool:
    return _marked(hook, "reads_body")


def blocks(hook: Any) -> bool:
    return _marked(hook, "blocking")


def _marked(hook: Any, name: str) -> bool:
    try:
        return bool(getattr(hook, name, False))
    except Exception:
        return False  # its class has a ``__getattr__`` that knows no such name
