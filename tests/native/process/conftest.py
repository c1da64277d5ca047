"""What the tests here have: see ``plugin_processes``."""

from __future__ import annotations

from plugin_processes import go_troubles, log, start, troubles

__all__ = ["go_troubles", "log", "start", "troubles"]
