"""``--timeout``, for commands that let a plugin or a hook work in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def timeout(what: str) -> Callable[[F], F]:
    """The option. :param what: its help: of what the seconds are."""
    return click.option(
        "--timeout",
        default=10.0,
        show_default=True,
        type=click.FloatRange(0.1, 3600),
        help=what,
    )
