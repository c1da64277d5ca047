"""A group whose commands are imported when somebody asks for them.

What one command needs can take longer to import than another to run, and a shell that
completes a word starts the program anew each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """:param places: the ``module:name`` of each command, below :mod:`twisted_tyk.cli`."""

    def __init__(self, *args: Any, places: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, in alphabetical order."""
        return sorted({*self._places, *self.commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, imported; ``None`` when there is none of this name."""
        if cmd_name not in self._places:
            return super().get_command(ctx, cmd_name)
        module, _, name = self._places[cmd_name].partition(":")
        found: click.Command = getattr(import_module(f"twisted_tyk.cli.{module}"), name)
        return found
