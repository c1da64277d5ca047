"""The console command ``tyk``."""

from __future__ import annotations


def main() -> None:
    """Do what the command line says, and end the process."""
    # Not above: the processes that run plugins import this package, and no command.
    from twisted_tyk.cli.command import tyk

    tyk(prog_name="tyk")
