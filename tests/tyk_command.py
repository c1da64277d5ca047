"""``tyk``, typed by a test."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature

from click.testing import CliRunner, Result

from twisted_tyk.cli.command import tyk as command

#: Takes the words after ``tyk plugin``.
Tyk = Callable[..., Result]


def tyk(*words: object) -> Result:
    """Run it here; what runs plugins is a process of its own all the same."""
    # Before 8.2 click put both outputs into one unless it was told not to.
    apart = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
    runner = CliRunner(**apart)
    return runner.invoke(command, list(map(str, words)), catch_exceptions=False, prog_name="tyk")
