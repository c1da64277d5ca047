"""The console command ``tyk``."""

from twisted_tyk.cli.command import main

__all__ = ["main"]
